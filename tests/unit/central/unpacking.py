"""Reading chunks as a desk does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import msgspec

from agentdesk.sync import protocol as p
from agentdesk.sync.digests import BUCKETS, bucket_of, check_of
from tests.unit.central.driver import Desk


@dataclass
class Loaded:
    """What the chunks of a snapshot hold: records by kind and id, and aliases."""

    rows: dict[tuple[str, str], p.PageRow] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)

    def read(self, content: bytes) -> int:
        """Take in a chunk; return the number of its rows."""
        table: p.ChunkTable | None = None
        count = 0
        for line in content.splitlines():
            if line.startswith(b"{"):
                table = msgspec.json.decode(line, type=p.ChunkTable)
                self.kinds.append(table.kind)
                continue
            assert table is not None
            values = dict(zip(table.members, msgspec.json.decode(line), strict=True))
            self._take(table.kind, values)
            count += 1
        return count

    def _take(self, kind: str, values: dict[str, Any]) -> None:
        record_id, seq = values.pop("id"), values.pop("seq")
        if kind == p.ALIASES:
            self.aliases[record_id] = values["into"]
            return
        created_seq, versions = values.pop("created_seq"), values.pop("versions") or {}
        self.rows[kind, record_id] = p.PageRow(
            kind=kind, id=record_id, seq=seq, created_seq=created_seq,
            versions=versions, fields=values,
        )  # fmt: skip

    @property
    def ids(self) -> set[str]:
        """The ids of all records."""
        return {record_id for _kind, record_id in self.rows}


def fetch(desk: Desk, info: p.ChunkInfo) -> bytes:
    """Return a chunk's content after the checks that a desk makes."""
    answer = desk.chunk(info.sha256)
    assert answer.status_code == 200, answer.text
    content = answer.content
    assert hashlib.sha256(content).hexdigest() == info.sha256
    assert len(content) == info.size_bytes
    return content


def load(desk: Desk, manifest: p.Manifest | None = None) -> Loaded:
    """Read all chunks of a manifest, or of the one that there is now."""
    manifest = manifest or desk.manifest()
    assert manifest.awaited == 0
    loaded = Loaded()
    for info in manifest.chunks:
        assert loaded.read(fetch(desk, info)) == info.rows
    return loaded


def load_recent(desk: Desk) -> Loaded:
    """Read the chunk of the customers that were touched last."""
    info = desk.manifest().recent
    loaded = Loaded()
    assert loaded.read(fetch(desk, info)) == info.rows
    return loaded


def digest_of(rows: list[p.PageRow]) -> list[p.BucketDigest]:
    """Return the digests of records as a desk computes them."""
    counts, sums = [0] * BUCKETS, [0] * BUCKETS
    for row in rows:
        owner = row.id if row.kind == "customer" else row.fields.get("customer_id")
        bucket = bucket_of(owner or row.id)
        counts[bucket] += 1
        sums[bucket] += check_of(row.kind, row.id, row.seq)
    return [p.BucketDigest(*both) for both in zip(counts, sums, strict=True)]
