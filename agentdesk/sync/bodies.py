"""The bodies of Central's larger answers: unpacked within bounds, verified, resumed where cut."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, cast

import msgspec
import zstandard

from agentdesk.decoding import json_decoder
from agentdesk.errors import Code, ExternalError
from agentdesk.sync.absorb import Page
from agentdesk.sync.protocol import (
    SCHEMA_OLDEST,
    SEALED_SINCE,
    ChunkInfo,
    PageEnd,
    PageGone,
    PageHead,
    PageLine,
    PageRow,
    seal_of,
)

PIECE_BYTES = 1 << 16
MOST_LINE_BYTES = 4 * 1024 * 1024
MOST_PACKED_BYTES = 64 * 1024 * 1024
"""A chunk that is larger than this on its way is no answer of a Central."""

NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are no JSON of ours."""
_line_decoder = json_decoder(PageLine)


def read_page(chunks: Iterator[bytes]) -> Page:
    """Return the page whose uncompressed bytes are `chunks`; verifies count, checksum and seal."""
    digest = hashlib.sha256()
    schema = SCHEMA_OLDEST
    lines: list[PageRow | PageGone] = []
    end: PageEnd | None = None
    for raw in _split(chunks):
        if end is not None:
            raise ExternalError(Code.ANSWER_DAMAGED)
        try:
            line = _line_decoder.decode(raw)
        except NOT_JSON as failure:
            raise ExternalError(Code.ANSWER_DAMAGED) from failure
        if isinstance(line, PageEnd):
            end = line
            continue
        digest.update(raw)
        if isinstance(line, PageHead):
            schema = line.schema
        else:
            lines.append(line)
    if end is None or end.count != len(lines) or end.checksum != digest.hexdigest():
        raise ExternalError(Code.ANSWER_DAMAGED)
    # An altered cursor would skip changes, an altered number settle edits, for good.
    if schema >= SEALED_SINCE and end.seal != seal_of(end):
        raise ExternalError(Code.ANSWER_DAMAGED)
    return Page(lines, end)


def _split(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield lines, each with its line feed."""
    rest = b""
    for chunk in chunks:
        parts = (rest + chunk).split(b"\n")
        rest = parts.pop()
        for part in parts:
            yield part + b"\n"
        if len(rest) > MOST_LINE_BYTES:
            raise ExternalError(Code.ANSWER_DAMAGED)
    if rest:
        yield rest


def unpacked(packed: Iterable[bytes], coding: str, most_bytes: int) -> Iterator[bytes]:
    """Yield the bytes of `packed` as they were before their content coding.

    Raises `ExternalError(ANSWER_DAMAGED)` beyond `most_bytes`, and what zlib and zstandard raise.
    """
    size = 0
    for piece in _inflated(packed, coding.lower()):
        size += len(piece)
        if size > most_bytes:
            raise ExternalError(Code.ANSWER_DAMAGED)
        yield piece


def _inflated(packed: Iterable[bytes], coding: str) -> Iterator[bytes]:
    if coding == "zstd":
        pieces = cast("IO[bytes]", _Pieces(packed))
        source = zstandard.ZstdDecompressor().stream_reader(pieces, read_across_frames=True)
        yield from iter(lambda: source.read(PIECE_BYTES), b"")
    elif coding == "gzip":
        inflate = zlib.decompressobj(wbits=31)
        for piece in packed:
            # In small portions: a few bytes may stand for gigabytes.
            while piece:
                yield inflate.decompress(piece, PIECE_BYTES)
                piece = inflate.unconsumed_tail
        yield inflate.flush()
    else:
        yield from packed


class _Pieces:
    """Pieces of a body as a file, for the decompressor, which never needs to know their bounds."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        """Return at least one byte unless this is the end."""
        piece = self._rest or next(self._pieces, b"")
        if size < 0:
            size = len(piece)
        self._rest = piece[size:]
        return piece[:size]


@dataclass(slots=True)
class Held:
    """What has arrived of a chunk, as it was sent; never on the disk, where it could be read."""

    packed: bytearray = field(default_factory=bytearray)
    coding: str = ""
    etag: str | None = None
    whole: bool = False

    def clear(self) -> None:
        """Forget all of it."""
        self.packed, self.coding, self.etag, self.whole = bytearray(), "", None, False

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Get ready for a body: the rest of what is held, or all of it again."""
        start = f"bytes {len(self.packed)}-"
        if status == 206 and headers.get("Content-Range", "").startswith(start):
            return
        self.clear()
        if status == 206:
            raise ExternalError(Code.ANSWER_DAMAGED)
        self.coding = headers.get("Content-Encoding", "").lower()
        etag = headers.get("ETag")
        # A weak one promises the same meaning, not the same bytes.
        self.etag = None if etag is None or etag.startswith("W/") else etag

    def take(self, piece: bytes) -> None:
        """Add what has arrived."""
        self.packed += piece
        if len(self.packed) > MOST_PACKED_BYTES:
            raise ExternalError(Code.ANSWER_DAMAGED)

    def end(self) -> None:
        """Note that nothing is missing."""
        self.whole = True


def open_chunk(info: ChunkInfo, held: Held) -> bytes:
    """Return a chunk's uncompressed bytes; raises `ExternalError(ANSWER_DAMAGED)`.

    What is held is forgotten then: asking for the rest of damaged bytes mends nothing.
    """
    try:
        pieces = unpacked([bytes(held.packed)], held.coding, info.size_bytes)
        content = b"".join(pieces)
    except (zstandard.ZstdError, zlib.error) as failure:
        held.clear()
        raise ExternalError(Code.ANSWER_DAMAGED) from failure
    except ExternalError:
        held.clear()
        raise
    if hashlib.sha256(content).hexdigest() != info.sha256:
        held.clear()
        raise ExternalError(Code.ANSWER_DAMAGED)
    return content
