"""The content of a snapshot's chunks: columnar NDJSON, taken apart in pieces; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from agentdesk.decoding import json_decoder
from agentdesk.domain.kinds import KindName
from agentdesk.errors import Code, ExternalError
from agentdesk.sync.bodies import NOT_JSON
from agentdesk.sync.protocol import ALIASES, ChunkTable, GoneReason, PageGone, PageRow

_PIECE_BYTES = 64 * 1024
"""Decoding holds Python's lock: a piece of this size for a millisecond or two."""

_KNOWN_KINDS = frozenset(kind.value for kind in KindName) | {ALIASES}
_FIRST_FIELD = 4

_tables = json_decoder(ChunkTable)
_rows = json_decoder(list[Any])

Batch = tuple[str, Sequence[str], list[list[Any]]]
"""Some records of one kind, as arrays of the members that are named."""


def batches(content: bytes) -> Iterator[Batch]:
    """Yield the records of a chunk's uncompressed bytes; kinds of a newer Central are left out.

    Raises `ExternalError(ANSWER_DAMAGED)` where the bytes are no chunk.
    """
    at = 0
    while at < len(content):
        line_end = _after_line(content, at)
        try:
            table = _tables.decode(content[at:line_end])
            # A line feed never stands within JSON text: what opens a line is a table or a row.
            next_table = content.find(b"\n{", line_end - 1)
            end = len(content) if next_table < 0 else next_table + 1
            at = line_end
            while at < end:
                cut = _after_line(content, min(at + _PIECE_BYTES, end - 1))
                rows = _rows.decode_lines(content[at:cut])
                at = cut
                if table.kind in _KNOWN_KINDS:
                    yield table.kind, table.members, rows
        except NOT_JSON as failure:
            raise ExternalError(Code.ANSWER_DAMAGED) from failure


def _after_line(content: bytes, at: int) -> int:
    """Return where the line that holds position `at` has ended."""
    feed = content.find(b"\n", at)
    return len(content) if feed < 0 else feed + 1


def page_lines(content: bytes) -> Iterator[PageRow | PageGone]:
    """Yield the records of a chunk, and merged customers, as a page of changes would bring them."""
    for kind, members, rows in batches(content):
        if kind == ALIASES:
            at = {member: place for place, member in enumerate(members)}
            yield from (_merged(row[at["id"]], row[at["seq"]], row[at["into"]]) for row in rows)
            continue
        names = members[_FIRST_FIELD:]
        for record_id, seq, created_seq, versions, *values in rows:
            yield PageRow(
                kind=kind,
                id=record_id,
                seq=seq,
                created_seq=created_seq,
                versions=versions or {},
                fields={
                    name: value
                    for name, value in zip(names, values, strict=True)
                    if value is not None
                },
            )


def _merged(loser: str, seq: int, winner: str) -> PageGone:
    kind = KindName.CUSTOMER.value
    return PageGone(kind=kind, id=loser, seq=seq, reason=GoneReason.MERGED, into=winner)
