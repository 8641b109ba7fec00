"""The command line: global options, which module answers a command, and one sink for errors."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core
import typer.main
from typer.exceptions import TyperException

import agentdesk
from agentdesk import i18n, log
from agentdesk.commands.output import leave_quietly, tell, tell_aside, tell_error, tell_json
from agentdesk.commands.session import Session, language_in_force
from agentdesk.errors import AgentDeskError, Code, UserError
from agentdesk.i18n import mark, tr
from agentdesk.messages import words_for
from agentdesk.paths import HOME_VARIABLE
from agentdesk.telephony.events import is_link

if TYPE_CHECKING:
    from typer._click import Command, Context

logger = logging.getLogger(__name__)

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

_MODULES = {
    "desktop": "desktop",
    "call": "desktop",
    "lookup": "people",
    "search": "people",
    "missed": "missed",
    "customer": "people",
    "note": "people",
    "fact": "people",
    "import": "files",
    "export": "files",
    "sign-in": "exchange",
    "sign-out": "exchange",
    "sync": "exchange",
    "status": "exchange",
    "conflicts": "decisions",
    "attention": "decisions",
    "history": "decisions",
    "duplicates": "duplicates",
    "profile": "upkeep",
    "doctor": "upkeep",
    "links": "links",
}
"""The commands in the order of `--help`, and the module of `agentdesk.commands` for each."""


class _Central(typer.core.TyperGroup):
    """The commands of Central, imported when one of them is asked for."""

    def list_commands(self, ctx: Context) -> list[str]:
        """Return the names of Central's commands."""
        return self._group().list_commands(ctx)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Return one of Central's commands."""
        return self._group().get_command(ctx, cmd_name)

    def _group(self) -> typer.core.TyperGroup:
        try:
            module = import_module("agentdesk.central.commands")
        except ModuleNotFoundError as error:
            if (error.name or "agentdesk").startswith("agentdesk"):
                raise
            raise UserError(Code.EXTRA_MISSING, extra="central") from error
        return typer.main.get_group(module.central_app)


class _Root(typer.core.TyperGroup):
    """All commands; a module is imported only when one of its commands is called."""

    def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002 - the signature is typer's
        """Return the names in the order in which help shows them."""
        return [*_MODULES, "central"]

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Import the module of a command and return it, in the active language."""
        if cmd_name == "central":
            return _Central(name="central", help=tr("Run Central, the CRM API."))
        if cmd_name not in _MODULES:
            return None
        module = import_module(f"agentdesk.commands.{_MODULES[cmd_name]}")
        command = typer.main.get_group(module.app).get_command(ctx, cmd_name)
        return command and _translated(command)

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """Take a link in the place of a command for a call that rings."""
        if args and is_link(args[0]):
            return "desktop", self.get_command(ctx, "desktop"), args
        return super().resolve_command(ctx, args)


def _translated(command: Any) -> Any:
    """Put the help of a command, its options and what is beneath it into the active language."""
    # What gettext has for the empty text is the catalogue's header.
    if command.help:
        command.help = tr(command.help)
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = tr(parameter.help)
    for beneath in getattr(command, "commands", {}).values():
        _translated(beneath)
    return command


app = typer.Typer(
    cls=_Root,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(asked: bool) -> None:
    if asked:
        tell(f"agentdesk {agentdesk.__version__}")
        raise typer.Exit


@app.callback(
    invoke_without_command=True,
    help=mark(
        "The whole person the moment a call rings. Without a command, or with a tel: or "
        "agentdesk: link, the window opens. Exit codes: 0 done, 1 failed, 2 called wrongly, "
        "130 interrupted."
    ),
)
def root(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option("--home", help=mark("The data folder, instead of AGENTDESK_HOME.")),
    ] = None,
    profile: Annotated[
        str, typer.Option("--profile", help=mark("Which profile to work on."))
    ] = "default",
    passphrase_file: Annotated[
        Path | None,
        typer.Option(
            "--passphrase-file",
            help=mark("Holds the passphrase, instead of AGENTDESK_PASSPHRASE."),
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help=mark("Log to standard error."))
    ] = False,
    version: Annotated[  # noqa: ARG001 - acts before this runs
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help=mark("Tell the version.")
        ),
    ] = False,
) -> None:
    """Keep what the options say for the command that follows."""
    context.obj = Session(home, profile, passphrase_file, verbose)
    if context.invoked_subcommand == "central" and home is not None:
        # Central's commands know the folder by its variable alone.
        os.environ[HOME_VARIABLE] = str(home.absolute())
    if context.invoked_subcommand is None:
        from agentdesk.commands.desktop import show_window

        show_window(context.obj)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 done, 1 failed, 2 called wrongly.

    The one sink of every error; with `--json` an error is told as JSON on standard output.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given[: given.index("--") if "--" in given else None]
    i18n.use_language(language_in_force())
    try:
        code = _translated(typer.main.get_command(app)).main(
            given, "agentdesk", standalone_mode=False
        )
        sys.stdout.flush()
    except TyperException as misuse:
        return _misused(misuse, as_json=as_json)
    except BrokenPipeError:
        # Whoever read has had enough, such as `head`.
        leave_quietly()
        return EXIT_FAILED
    except (KeyboardInterrupt, typer.Abort):
        return EXIT_INTERRUPTED
    except AgentDeskError as failure:
        logger.info("command failed: %s", failure.code.value)
        return _failed(failure, as_json=as_json)
    except Exception as failure:  # the sink: whatever it is, the person gets words and a code
        logger.exception("command failed unexpectedly")
        return _failed(failure, as_json=as_json)
    finally:
        log.stop_logging()
    return code if isinstance(code, int) else 0


def _failed(failure: Exception, *, as_json: bool) -> int:
    try:
        tell_error(words_for(failure), as_json=as_json)
    except BrokenPipeError:
        leave_quietly()
    return EXIT_FAILED


def _misused(misuse: TyperException, *, as_json: bool) -> int:
    """Tell how a command is called. What typer says quotes the arguments, so it is not logged."""
    what = misuse.format_message()
    context = getattr(misuse, "ctx", None)
    called = context.command_path if context else "agentdesk"
    next_step = tr("See “%(command)s --help”.", command=called)
    if as_json:
        tell_json({"error": {"code": "usage", "what": what, "next_step": next_step}})
    else:
        tell_aside(what)
        tell_aside(next_step)
    return EXIT_USAGE
