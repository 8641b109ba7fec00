"""Search as one types, and whether the right person is among the first five.

Targets are people whose given and family name nobody else has together; their family names are
not those that the search was tuned with (`tuning`).
"""

# Statements are put together from constants only; values are bound.

from __future__ import annotations

import argparse
import gc
import os
import random
import statistics
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

from agentdesk.store.engine import make_engine
from agentdesk.store.search import find_customers
from agentdesk.store.workers import Store
from benchmarks.figures import Figure, percentile
from benchmarks.million import Base, made_base
from benchmarks.population import Person
from benchmarks.slips import one_slip, other_alphabet, plain

KEYSTROKES = 1_000
QUESTIONS = 500
_FIRST = 5

Question = Callable[[Person, random.Random], str | None]


def _one_edit(person: Person, chance: random.Random) -> str:
    parts = [person.given.lower(), person.family.lower()]
    at = chance.randrange(2)
    parts[at] = one_slip(parts[at], person.language, chance)
    return _swapped(parts, chance)


def _two_edits(person: Person, chance: random.Random) -> str:
    parts = [one_slip(part, person.language, chance) for part in (person.given, person.family)]
    return _swapped(parts, chance)


def _foreign(person: Person, chance: random.Random) -> str | None:
    parts = [
        other_alphabet(part, person.language, chance) for part in (person.given, person.family)
    ]
    known = [part for part in parts if part]
    return _swapped(known, chance) if len(known) == len(parts) else None


def _bare(person: Person, chance: random.Random) -> str | None:
    parts = [plain(part, chance) for part in (person.given, person.family)]
    return (
        _swapped(parts, chance) if parts != [person.given.lower(), person.family.lower()] else None
    )


def _exact(person: Person, chance: random.Random) -> str:
    return _swapped([person.given, person.family], chance)


def _swapped(parts: list[str], chance: random.Random) -> str:
    return " ".join(parts if chance.random() < 0.7 else reversed(parts))


_WAYS: tuple[tuple[str, Question, float | None], ...] = (
    ("as it is", _exact, None),
    ("one edit in one name part", _one_edit, 97.0),
    ("two edits over both parts", _two_edits, 90.0),
    ("written in the other alphabet", _foreign, 95.0),
    ("without the language's own letters", _bare, None),
)


def targets(base: Base, count: int, *, tuning: bool, seed: int) -> list[tuple[str, Person]]:
    """Return people who are told apart by both parts of their names, with their ids."""
    pairs = Counter((p.given, p.family) for _id, p in base.members())
    chance = random.Random(seed)
    fitting = [
        one
        for one in base.members()
        if pairs[one[1].given, one[1].family] == 1 and _for_tuning(one[1]) is tuning
    ]
    return chance.sample(fitting, min(count, len(fitting)))


def _for_tuning(person: Person) -> bool:
    return zlib.crc32(person.family.encode()) % 2 == 0


def recall(
    store: Store, people: list[tuple[str, Person]], *, seed: int, count: int, verbose: bool = False
) -> Iterator[Figure]:
    """Yield which share of people is among the first five, for each way of writing them."""
    for name, question, at_least in _WAYS:
        chance = random.Random(f"{seed} {name}")
        asked = found = 0
        took: list[float] = []
        for customer_id, person in people:
            typed = question(person, chance)
            if typed is None or asked >= count:
                continue
            asked += 1
            began = time.perf_counter()
            hits = store.read_here(find_customers, typed, 20)
            took.append((time.perf_counter() - began) * 1000)
            right = customer_id in [hit.id for hit in hits[:_FIRST]]
            found += right
            if verbose and not right:
                place = (
                    [hit.id for hit in hits].index(customer_id)
                    if customer_id in {h.id for h in hits}
                    else -1
                )
                print(
                    f"    {person.language} {person.full!r} as {typed!r}: place {place}",
                    [(h.name, h.score) for h in hits[:3]],
                )
        yield Figure(
            f"right person among the first 5, {name}",
            100 * found / max(1, asked),
            "%",
            at_least=at_least,
        )
        yield Figure("   whole question, median", statistics.median(took), "ms")
        yield Figure("   whole question, 99th of 100", percentile(took, 0.99), "ms")


def keystrokes(store: Store, people: list[tuple[str, Person]], seed: int) -> Iterator[Figure]:
    """Yield what one keystroke takes while names are typed, right and wrong, letter by letter."""
    chance = random.Random(seed)
    took: list[tuple[float, str]] = []
    for _customer_id, person in people:
        typed = chance.choice((_exact, _exact, _one_edit, _two_edits))(person, chance)
        for end in range(1, len(typed) + 1):
            began = time.perf_counter()
            store.read_here(find_customers, typed[:end], 20)
            took.append(((time.perf_counter() - began) * 1000, typed[:end]))
        if len(took) >= KEYSTROKES:
            break
    times = [ms for ms, _typed in took[:KEYSTROKES]]
    if os.environ.get("BENCH_SLOWEST"):
        print(sorted(took, reverse=True)[:15])
    yield Figure("search as you type, per keystroke, median", statistics.median(times), "ms", 15.0)
    yield Figure(
        "search as you type, per keystroke, 99th of 1,000", percentile(times, 0.99), "ms", 60.0
    )
    yield Figure("search as you type, per keystroke, slowest", max(times), "ms")


class _RolledBackError(Exception):
    """Ends a transaction that only asked what would be free."""


def sizes(store: Store) -> Iterator[Figure]:
    """Yield how large the search index is beside the customers' own rows, in pages of the file.

    This SQLite has no dbstat; so everything is dropped, its free pages counted, and rolled back.
    """
    held: dict[str, float] = {}
    with suppress(_RolledBackError):
        store.write_here(_drop_and_count, held)
    own = held["customer"]
    index = sum(held[name] for name in _INDEX)
    yield Figure("customers' own rows, with their contact points' (no indexes)", own / 1e6, "MB")
    yield Figure("search index of customers", index / 1e6, "MB")
    yield Figure("index size ÷ size of the customers' own rows", index / own, "×", 1.0)
    yield Figure("the same ÷ customers without contact points", index / held["customer alone"], "×")
    yield Figure("beside it: words of notes and facts", held["search_text"] / 1e6, "MB")


_INDEX = ("search_index", "search_number", "search_entry", "search_word", "search_near")


def _drop_and_count(connection: sa.Connection, held: dict[str, float]) -> None:
    # SQLCipher answers this one with text.
    size = int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())

    def free() -> float:
        return float(connection.exec_driver_sql("PRAGMA freelist_count").scalar_one() * size)

    def drop(what: str, kind: str = "TABLE") -> float:
        before = free()
        connection.exec_driver_sql(f'DROP {kind} "{what}"')
        return free() - before

    for name in (*_INDEX, "search_text"):
        held[name] = drop(name)
    for name, kind in connection.exec_driver_sql(
        "SELECT name, type FROM sqlite_schema WHERE tbl_name IN ('customer', 'contact_point') "
        "AND sql IS NOT NULL AND type IN ('index', 'trigger')"
    ).all():
        drop(name, kind)
    held["customer alone"] = drop("customer")
    held["customer"] = held["customer alone"] + drop("contact_point")
    raise _RolledBackError


def measure(customers: int = 1_000_000) -> list[Figure]:
    """Measure with a base of `customers`, kept in `AGENTDESK_BENCH` if that names a folder."""
    kept = os.environ.get("AGENTDESK_BENCH")
    with tempfile.TemporaryDirectory() as folder:
        base = made_base(Path(kept or folder), customers)
        return list(figures(base, tuning=False))


def figures(
    base: Base, *, tuning: bool, count: int = QUESTIONS, verbose: bool = False
) -> Iterator[Figure]:
    """Yield all figures of a base."""
    people = targets(base, count * 3, tuning=tuning, seed=11 if tuning else 12)
    gc.collect()
    store = Store(make_engine(base.file.path, base.file.key))
    try:
        yield from keystrokes(store, people, 5)
        yield from recall(store, people, seed=6, count=count, verbose=verbose)
        yield from sizes(store)
    finally:
        store.close()


def main() -> None:
    """Measure a base that is there, for tuning: `python -m benchmarks.search FOLDER`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--interactions", type=int, default=5)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument(
        "--tests", action="store_true", help="the names of the tests, not of tuning"
    )
    asked = parser.parse_args()
    base = made_base(asked.folder, asked.customers, asked.interactions)
    for figure in figures(base, tuning=not asked.tests, count=asked.count, verbose=asked.verbose):
        print(f"{figure.name:<70} {figure.value:10.2f} {figure.unit}", flush=True)


if __name__ == "__main__":
    main()
