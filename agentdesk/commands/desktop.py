"""`agentdesk desktop` and `agentdesk call`: starting the window, or asking the running one."""

from __future__ import annotations

import gc
from typing import Annotated

import typer

from agentdesk.commands.output import AsJson, tell_json
from agentdesk.commands.session import Session, session_of
from agentdesk.i18n import mark
from agentdesk.telephony.events import Call, announced, from_link

app = typer.Typer(rich_markup_mode=None)


@app.command("desktop", help=mark("Start the window, or bring the running one to the front."))
def desktop(
    context: typer.Context,
    link: Annotated[
        str | None, typer.Argument(help=mark("A tel: or agentdesk: link that rings at once."))
    ] = None,
) -> None:
    """Start the window."""
    show_window(session_of(context), from_link(link) if link else None)


@app.command("call", help=mark("Let a call ring at the desk; starts the window if none runs."))
def call(
    context: typer.Context,
    number: Annotated[
        str, typer.Argument(help=mark("The number as it was received; empty if withheld."))
    ],
    name: Annotated[
        str | None, typer.Option(help=mark("The name that the telephone network shows."))
    ] = None,
    line: Annotated[str | None, typer.Option(help=mark("Which of our lines was called."))] = None,
    as_json: AsJson = False,
) -> None:
    """Hand a call to the running window, or start one with it."""
    from agentdesk.instance import hand_over

    session = session_of(context)
    ringing = announced(number, name, line)
    if hand_over(session.paths(), ringing):
        if as_json:
            tell_json({"call_id": ringing.call_id, "handed_over": True})
        return
    if as_json:
        tell_json({"call_id": ringing.call_id, "handed_over": False})
    show_window(session, ringing)


def show_window(session: Session, ringing: Call | None = None) -> None:
    """Run the window until it is closed; nothing of it is imported before."""
    # Most of what a start makes stays: the collector would look through it a hundred times.
    gc.disable()
    from agentdesk.app import Options, run_desktop

    session.start_log(session.paths())
    options = Options(session.home, session.profile, session.given_passphrase(), ringing)
    raise typer.Exit(run_desktop(options))
