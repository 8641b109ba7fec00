"""What the commands `agentdesk central …` have in common: which database, and how they answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from agentdesk import paths
from agentdesk.central.database import sqlite_url
from agentdesk.i18n import mark

DATABASE_VARIABLE = "AGENTDESK_CENTRAL_DB"

DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        envvar=DATABASE_VARIABLE,
        help=mark("A file, or the URL of a database."),
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help=mark("Answer in JSON."))]


def database_url(chosen: str | None) -> str:
    """Return the URL of `chosen`, a file or a URL already; else of the file in the data folder.

    Makes the folder of a file.
    """
    if chosen is not None and "://" in chosen:
        return chosen
    path = paths.home() / "central.sqlite3" if chosen is None else Path(chosen).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    return sqlite_url(path)


def tell(as_json: bool, words: str, **facts: str | int | None) -> None:
    """Tell a person `words`, or a program `facts`."""
    typer.echo(json.dumps(facts) if as_json else words)
