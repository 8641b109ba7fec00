"""The commands `agentdesk central …`. They raise errors; the caller tells them to the person."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from agentdesk.central.accounts import AccountChanges, add_user, change_account
from agentdesk.central.database import open_database
from agentdesk.central.device_commands import device_app
from agentdesk.central.erasing import erase_customer, knows_customer
from agentdesk.central.feed import Numbering
from agentdesk.central.line_commands import line_app
from agentdesk.central.options import AsJson, DatabaseOption, database_url, tell
from agentdesk.central.organisations import found, organisation_ids, write_entities
from agentdesk.central.pruning import KEPT, prune
from agentdesk.central.scopes import ScopeName
from agentdesk.central.seed import SeedAccount
from agentdesk.central.seed import seed as fill
from agentdesk.domain import moments
from agentdesk.domain.entities import Organisation, Role, Team, User
from agentdesk.domain.ids import new_id
from agentdesk.errors import Code, UserError
from agentdesk.i18n import mark, tr, trn

PASSWORD_VARIABLE = "AGENTDESK_NEW_PASSWORD"  # noqa: S105 - the name of a variable
MIN_PASSWORD_CHARS = 8

_EXTRA = "central"
_MODULES_OF_EXTRA = frozenset({"jwt", "litestar", "psycopg", "uvicorn"})

central_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help=mark("Run Central, the CRM API.")
)
_user_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=mark("Who may sign in."))
_team_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help=mark("Groups of users and customers.")
)
central_app.add_typer(_user_app, name="user")
central_app.add_typer(device_app, name="device")
central_app.add_typer(_team_app, name="team")
central_app.add_typer(line_app, name="line")

_Scope = Annotated[
    ScopeName | None, typer.Option(help=mark("Whether desks hold all customers or the team's."))
]
_Team = Annotated[str | None, typer.Option(help=mark("A team's name or id; empty for none."))]


@central_app.command("init", help=mark("Make Central's database, with one organisation in it."))
def init(
    name: Annotated[str, typer.Option(help=mark("What the company is called."))],
    region: Annotated[str, typer.Option(help=mark("Country of local numbers, ISO 3166."))],
    database: DatabaseOption = None,
    language: Annotated[str, typer.Option(help=mark("BCP 47."))] = "en",
    time_zone: Annotated[str, typer.Option(help=mark("IANA."))] = "UTC",
    currency: Annotated[str, typer.Option(help=mark("ISO 4217."))] = "EUR",
    as_json: AsJson = False,
) -> None:
    """Make Central's database, with one organisation in it."""
    organisation = Organisation(
        id=new_id(),
        name=name,
        region=region.upper(),
        language=language,
        time_zone=time_zone,
        currency=currency,
    )
    store = open_database(database_url(database))
    try:
        with store.writing() as connection:
            if organisation_ids(connection):
                raise UserError(Code.PROFILE_EXISTS)
            found(connection, organisation, moments.now())
    finally:
        store.close()
    tell(as_json, tr("Central is ready for %(name)s.", name=name), organisation_id=organisation.id)


@central_app.command("serve", help=mark("Serve until interrupted."))
def serve(
    database: DatabaseOption = None,
    host: Annotated[str, typer.Option(help=mark("Address to listen on."))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help=mark("0 takes a free one."))] = 8420,
    tls_cert: Annotated[Path | None, typer.Option(help=mark("Certificate chain, PEM."))] = None,
    tls_key: Annotated[Path | None, typer.Option(help=mark("Private key, PEM."))] = None,
    ready_file: Annotated[
        Path | None, typer.Option(help=mark("Gets the address once requests are answered."))
    ] = None,
    numbering: Annotated[
        Numbering | None,
        typer.Option(help=mark("Who numbers changes; kept in the database.")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Serve until interrupted."""
    try:
        from agentdesk.central.serve import CentralServer
        from agentdesk.central.serve import serve as serve_until_signal
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    server = CentralServer(
        database_url(database),
        host=host,
        port=port,
        tls_cert=tls_cert,
        tls_key=tls_key,
        numbering=numbering,
    )
    tell(as_json, tr("Central: %(address)s", address=server.address), address=server.address)
    serve_until_signal(server, ready_file=ready_file)


@central_app.command("seed", help=mark("Make Central's database, with the demo company in it."))
def seed_demo(
    database: DatabaseOption = None,
    customers: Annotated[int, typer.Option(min=0, help=mark("How many customers."))] = 9_000,
    seed: Annotated[int, typer.Option(help=mark("The same seed makes the same company."))] = 1,
    as_json: AsJson = False,
) -> None:
    """Fill a database with the demo company, in which `agentdesk.demo.staff` may sign in."""
    from agentdesk.demo.company import DEMO_USERS, make_company

    def show(count: int) -> None:
        if not as_json:
            typer.echo(trn("%(n)d record", "%(n)d records", count), err=True)

    started = time.monotonic()
    count = fill(
        database_url(database),
        make_company(customers, seed),
        [SeedAccount(one.user.id, one.login, one.password) for one in DEMO_USERS],
        show,
    )
    tell(
        as_json,
        tr("The demo company is ready."),
        records=count,
        accounts=len(DEMO_USERS),
        duration_ms=round((time.monotonic() - started) * 1000),
    )


@central_app.command("erase-customer", help=mark("Erase a person for good, as the law demands."))
def erase(
    customer_id: Annotated[str, typer.Argument(metavar="ID", help=mark("The customer's id."))],
    sure: Annotated[bool, typer.Option("--yes", help=mark("Do not ask."))] = False,
    database: DatabaseOption = None,
    as_json: AsJson = False,
) -> None:
    """Erase a customer with all that belongs to them, here and on every desk."""
    if not sure:
        typer.confirm(
            tr("All that is known about this person is erased for good. Go on?"), abort=True
        )
    store = open_database(database_url(database))
    try:
        found = [
            org_id
            for org_id in store.read(organisation_ids)
            if store.read(knows_customer, org_id, customer_id)
        ]
        if not found:
            raise UserError(Code.NOT_FOUND)
        erased = store.write(erase_customer, found[0], customer_id, moments.now())
    finally:
        store.close()
    tell(
        as_json,
        trn("%(n)d record is erased.", "%(n)d records are erased.", erased.records),
        customers=erased.customers,
        records=erased.records,
    )


@_user_app.command("add", help=mark("Add somebody who may sign in."))
def user_add(
    name: Annotated[str, typer.Argument(help=mark("The name to sign in with."))],
    full_name: Annotated[str, typer.Option(help=mark("The name that colleagues see."))],
    role: Annotated[Role, typer.Option(help=mark("What this person may do."))] = Role.AGENT,
    password_file: Annotated[
        Path | None, typer.Option(help=mark("Holds the password in its first line."))
    ] = None,
    scope: _Scope = None,
    team: _Team = None,
    database: DatabaseOption = None,
    as_json: AsJson = False,
) -> None:
    """Add somebody who may sign in.

    The password is asked for, or taken from --password-file or AGENTDESK_NEW_PASSWORD.
    """
    password = _new_password(password_file)
    user = User(id=new_id(), name=full_name, role=role)
    store = open_database(database_url(database))
    try:
        with store.writing() as connection:
            org_ids = organisation_ids(connection)
            if not org_ids:
                raise UserError(Code.PROFILE_MISSING)
            add_user(connection, org_ids[0], user, name=name, password=password, now=moments.now())
            if scope is not None or team:
                change_account(connection, name, AccountChanges(scope, team), moments.now())
    finally:
        store.close()
    tell(as_json, tr("%(name)s may sign in.", name=name), user_id=user.id)


@_user_app.command("change", help=mark("Change what somebody's desks hold, or their team."))
def user_change(
    name: Annotated[str, typer.Argument(help=mark("The name to sign in with."))],
    scope: _Scope = None,
    team: _Team = None,
    database: DatabaseOption = None,
    as_json: AsJson = False,
) -> None:
    """Change what somebody's desks hold, or their team; the desks start afresh where they must."""
    store = open_database(database_url(database))
    try:
        store.write(change_account, name, AccountChanges(scope, team), moments.now())
    finally:
        store.close()
    tell(as_json, tr("%(name)s has been changed.", name=name), name=name)


@_team_app.command("add", help=mark("Add a team."))
def team_add(
    name: Annotated[str, typer.Argument(help=mark("What the team is called."))],
    database: DatabaseOption = None,
    as_json: AsJson = False,
) -> None:
    """Add a team."""
    team = Team(id=new_id(), name=name)
    store = open_database(database_url(database))
    try:
        with store.writing() as connection:
            org_ids = organisation_ids(connection)
            if not org_ids:
                raise UserError(Code.PROFILE_MISSING)
            write_entities(connection, org_ids[0], [team], moments.now())
    finally:
        store.close()
    tell(as_json, tr("%(name)s is a team now.", name=name), team_id=team.id)


@central_app.command("prune", help=mark("Drop what desks need no longer; Central does it daily."))
def prune_feed(
    days: Annotated[
        int, typer.Option(min=1, help=mark("How long a desk may be away and go on."))
    ] = KEPT.days,
    database: DatabaseOption = None,
    as_json: AsJson = False,
) -> None:
    """Drop superseded lines of the feed, and chunks that are not given out any more."""
    kept = timedelta(days=days)
    store = open_database(database_url(database))
    try:
        org_ids = store.read(organisation_ids)
        pruned = [prune(store, org_id, moments.now(), kept) for org_id in org_ids]
    finally:
        store.close()
    changes, chunks = sum(p.changes for p in pruned), sum(p.chunks for p in pruned)
    words = trn("%(n)d line of the feed dropped.", "%(n)d lines of the feed dropped.", changes)
    tell(as_json, words, changes=changes, chunks=chunks)


def _new_password(password_file: Path | None) -> str:
    if password_file is not None:
        try:
            password = password_file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(Code.UNREADABLE_FILE) from error
    elif PASSWORD_VARIABLE in os.environ:
        password = os.environ[PASSWORD_VARIABLE]
    else:
        password = typer.prompt(tr("Password"), hide_input=True, confirmation_prompt=True)
    if len(password) < MIN_PASSWORD_CHARS:
        raise UserError(Code.BAD_VALUE)
    return password


def _missing(error: ModuleNotFoundError) -> Exception:
    if (error.name or "").partition(".")[0] in _MODULES_OF_EXTRA:
        return UserError(Code.EXTRA_MISSING, extra=_EXTRA)
    return error
