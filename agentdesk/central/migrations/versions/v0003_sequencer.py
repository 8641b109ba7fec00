"""Changes that are written without a number, and get it from the sequencer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what waits for its number; whatever is there has one."""
    op.add_column(
        "org", sa.Column("numbering", sa.String(length=16), server_default="head", nullable=False)
    )
    op.create_table(
        "pending_change",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("batch", sa.String(length=64), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("gone", sa.String(length=16), nullable=True),
        sa.Column("seen_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "batch", "ordinal"),
    )
    op.create_table(
        "pending_group",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("batch", sa.String(length=64), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("first_n", sa.BigInteger(), nullable=False),
        sa.Column("last_n", sa.BigInteger(), nullable=False),
        sa.Column("seen_seq", sa.BigInteger(), nullable=True),
        sa.Column("seq_before", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "batch"),
    )
    op.create_index("pending_group_by_device", "pending_group", ["org_id", "device_id", "first_n"])
