"""`profile` and `doctor`: making profiles, and finding out what is wrong."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from agentdesk.commands.output import AsJson, tell, tell_aside, tell_json, tell_table
from agentdesk.commands.session import Session, session_of
from agentdesk.credentials import SystemKeyring
from agentdesk.domain.names import for_display
from agentdesk.errors import AgentDeskError, Code
from agentdesk.i18n import mark, tr
from agentdesk.messages import words_for
from agentdesk.services.doctor import State, examine
from agentdesk.store.profile import create_profile, profile_names, read_header

app = typer.Typer(rich_markup_mode=None)
profile_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
app.add_typer(profile_app, name="profile", help=mark("Profiles: one encrypted cache each."))


@profile_app.command("create", help=mark("Make a profile with an empty cache."))
def create(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help=mark("Instead of --profile."))
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help=mark("Offer simulated calls in its window."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Protect it by the passphrase if one is given, else by a key in the keyring."""
    session = session_of(context)
    paths = session.paths(name)
    passphrase = session.given_passphrase()
    keyring = SystemKeyring()
    try:
        create_profile(paths, keyring, passphrase, demo=demo)
    except AgentDeskError as failure:
        if failure.code is not Code.PASSPHRASE_NEEDED or not sys.stdin.isatty():
            raise
        tell_aside(words_for(failure).what)
        passphrase = typer.prompt(
            tr("Passphrase"), hide_input=True, confirmation_prompt=True, err=True
        )
        create_profile(paths, keyring, passphrase, demo=demo)
    if as_json:
        tell_json({"name": paths.name, "folder": str(paths.folder), "passphrase": bool(passphrase)})
    else:
        tell(tr("Profile made: %(folder)s", folder=str(paths.folder)))


@profile_app.command("list", help=mark("List the profiles of the data folder."))
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List them by name, those that cannot be read, too."""
    session = session_of(context)
    found = [_described(session, name) for name in profile_names(session.data_folder)]
    if as_json:
        tell_json(found)
    elif found:
        tell_table((str(p["name"]), _protection(p), tr("demo") if p["demo"] else "") for p in found)
    else:
        tell(tr("No profiles yet in %(folder)s.", folder=str(session.data_folder)))


def _described(session: Session, name: str) -> dict[str, str | bool | None]:
    try:
        header = read_header(session.paths(name))
    except AgentDeskError as failure:
        return {"name": name, "passphrase": None, "demo": False, "error": failure.code.value}
    return {"name": name, "passphrase": header.passphrase is not None, "demo": header.demo}


def _protection(described: dict[str, str | bool | None]) -> str:
    if described["passphrase"] is None:
        return tr("damaged")
    return tr("passphrase") if described["passphrase"] else tr("keyring")


@app.command("doctor", help=mark("Say what is wrong with this installation, and how to mend it."))
def doctor(
    context: typer.Context,
    fix: Annotated[
        bool, typer.Option("--fix", help=mark("Mend what can be mended here; deletes nothing."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Answer with 1 if anything fails; warnings alone are 0."""
    session = session_of(context)
    paths = session.paths()
    session.start_log(paths)
    findings = []
    for finding in examine(paths, SystemKeyring(), session.passphrase_for, fix=fix):
        findings.append(finding)
        if not as_json:
            signs = {State.OK: "✓", State.WARN: "!", State.FAIL: "✗"}
            tell(for_display(f"{signs[finding.state]} {finding.check:<13} {finding.detail}"))
            if finding.remedy:
                tell(f"  {'':<13} → {for_display(finding.remedy)}")
    if as_json:
        tell_json(findings)
    if any(finding.state is State.FAIL for finding in findings):
        raise typer.Exit(1)
