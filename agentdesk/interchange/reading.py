"""Reading any file of contacts: finds out the format and the encoding by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from agentdesk.errors import Code, UserError
from agentdesk.interchange import encodings, mapping, vcard, vcard_contact
from agentdesk.interchange.birthdays import DayOrder, order_of
from agentdesk.interchange.contact import Contact, Unreadable
from agentdesk.interchange.csv_files import DELIMITERS, Row, cells_of, rows_of, with_columns
from agentdesk.interchange.headers import Headers, Target, recognise
from agentdesk.interchange.lines import Line, blocks_of, lines_of

Progress = Callable[[int, int], None]
"""Told how many bytes of how many are read."""

_HEAD_BYTES = 8192
_ROWS_TO_LEARN_DATES_FROM = 2000
_FOREIGN = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"SQLite format", b"\x1f\x8b", b"{", b"<")
"""How spreadsheets, archives, documents and JSON begin; no file of contacts does."""


def read_contacts(
    path: Path, progress: Progress = lambda _done, _total: None
) -> Iterator[Contact | Unreadable]:
    """Yield everybody in the vCard or CSV file at `path`, and what could not be read.

    Memory does not grow with the file. Close the iterator to stop early. Raises `UserError`
    `UNREADABLE_FILE` if the file cannot be opened or read on, and `UNKNOWN_FORMAT` if it is
    neither format, or a CSV file whose headers name neither a name nor a number nor an e-mail.
    """
    try:
        with path.open("rb") as stream:
            total = path.stat().st_size
            head = stream.read(_HEAD_BYTES)
            encoding = encodings.from_mark(head)
            if head.startswith(_FOREIGN) or not head.strip():
                raise UserError(Code.UNKNOWN_FORMAT)
            yield from _read(stream, encoding, lambda: progress(stream.tell(), total))
    except OSError as error:
        raise UserError(Code.UNREADABLE_FILE) from error


def _read(
    stream: BinaryIO, marked: str | None, tell: Callable[[], None]
) -> Iterator[Contact | Unreadable]:
    container = marked or "utf-8"
    first = _first_line(stream, container)
    is_vcard = first.strip().upper().replace(b" ", b"") == b"BEGIN:VCARD"
    lines = lines_of(blocks_of(stream, container))
    if marked is None:
        logical = vcard.unfolded(lines) if is_vcard else lines
        encoding = encodings.of_lines(line.data for line in logical)
    else:
        # UTF-16 reaches us as UTF-8.
        encoding = "utf-8"
    if is_vcard:
        yield from _vcards(_told(stream, container, tell), encoding)
    else:
        yield from _csv(stream, container, encoding, tell)


def _first_line(stream: BinaryIO, container: str) -> bytes:
    lines = islice(lines_of(blocks_of(stream, container)), 100)
    return next((line.data for line in lines if line.data.strip()), b"")


def _told(stream: BinaryIO, container: str, tell: Callable[[], None]) -> Iterator[Line]:
    def blocks() -> Iterator[bytes]:
        for block in blocks_of(stream, container):
            tell()
            yield block

    return lines_of(blocks())


def _vcards(lines: Iterable[Line], encoding: str) -> Iterator[Contact | Unreadable]:
    for card in vcard.read_cards(vcard.unfolded(lines), encoding):
        yield card if isinstance(card, Unreadable) else vcard_contact.contact_of(card)


def _csv(
    stream: BinaryIO, container: str, encoding: str, tell: Callable[[], None]
) -> Iterator[Contact | Unreadable]:
    header = _header_line(lines_of(blocks_of(stream, container)))
    delimiter, names, headers = _columns(header.data.decode(encoding, "replace"))
    if not headers.holds_people():
        raise UserError(Code.UNKNOWN_FORMAT)

    def rows(lines: Iterable[Line]) -> Iterator[Row | Unreadable]:
        body = (line for line in lines if line.number > header.number)
        return with_columns(rows_of(body, encoding, delimiter), names)

    first_rows = islice(rows(lines_of(blocks_of(stream, container))), _ROWS_TO_LEARN_DATES_FROM)
    order = _day_order(first_rows, headers)
    for row in rows(_told(stream, container, tell)):
        yield row if isinstance(row, Unreadable) else mapping.contact_of(row, headers, order)


def _header_line(lines: Iterable[Line]) -> Line:
    for line in islice(lines, 100):
        # Excel's own way of naming the separator in front of the headers.
        if line.data.strip() and not line.data.lower().startswith(b"sep="):
            return line
    raise UserError(Code.UNKNOWN_FORMAT)


def _columns(header: str) -> tuple[str, tuple[str, ...], Headers]:
    """Choose the delimiter under which the most columns have a meaning."""
    candidates = []
    for delimiter in DELIMITERS:
        names = cells_of(header, delimiter)
        candidates.append((delimiter, names, recognise(names)))
    return max(candidates, key=lambda found: (len(found[2].columns), len(found[1])))


def _day_order(rows: Iterable[Row | Unreadable], headers: Headers) -> DayOrder:
    at = [column.index for column in headers.columns if column.target is Target.BIRTHDAY]
    return order_of(row.cells[i] for row in rows if isinstance(row, Row) for i in at)
