"""Bugs that have lost data in other systems, planted again: the simulation has to find each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import msgspec
import sqlalchemy as sa

from agentdesk.central import push, routes, standing
from agentdesk.central import tables as ct
from agentdesk.central.database import Database
from agentdesk.central.operations import Caller
from agentdesk.central.records import RecordBook
from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.moments import now, to_text
from agentdesk.errors import ExternalError
from agentdesk.store import engine as desk_engine
from agentdesk.store import outbox
from agentdesk.store import tables as t
from agentdesk.store.state import get_state, set_state
from agentdesk.store.workers import Store
from agentdesk.sync import absorb, exchange
from agentdesk.sync import protocol as p
from agentdesk.sync.absorb import CURSOR
from agentdesk.sync.protocol import PAGE_LIMIT
from agentdesk.sync.transport import CentralClient

Plant = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Bug:
    """A bug, and what has to happen often for it to show: actions, boundaries and troubles."""

    plant: Plant
    often: tuple[str, ...] = ()


def _cursor_before_rows(store: Store, client: CentralClient, limit: int = PAGE_LIMIT) -> Any:
    stood = store.read_here(get_state, CURSOR)
    page = client.changes(stood, limit)
    store.write_here(lambda c: set_state(c, **{CURSOR: page.end.cursor}))
    changes = store.write_here(absorb.absorb_page, page)
    return exchange.Pulled(changes, len(page.lines), page.end.more)


_push_once = exchange.push_once


def _resend_as_new(store: Store, client: CentralClient, author_id: str) -> tuple[ChangeSet, bool]:
    try:
        return _push_once(store, client, author_id)
    except ExternalError:
        store.write_here(_renumber)
        raise


def _renumber(connection: sa.Connection) -> None:
    """Give what was sent and not answered new numbers, as if it had never left."""
    sent = connection.execute(
        sa.select(t.outbox).where(
            t.outbox.c.attempted_at.is_not(None), t.outbox.c.verdict.is_(None)
        )
    ).mappings()
    for row in sent.all():
        n = outbox.take_numbers(connection, 1)
        payload = msgspec.json.encode(msgspec.json.decode(row["payload"]) | {"n": n})
        connection.execute(
            t.outbox.update().where(t.outbox.c.n == row["n"]).values(n=n, payload=payload)
        )


def _purge_when_sent(store: Store, client: CentralClient, author_id: str) -> tuple[ChangeSet, bool]:
    result = _push_once(store, client, author_id)
    store.write_here(outbox.settle, 2**60, to_text(now()))
    return result


_push = push.push


def _judge_again(
    database: Database, caller: Caller, request: p.PushRequest, **more: Any
) -> p.PushResponse:
    numbers = [msgspec.json.decode(raw)["n"] for group in request.groups for raw in group.mutations]
    with database.writing() as connection:
        device = (ct.device.c.org_id == caller.org_id, ct.device.c.device_id == caller.device_id)
        last_n = connection.execute(sa.select(ct.device.c.last_n).where(*device)).scalar_one()
        if numbers and numbers[0] <= last_n:
            c = ct.processed.c
            mine = (c.org_id == caller.org_id, c.device_id == caller.device_id)
            connection.execute(ct.processed.delete().where(*mine, c.n >= numbers[0]))
            connection.execute(ct.device.update().where(*device).values(last_n=numbers[0] - 1))
    return _push(database, caller, request, **more)


def _any_tag(_connection: object, _org_id: str, cursor: Any, epoch: str) -> bool:
    return bool(cursor.epoch == epoch)


def _nothing_again(_connection: object, _last_n: int) -> ChangeSet:
    return ChangeSet()


_connect = desk_engine._connect


def _in_a_hurry(*arguments: Any, **options: Any) -> Any:
    connection = _connect(*arguments, **options)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def _no_verdicts(_connection: object, _verdicts: Iterable[p.Verdict]) -> ChangeSet:
    return ChangeSet()


def _no_history(*_arguments: object, **_options: object) -> None:
    """Keep nothing of what was overwritten."""


def _patched(target: object, name: str, stand_in: object) -> Plant:
    return lambda: patch.object(target, name, stand_in)


BUGS = {
    "the cursor is saved before the rows": Bug(
        _patched(exchange, "pull_once", _cursor_before_rows), ("pull", "committed", "write")
    ),
    "an answer that got lost is sent again as new": Bug(
        _patched(exchange, "push_once", _resend_as_new), ("edit", "push", "answer-lost")
    ),
    "a page overwrites what is pending": Bug(
        _patched(outbox, "pending_records", lambda _connection, _among=(): set()), ("edit", "pull")
    ),
    "what was processed is not recognised": Bug(
        _patched(routes, "push", _judge_again), ("edit", "push", "answer-lost")
    ),
    "a verdict is dropped": Bug(
        _patched(exchange, "absorb_verdicts", _no_verdicts), ("edit", "push")
    ),
    "a refusal is told to nobody": Bug(
        _patched(absorb, "tell_person", _no_history), ("edit", "push")
    ),
    "the outbox is emptied as soon as it is sent": Bug(
        _patched(exchange, "push_once", _purge_when_sent), ("edit", "push")
    ),
    "the tag of a cursor is ignored": Bug(
        _patched(standing, "continues", _any_tag),
        ("edit", "exchange", "back-up-central", "restore-central"),
    ),
    "what a restored Central lacks is not sent again": Bug(
        _patched(exchange, "send_again", _nothing_again),
        ("edit", "exchange", "back-up-central", "restore-central"),
    ),
    "a commit does not wait for the disk": Bug(
        _patched(desk_engine, "_connect", _in_a_hurry), ("edit", "power")
    ),
    "overwritten values leave no history": Bug(
        _patched(RecordBook, "keep", _no_history), ("edit", "exchange")
    ),
}
"""Each by what it does wrong."""
