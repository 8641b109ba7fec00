"""How long it takes to say who calls, and what looking for numbers in texts costs.

Times are those of the one thread that does it, on an encrypted cache.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import to_text
from agentdesk.services.callers import recognise
from agentdesk.services.home import MOST_MISSED
from agentdesk.services.mentions import read_some
from agentdesk.services.missed import missed_callers
from agentdesk.store import mentions
from agentdesk.store.loading import index_statements
from agentdesk.store.rows import StoredRow, bulk_insert, put_rows
from agentdesk.store.workers import Store
from benchmarks.figures import Figure, spread
from tests.real import new_store

_NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
_BATCH = 10_000
_ASKED = 1_000
_REGION = "GB"
_OWN = "020 7946 0100"
"""Our own number, as it stands under every mail."""
_SENTENCE = (
    "the customer called about an invoice and asked whether it has been sent she will ring back "
    "at noon please have the amount ready and tell them that we are sorry for the delay"
)
_WORDS = _SENTENCE.split()


def number(n: int) -> str:
    """Return the n-th customer's number, of a range that is in use."""
    return f"+4420{70_000_000 + n % 9_000_000:08}"


def _texts(chance: random.Random) -> Iterator[str]:
    while True:
        text = " ".join(chance.choices(_WORDS, k=chance.randrange(8, 40)))
        lot = chance.random()
        if lot < 0.02:
            text += f" ring 0{number(chance.randrange(9_000_000))[3:]}"
        elif lot < 0.12:
            text += f" order {chance.randrange(10**7, 10**9)} of {2020 + chance.randrange(6)}-03-05"
        elif lot < 0.14:
            text += f" Kind regards, tel. {_OWN}"
        yield text


def fill(store: Store, interactions: int, chance: random.Random) -> None:
    """Put in customers with a number each, their contacts, and one missed call in 200."""
    customers = interactions // 5
    organisation = {"name": "x", "region": _REGION, "language": "en", "time_zone": "UTC"}
    store.write_here(put_rows, KindName.ORGANISATION, [("o", StoredRow(organisation, 1, 1))])
    statements = store.read_here(index_statements)
    indexes = [sql for sql in statements if sql.startswith(("CREATE INDEX", "CREATE UNIQUE INDEX"))]
    names = [sql.split()[2 if "UNIQUE" not in sql else 3].strip('"') for sql in indexes]
    store.write_here(lambda c: [c.exec_driver_sql(f'DROP INDEX "{name}"') for name in names])
    base = ["id", "seq", "created_seq", "versions"]
    people = bulk_insert(KindName.CUSTOMER, [*base, "full_name"])
    points = bulk_insert(KindName.CONTACT_POINT, [*base, "customer_id", "kind", "value", "e164"])
    contacts = bulk_insert(
        KindName.INTERACTION,
        [
            *(*base, "customer_id", "channel", "direction", "occurred_at", "subject", "summary"),
            *("disposition", "e164"),
        ],
    )
    texts = _texts(chance)
    for start in range(0, customers, _BATCH):
        ids = range(start, min(start + _BATCH, customers))
        rows = [[f"c{n}", 1, 1, None, f"Customer {n}"] for n in ids]
        phones: list[list[Any]] = [
            [f"p{n}", 1, 1, None, f"c{n}", "phone", number(n), number(n)] for n in ids
        ]
        store.write_here(people.put, rows)
        store.write_here(points.put, phones)
    for start in range(0, interactions, _BATCH):
        rows = []
        for n in range(start, min(start + _BATCH, interactions)):
            who = chance.randrange(customers)
            at = to_text(_NOW - timedelta(minutes=chance.randrange(3 * 365 * 1440)))
            missed = chance.random() < 0.005
            owner = None if missed and chance.random() < 0.5 else f"c{who}"
            rows.append(
                [
                    *(f"i{n}", 1, 1, None, owner, "call", "inbound", at, "A question"),
                    *(next(texts), "missed" if missed else "solved", number(who)),
                ]
            )
        store.write_here(contacts.put, rows)
    store.write_here(lambda c: [c.exec_driver_sql(sql) for sql in indexes])


def _timed_ms(work: Callable[[], object]) -> float:
    """Return the time of this thread alone: other work on the machine does not count."""
    began = time.thread_time()
    work()
    return (time.thread_time() - began) * 1e3


def _asked(interactions: int, chance: random.Random) -> dict[str, list[str]]:
    """Return the numbers that are asked for."""
    customers = interactions // 5
    strange = [number(customers + chance.randrange(8_000_000)) for _ in range(_ASKED)]
    return {
        "who calls, somebody known": [number(chance.randrange(customers)) for _ in range(_ASKED)],
        "who calls, mentioned or unknown": strange,
        "who calls, our own number under every mail": [_OWN] * _ASKED,
    }


def _ask(connection: sa.Connection, numbers: Sequence[str]) -> list[float]:
    def one(number: str) -> object:
        return recognise(connection, number, _REGION, language="en", today=_NOW.date())

    return [_timed_ms(partial(one, number)) for number in numbers]


def measure(customers: int) -> tuple[Figure, ...]:
    """Fill a cache with five contacts a customer, look through its texts, and ask who calls."""
    return tuple(_measured(customers))


def _measured(customers: int) -> Iterator[Figure]:
    interactions = customers * 5
    chance = random.Random(4)
    with tempfile.TemporaryDirectory() as folder:
        store = new_store(Path(folder) / "cache.db")
        fill(store, interactions, chance)
        steps: list[float] = []
        more = [True]
        while more[0]:
            steps.append(_timed_ms(lambda: more.__setitem__(0, read_some(store))))
        yield Figure("texts looked through for numbers", interactions, "")
        yield Figure("   work for all of them", sum(steps) / 1e3, "s")
        yield from spread(f"   a step of {mentions.ROWS_AT_ONCE:,}", steps)
        for name, numbers in _asked(interactions, chance).items():
            yield from spread(name, store.read_here(_ask, numbers))
        lists = [
            _timed_ms(lambda: store.read_here(missed_callers, _NOW, limit=MOST_MISSED))
            for _ in range(20)
        ]
        yield from spread("calls to return", lists)
        store.close()
