"""The lines of a file of any size, one at a time, as bytes in an encoding of one byte upwards."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

MAX_LINE_BYTES = 512 * 1024
"""Longer lines are cut; a photo that we would take fits in."""

_BLOCK_BYTES = 64 * 1024
_BREAK = re.compile(rb"\r\n|\r|\n")


class Line(NamedTuple):
    """A line without its end; `number` counts from 1, `cut` says that it was too long."""

    number: int
    data: bytes
    cut: bool = False


def blocks_of(stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    """Yield what is in `stream` from its beginning, without a byte order mark.

    UTF-16 comes out as UTF-8; other encodings stay as they are.
    """
    stream.seek(0)
    if encoding.startswith("utf-16"):
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        while block := stream.read(_BLOCK_BYTES):
            yield decoder.decode(block).encode("utf-8", "replace")
        yield decoder.decode(b"", final=True).encode("utf-8", "replace")
        return
    if stream.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
        stream.seek(0)
    while block := stream.read(_BLOCK_BYTES):
        yield block


def lines_of(blocks: Iterable[bytes]) -> Iterator[Line]:
    """Yield the lines of `blocks`, whichever of CR, LF and CRLF ends them."""
    number, rest, after_cr = 1, b"", False
    for block in blocks:
        if not block:
            continue
        fresh = block[1:] if after_cr and block[:1] == b"\n" else block
        after_cr = block[-1:] == b"\r"
        first, *others = _BREAK.split(fresh)
        rest += first[: MAX_LINE_BYTES + 1 - len(rest)]
        for piece in others:
            yield _line(number, rest)
            number, rest = number + 1, piece
    if rest:
        yield _line(number, rest)


def _line(number: int, data: bytes) -> Line:
    if len(data) > MAX_LINE_BYTES:
        return Line(number, data[:MAX_LINE_BYTES], cut=True)
    return Line(number, data)
