"""Exporting customers to a file that is there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

from agentdesk.interchange.contact import Dossier
from agentdesk.interchange.export import csv_lines, vcards
from agentdesk.services.dossiers import dossiers
from agentdesk.store import tables as t
from agentdesk.store.engine import explained
from agentdesk.store.search import find_customers
from agentdesk.store.workers import Store

FORMATS = (".vcf", ".csv")
"""The endings of files that can be written."""

_MOST_FOUND = 100_000


def export_customers(
    store: Store,
    path: Path,
    *,
    query: str | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> int:
    """Write all customers, or those whom `query` finds, and return how many; blocks.

    The ending of `path` (one of `FORMATS`) says how. The file is for its owner's eyes only and
    replaces an earlier one when it is complete. Sensitive facts are left out. Raises
    `ExternalError`: `DISK_FULL`, `DISK_FAILED`.
    """
    with explained():
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
        draft = Path(name)
        try:
            with os.fdopen(handle, "w", encoding=_encoding(path), newline="") as out:
                count = store.read_here(_write, path, query, out.write, progress)
                out.flush()
                os.fsync(out.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    return count


def _encoding(path: Path) -> str:
    return "utf-8-sig" if path.suffix.lower() == ".csv" else "utf-8"


def _write(
    connection: sa.Connection,
    path: Path,
    query: str | None,
    write: Callable[[str], object],
    progress: Callable[[int, int], None],
) -> int:
    """Write one state of the cache."""
    ids = _ids(connection, query)
    people = _counted(dossiers(connection, ids), len(ids), progress)
    for text in csv_lines(people) if path.suffix.lower() == ".csv" else vcards(people):
        write(text)
    return len(ids)


def _ids(connection: sa.Connection, query: str | None) -> list[str]:
    if query is not None:
        return [hit.id for hit in find_customers(connection, query, _MOST_FOUND)]
    c = t.customer.c
    return list(connection.execute(sa.select(c.id).order_by(c.sort_name, c.id)).scalars())


def _counted(
    people: Iterator[Dossier], total: int, progress: Callable[[int, int], None]
) -> Iterator[Dossier]:
    for done, person in enumerate(people, start=1):
        yield person
        progress(done, total)
