"""Overwritten values become records of the feed, so that every desk of their scope has them."""

from __future__ import annotations

import json
import secrets
import zlib
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BATCH = 2_000
_BUCKETS = 1024
_KIND = "field_version"
_IN_NOTE_VERSIONS = ("text", "revision", "updated_at")


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in columns))


_history = _table(
    "field_history",
    *("org_id", "id", "kind", "record_id", "field", "version", "value"),
    *("author_id", "overwritten_at", "overwritten_by"),
)
_record = _table(
    "record",
    *("org_id", "kind", "id", "owner_id", "fields", "versions", "origins", "created_seq", "seq"),
    *("created_by", "created_at", "bucket", "check_sum", "team_id", "former_teams"),
)
_changes = _table("changes", "org_id", "shard", "seq", "tag", "kind", "record_id")
_head = _table("feed_head", "org_id", "shard", "seq")


def upgrade() -> None:
    """Move what is there, numbered behind everything else, and drop the old table."""
    connection = op.get_bind()
    for org_id in connection.execute(sa.select(_history.c.org_id).distinct()).scalars().all():
        _move(connection, org_id)
    op.drop_table("field_history")


def _move(connection: sa.Connection, org_id: str) -> None:
    seq = connection.execute(
        sa.select(_head.c.seq).where(_head.c.org_id == org_id, _head.c.shard == 0)
    ).scalar_one()
    after = ""
    while batch := _batch(connection, org_id, after):
        after = batch[-1].id
        tag = secrets.token_urlsafe(9)
        rows = [_row(row, n) for n, row in enumerate(batch, seq + 1)]
        connection.execute(sa.insert(_record), rows)
        connection.execute(
            sa.insert(_changes),
            [
                {"org_id": org_id, "shard": 0, "seq": row["seq"], "tag": tag}
                | {"kind": _KIND, "record_id": row["id"]}
                for row in rows
            ],
        )
        seq += len(rows)
    connection.execute(
        sa.update(_head).where(_head.c.org_id == org_id, _head.c.shard == 0).values(seq=seq)
    )


def _batch(connection: sa.Connection, org_id: str, after: str) -> list[sa.Row[Any]]:
    """Return the next values with whose they are; what a note said has versions of its own."""
    h, r = _history.c, _record.c
    of_notes = sa.and_(h.kind == "note", h.field.in_(_IN_NOTE_VERSIONS), h.version > 0)
    same = sa.and_(r.org_id == h.org_id, r.kind == h.kind, r.id == h.record_id)
    return list(
        connection.execute(
            sa.select(_history, r.owner_id, r.team_id)
            .select_from(_history.join(_record, same))
            .where(h.org_id == org_id, h.id > after, sa.not_(of_notes))
            .order_by(h.id)
            .limit(_BATCH)
        )
    )


def _row(row: sa.Row[Any], seq: int) -> dict[str, Any]:
    """Return a value as a record; when its author wrote it was not kept."""
    fields = {
        "customer_id": row.owner_id,
        "record_kind": row.kind,
        "record_id": row.record_id,
        "field": row.field,
        "value": row.value,
        "author_id": row.author_id,
        "written_at": row.overwritten_at,
        "replaced_by": row.overwritten_by,
        "replaced_at": row.overwritten_at,
        "arrived_late": row.version == 0,
    }
    return {
        "org_id": row.org_id,
        "kind": _KIND,
        "id": row.id,
        "owner_id": row.owner_id,
        "fields": json.dumps(fields, ensure_ascii=False),
        "versions": "{}",
        "origins": "{}",
        "created_seq": seq,
        "seq": seq,
        "created_by": row.overwritten_by,
        "created_at": row.overwritten_at,
        "bucket": zlib.crc32((row.owner_id or row.id).encode()) % _BUCKETS,
        "check_sum": zlib.crc32(f"{_KIND}/{row.id}/{seq}".encode()),
        "team_id": row.team_id,
        "former_teams": "[]",
    }
