"""The single steps of synchronisation: greet, push once, pull once. They block."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

import agentdesk
from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.moments import now, to_text
from agentdesk.errors import Code, ExternalError
from agentdesk.store import outbox
from agentdesk.store.state import get_states, set_state
from agentdesk.store.workers import Store
from agentdesk.sync.absorb import CURSOR, absorb_page, absorb_verdicts
from agentdesk.sync.plan import batch
from agentdesk.sync.protocol import (
    MAX_PUSH_GROUPS,
    SCHEMA,
    SCHEMA_OLDEST,
    HelloRequest,
    HelloResponse,
    Order,
    Outcome,
)
from agentdesk.sync.transport import PAGE_LIMIT, CentralClient

_PUSH_READ = 2_000


@dataclass(frozen=True, slots=True)
class Greeting:
    """What Central said of this desk; `skew` is its clock minus ours."""

    response: HelloResponse
    skew: timedelta


def greet(store: Store, client: CentralClient, device_id: str) -> Greeting:
    """Introduce the desk and obey what Central orders.

    After a restore of Central the desk starts its reading anew, and what Central has lost of
    this desk's work goes out again under its old numbers. Raises `ExternalError(DEVICE_LOCKED)`
    if Central locks this device.
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
    if Order.LOCK in response.orders:
        raise ExternalError(Code.DEVICE_LOCKED)
    if response.reset:
        store.write_here(start_anew, response.last_n)
    return Greeting(response, response.server_time - began - (now() - began) / 2)


def start_anew(connection: sa.Connection, last_n: int) -> None:
    """Read from the beginning again, and send again what Central does not have any more."""
    set_state(connection, **{CURSOR: None})
    outbox.rewind(connection, last_n)


def push_once(store: Store, client: CentralClient, author_id: str) -> tuple[ChangeSet, bool]:
    """Send the next groups and keep the verdicts; the flag tells whether to go on at once.

    The groups are marked as attempted before they leave: from then on they never change.
    """
    waiting = store.read_here(outbox.unjudged, author_id, _PUSH_READ)
    groups = batch(waiting)
    if not groups:
        return ChangeSet(), False
    sent = {group.id for group in groups}
    numbers = [intention.n for intention in waiting if intention.group_id in sent]
    store.write_here(outbox.mark_attempted, numbers, to_text(now()))
    response = client.push(groups)
    changes = store.write_here(absorb_verdicts, response.verdicts)
    retried = any(verdict.outcome is Outcome.RETRY for verdict in response.verdicts)
    if len(response.verdicts) < len(numbers) or retried:
        return changes, False
    return changes, len(waiting) > len(numbers) or len(groups) == MAX_PUSH_GROUPS


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one page brought, and whether Central has more."""

    changes: ChangeSet
    rows: int
    more: bool


def pull_once(store: Store, client: CentralClient, limit: int = PAGE_LIMIT) -> Pulled:
    """Read the next page and take it in, with the cursor, in one transaction."""
    cursor = store.read_here(get_states, [CURSOR])[CURSOR]
    page = client.changes(cursor, limit)
    changes = store.write_here(absorb_page, page)
    return Pulled(changes, len(page.lines), page.end.more)
