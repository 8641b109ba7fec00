"""The commands `agentdesk central line …`: which telephone systems may tell of calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, TypeVar

import sqlalchemy as sa
import typer

from agentdesk.central import phone_lines
from agentdesk.central.database import open_database
from agentdesk.central.options import AsJson, DatabaseOption, database_url, tell
from agentdesk.central.organisations import organisation_ids
from agentdesk.domain import moments
from agentdesk.errors import Code, UserError
from agentdesk.i18n import mark, tr

line_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help=mark("Telephone lines that tell of calls, and whom they mean."),
)

_T = TypeVar("_T")
_Line = Annotated[str, typer.Argument(metavar="LINE", help=mark("Its name or its id."))]
_PhoneUser = Annotated[
    str, typer.Argument(metavar="PHONE-USER", help=mark("As the telephone system calls them."))
]


@line_app.command("add", help=mark("Add a line; its secret is shown once."))
def line_add(
    name: Annotated[str, typer.Argument(help=mark("What people know it by."))],
    number: Annotated[str | None, typer.Option(help=mark("What callers dial."))] = None,
    region: Annotated[
        str | None, typer.Option(help=mark("Country of local numbers, ISO 3166."))
    ] = None,
    database: DatabaseOption = None,
    as_json: AsJson = False,
) -> None:
    """Add a line and tell its id and its secret."""

    def work(connection: sa.Connection, org_id: str) -> tuple[str, str]:
        return phone_lines.add_line(
            connection, org_id, name, moments.now(), number=number, region=region
        )

    _tell_secret(as_json, *_write(database, work))


@line_app.command("rotate", help=mark("Give a line another secret; the old one ends at once."))
def line_rotate(line: _Line, database: DatabaseOption = None, as_json: AsJson = False) -> None:
    """Give a line another secret and tell it."""
    line_id, secret = _write(
        database,
        lambda connection, org_id: phone_lines.rotate(connection, org_id, line, moments.now()),
    )
    _tell_secret(as_json, line_id, secret)


@line_app.command("list", help=mark("List the lines, and when each was heard of last."))
def line_list(database: DatabaseOption = None, as_json: AsJson = False) -> None:
    """Show each line's id, name, number, region and when it last told of a call."""
    store = open_database(database_url(database))
    try:
        rows = store.read(
            lambda connection: phone_lines.list_lines(connection, _organisation(connection))
        )
    finally:
        store.close()
    keys = ("line_id", "name", "number", "region", "created_at", "rotated_at", "heard_at")
    if as_json:
        typer.echo(json.dumps([{key: getattr(row, key) for key in keys} for row in rows]))
        return
    for row in rows:
        heard = row.heard_at[:16] if row.heard_at else tr("never heard of")
        shown = [row.line_id, row.name, row.number or "", row.region or "", heard]
        typer.echo("  ".join(part for part in shown if part))


@line_app.command("remove", help=mark("Remove a line; its secret is worth nothing any more."))
def line_remove(line: _Line, database: DatabaseOption = None, as_json: AsJson = False) -> None:
    """Remove a line."""
    line_id = _write(
        database, lambda connection, org_id: phone_lines.remove_line(connection, org_id, line)
    )
    tell(as_json, tr("The line is removed."), line_id=line_id)


@line_app.command("assign", help=mark("Say whom telephone systems mean by a user of theirs."))
def line_assign(
    phone_user: _PhoneUser,
    name: Annotated[str, typer.Argument(help=mark("The name to sign in with."))],
    database: DatabaseOption = None,
    as_json: AsJson = False,
) -> None:
    """Let calls for `phone_user` ring at the desks of `name`."""
    user_id = _write(
        database,
        lambda connection, org_id: phone_lines.assign(connection, org_id, phone_user, name),
    )
    tell(as_json, tr("%(name)s gets these calls.", name=name), user_id=user_id)


@line_app.command("unassign", help=mark("Take such an assignment back."))
def line_unassign(
    phone_user: _PhoneUser, database: DatabaseOption = None, as_json: AsJson = False
) -> None:
    """Let calls for `phone_user` ring nowhere any more."""
    was = _write(
        database, lambda connection, org_id: phone_lines.unassign(connection, org_id, phone_user)
    )
    if not was:
        raise UserError(Code.NOT_FOUND)
    tell(as_json, tr("Nobody gets these calls any more."), phone_user=phone_user)


def _tell_secret(as_json: bool, line_id: str, secret: str) -> None:
    words = tr(
        "Line: %(line)s\nSecret: %(secret)s\nIt is shown this once. Give both to the telephone "
        "system as name and password.",
        line=line_id,
        secret=secret,
    )
    tell(as_json, words, line_id=line_id, secret=secret)


def _write(database: str | None, work: Callable[[sa.Connection, str], _T]) -> _T:
    store = open_database(database_url(database))
    try:
        return store.write(lambda connection: work(connection, _organisation(connection)))
    finally:
        store.close()


def _organisation(connection: sa.Connection) -> str:
    org_ids = organisation_ids(connection)
    if not org_ids:
        raise UserError(Code.PROFILE_MISSING)
    return org_ids[0]
