"""What recognising callers, finding people and joining duplicates need."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what callers are recognised and people are found by."""
    _add_mentions()


def _add_mentions() -> None:
    """Numbers in texts, which are read afterwards, and quick ways to missed calls."""
    op.create_table(
        "mention",
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("e164", "at", "kind", "record_id", name="pk_mention"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_mention_record_id", "mention", ["record_id"])
    op.create_table(
        "mention_dismissed",
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("e164", "customer_id", name="pk_mention_dismissed"),
    )
    op.create_index(
        "ix_interaction_missed",
        "interaction",
        ["occurred_at"],
        sqlite_where=sa.text("disposition = 'missed'"),
    )
