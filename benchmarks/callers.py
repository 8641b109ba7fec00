"""How long it takes to say who calls, and what looking for numbers in texts costs.

`python -m benchmarks.callers [interactions]` fills an encrypted cache and prints figures as JSON.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
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


def _timed_ms(work: Any) -> float:
    """Return the time of this thread alone: other work on the machine does not count."""
    began = time.thread_time()
    work()
    return (time.thread_time() - began) * 1e3


def _spread(values: list[float]) -> dict[str, float]:
    values.sort()
    return {
        "median_ms": round(statistics.median(values), 3),
        "p99_ms": round(values[int(len(values) * 0.99) - 1], 3),
    }


def measure(interactions: int) -> dict[str, Any]:
    """Fill a cache, look through its texts, and ask who calls."""
    chance = random.Random(4)
    with tempfile.TemporaryDirectory() as folder:
        store = new_store(Path(folder) / "cache.db")
        fill(store, interactions, chance)
        began, cpu = time.perf_counter(), time.thread_time()
        steps = []
        while True:
            step = time.perf_counter()
            if not read_some(store):
                break
            steps.append((time.perf_counter() - step) * 1e3)
        read_s, cpu_s = time.perf_counter() - began, time.thread_time() - cpu
        kept = store.read_here(
            lambda c: c.execute(sa.text("SELECT count(*) FROM mention")).scalar_one()
        )
        asked: dict[str, list[str]] = {
            "of somebody": [number(chance.randrange(interactions // 5)) for _ in range(_ASKED)],
            "mentioned or unknown": [
                number(interactions // 5 + chance.randrange(8_000_000)) for _ in range(_ASKED)
            ],
            "our own, under every mail": [_OWN] * 100,
        }
        figures: dict[str, Any] = {
            "interactions": interactions,
            "texts_read_s": round(read_s, 1),
            "texts_read_cpu_s": round(cpu_s, 1),
            "step": _spread(steps),
            "rows_a_step": mentions.ROWS_AT_ONCE,
            "mentions": kept,
        }
        for name, numbers in asked.items():

            def ask(connection: sa.Connection, numbers: list[str] = numbers) -> list[float]:
                return [
                    _timed_ms(
                        lambda n=n: recognise(
                            connection, n, _REGION, language="en", today=date(2026, 11, 21)
                        )
                    )
                    for n in numbers
                ]

            figures[name] = _spread(store.read_here(ask))
        lists = [
            _timed_ms(lambda: store.read_here(missed_callers, _NOW, limit=MOST_MISSED))
            for _ in range(20)
        ]
        figures["calls to return"] = _spread(lists)
        store.close()
    return figures


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 500_000), indent=1))
