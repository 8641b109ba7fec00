"""How commands answer: readable text for people, one JSON value for scripts."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any
from unicodedata import combining, east_asian_width

import msgspec
import typer

from agentdesk.domain.names import for_display
from agentdesk.i18n import mark, tr
from agentdesk.messages import Words

AsJson = Annotated[bool, typer.Option("--json", help=mark("Answer in JSON."))]

_ENDINGS = "\r\n"


def tell_json(value: Any) -> None:
    """Write `value` as one line of JSON and hand it to the reader at once."""
    line = msgspec.json.encode(value, enc_hook=str) + b"\n"
    stream = sys.stdout
    stream.flush()
    buffer = getattr(stream, "buffer", None)
    if buffer is None:
        stream.write(line.decode())
    else:
        buffer.write(line)
        buffer.flush()
    stream.flush()


def tell(text: str = "") -> None:
    """Write a line for a person."""
    typer.echo(text)


def tell_progress(text: str) -> None:
    """Show how far something has come, on a terminal alone; an empty text wipes it away."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[2K{text}")
        sys.stderr.flush()


def tell_aside(text: str) -> None:
    """Write a line that is no part of the answer to standard error."""
    typer.echo(text, err=True)


def tell_table(rows: Iterable[Sequence[str]], gap: str = "  ") -> None:
    """Write rows with their columns aligned; text in them shows as what it is."""
    shown = [[for_display(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        padded = [c + " " * (w - _width(c)) for c, w in zip(row, widths, strict=True)]
        tell(gap.join(padded).rstrip())


def tell_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    """Write labels and values, those without a value left out."""
    tell_table([(label, value) for label, value in pairs if value])


def tell_error(words: Words, *, as_json: bool) -> None:
    """Write what went wrong: to standard error, or as JSON where the answer is expected."""
    if as_json:
        tell_json(error_object(words))
        return
    tell_aside(f"{words.what} {words.meaning}")
    tell_aside(words.next_step)
    tell_aside(tr("Code: %(code)s", code=words.code))


def error_object(words: Words) -> dict[str, dict[str, str]]:
    """Return what stands in the place of an answer that failed."""
    return {"error": {"code": words.code, "what": words.what, "next_step": words.next_step}}


def lines_of_stdin() -> Iterator[str]:
    """Yield the lines of standard input as they come, UTF-8, without their ends."""
    buffer = getattr(sys.stdin, "buffer", None)
    if buffer is None:
        yield from (line.rstrip(_ENDINGS) for line in sys.stdin)
        return
    for line in iter(buffer.readline, b""):
        yield line.decode("utf-8", "replace").rstrip(_ENDINGS)


def text_of_stdin() -> str:
    """Return all of standard input as text."""
    buffer = getattr(sys.stdin, "buffer", None)
    return sys.stdin.read() if buffer is None else buffer.read().decode("utf-8", "replace")


def leave_quietly() -> None:
    """Make sure that the interpreter's last flush does not complain of a closed pipe."""
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            os.dup2(silence, stream.fileno())
        except (OSError, ValueError):
            continue


def _width(text: str) -> int:
    """Return how many columns of a terminal `text` takes."""
    return sum(
        0 if combining(c) or c in "\u2068\u2069" else 2 if east_asian_width(c) in "WF" else 1
        for c in text
    )
