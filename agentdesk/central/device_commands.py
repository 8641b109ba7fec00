"""The commands `agentdesk central device …`: which desks there are, and orders for them."""

from __future__ import annotations

import json
from typing import Annotated

import sqlalchemy as sa
import typer

from agentdesk.central.database import open_database
from agentdesk.central.devices import list_devices, order
from agentdesk.central.options import AsJson, DatabaseOption, database_url, tell
from agentdesk.central.organisations import organisation_ids
from agentdesk.domain import moments
from agentdesk.errors import Code, UserError
from agentdesk.i18n import mark, tr
from agentdesk.sync.protocol import Order

device_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help=mark("The desks, and orders for them.")
)

_Device = Annotated[
    str, typer.Argument(metavar="DEVICE", help=mark("Its id, as “device list” shows it."))
]


@device_app.command("list", help=mark("List the desks, the one that was seen last first."))
def device_list(database: DatabaseOption = None, as_json: AsJson = False) -> None:
    """Show each desk's id, name, when it was seen, and its orders."""
    store = open_database(database_url(database))
    try:
        rows = store.read(lambda connection: list_devices(connection, _organisation(connection)))
    finally:
        store.close()
    if as_json:
        keys = ("device_id", "name", "program", "last_seen_at", "locked_at", "wiped_at")
        typer.echo(json.dumps([{key: getattr(row, key) for key in keys} for row in rows]))
        return
    for row in rows:
        orders = [
            words
            for words, at in ((tr("locked"), row.locked_at), (tr("wiped"), row.wiped_at))
            if at is not None
        ]
        typer.echo("  ".join([row.device_id, row.last_seen_at[:16], row.name, *orders]))


@device_app.command("lock", help=mark("Keep a desk from exchanging anything; it keeps all it has."))
def device_lock(device: _Device, database: DatabaseOption = None, as_json: AsJson = False) -> None:
    """Lock a desk until it is unlocked."""
    _give(device, database, Order.LOCK)
    tell(as_json, tr("The desk is locked."), device_id=device)


@device_app.command("unlock", help=mark("Take back the orders to lock or to wipe a desk."))
def device_unlock(
    device: _Device, database: DatabaseOption = None, as_json: AsJson = False
) -> None:
    """Let a desk exchange again; one that was wiped already stays so."""
    _give(device, database)
    tell(as_json, tr("The desk has no orders any more."), device_id=device)


@device_app.command("wipe", help=mark("Have a desk destroy its data the next time it is online."))
def device_wipe(
    device: _Device,
    salvage: Annotated[
        bool, typer.Option(help=mark("Let it send first what its user wrote and has not sent."))
    ] = True,
    database: DatabaseOption = None,
    as_json: AsJson = False,
) -> None:
    """Order a desk to destroy the key of its data, with or without sending what waits."""
    _give(device, database, Order.WIPE, *([] if salvage else [Order.LOCK]))
    tell(as_json, tr("The desk will be wiped."), device_id=device, salvage=int(salvage))


def _give(device: str, database: str | None, *orders: Order) -> None:
    store = open_database(database_url(database))
    try:
        store.write(
            lambda connection: order(
                connection, _organisation(connection), device, moments.now(), *orders
            )
        )
    finally:
        store.close()


def _organisation(connection: sa.Connection) -> str:
    org_ids = organisation_ids(connection)
    if not org_ids:
        raise UserError(Code.PROFILE_MISSING)
    return org_ids[0]
