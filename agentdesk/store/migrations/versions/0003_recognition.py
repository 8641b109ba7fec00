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
    _add_duplicates()


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


def _add_duplicates() -> None:
    """Who is probably one person, and who is known to be two."""
    op.create_table(
        "distinct_pair",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("other_id", sa.Text(), nullable=False),
        sa.Column("said_by", sa.Text()),
        sa.Column("said_at", sa.Text(), nullable=False),
        sa.Column("row_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("versions", sa.JSON(none_as_null=True)),
        sa.Column("extra", sa.JSON(none_as_null=True)),
        sa.PrimaryKeyConstraint("id", name="pk_distinct_pair"),
    )
    op.create_index("ix_distinct_pair_customer_id", "distinct_pair", ["customer_id"])
    op.create_index("ix_distinct_pair_other_id", "distinct_pair", ["other_id"])
    op.create_index(
        "ix_customer_birthday",
        "customer",
        ["birthday"],
        sqlite_where=sa.text("birthday IS NOT NULL"),
    )
    op.create_table(
        "lookalike",
        sa.Column("first_id", sa.Text(), nullable=False),
        sa.Column("second_id", sa.Text(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("found_at", sa.Text(), nullable=False),
        sa.Column("put_off_at", sa.Text()),
        sa.PrimaryKeyConstraint("first_id", "second_id", name="pk_lookalike"),
    )
    op.create_index("ix_lookalike_second_id", "lookalike", ["second_id"])
    op.create_index("ix_lookalike_weight", "lookalike", ["weight"])
