"""What a scenario of loss is told with: a company to play it in, and what was found at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from agentdesk.central import tables as central_tables
from agentdesk.domain.kinds import KindName
from agentdesk.store import tables as t
from agentdesk.store.workers import Store
from tests.exchanges import settle
from tests.postgres import Postgres
from tests.real import Central, Maker, person, signed_in

ANNA = person("Anna Blunt", "+442079460958")


@dataclass(frozen=True, slots=True)
class Finding:
    """What went wrong with what people typed, in their own words; nothing if all went well.

    `lost` is nowhere any more, or not where it has to be; `doubled` is there twice; `untrue` was
    told to people though it was not so.
    """

    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    untrue: tuple[str, ...] = ()


NOTHING_WRONG = Finding()


@dataclass
class Stage:
    """A Central that serves, and desks on it by name; each keeps its cache for one scenario."""

    central: Central
    make_store: Maker
    postgres: Callable[[], Postgres]
    """Starts the server for the scenarios that need more than one writer."""

    def desk(self, name: str, user: str | None = None) -> Store:
        """Return the cache of a desk that somebody has signed in to and brought up to date."""
        store = signed_in(self.make_store(name), self.central, user or name)
        settle(store)
        return store

    @staticmethod
    def meanwhile() -> AbstractContextManager[pytest.MonkeyPatch]:
        """Give a way to let something happen in the middle of an exchange; undone at the end."""
        return pytest.MonkeyPatch.context()

    def at_central(self, text: str) -> int:
        """Count in how many records Central has `text`, removed ones aside."""
        record = central_tables.record
        query = sa.select(record.c.fields).where(record.c.removed_at.is_(None))
        return sum(text in _values(fields) for fields in self._select(query))

    def in_history(self, text: str) -> bool:
        """Tell whether Central keeps `text` as a value that no longer stands."""
        record = central_tables.record
        query = sa.select(record.c.fields).where(record.c.kind == KindName.FIELD_VERSION.value)
        kept = (msgspec.json.decode(fields)["value"] for fields in self._select(query))
        return any(text == msgspec.json.decode(value) for value in kept)

    def _select(self, query: sa.Select[Any]) -> list[str]:
        engine = sa.create_engine(self.central.database_url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def lost(self, texts: Iterable[str], *desks: Store) -> tuple[str, ...]:
        """Return those of `texts` that have gone (invariant 1 of the protocol).

        One is kept if Central has it, now or in history, or if it waits for Central or for a
        person on one of the desks. A desk's own list of what it once sent does not count.
        """
        return tuple(
            text
            for text in texts
            if not self.at_central(text)
            and not self.in_history(text)
            and not any(store.read_here(_waits, text) for store in desks)
        )

    def doubled(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Return those of `texts` that Central has more than once."""
        return tuple(text for text in texts if self.at_central(text) > 1)


def _values(fields: str) -> list[object]:
    return list(msgspec.json.decode(fields, type=dict[str, object]).values())


def _waits(connection: sa.Connection, text: str) -> bool:
    """Tell whether `text` is in something that waits for Central, or for a person."""
    queries = (
        sa.select(t.outbox.c.payload),
        sa.select(t.attention.c.payload),
        sa.select(t.conflict.c.mine).where(t.conflict.c.settled_at.is_(None)),
    )
    waiting = [value for query in queries for value in connection.execute(query).scalars()]
    return any(text in (v.decode() if isinstance(v, bytes) else str(v)) for v in waiting)


Scenario = Callable[[Stage], Finding]
Bug = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, slots=True)
class KnownLoss:
    """A way in which others have lost data, and the bug that would make it ours."""

    name: str
    scenario: Scenario
    bug: Bug
    found_as: str = "lost"
    """The field of the finding in which the bug shows."""
