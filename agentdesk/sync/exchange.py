"""The single steps of synchronisation: greet, push once, pull once. They block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

import agentdesk
from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.moments import now, to_text
from agentdesk.errors import Code, ExternalError
from agentdesk.store import outbox
from agentdesk.store.state import get_state, get_states, set_state
from agentdesk.store.workers import Store
from agentdesk.sync import brake
from agentdesk.sync.absorb import CURSOR, Page, absorb_page, absorb_verdicts, send_again
from agentdesk.sync.digest_check import CENTRAL_SCHEMA
from agentdesk.sync.plan import batch
from agentdesk.sync.protocol import (
    MAX_PUSH_GROUPS,
    PAGE_LIMIT,
    SCHEMA,
    SCHEMA_OLDEST,
    HelloRequest,
    HelloResponse,
    Order,
    Outcome,
    PushResponse,
)
from agentdesk.sync.purge import BACKUPS, tend_journal

if TYPE_CHECKING:
    from agentdesk.sync.transport import CentralClient

_PUSH_READ = 2 * MAX_PUSH_GROUPS


@dataclass(frozen=True, slots=True)
class Greeting:
    """What Central said of this desk; `skew` is its clock minus ours."""

    response: HelloResponse
    skew: timedelta
    changes: ChangeSet


class WipeOrderedError(ExternalError):
    """Central has this device wiped; with `salvage`, after it has sent what waits."""

    def __init__(self, *, salvage: bool) -> None:
        super().__init__(Code.DEVICE_WIPED)
        self.salvage = salvage


def greet(store: Store, client: CentralClient, device_id: str) -> Greeting:
    """Introduce the desk and obey what Central orders.

    What Central has lost of this desk's work by a restore goes out again under its old numbers.
    If it cannot continue the desk's cursor, the desk starts its reading anew. Raises
    `ExternalError(DEVICE_LOCKED)` if Central locks this device, and `WipeOrderedError`.
    """
    kept = store.read_here(get_states, [CURSOR])
    began = now()
    response = client.hello(
        HelloRequest(
            device_id=device_id,
            program=agentdesk.__version__,
            schema_oldest=SCHEMA_OLDEST,
            schema_newest=SCHEMA,
            cursor=kept[CURSOR],
        )
    )
    if Order.WIPE in response.orders:
        store.write_here(_agree, response)
        raise WipeOrderedError(salvage=response.salvage)
    if Order.LOCK in response.orders:
        raise ExternalError(Code.DEVICE_LOCKED)
    skew = response.server_time - began - (now() - began) / 2
    changes = store.write_here(_agree, response)
    return Greeting(response, skew, changes)


def _agree(connection: sa.Connection, response: HelloResponse) -> ChangeSet:
    if response.reset:
        set_state(connection, **{CURSOR: None})
    set_state(connection, **{CENTRAL_SCHEMA: response.schema_newest, BACKUPS: response.backup_days})
    tend_journal(connection, response.server_time)
    # Not only then: a cursor from before the backup goes on, the numbers after it do not.
    return send_again(connection, response.last_n)


def push_once(store: Store, client: CentralClient, author_id: str) -> tuple[ChangeSet, bool]:
    """Send the next groups and keep the verdicts; the flag tells whether to go on at once.

    The groups are marked as attempted before they leave: from then on they never change. Raises
    `ExternalError(NUMBERS_LOST)` if Central lacks edits that this desk no longer has either.
    """
    device_id = store.read_here(get_state, "device_id")
    waiting = store.read_here(outbox.unjudged, author_id, _PUSH_READ)
    groups = batch(waiting)
    if not groups:
        return ChangeSet(), False
    sent = {group.id for group in groups}
    numbers = [intention.n for intention in waiting if intention.group_id in sent]
    store.write_here(outbox.mark_attempted, numbers, to_text(now()))
    response = client.push(groups)
    changes = store.write_here(_absorb_answer, device_id, response)
    if response.last_n < numbers[0] - 1:
        # Central lacks what it once had judged: without that it takes nothing that follows.
        again = store.write_here(send_again, response.last_n)
        if not again and store.read_here(outbox.has_gap_after, response.last_n):
            raise ExternalError(Code.NUMBERS_LOST)
        return changes | again, bool(again)
    retried = any(verdict.outcome is Outcome.RETRY for verdict in response.verdicts)
    if len(response.verdicts) < len(numbers) or retried:
        return changes, False
    return changes, len(waiting) > len(numbers) or len(groups) == MAX_PUSH_GROUPS


def _absorb_answer(
    connection: sa.Connection, device_id: str | None, response: PushResponse
) -> ChangeSet:
    # Once the profile is a new device, an answer to the old one speaks of other edits.
    if get_state(connection, "device_id") != device_id:
        return ChangeSet()
    tend_journal(connection, response.server_time)
    return absorb_verdicts(connection, response.verdicts)


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one page brought, and whether Central has more."""

    changes: ChangeSet
    rows: int
    more: bool


def pull_once(store: Store, client: CentralClient, limit: int = PAGE_LIMIT) -> Pulled:
    """Read the next page and take it in, with the cursor, in one transaction.

    Raises `ExternalError(REMOVALS_UNCONFIRMED)` for one that removes much without confirmation.
    """
    stood = store.read_here(get_states, _STANDS)
    page = client.changes(stood[CURSOR], limit)
    brake.hold_back(store, client, page)
    changes = store.write_here(_absorb_next, stood, page)
    return Pulled(changes, len(page.lines), page.end.more)


_STANDS = (CURSOR, "device_id")


def _absorb_next(connection: sa.Connection, stood: Mapping[str, Any], page: Page) -> ChangeSet:
    """Take in the page behind where the desk `stood`.

    Not if another reader has gone on from there meanwhile, or the profile is a new device: what a
    page says is absorbed are the edits of one device.
    """
    if get_states(connection, _STANDS) != stood:
        return ChangeSet()
    removed = brake.count_removals(connection, page)
    changes = absorb_page(connection, page)
    brake.note_absorbed(connection, page, removed)
    return changes
