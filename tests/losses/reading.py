"""Losses on the way from Central, each with the bug that brings it back."""

from __future__ import annotations

from contextlib import suppress

import pytest

from agentdesk.domain.entities import Customer
from agentdesk.errors import AgentDeskError, Code, ExternalError
from agentdesk.store import outbox
from agentdesk.store.rows import get_entity
from agentdesk.store.state import get_state, set_state
from agentdesk.store.workers import Store
from agentdesk.sync import absorb, exchange
from agentdesk.sync.absorb import Page
from agentdesk.sync.account import open_client
from agentdesk.sync.protocol import PAGE_LIMIT
from agentdesk.sync.transport import CentralClient
from tests.exchanges import desk_on, notes_of, settle
from tests.losses.finding import ANNA, Finding, KnownLoss, Stage

# --- Progress saved before the data ------------------------------------------------------------


def a_page_cannot_be_taken_in_at_first(stage: Stage) -> Finding:
    """Ben's note arrives at Ann's desk at the moment when its disk is full."""
    ann, ben = stage.desk("ann"), stage.desk("ben")
    desk_on(ben).add_note(ANNA[0].id, "While the disk was full").result()
    settle(ben)

    def fail(*_rows: object) -> None:
        raise ExternalError(Code.DISK_FULL)

    with stage.meanwhile() as disk, suppress(AgentDeskError):
        disk.setattr(absorb, "put_rows", fail)
        settle(ann)
    settle(ann)
    missing = {"While the disk was full"} - set(notes_of(ann, ANNA[0].id))
    return Finding(lost=tuple(missing))


def the_cursor_is_saved_first(patch: pytest.MonkeyPatch) -> None:
    """Cursor and rows are two transactions, in this order."""

    def pull(store: Store, client: CentralClient, limit: int = PAGE_LIMIT) -> exchange.Pulled:
        page = client.changes(store.read_here(get_state, absorb.CURSOR), limit)
        store.write_here(lambda c: set_state(c, **{absorb.CURSOR: page.end.cursor}))
        changes = store.write_here(absorb.absorb_page, page)
        return exchange.Pulled(changes, len(page.lines), page.end.more)

    patch.setattr(exchange, "pull_once", pull)


# --- Edit during a sync overwritten ------------------------------------------------------------


def an_edit_is_made_while_a_page_is_on_its_way(stage: Stage) -> Finding:
    """Ann types another town while her desk reads the one that Ben has typed."""
    ann, ben = stage.desk("ann"), stage.desk("ben")
    desk_on(ben).set_fields(ANNA[0].id, {"hometown": "York"}).result()
    settle(ben)
    whole = CentralClient.changes

    def type_meanwhile(self: CentralClient, cursor: str | None, limit: int = PAGE_LIMIT) -> Page:
        page = whole(self, cursor, limit)
        desk_on(ann).set_fields(ANNA[0].id, {"hometown": "Leeds"}).result()
        return page

    with stage.meanwhile() as typing:
        typing.setattr(CentralClient, "changes", type_meanwhile)
        exchange.pull_once(ann, open_client(ann))
    shown = [_hometown(ann)]
    settle(ann)
    settle(ann)
    shown.append(_hometown(ann))
    hidden = ("Leeds",) if shown != ["Leeds", "Leeds"] else ()
    return Finding(lost=(*hidden, *stage.lost(["Leeds", "York"], ann)))


def _hometown(store: Store) -> str | None:
    anna = store.read_here(get_entity, Customer, ANNA[0].id)
    return anna.hometown if anna else None


def a_page_overwrites_what_it_meets(patch: pytest.MonkeyPatch) -> None:
    """Whatever arrives is newer than whatever is there."""
    patch.setattr(outbox, "pending_records", lambda _connection, _among=(): set())


LOSSES = (
    KnownLoss(
        "progress saved before the data",
        a_page_cannot_be_taken_in_at_first,
        the_cursor_is_saved_first,
    ),
    KnownLoss(
        "edit during a sync overwritten",
        an_edit_is_made_while_a_page_is_on_its_way,
        a_page_overwrites_what_it_meets,
    ),
)
