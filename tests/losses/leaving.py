"""Losses where records go from a desk, each with the bug that brings it back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import pytest
import sqlalchemy as sa

from agentdesk.central import tables as central_tables
from agentdesk.domain.entities import Customer
from agentdesk.domain.kinds import KindName
from agentdesk.errors import AgentDeskError
from agentdesk.store import tables as t
from agentdesk.store.rows import select_entities
from agentdesk.store.workers import Store
from agentdesk.sync import brake, exchange, outside
from agentdesk.sync import protocol as p
from agentdesk.sync.absorb import Page
from agentdesk.sync.account import open_client
from agentdesk.sync.protocol import PAGE_LIMIT
from agentdesk.sync.transport import CentralClient
from tests.exchanges import desk_on, settle
from tests.losses.finding import ANNA, Finding, KnownLoss, Stage
from tests.real import ANN

CROWD = 30

# --- An empty remote read taken for deletion ---------------------------------------------------


def central_reads_that_there_is_nothing(stage: Stage) -> Finding:
    """For a moment Central tells Ann's desk that every customer has gone, and is wrong."""
    ann, ben = stage.desk("ann"), stage.desk("ben")
    for turn in range(CROWD):
        desk_on(ben).add_customer(f"Customer {turn}").result()
    settle(ben)
    settle(ann)
    before = _customers(ann)
    desk_on(ben).add_note(ANNA[0].id, "So that there is a page").result()
    settle(ben)
    whole = CentralClient.changes

    def nothing(self: CentralClient, cursor: str | None, limit: int = PAGE_LIMIT) -> Page:
        page = whole(self, cursor, limit)
        gone = [
            p.PageGone(
                kind="customer", id=one, seq=page.end.head_seq, reason=p.GoneReason.LEFT_SCOPE
            )
            for one in sorted(before)
        ]
        return replace(page, lines=gone)

    with stage.meanwhile() as wrong, suppress(AgentDeskError):
        wrong.setattr(CentralClient, "changes", nothing)
        settle(ann)
    settle(ann)
    return Finding(lost=tuple(sorted(before - _customers(ann))))


def _customers(store: Store) -> set[str]:
    return {customer.id for customer in store.read_here(select_entities, Customer)}


def whatever_central_reads_is_believed(patch: pytest.MonkeyPatch) -> None:
    """A page that removes everything is a page."""
    patch.setattr(brake, "hold_back", lambda _store, _client, _page: None)


# --- Territory moved, edits silently never sent ------------------------------------------------


def a_customer_is_given_to_another_team(stage: Stage) -> Finding:
    """Ann has the north; she writes about Anna while Anna is given to the south."""
    _give_ann_the_north(stage)
    ben = stage.desk("ben")
    desk_on(ben).set_fields(ANNA[0].id, {"team_id": "north"}).result()
    settle(ben)
    ann = stage.desk("ann")
    desk_on(ann).add_note(ANNA[0].id, "Promised to call back").result()
    desk_on(ben).set_fields(ANNA[0].id, {"team_id": "south"}).result()
    settle(ben)
    # What arrives does not wait for what leaves.
    exchange.pull_once(ann, open_client(ann))
    for _time in range(2):
        settle(ann)
    kept = _customers(ann)
    untrue = ("Anna is still Ann's",) if ANNA[0].id in kept else ()
    lost = () if stage.at_central("Promised to call back") else ("Promised to call back",)
    return Finding(lost=lost, untrue=untrue)


def _give_ann_the_north(stage: Stage) -> None:
    account, record = central_tables.account, central_tables.record
    engine = sa.create_engine(stage.central.database_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(
            sa.update(account).where(account.c.user_id == ANN.id).values(scope="team")
        )
        connection.execute(
            sa.update(record)
            .where(record.c.kind == KindName.USER.value, record.c.id == ANN.id)
            .values(fields=sa.func.json_set(record.c.fields, "$.team_id", "north"))
        )


def what_leaves_the_scope_takes_its_edits_along(patch: pytest.MonkeyPatch) -> None:
    """A record that is no longer the desk's goes at once, and so does all that is about it."""

    def hold(
        connection: sa.Connection,
        going: Sequence[tuple[KindName, str, str | None]],
        _pending: set[tuple[KindName, str]],
    ) -> set[tuple[KindName, str]]:
        customers = {owner for _kind, _id, owner in going if owner is not None}
        connection.execute(t.outbox.delete().where(t.outbox.c.owner_id.in_(customers)))
        return set()

    patch.setattr(outside, "hold", hold)


LOSSES = (
    KnownLoss(
        "an empty remote read taken for deletion",
        central_reads_that_there_is_nothing,
        whatever_central_reads_is_believed,
    ),
    KnownLoss(
        "territory moved, edits silently never sent",
        a_customer_is_given_to_another_team,
        what_leaves_the_scope_takes_its_edits_along,
    ),
)
