"""What waits for a person, put into a cache as an exchange with Central would leave it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa

from agentdesk.domain.entities import Customer
from agentdesk.domain.moments import now, to_text
from agentdesk.store import tables as t
from agentdesk.store.state import set_state
from agentdesk.sync.protocol import Reason
from agentdesk.sync.status import SyncState, SyncStatus
from agentdesk.views.sync.section import ListSection
from tests.real import ANN, BEN
from tests.ui.customers.world import World


@dataclass
class Wire:
    """Stands for the network: a synchronisation that says what the test wants."""

    told: SyncStatus = field(default_factory=lambda: SyncStatus(SyncState.LIVE))
    asked: list[str] = field(default_factory=list)

    def status(self) -> SyncStatus:
        return self.told

    def on_status(self, listener: Callable[[SyncStatus], None]) -> Callable[[], None]:
        return lambda: self.asked.append(f"stopped {listener}")

    def sync_now(self) -> None:
        self.asked.append("now")

    def sign_out(self) -> Future[None]:
        self.asked.append("out")
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def sign_in(
        self, url: str, name: str, password: str, ca_file: str | None = None
    ) -> Future[None]:
        raise NotImplementedError


def titles(section: ListSection) -> list[str]:
    """Return what the rows of a section say first."""
    return [row.title for row in section.model.rows]


def contest(world: World, owner: Customer, **values: object) -> None:
    """Let Central have kept Ben's preferred name over Ann's, or what `values` say instead."""
    told: dict[str, object] = {
        "id": "c1",
        "n": 1,
        "kind": "customer",
        "record_id": owner.id,
        "owner_id": owner.id,
        "field": "preferred_name",
        "base": None,
        "mine": "Anna",
        "theirs": "Annie",
        "their_author": BEN.id,
        "changed_at": to_text(now() - timedelta(minutes=9)),
        "raised_at": to_text(now()),
        "author_id": ANN.id,
        "made_at": to_text(now() - timedelta(minutes=3)),
        "reason": Reason.CONTESTED.value,
        **values,
    }
    world.store.write_here(lambda connection: connection.execute(t.conflict.insert().values(told)))


def merge_silently(world: World, owner: Customer, **values: object) -> None:
    """Let Ann's hometown have come later than Ben's, or what `values` say instead."""
    told: dict[str, object] = {
        "id": "m1",
        "n": 2,
        "kind": "customer",
        "record_id": owner.id,
        "owner_id": owner.id,
        "author_id": ANN.id,
        "made_at": to_text(now()),
        "field": "hometown",
        "reason": Reason.LATER.value,
        "base": None,
        "mine": "York",
        "theirs": "Hull",
        "stands": "York",
        "their_author": BEN.id,
        "changed_at": to_text(now()),
        "merged_at": to_text(now()),
        **values,
    }
    world.store.write_here(lambda connection: connection.execute(t.merged.insert().values(told)))


def refuse_all(world: World, reason: str) -> None:
    """Let Central have refused everything that waits."""

    def work(connection: sa.Connection) -> None:
        columns = ("n", "group_id", "kind", "record_id", "owner_id", "author_id", "payload")
        chosen = sa.select(*(t.outbox.c[name] for name in columns))
        for row in connection.execute(chosen).mappings().all():
            connection.execute(
                t.attention.insert().values(**row, reason=str(reason), raised_at=to_text(now()))
            )
        connection.execute(t.outbox.delete())
        set_state(connection, seen="1")

    world.store.write_here(work)
