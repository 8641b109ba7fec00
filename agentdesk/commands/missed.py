"""`missed`: whom to call back, from the command line."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from agentdesk.commands.output import AsJson, tell, tell_json, tell_table
from agentdesk.commands.session import opened_desk, session_of
from agentdesk.domain.moments import to_text
from agentdesk.domain.phone import format_for_display
from agentdesk.i18n import mark, tr, trn
from agentdesk.services.missed import MissedCaller

app = typer.Typer(rich_markup_mode=None)
missed_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
app.add_typer(missed_app, name="missed", help=mark("Calls that nobody took: whom to call back."))

_CallId = Annotated[str, typer.Argument(metavar="ID", help=mark("The missed call's id."))]


@missed_app.command("list", help=mark("List whom to call back, the latest first."))
def list_missed(context: typer.Context, as_json: AsJson = False) -> None:
    """Answer with 0 also if there is nobody."""
    with opened_desk(session_of(context)) as desk:
        found = desk.missed_callers().result()
        region = desk.region
    if as_json:
        tell_json([_caller(one) for one in found.callers])
        return
    if not found.callers:
        tell(tr("No calls to return."))
    tell_table(
        (
            f"{one.at.astimezone():%Y-%m-%d %H:%M}",
            format_for_display(one.e164, region) if one.e164 else tr("Number withheld"),
            trn("%(n)d call", "%(n)d calls", one.times),
            one.name or one.maybe,
            one.interaction_id,
        )
        for one in found.callers
    )


def _caller(one: MissedCaller) -> dict[str, Any]:
    return {
        "id": one.interaction_id,
        "at": to_text(one.at),
        "since": to_text(one.since),
        "e164": one.e164,
        "customer_id": one.customer_id,
        "name": one.name,
        "maybe": one.maybe or None,
        "calls": one.times,
    }


@missed_app.command("done", help=mark("Take a caller off everybody's list."))
def done(context: typer.Context, call_id: _CallId, as_json: AsJson = False) -> None:
    """Say that a missed call, with the caller's earlier ones, is dealt with."""
    with opened_desk(session_of(context)) as desk:
        changes = desk.deal_with_missed(call_id.strip()).result()
    _tell_done(call_id, bool(changes), as_json=as_json)


@missed_app.command("reopen", help=mark("Put a caller back on everybody's list."))
def reopen(context: typer.Context, call_id: _CallId, as_json: AsJson = False) -> None:
    """Take `done` back."""
    with opened_desk(session_of(context)) as desk:
        changes = desk.reopen_missed(call_id.strip()).result()
    _tell_done(call_id, bool(changes), as_json=as_json)


def _tell_done(call_id: str, changed: bool, *, as_json: bool) -> None:
    if as_json:
        tell_json({"id": call_id, "changed": changed})
    else:
        tell(tr("Saved; it waits for Central.") if changed else tr("Nothing to change."))
