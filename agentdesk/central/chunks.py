"""Reading a part of a scope and writing it down as a chunk, the columns of each kind together.

The values of a record are passed on as the JSON in which they are stored; nothing is decoded to
be encoded again. The same records give the same bytes, on every database.
"""

from __future__ import annotations

import hashlib
import operator
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
from agentdesk.decoding import json_decoder
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
# Where they stand in a row: a name costs more to look up than all the rest.
_KIND, _ID, _SEQ, _CHECK, _INTO = 0, 1, 2, 6, 7
_by_id = operator.itemgetter(_ID)


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
    kinds: dict[str, list[sa.Row[Any]]] = defaultdict(list)
    for row in rows:
        kinds[row[_KIND] if row[_INTO] is None else ALIASES].append(row)
    aliases = kinds.pop(ALIASES, [])
    records = Tally()
    pieces: list[bytes] = []
    for kind in sorted(kinds, key=_ORDER.__getitem__):
        records = records.plus(_tally(kinds[kind]))
        pieces += _tables(kind, kinds[kind])
    if aliases:
        aliases.sort(key=_by_id)
        pieces.append(_table(ALIASES, _ALIAS, [(row.id, row.seq, row[_INTO]) for row in aliases]))
    content = b"".join(pieces)
    told = BucketTally(records, _tally(aliases))
    return Chunk(
        sha256=hashlib.sha256(content).hexdigest(),
        rows=told.records.number + told.aliases.number,
        size_bytes=len(content),
        fingerprint=fingerprint(told),
        packed=zstandard.ZstdCompressor(level=_LEVEL).compress(content),
    )


def _tables(kind: str, rows: list[sa.Row[Any]]) -> list[bytes]:
    """Return the records of a kind: in one table, and one for each set of unknown members."""
    # The order in which rows are read is no one's promise.
    rows.sort(key=_by_id)
    _kinds, ids, seqs, created, versions, stored, *_rest = zip(*rows, strict=True)
    heads = zip(ids, seqs, created, map(_versions, versions), strict=True)
    fields = _FIELDS[kind]
    try:
        # All at once, which is much less work than one by one.
        decoded = _DECODERS[kind].decode(f"[{','.join(stored)}]")
    except msgspec.ValidationError:
        # Some have members that only a newer program knows.
        return _tables_of_any(kind, heads, stored)
    values = map(msgspec.structs.astuple, decoded)
    lines = [(*head, *its) for head, its in zip(heads, values, strict=True)]
    return [_table(kind, (*_HEAD, *fields), lines)]


def _tables_of_any(
    kind: str, heads: Iterable[tuple[Any, ...]], stored: Iterable[str]
) -> list[bytes]:
    fields = _FIELDS[kind]
    found: dict[tuple[str, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for head, text in zip(heads, stored, strict=True):
        raw = _any_members.decode(text)
        unknown = tuple(sorted(raw.keys() - set(fields)))
        found[unknown].append((*head, *(raw.get(name, _NULL) for name in (*fields, *unknown))))
    return [_table(kind, (*_HEAD, *fields, *more), found[more]) for more in sorted(found)]


def _table(kind: str, members: Iterable[str], lines: list[tuple[Any, ...]]) -> bytes:
    header = _encoder.encode(ChunkTable(kind=kind, members=list(members)))
    return header + b"\n" + _encoder.encode_lines(lines)


def _versions(stored: str) -> msgspec.Raw | None:
    return None if stored == "{}" else msgspec.Raw(stored)


def _tally(rows: Sequence[sa.Row[Any]]) -> Tally:
    numbers = [row[_SEQ] for row in rows]
    return Tally(len(rows), sum(row[_CHECK] for row in rows), max(numbers, default=0))


_FIELDS: dict[str, tuple[str, ...]] = {name.value: KINDS[name].fields for name in KindName}
_DECODERS = {
    kind: json_decoder(
        list[  # type: ignore[misc]  # a type that is made here
            msgspec.defstruct(
                kind,
                [(name, msgspec.Raw, msgspec.field(default=_NULL)) for name in fields],
                forbid_unknown_fields=True,
                gc=False,
            )
        ]
    )
    for kind, fields in _FIELDS.items()
}
_encoder = msgspec.json.Encoder()
_any_members = json_decoder(dict[str, msgspec.Raw])
