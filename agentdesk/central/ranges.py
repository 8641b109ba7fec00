"""Giving out stored bytes: content coding, entity tag and ranges (RFC 9110, sections 8 and 14)."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import zstandard

_ONE_RANGE = re.compile(r"bytes=\s*(\d*)\s*-\s*(\d*)\s*")


@dataclass(frozen=True, slots=True)
class Served:
    """An answer: status, headers and body."""

    status: int
    headers: dict[str, str]
    body: bytes


def serve(packed: bytes, coding: str | None, headers: Mapping[str, str]) -> Served:
    """Answer a request with `headers` for content that is stored compressed by zstd.

    Ranges are of the bytes in `coding`, as HTTP has it. The entity tag is strong: it is made of
    these very bytes, which another version of a compressor might have made differently.
    """
    body = _in_coding(packed, coding)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    common = {"ETag": etag, "Accept-Ranges": "bytes", "Vary": "Accept-Encoding"}
    if coding is not None:
        common["Content-Encoding"] = coding
    asked = headers.get("range")
    if asked is not None and headers.get("if-range", etag) != etag:
        # Of other bytes than these: all of them, from the start. A date is no match either.
        asked = None
    bounds = None if asked is None else _bounds(asked, len(body))
    if bounds is None:
        return Served(200, common, body)
    first, last = bounds
    if first > last:
        return Served(416, common | {"Content-Range": f"bytes */{len(body)}"}, b"")
    span = {"Content-Range": f"bytes {first}-{last}/{len(body)}"}
    return Served(206, common | span, body[first : last + 1])


def _in_coding(packed: bytes, coding: str | None) -> bytes:
    if coding == "zstd":
        return packed
    content = zstandard.ZstdDecompressor().decompress(packed)
    if coding is None:
        return content
    compressor = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return compressor.compress(content) + compressor.flush()


def _bounds(asked: str, length: int) -> tuple[int, int] | None:
    """Return the first and the last position, the first beyond the last if no byte is there.

    None for what is no range or several, which nobody has to support: all is sent then.
    """
    match = _ONE_RANGE.fullmatch(asked)
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return length - min(int(last), length), length - 1
    if not last:
        return int(first), length - 1
    if int(last) < int(first):
        return None
    return int(first), min(int(last), length - 1)
