"""Reading a part of a scope and writing it down as a chunk, the columns of each kind together.

The values of a record are passed on as the JSON in which they are stored; nothing is decoded to
be encoded again. The same records give the same bytes, on every database.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
import zstandard

from agentdesk.central import tables as t
from agentdesk.central.feed import SHARD
from agentdesk.central.scopes import Scope
from agentdesk.central.tallies import BucketTally, Tally, is_told
from agentdesk.domain.kinds import KINDS, KindName
from agentdesk.sync.protocol import ALIASES, ChunkTable

FORMAT = 1
"""Raised whenever the same records would give other bytes: chunks of before are made anew."""

RECENT_CUSTOMERS = 300
_PIECE = 2_000
_MOST_CHANGES_LOOKED_AT = 60_000
_OWNERS_AT_ONCE = 100
_LEVEL = 3

_HEAD = ("id", "seq", "created_seq", "versions")
_ALIAS = ("id", "seq", "into")
_NULL = msgspec.Raw(b"null")
_ORDER = {kind.value: at for at, kind in enumerate(KINDS)}
_COLUMNS = (
    t.record.c.kind,
    t.record.c.id,
    t.record.c.seq,
    t.record.c.created_seq,
    t.record.c.versions,
    t.record.c.fields,
    t.record.c.check_sum,
    t.record.c.merged_into,
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk as it is kept; `fingerprint` stands for the records that it was made from."""

    sha256: str
    rows: int
    size_bytes: int
    fingerprint: str
    packed: bytes


def fingerprint(tally: BucketTally) -> str:
    """Return what changes whenever the told-of records of some buckets do.

    A record that changes or comes has a number above all others, one that goes is missing from
    the count.
    """
    numbers = (FORMAT, *tally.records, *tally.aliases)
    return "/".join(f"{number:x}" for number in numbers)


def read_buckets(
    connection: sa.Connection, org_id: str, scope: Scope, first: int, end: int
) -> Sequence[sa.Row[Any]]:
    """Return what the scope has in the buckets from `first` up to, and without, `end`."""
    query: sa.Select[Any] = sa.select(*_COLUMNS).where(
        t.record.c.org_id == org_id,
        t.record.c.bucket >= first,
        t.record.c.bucket < end,
        is_told(scope),
    )
    return connection.execute(query).all()


def read_recent(
    connection: sa.Connection, org_id: str, scope: Scope, newest: int
) -> list[sa.Row[Any]]:
    """Return the customers touched last, whole, and what everybody needs.

    `newest` is the feed's newest number.
    """
    live = (
        t.record.c.org_id == org_id,
        t.record.c.seq > 0,
        t.record.c.removed_reason.is_(None),
        scope.holds(),
    )
    without_owner = [kind.name.value for kind in KINDS.values() if kind.owner is None]
    query: sa.Select[Any] = sa.select(*_COLUMNS).where(*live)
    rows = list(connection.execute(query.where(t.record.c.kind.in_(without_owner))))
    owners = _touched_last(connection, org_id, scope, newest)
    for start in range(0, len(owners), _OWNERS_AT_ONCE):
        some = owners[start : start + _OWNERS_AT_ONCE]
        rows += connection.execute(query.where(t.record.c.owner_id.in_(some)))
    return rows


def _touched_last(connection: sa.Connection, org_id: str, scope: Scope, newest: int) -> list[str]:
    owners: dict[str, None] = {}
    upper = newest
    while upper > max(0, newest - _MOST_CHANGES_LOOKED_AT) and len(owners) < RECENT_CUSTOMERS:
        found = connection.execute(
            sa.select(t.record.c.owner_id)
            .select_from(
                t.changes.join(
                    t.record,
                    sa.and_(
                        t.record.c.org_id == t.changes.c.org_id,
                        t.record.c.kind == t.changes.c.kind,
                        t.record.c.id == t.changes.c.record_id,
                    ),
                )
            )
            .where(
                t.changes.c.org_id == org_id,
                t.changes.c.shard == SHARD,
                t.changes.c.seq > upper - _PIECE,
                t.changes.c.seq <= upper,
                t.record.c.owner_id.is_not(None),
                t.record.c.removed_reason.is_(None),
                scope.holds(),
            )
            .order_by(t.changes.c.seq.desc())
        )
        owners.update(dict.fromkeys(found.scalars()))
        upper -= _PIECE
    return list(owners)[:RECENT_CUSTOMERS]


def make_chunk(rows: Iterable[sa.Row[Any]]) -> Chunk:
    """Return the chunk of the records, and of the merged customers, in `rows`."""
    told = [tuple(row) for row in rows]
    lines = _Lines()
    records, aliases = Tally(), Tally()
    for kind, record_id, seq, created_seq, versions, fields, check, into in told:
        if into is None:
            lines.add(kind, record_id, seq, created_seq, versions, fields)
            records = records.plus(Tally(1, check, seq))
        else:
            lines.add_alias(record_id, seq, into)
            aliases = aliases.plus(Tally(1, check, seq))
    content = lines.encoded()
    return Chunk(
        sha256=hashlib.sha256(content).hexdigest(),
        rows=len(told),
        size_bytes=len(content),
        fingerprint=fingerprint(BucketTally(records, aliases)),
        packed=zstandard.ZstdCompressor(level=_LEVEL).compress(content),
    )


class _Lines:
    """Gathers records into tables: one for each kind, and each set of unknown members."""

    def __init__(self) -> None:
        self._tables: dict[tuple[str, tuple[str, ...]], list[tuple[Any, ...]]] = defaultdict(list)
        self._encoder = msgspec.json.Encoder()

    def add(
        self, kind: str, record_id: str, seq: int, created_seq: int, versions: str, fields: str
    ) -> None:
        known = None if versions == "{}" else msgspec.Raw(versions)
        decoder = _DECODERS[kind]
        try:
            values = msgspec.structs.astuple(decoder.decode(fields))
            members: tuple[str, ...] = ()
        except msgspec.ValidationError:
            # It has members that only a newer program knows.
            raw = _any_members.decode(fields)
            members = tuple(sorted(raw.keys() - set(_FIELDS[kind])))
            values = tuple(raw.get(name, _NULL) for name in (*_FIELDS[kind], *members))
        self._tables[kind, members].append((record_id, seq, created_seq, known, *values))

    def add_alias(self, record_id: str, seq: int, into: str) -> None:
        self._tables[ALIASES, ()].append((record_id, seq, into))

    def encoded(self) -> bytes:
        """Return everything as NDJSON, owners before what belongs to them."""
        out = bytearray()
        for (kind, members), lines in sorted(self._tables.items(), key=_place):
            # By id, which is what all lines of a table begin with and differ in.
            lines.sort(key=_id)
            header = [*_ALIAS] if kind == ALIASES else [*_HEAD, *_FIELDS[kind], *members]
            out += self._encoder.encode(ChunkTable(kind=kind, members=header)) + b"\n"
            out += self._encoder.encode_lines(lines)
        return bytes(out)


def _place(table: tuple[tuple[str, tuple[str, ...]], Any]) -> tuple[int, tuple[str, ...]]:
    (kind, members), _lines = table
    return _ORDER.get(kind, len(_ORDER)), members


def _id(line: tuple[Any, ...]) -> str:
    record_id: str = line[0]
    return record_id


_FIELDS: dict[str, tuple[str, ...]] = {name.value: KINDS[name].fields for name in KindName}
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(
        msgspec.defstruct(
            kind,
            [(name, msgspec.Raw, msgspec.field(default=_NULL)) for name in fields],
            forbid_unknown_fields=True,
            gc=False,
        )
    )
    for kind, fields in _FIELDS.items()
}
_any_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
