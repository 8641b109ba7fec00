"""The parts of a file that an import could not read, in a file beside it, to be mended."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from agentdesk.interchange import encodings
from agentdesk.interchange.lines import Line, blocks_of, lines_of

_HEAD_BYTES = 8192
_MOST_TRIES = 1000


def write_rejects(path: Path, rejected: Sequence[int], starts: Sequence[int]) -> Path | None:
    """Write the parts of `path` that begin at the lines `rejected` to a file of their own.

    `starts` are the lines where all parts begin, ascending. The file is called after the input,
    `.rejected.csv` or `.rejected.txt` (with a number if that is taken), carries the headers of a
    CSV file and is in the encoding of the input, UTF-8 for UTF-16. Returns None if the folder
    cannot be written to.
    """
    wanted = frozenset(rejected)
    try:
        with path.open("rb") as source:
            head = source.read(_HEAD_BYTES)
            container = encodings.from_mark(head) or "utf-8"
            is_table = not head.lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").upper().startswith(_CARD)
            target, out = _fresh(path, ".csv" if is_table else ".txt")
            with out:
                if container != "utf-8":
                    out.write(b"\xef\xbb\xbf")
                for line in lines_of(blocks_of(source, container)):
                    if _is_wanted(line, wanted, starts, is_table=is_table):
                        out.write(line.data + b"\r\n")
    except OSError:
        return None
    return target


_CARD = (b"BEGIN:VCARD", "BEGIN:VCARD".encode("utf-16-le"), "BEGIN:VCARD".encode("utf-16-be"))


def _is_wanted(
    line: Line, wanted: frozenset[int], starts: Sequence[int], *, is_table: bool
) -> bool:
    """Tell whether a line belongs to a rejected part, or to the headers of a table."""
    at = bisect_right(starts, line.number) - 1
    if at < 0:
        return is_table
    return starts[at] in wanted


def _fresh(path: Path, ending: str) -> tuple[Path, BinaryIO]:
    """Open a file that was not there before."""
    for number in range(1, _MOST_TRIES):
        suffix = f".rejected{ending}" if number == 1 else f".rejected-{number}{ending}"
        target = path.with_name(path.stem + suffix)
        try:
            return target, target.open("xb")
        except FileExistsError:
            continue
    raise FileExistsError
