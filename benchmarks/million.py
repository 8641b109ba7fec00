"""A cache of any size with people of all alphabets, made as a first sync makes one.

`python -m benchmarks.million FOLDER --customers 1000000 --interactions 5` makes it and prints what
its parts take; `made_base` is for measurements that need one.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from agentdesk.demo.company import DEMO_USERS
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import to_text
from agentdesk.store.engine import CacheFile, make_engine, read_transaction, write_transaction
from agentdesk.store.loading import Loaded, LoadingFile, index_statements
from agentdesk.store.migrate import upgrade
from agentdesk.store.state import set_state
from benchmarks.crowd import ids_by
from benchmarks.population import Person, people

KEY = bytes(range(32))
"""The key of made-up people is no secret, so that a base that is there can be used again."""

SEED = 20_261_122
_SLICE = 5_000
_END = datetime(2026, 11, 20, 12, tzinfo=UTC)
_COUNTRY = {
    "pl": ("PL", "+4860"), "de": ("DE", "+491511"), "ru": ("RU", "+7916"), "uk": ("UA", "+38067"),
    "el": ("GR", "+30694"), "en": ("GB", "+44770"), "fr": ("FR", "+3361"), "it": ("IT", "+39347"),
    "cs": ("CZ", "+42060"), "sv": ("SE", "+4670"),
}  # fmt: skip
"""Country of each language, and the beginning of its mobile numbers; seven digits follow."""
_TYPES = ("informal-regular", "first-timer", "worried", "tech-savvy", "advocate", None, None)
_SUBJECTS = ("Delivery", "Invoice", "Repair", "Order", "Password", "Return", "Contract")
_SUMMARIES = (
    "Asked when the parcel comes; told Tuesday.",
    "The pump drips again. Sent a technician.",
    "Invoice was paid twice, refund on its way.",
    "Wanted to know about the new contract.",
    "Could not sign in; new password sent.",
)
_NOTES = ("Prefers to be called in the evening.", "Has a dog, ring twice.", "Collects old radios.")


@dataclass(frozen=True)
class Base:
    """A made base: its file and who is in it, in the order of their rows."""

    file: CacheFile
    customers: int
    seed: int

    def members(self) -> Iterator[tuple[str, Person]]:
        """Yield everybody with their id."""
        return islice(
            zip(ids_by(random.Random(self.seed)), people(self.seed), strict=False), self.customers
        )


def made_base(
    folder: Path, customers: int, interactions: int = 5, seed: int = SEED, *, again: bool = False
) -> Base:
    """Return a base of that size in `folder`; makes it unless it is there already."""
    path = folder / f"people-{customers}-{interactions}-{seed}.db"
    base = Base(CacheFile(path, KEY), customers, seed)
    if again or not path.exists():
        for leftover in folder.glob(f"{path.name}*"):
            leftover.unlink()
        _make(base, interactions)
    return base


def _make(base: Base, interactions: int) -> None:
    began = time.perf_counter()
    model = base.file.beside(base.file.path.name + ".model")
    engine = make_engine(model.path, model.key, create=True)
    upgrade(engine, model.path)
    with read_transaction(engine) as like:
        loading = LoadingFile.create(
            like, base.file, Loaded(source="benchmark", cursor=f"{base.seed}.0")
        )
        indexes = index_statements(like)
    engine.dispose()
    for leftover in model.path.parent.glob(f"{model.path.name}*"):
        leftover.unlink()
    chance = random.Random(base.seed + 1)
    members = base.members()
    number = 0
    while some := list(islice(members, _SLICE)):
        loading.add_chunk(
            str(number), (number, number + 1), _rows(some, number, interactions, chance), _pass
        )
        number += 1
        _say(f"\rrows of {min(number * _SLICE, base.customers):,} customers ")
    _say(f"after {time.perf_counter() - began:.0f} s\n")
    loading.build_indexes(indexes, lambda done: _say(f"\rindexes {done:.0%} "))
    _say(f"after {time.perf_counter() - began:.0f} s\n")
    with write_transaction(loading.engine) as connection:
        _sign_in(connection)
    loading.close()


def _sign_in(connection: sa.Connection) -> None:
    operator = DEMO_USERS[0].user
    set_state(
        connection,
        user_id=operator.id,
        user_name=operator.name,
        role=operator.role.value,
        organisation_id="made-up",
        organisation_name="Made Up Ltd",
        region="DE",
        loading=None,
    )


def _rows(
    some: list[tuple[str, Person]], number: int, interactions: int, chance: random.Random
) -> Iterator[tuple[str, list[str], list[list[Any]]]]:
    """Yield the records of some customers by kind, as chunks of a snapshot bring them."""
    ids = ids_by(chance)
    yield (
        KindName.CUSTOMER.value,
        _CUSTOMER,
        [_customer(one, at, chance) for at, one in enumerate(some, number * _SLICE)],
    )
    yield (
        KindName.CONTACT_POINT.value,
        _POINT,
        [point for at, one in enumerate(some, number * _SLICE) for point in _points(one, at, ids)],
    )
    yield (
        KindName.INTERACTION.value,
        _INTERACTION,
        [
            _interaction(customer_id, ids, chance)
            for customer_id, _p in some
            for _n in range(interactions)
        ],
    )
    noted = [customer_id for customer_id, _person in some if chance.random() < 0.2]
    yield (
        KindName.NOTE.value,
        _NOTE,
        [
            [next(ids), 1, 1, {}, one, chance.choice(_NOTES), 1, to_text(_moment(chance))]
            for one in noted
        ],
    )


_META = ["id", "seq", "created_seq", "versions"]
_CUSTOMER = [*_META, "full_name", "given_name", "family_name", "language", "hometown", "country",
             "customer_type", "customer_type_source", "created_at"]  # fmt: skip
_POINT = [*_META, "customer_id", "kind", "value", "e164"]
_INTERACTION = [*_META, "customer_id", "channel", "direction", "occurred_at", "subject", "summary",
                "disposition", "duration_s"]  # fmt: skip
_NOTE = [*_META, "customer_id", "text", "revision", "created_at"]


def _customer(one: tuple[str, Person], at: int, chance: random.Random) -> list[Any]:
    customer_id, person = one
    kind = chance.choice(_TYPES)
    country = _COUNTRY[person.language][0]
    source = kind and "suggested"
    return [customer_id, at, at, {}, person.full, person.given, person.family, person.language,
            person.town, country, kind, source, to_text(_moment(chance))]  # fmt: skip


def _points(one: tuple[str, Person], at: int, ids: Iterator[str]) -> list[list[Any]]:
    customer_id, person = one
    number = f"{_COUNTRY[person.language][1]}{(at * 7_368_787 + 1) % 10**7:07d}"
    address = f"{person.given[:1]}{at:x}@mail{at % 23}.example"
    return [
        [next(ids), at, at, {}, customer_id, "phone", number, number],
        [next(ids), at, at, {}, customer_id, "email", address.lower(), None],
    ]


def _interaction(customer_id: str, ids: Iterator[str], chance: random.Random) -> list[Any]:
    said = [chance.choice(_SUBJECTS), chance.choice(_SUMMARIES), "solved", chance.randrange(900)]
    when = to_text(_moment(chance))
    return [next(ids), 1, 1, {}, customer_id, "call", "inbound", when, *said]


def _moment(chance: random.Random) -> datetime:
    return _END - timedelta(minutes=chance.randrange(3 * 365 * 24 * 60))


def _pass(_rows: int) -> None:
    """Nothing to tell between batches."""


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def sizes(file: CacheFile) -> dict[str, int]:
    """Return how many bytes each table and index of a cache takes."""
    engine = make_engine(file.path, file.key)
    with read_transaction(engine) as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE rootpage > 0")
        found = dict.fromkeys(names.scalars(), 0)
        page = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
        roots = connection.exec_driver_sql(
            "SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0"
        )
        del roots
    engine.dispose()
    return {name: page * count for name, count in found.items()}


def main() -> None:
    """Make a base and say where it is."""
    parser = argparse.ArgumentParser(description="Make a cache of made-up people.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--interactions", type=int, default=5)
    asked = parser.parse_args()
    base = made_base(asked.folder, asked.customers, asked.interactions, again=True)
    _say(json.dumps({"path": str(base.file.path), "bytes": base.file.path.stat().st_size}) + "\n")


if __name__ == "__main__":
    main()
