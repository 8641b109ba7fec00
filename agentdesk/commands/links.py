"""`agentdesk links`: whether `tel:` and `agentdesk:` links of this desktop open in AgentDesk."""

from __future__ import annotations

from typing import Annotated

import typer

from agentdesk.commands.output import AsJson, tell, tell_json
from agentdesk.i18n import mark, tr
from agentdesk.telephony import links

app = typer.Typer(rich_markup_mode=None)
links_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help=mark("Let tel: and agentdesk: links open here, or let them be."),
)
app.add_typer(links_app, name="links")


@app.callback()
def group() -> None:
    """Keep the group beneath a name of its own."""


@links_app.command("install", help=mark("Have this desktop open such links in AgentDesk."))
def install(
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", help=mark("Say nothing."))] = False,
) -> None:
    """Register with the desktop."""
    _tell(links.install(), as_json=as_json, quiet=quiet)


@links_app.command("remove", help=mark("Take that back."))
def remove(as_json: AsJson = False) -> None:
    """Take the registration back."""
    _tell(links.remove(), as_json=as_json)


@links_app.command("status", help=mark("Tell which links open in AgentDesk."))
def status(as_json: AsJson = False) -> None:
    """Look, and change nothing."""
    _tell(links.registered(), as_json=as_json)


def _tell(found: links.Registered, *, as_json: bool, quiet: bool = False) -> None:
    if as_json:
        tell_json(
            {
                "entry": str(found.entry),
                "installed": found.installed,
                "answers": list(found.answers),
            }
        )
        return
    if quiet:
        return
    if not found.installed:
        tell(tr("Links do not open in AgentDesk."))
        return
    schemes = ", ".join(f"{scheme}:" for scheme in found.answers) or tr("none")
    tell(tr("Installed: %(file)s", file=str(found.entry)))
    tell(tr("Links that open in AgentDesk: %(links)s", links=schemes))
