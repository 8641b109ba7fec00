"""`sign-in`, `sign-out`, `sync` and `status`: the account, and exchanging with Central."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from agentdesk.commands.output import AsJson, tell, tell_json, tell_pairs, tell_progress
from agentdesk.commands.session import first_line, opened, session_of
from agentdesk.credentials import SystemKeyring
from agentdesk.domain.moments import from_text
from agentdesk.errors import Code, UserError
from agentdesk.i18n import mark, tr, trn
from agentdesk.services import syncing, watching
from agentdesk.services.identity import load_identity
from agentdesk.services.mentions import read_all
from agentdesk.services.watching import Watched
from agentdesk.store.wipe import wipe_profile
from agentdesk.sync.address import Address

app = typer.Typer(rich_markup_mode=None)

PASSWORD_VARIABLE = "AGENTDESK_PASSWORD"  # noqa: S105 - the name of a variable


@app.command("sign-in", help=mark("Sign this profile in at Central."))
def sign_in(
    context: typer.Context,
    server: Annotated[
        str, typer.Option("--server", metavar="URL", help=mark("Central's address."))
    ],
    name: Annotated[str, typer.Option("--name", help=mark("The name to sign in with."))],
    ca_file: Annotated[
        Path | None,
        typer.Option(
            "--ca-file", help=mark("Certificate of the authority that Central uses, PEM.")
        ),
    ] = None,
    password_file: Annotated[
        Path | None,
        typer.Option("--password-file", help=mark("Holds the password in its first line.")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take the password from the file, from AGENTDESK_PASSWORD, or ask for it."""
    if ca_file is not None and not ca_file.is_file():
        raise UserError(Code.UNREADABLE_FILE)
    address = Address(_whole(server), str(ca_file.absolute()) if ca_file else None)
    password = _password(password_file)
    with opened(session_of(context)) as profile:
        syncing.sign_in(profile.store, profile.paths.sync_lock, address, name, password)
        who = profile.store.read_here(load_identity)
    if as_json:
        tell_json(
            {
                "user_id": who.user.id,
                "name": who.user.name,
                "role": who.user.role.value,
                "organisation": who.organisation.name,
            }
        )
    else:
        tell(tr("Signed in as %(name)s.", name=who.user.name))


@app.command("sign-out", help=mark("Sign this profile out; what is unsent stays."))
def sign_out(context: typer.Context, as_json: AsJson = False) -> None:
    """Forget the tokens, whether Central can be reached or not."""
    with opened(session_of(context)) as profile:
        told = syncing.sign_out(profile.store, profile.paths.sync_lock)
        pending = syncing.standing(profile.store, profile.paths.sync_lock).pending
    if as_json:
        tell_json({"signed_out": True, "central_told": told, "pending": pending})
        return
    tell(tr("Signed out."))
    if pending:
        tell(
            trn(
                "%(n)d edit is kept here until you sign in again.",
                "%(n)d edits are kept here until you sign in again.",
                pending,
            )
        )


@app.command("sync", help=mark("Exchange with Central until nothing is left to do."))
def sync(
    context: typer.Context,
    once: Annotated[  # noqa: ARG001 - says in scripts what happens
        bool, typer.Option("--once", help=mark("Once, as it is always done here."))
    ] = True,
    watch: Annotated[
        bool, typer.Option("--watch", help=mark("Go on until Ctrl+C, and tell what changes."))
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help=mark("Compare everything here with Central."))
    ] = False,
    new_device: Annotated[
        bool,
        typer.Option("--new-device", help=mark("Let a copied profile go on as a desk of its own.")),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Answer with 0 if nothing waits any more. Beside a running window, let that one do it."""
    if watch:
        _watch(context, as_json=as_json)
        return
    if new_device:
        _go_on_as_new_device(context, as_json=as_json)
        return
    if check:
        _compare(context, as_json=as_json)
        return
    with opened(session_of(context)) as profile:
        done = syncing.sync_once(
            profile.store,
            profile.paths.sync_lock,
            _show_progress,
            destroy=lambda: wipe_profile(profile.paths, SystemKeyring()),
        )
        if done.complete:
            # Scripts have no window that would do it in the background.
            tell_progress(tr("Looking through texts for telephone numbers…"))
            read_all(profile.store)
    tell_progress("")
    if as_json:
        tell_json(msgspec.to_builtins(done))
    else:
        tell(tr("Sent %(sent)d, received %(received)d.", sent=done.pushed, received=done.pulled))
        _tell_waiting(done.pending, done.attention, done.conflicts)
    if not done.complete:
        raise typer.Exit(1)


def _go_on_as_new_device(context: typer.Context, *, as_json: bool) -> None:
    with opened(session_of(context)) as profile:
        pending = syncing.become_new_device(profile.store, profile.paths.sync_lock)
    if as_json:
        tell_json({"pending": pending})
        return
    tell(tr("This is a new desk now. Sign in again; what waits is sent then."))


def _compare(context: typer.Context, *, as_json: bool) -> None:
    with opened(session_of(context)) as profile:
        found = syncing.compare(profile.store, profile.paths.sync_lock)
    if as_json:
        here, there = (found.here, found.there) if found else (None, None)
        tell_json({"compared": found is not None, "here": here, "there": there})
    elif found is None:
        tell(tr("Central could not be compared with."))
    else:
        tell(trn("%(n)d record, as at Central.", "%(n)d records, as at Central.", found.here))


def _watch(context: typer.Context, *, as_json: bool) -> None:
    """Stay and synchronise; being interrupted is how this ends, and no failure."""

    def show(now: Watched) -> None:
        if as_json:
            tell_json(msgspec.to_builtins(now))
        else:
            tell(_standing_words(now))

    with opened(session_of(context)) as profile, suppress(KeyboardInterrupt):
        watching.watch(
            profile.store,
            profile.paths.sync_lock,
            show,
            threading.Event(),
            destroy=lambda: wipe_profile(profile.paths, SystemKeyring()),
        )


def _standing_words(now: Watched) -> str:
    said = [now.state.value, *_waiting_words(now.pending, now.attention, now.conflicts)]
    if now.received:
        said.append(trn("%(n)d change received.", "%(n)d changes received.", now.received))
    return "  ".join(said)


def _show_progress(pushed: int, pulled: int) -> None:
    tell_progress(tr("Sent %(sent)d, received %(received)d…", sent=pushed, received=pulled))


@app.command("status", help=mark("Say what waits and when the last exchange was."))
def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Ask nobody over the network."""
    with opened(session_of(context)) as profile:
        stands = syncing.standing(profile.store, profile.paths.sync_lock)
    if as_json:
        tell_json(msgspec.to_builtins(stands))
        return
    last = from_text(stands.last_sync_at).astimezone() if stands.last_sync_at else None
    tell_pairs(
        [
            (tr("State"), stands.state.value),
            (tr("Customers"), str(stands.customers)),
            (tr("Contacts"), str(stands.interactions)),
            (tr("Last exchange"), last.strftime("%Y-%m-%d %H:%M") if last else tr("never")),
        ]
    )
    if stands.last_sync_at or stands.pending:
        _tell_waiting(stands.pending, stands.attention, stands.conflicts)


def _tell_waiting(pending: int, attention: int, conflicts: int) -> None:
    if not (pending or attention or conflicts):
        tell(tr("All saved centrally."))
    for words in _waiting_words(pending, attention, conflicts):
        tell(words)


def _waiting_words(pending: int, attention: int, conflicts: int) -> Iterator[str]:
    if pending:
        yield trn("%(n)d edit waits for Central.", "%(n)d edits wait for Central.", pending)
    if attention:
        yield trn("%(n)d edit was refused.", "%(n)d edits were refused.", attention)
    if conflicts:
        yield trn("%(n)d conflict to settle.", "%(n)d conflicts to settle.", conflicts)


def _whole(server: str) -> str:
    """Return an address with its scheme; without one, it is the safe one."""
    bare = server.strip().rstrip("/")
    return bare if "://" in bare else f"https://{bare}"


def _password(password_file: Path | None) -> str:
    if password_file is not None:
        return first_line(password_file)
    given = os.environ.get(PASSWORD_VARIABLE)
    return given if given else str(typer.prompt(tr("Password"), hide_input=True, err=True))
