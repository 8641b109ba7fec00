"""Rows of a CSV file that other programs wrote, each with its line; bad rows do no harm."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from agentdesk.interchange.contact import Reason, Unreadable
from agentdesk.interchange.lines import Line

DELIMITERS = (",", ";", "\t", "|")
_MAX_RECORD_CHARS = 128 * 1024  # what Python's csv takes for one cell, too
_MAX_RECORD_LINES = 1000


class Row(msgspec.Struct, frozen=True):
    """The cells of one record and the line where it begins, from 1."""

    line: int
    cells: tuple[str, ...]


def rows_of(lines: Iterable[Line], encoding: str, delimiter: str) -> Iterator[Row | Unreadable]:
    """Yield the records of `lines` (RFC 4180, quotes may hold line breaks), empty ones left out.

    A quote that is never closed costs the line it stands in: reading goes on with the next. At
    most `_MAX_RECORD_LINES` lines are held.
    """
    ahead: deque[Line] = deque()
    source = iter(lines)
    while (first := _next(ahead, source)) is not None:
        text = _text(first, encoding)
        if isinstance(text, Unreadable):
            yield text
        elif not _is_open(text, delimiter):
            yield from _record(first.number, text, delimiter, strict=False)
        else:
            yield from _long_record(first, text, delimiter, encoding, ahead, source)


def cells_of(text: str, delimiter: str) -> tuple[str, ...]:
    """Return the cells of one line."""
    return tuple(next(csv.reader([text], delimiter=delimiter), ()))


def with_columns(
    rows: Iterable[Row | Unreadable], headers: Sequence[str]
) -> Iterator[Row | Unreadable]:
    """Turn rows whose number of cells is not that of `headers` into `Unreadable`.

    Cells shift when a separator was not quoted, so that such a row would be read wrongly.
    Trailing empty cells are forgiven.
    """
    width = len(headers)
    for row in rows:
        if isinstance(row, Row) and len(row.cells) != width:
            if len(row.cells) < width or any(cell.strip() for cell in row.cells[width:]):
                yield Unreadable(row.line, Reason.COLUMN_COUNT)
                continue
            yield Row(row.line, row.cells[:width])
        else:
            yield row


def _next(ahead: deque[Line], source: Iterator[Line]) -> Line | None:
    return ahead.popleft() if ahead else next(source, None)


def _text(line: Line, encoding: str) -> str | Unreadable:
    if line.cut:
        return Unreadable(line.number, Reason.TOO_LONG)
    if b"\x00" in line.data:
        return Unreadable(line.number, Reason.CONTROL_CHARACTERS)
    try:
        return line.data.decode(encoding)
    except UnicodeDecodeError:
        return Unreadable(line.number, Reason.ENCODING)


def _long_record(
    first: Line,
    text: str,
    delimiter: str,
    encoding: str,
    ahead: deque[Line],
    source: Iterator[Line],
) -> Iterator[Row | Unreadable]:
    """Read on until the quote that is open at the end of `text` is closed.

    What was read in vain goes back to `ahead`.
    """
    taken: list[Line] = []
    parts, size, closed = [text], len(text), False
    while not closed and len(taken) < _MAX_RECORD_LINES and size <= _MAX_RECORD_CHARS:
        line = _next(ahead, source)
        if line is None:
            break
        taken.append(line)
        more = _text(line, encoding)
        if isinstance(more, Unreadable):
            break
        parts.append(more)
        size += len(more) + 1
        closed = more.count('"') % 2 == 1 and not _is_open("\n".join(parts), delimiter)
    if closed:
        records = list(_record(first.number, "\n".join(parts), delimiter, strict=True))
        if records != [Unreadable(first.number, Reason.UNCLOSED_QUOTE)]:
            yield from records
            return
    ahead.extendleft(reversed(taken))
    yield Unreadable(first.number, Reason.UNCLOSED_QUOTE)


def _record(number: int, text: str, delimiter: str, *, strict: bool) -> Iterator[Row | Unreadable]:
    if not text.strip():
        return
    lines = [f"{line}\n" for line in text.split("\n")]
    reader = csv.reader(lines, delimiter=delimiter, strict=strict)
    try:
        records = list(reader)
    except csv.Error:
        yield Unreadable(number, Reason.UNCLOSED_QUOTE if strict else Reason.TOO_LONG)
        return
    cells = tuple(records[0]) if len(records) == 1 else ()
    if len(records) != 1:
        yield Unreadable(number, Reason.UNCLOSED_QUOTE)
    elif any(cell.strip() for cell in cells):
        yield Row(number, cells)


def _is_open(text: str, delimiter: str) -> bool:
    """Whether `text` ends inside a quoted cell; a quote opens one only at a cell's beginning."""
    if text.count('"') % 2 == 0 and "\n" not in text:
        return False
    at, end = 0, len(text)
    while at < end:
        if text[at] != '"':
            at = text.find(delimiter, at)
            if at < 0:
                return False
            at += 1
            continue
        at = _after_quoted(text, at + 1)
        if at < 0:
            return True
        at = text.find(delimiter, at)
        if at < 0:
            return False
        at += 1
    return False


def _after_quoted(text: str, at: int) -> int:
    """Return where the quoted cell that contains `at` has ended, -1 if it has not."""
    while True:
        at = text.find('"', at)
        if at < 0:
            return -1
        if text[at + 1 : at + 2] != '"':
            return at + 1
        at += 2
