"""Scopes and buckets of records, snapshots in chunks, lookups, and how far back the feed goes."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BATCH = 5_000
_BUCKETS = 1024


def upgrade() -> None:
    """Add the columns and tables, and place the records that are there."""
    op.add_column(
        "feed_head", sa.Column("kept_seq", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "account", sa.Column("scope", sa.String(length=8), server_default="all", nullable=False)
    )
    op.add_column(
        "account", sa.Column("scope_revision", sa.Integer(), server_default="0", nullable=False)
    )
    for column in (
        sa.Column("bucket", sa.Integer(), server_default="0", nullable=False),
        sa.Column("check_sum", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("team_id", sa.String(length=64)),
        sa.Column("former_teams", sa.Text(), server_default="[]", nullable=False),
    ):
        op.add_column("record", column)
    _place_records(op.get_bind())
    op.create_index(
        "record_by_bucket",
        "record",
        ["org_id", "bucket", "removed_reason", "team_id", "check_sum", "seq"],
    )
    _create_snapshots()
    op.create_table(
        "feed_mark",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("noted_at", sa.String(length=24), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "shard", "noted_at"),
    )
    op.create_table(
        "lookup",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("looked_up_at", sa.String(length=24), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id"),
    )
    op.create_index("lookup_by_device", "lookup", ["org_id", "device_id", "looked_up_at"])


def _create_snapshots() -> None:
    op.create_table(
        "snapshot",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=72), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("tag", sa.String(length=16), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("started_at", sa.String(length=24), nullable=False),
        sa.Column("maker", sa.String(length=64)),
        sa.Column("making_until", sa.String(length=24)),
        sa.PrimaryKeyConstraint("org_id", "scope"),
    )
    op.create_table(
        "snapshot_chunk",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=72), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("first_bucket", sa.Integer(), nullable=False),
        sa.Column("end_bucket", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=128), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.Column("checked_at", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "scope", "sha256"),
    )
    op.create_index(
        "snapshot_chunk_by_bucket", "snapshot_chunk", ["org_id", "scope", "first_bucket"]
    )


_record = sa.table(
    "record",
    *(
        sa.column(name)
        for name in (
            "org_id", "kind", "id", "owner_id", "seq", "fields", "bucket", "check_sum", "team_id"
        )
    ),
)  # fmt: skip
_key = (_record.c.org_id, _record.c.kind, _record.c.id)


def _place_records(connection: sa.Connection) -> None:
    """Fill the new columns as the program does for new records."""
    teams = {
        (row.org_id, row.id): json.loads(row.fields).get("team_id")
        for batch in _batches(connection, _record.c.kind == "customer", with_fields=True)
        for row in batch
    }
    statement = (
        sa.update(_record)
        .where(*(column == sa.bindparam(f"its_{column.name}") for column in _key))
        .values(
            bucket=sa.bindparam("new_bucket"),
            check_sum=sa.bindparam("new_check"),
            team_id=sa.bindparam("new_team"),
        )
    )
    for batch in _batches(connection, sa.true()):
        connection.execute(
            statement,
            [
                {
                    "its_org_id": row.org_id,
                    "its_kind": row.kind,
                    "its_id": row.id,
                    "new_bucket": zlib.crc32((row.owner_id or row.id).encode()) % _BUCKETS,
                    "new_check": zlib.crc32(f"{row.kind}/{row.id}/{row.seq}".encode()),
                    "new_team": teams.get((row.org_id, row.owner_id)),
                }
                for row in batch
            ],
        )


def _batches(
    connection: sa.Connection, condition: sa.ColumnElement[bool], *, with_fields: bool = False
) -> Iterator[list[sa.Row[Any]]]:
    """Yield the records that meet `condition` in the order of their key."""
    columns = [*_key, _record.c.owner_id, _record.c.seq]
    if with_fields:
        columns.append(_record.c.fields)
    query = sa.select(*columns).where(condition).order_by(*_key).limit(_BATCH)
    after: tuple[str, ...] | None = None
    while True:
        beyond = sa.true() if after is None else sa.tuple_(*_key) > sa.tuple_(*after)
        batch = list(connection.execute(query.where(beyond)))
        if not batch:
            return
        yield batch
        after = (batch[-1].org_id, batch[-1].kind, batch[-1].id)
