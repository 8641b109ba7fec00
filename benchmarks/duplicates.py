"""How well and how fast customers who are there twice are found, in a base where we know them."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from agentdesk.domain.entities import Entity
from agentdesk.domain.kinds import NAME_OF, KindName, to_row
from agentdesk.services.duplicates import search_base
from agentdesk.store.engine import make_engine
from agentdesk.store.lookalikes import found_pairs
from agentdesk.store.migrate import upgrade
from agentdesk.store.rows import StoredRow, put_rows
from agentdesk.store.workers import Store
from benchmarks.figures import Figure
from benchmarks.planted import Planted, planted
from benchmarks.populace import MEASURING

_BATCH = 10_000


def measure(customers: int) -> list[Figure]:
    """Search an encrypted cache of `customers`, of whom 5 % are second entries.

    The names are the half that nothing was tuned on; see `benchmarks.populace`.
    """
    base = planted(customers, part=MEASURING, seed=23)
    with tempfile.TemporaryDirectory() as folder:
        store = _cache_with(Path(folder), base)
        started, busy = time.perf_counter(), time.process_time()
        done = search_base(store)
        seconds, busy_s = time.perf_counter() - started, time.process_time() - busy
        found = {(p.first, p.second) for p in store.read_here(lambda c: list(found_pairs(c)))}
        store.close()
    right = len(found & base.pairs)
    return [
        Figure("precision", right / max(len(found), 1), "", at_least=0.95),
        Figure("recall", right / len(base.pairs), "", at_least=0.90),
        Figure("time", seconds, "s", target=60),
        Figure("of which on a processor", busy_s, "s"),
        Figure("pairs compared, per customer", done.compared / customers, ""),
        *_by_error(base, found),
    ]


def _by_error(base: Planted, found: set[tuple[str, str]]) -> list[Figure]:
    """Return the recall of those pairs to which each thing happened, alone or with others."""
    figures = []
    for error in sorted({one for done in base.how.values() for one in done}):
        of_it = [pair for pair, done in base.how.items() if error in done]
        caught = sum(pair in found for pair in of_it)
        figures.append(Figure(f"recall where there was: {error}", caught / len(of_it), ""))
    return figures


def _cache_with(folder: Path, base: Planted) -> Store:
    path, key = folder / "cache.db", os.urandom(32)
    engine = make_engine(path, key, create=True)
    upgrade(engine, path)
    engine.dispose()
    store = Store(make_engine(path, key))
    for kind, entities in (
        (KindName.CUSTOMER, (r.customer for r in base.records)),
        (KindName.CONTACT_POINT, (p for r in base.records for p in r.points)),
    ):
        waiting = iter(entities)
        while batch := list(islice(waiting, _BATCH)):
            store.write_here(_put, kind, batch)
    return store


def _put(connection: sa.Connection, kind: KindName, entities: Iterable[Entity]) -> None:
    rows = []
    for entity in entities:
        assert NAME_OF[type(entity)] is kind
        fields = to_row(entity)
        rows.append((fields.pop("id"), StoredRow(fields, 1, 1)))
    put_rows(connection, kind, rows)
