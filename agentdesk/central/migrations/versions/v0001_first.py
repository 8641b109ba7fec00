"""The first schema of Central."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables."""
    _create_accounts()
    _create_feed()
    _create_judged()


def _create_accounts() -> None:
    """Organisations, who may sign in, and from which devices."""
    op.create_table(
        "account",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=256), nullable=False),
        sa.Column("disabled_at", sa.String(length=24), nullable=True),
        sa.Column("created_at", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "name"),
        sa.UniqueConstraint("org_id", "user_id", name="account_of_user"),
    )
    op.create_table(
        "device",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=True),
        sa.Column("last_n", sa.BigInteger(), nullable=False),
        sa.Column("program", sa.String(length=64), nullable=True),
        sa.Column("schema_oldest", sa.Integer(), nullable=True),
        sa.Column("schema_newest", sa.Integer(), nullable=True),
        sa.Column("first_seen_at", sa.String(length=24), nullable=False),
        sa.Column("last_seen_at", sa.String(length=24), nullable=False),
        sa.Column("locked_at", sa.String(length=24), nullable=True),
        sa.Column("wiped_at", sa.String(length=24), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "device_id"),
    )
    op.create_table(
        "org",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("epoch", sa.String(length=32), nullable=False),
        sa.Column("scope_revision", sa.Integer(), nullable=False),
        sa.Column("signing_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("org_id"),
    )
    op.create_table(
        "refresh_token",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("parent_hash", sa.String(length=64), nullable=True),
        sa.Column("issued_at", sa.String(length=24), nullable=False),
        sa.Column("expires_at", sa.String(length=24), nullable=False),
        sa.Column("used_at", sa.String(length=24), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "token_hash"),
    )
    op.create_index(
        "refresh_token_by_parent", "refresh_token", ["org_id", "parent_hash"], unique=False
    )


def _create_feed() -> None:
    """Records, their history and the numbered feed."""
    op.create_table(
        "changes",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("gone", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "shard", "seq"),
    )
    op.create_table(
        "feed_head",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "shard"),
    )
    op.create_table(
        "field_history",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("author_id", sa.String(length=64), nullable=True),
        sa.Column("device_id", sa.String(length=64), nullable=True),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.Column("overwritten_at", sa.String(length=24), nullable=False),
        sa.Column("overwritten_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "id"),
    )
    op.create_index(
        "field_history_by_record",
        "field_history",
        ["org_id", "kind", "record_id", "field"],
        unique=False,
    )
    op.create_table(
        "record",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=True),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("versions", sa.Text(), nullable=False),
        sa.Column("origins", sa.Text(), nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=True),
        sa.Column("created_on", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.String(length=24), nullable=False),
        sa.Column("removed_at", sa.String(length=24), nullable=True),
        sa.Column("removed_seq", sa.BigInteger(), nullable=True),
        sa.Column("removed_by", sa.String(length=64), nullable=True),
        sa.Column("removed_reason", sa.String(length=16), nullable=True),
        sa.Column("merged_into", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "kind", "id"),
    )
    op.create_index("record_by_owner", "record", ["org_id", "owner_id"], unique=False)
    op.create_index("record_by_successor", "record", ["org_id", "merged_into"], unique=False)


def _create_judged() -> None:
    """What desks have sent, and what follows from records."""
    op.create_table(
        "merge_log",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("winner_id", sa.String(length=64), nullable=False),
        sa.Column("loser_id", sa.String(length=64), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("merged_by", sa.String(length=64), nullable=True),
        sa.Column("merged_at", sa.String(length=24), nullable=False),
        sa.Column("undone_at", sa.String(length=24), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "id"),
    )
    op.create_index("merge_log_by_loser", "merge_log", ["org_id", "loser_id"], unique=False)
    op.create_table(
        "phone_index",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("e164", sa.String(length=16), nullable=False),
        sa.Column("contact_point_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "e164", "contact_point_id"),
    )
    op.create_index(
        "phone_index_by_contact_point", "phone_index", ["org_id", "contact_point_id"], unique=False
    )
    op.create_table(
        "processed",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("op", sa.String(length=16), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=True),
        sa.Column("record_id", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("seq_before", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("processed_at", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "device_id", "n"),
    )
    op.create_index("processed_by_record", "processed", ["org_id", "record_id"], unique=False)
    op.create_table(
        "quarantine",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("quarantined_at", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "device_id", "n"),
    )
    op.create_table(
        "session",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.String(length=24), nullable=False),
        sa.Column("ended_at", sa.String(length=24), nullable=True),
        sa.Column("ended_because", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "session_id"),
    )
