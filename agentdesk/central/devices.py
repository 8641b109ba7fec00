"""The devices that desks run on: getting to know them, greeting them, and orders for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.feed import decode_cursor
from agentdesk.central.operations import Caller
from agentdesk.central.scopes import scope_of
from agentdesk.central.standing import can_go_on
from agentdesk.domain.moments import to_text
from agentdesk.errors import Code, ExternalError, UserError
from agentdesk.sync.protocol import (
    SCHEMA,
    SCHEMA_OLDEST,
    HelloRequest,
    HelloResponse,
    Order,
    SignInRequest,
)


def register(
    connection: sa.Connection, org_id: str, user_id: str, request: SignInRequest, now: datetime
) -> None:
    """Note that `user_id` has signed in on a device; raises `ExternalError(DEVICE_LOCKED)`."""
    found = _device(connection, org_id, request.device_id)
    if found is None:
        connection.execute(
            sa.insert(t.device).values(
                org_id=org_id,
                device_id=request.device_id,
                name=request.device_name[:128],
                user_id=user_id,
                last_n=0,
                first_seen_at=to_text(now),
                last_seen_at=to_text(now),
            )
        )
        return
    if found.locked_at is not None or found.wiped_at is not None:
        raise ExternalError(Code.DEVICE_LOCKED)
    connection.execute(
        _update(org_id, request.device_id).values(
            name=request.device_name[:128] or found.name,
            user_id=user_id,
            last_seen_at=to_text(now),
        )
    )


def hello(
    connection: sa.Connection, caller: Caller, request: HelloRequest, now: datetime
) -> HelloResponse:
    """Tell a desk where it stands.

    Raises `ExternalError`: `PROGRAM_TOO_OLD` or `PROGRAM_TOO_NEW` if desk and Central have no
    schema in common.
    """
    if request.schema_newest < SCHEMA_OLDEST:
        raise ExternalError(Code.PROGRAM_TOO_OLD)
    if request.schema_oldest > SCHEMA:
        raise ExternalError(Code.PROGRAM_TOO_NEW)
    connection.execute(
        _update(caller.org_id, caller.device_id).values(
            program=request.program[:64],
            schema_oldest=request.schema_oldest,
            schema_newest=request.schema_newest,
            last_seen_at=to_text(now),
        )
    )
    device = _device(connection, caller.org_id, caller.device_id)
    org = organisation(connection, caller.org_id)
    scope = scope_of(connection, caller.org_id, caller.user_id)
    cursor = None if request.cursor is None else decode_cursor(request.cursor)
    reset = request.cursor is not None and (
        cursor is None or not can_go_on(connection, caller.org_id, cursor, org.epoch, scope)
    )
    return HelloResponse(
        epoch=org.epoch,
        scope=scope.name.value,
        scope_revision=scope.revision,
        schema_oldest=SCHEMA_OLDEST,
        schema_newest=SCHEMA,
        organisation_id=caller.org_id,
        user_id=caller.user_id,
        role=caller.role,
        last_n=0 if device is None else device.last_n,
        server_time=now,
        reset=reset,
        orders=_orders(device),
        salvage=_may_salvage(device),
    )


def check_unlocked(connection: sa.Connection, caller: Caller) -> None:
    """Raise `ExternalError(DEVICE_LOCKED)` if the caller's device may not exchange data."""
    if _orders(_device(connection, caller.org_id, caller.device_id)):
        raise ExternalError(Code.DEVICE_LOCKED)


def check_may_push(connection: sa.Connection, caller: Caller) -> None:
    """Raise `ExternalError(DEVICE_LOCKED)` if the caller's device may not even send what waits.

    One that is to be wiped may, before it does so, unless it is locked as well.
    """
    device = _device(connection, caller.org_id, caller.device_id)
    if _orders(device) and not _may_salvage(device):
        raise ExternalError(Code.DEVICE_LOCKED)


def organisation(connection: sa.Connection, org_id: str) -> sa.Row[Any]:
    """Return the row of an organisation that is known to be there."""
    return connection.execute(sa.select(t.org).where(t.org.c.org_id == org_id)).one()


def _orders(device: sa.Row[Any] | None) -> list[Order]:
    if device is None:
        return []
    orders = []
    if device.locked_at is not None:
        orders.append(Order.LOCK)
    if device.wiped_at is not None:
        orders.append(Order.WIPE)
    return orders


def _may_salvage(device: sa.Row[Any] | None) -> bool:
    return device is not None and device.wiped_at is not None and device.locked_at is None


def list_devices(connection: sa.Connection, org_id: str) -> list[sa.Row[Any]]:
    """Return the rows of all devices, the one that was seen last first."""
    query = sa.select(t.device).where(t.device.c.org_id == org_id)
    return list(connection.execute(query.order_by(t.device.c.last_seen_at.desc())))


def order(
    connection: sa.Connection, org_id: str, device_id: str, now: datetime, *orders: Order
) -> None:
    """Give a device `orders` from its next greeting on, and take back all others.

    A device with the order to wipe alone may send what waits first; locked as well, it may not.
    Raises `UserError(NOT_FOUND)`.
    """
    if _device(connection, org_id, device_id) is None:
        raise UserError(Code.NOT_FOUND)
    connection.execute(
        _update(org_id, device_id).values(
            locked_at=to_text(now) if Order.LOCK in orders else None,
            wiped_at=to_text(now) if Order.WIPE in orders else None,
        )
    )


def _device(connection: sa.Connection, org_id: str, device_id: str) -> sa.Row[Any] | None:
    return connection.execute(
        sa.select(t.device).where(t.device.c.org_id == org_id, t.device.c.device_id == device_id)
    ).one_or_none()


def _update(org_id: str, device_id: str) -> sa.Update:
    return sa.update(t.device).where(t.device.c.org_id == org_id, t.device.c.device_id == device_id)
