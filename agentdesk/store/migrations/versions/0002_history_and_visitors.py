"""Teams of customers, overwritten values, and customers from outside the scope."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what synchronisation in scopes and a visible history need."""
    op.add_column("customer", sa.Column("team_id", sa.Text()))
    op.create_table(
        "field_version",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text()),
        sa.Column("record_kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Text()),
        sa.Column("written_at", sa.Text(), nullable=False),
        sa.Column("replaced_by", sa.Text()),
        sa.Column("replaced_at", sa.Text(), nullable=False),
        sa.Column("arrived_late", sa.Boolean(), nullable=False),
        sa.Column("row_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("versions", sa.JSON(none_as_null=True)),
        sa.Column("extra", sa.JSON(none_as_null=True)),
        sa.PrimaryKeyConstraint("id", name="pk_field_version"),
    )
    op.create_index(
        "ix_field_version_customer_id_replaced_at",
        "field_version",
        ["customer_id", "replaced_at"],
    )
    _add_decisions()
    op.create_table(
        "visitor",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("fetched_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name="pk_visitor"),
    )
    op.create_table(
        "outside",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text()),
        sa.PrimaryKeyConstraint("kind", "record_id", name="pk_outside"),
    )
    op.create_index("ix_outside_customer_id", "outside", ["customer_id"])
    # Every page so far knew neither teams nor overwritten values: read all of it once more.
    op.execute("DELETE FROM sync_state WHERE key = 'cursor'")


def _add_decisions() -> None:
    """Whose conflict it is, how a person settled it, and what was merged without asking."""
    op.add_column("note_version", sa.Column("replaced_by", sa.Text()))
    op.add_column("note_version", sa.Column("replaced_at", sa.Text()))
    for name in ("author_id", "made_at", "reason", "copy_id", "settled_how"):
        op.add_column("conflict", sa.Column(name, sa.Text()))
    op.add_column("conflict", sa.Column("settled_value", sa.JSON()))
    op.execute(
        "UPDATE conflict SET (author_id, made_at) = ("
        "SELECT author_id, made_at FROM outbox WHERE outbox.n = conflict.n UNION ALL "
        "SELECT author_id, made_at FROM journal WHERE journal.n = conflict.n LIMIT 1)"
    )
    for name in ("settled_at", "settled_how"):
        op.add_column("attention", sa.Column(name, sa.Text()))
    op.create_table(
        "merged",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text()),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("base", sa.JSON()),
        sa.Column("mine", sa.JSON()),
        sa.Column("theirs", sa.JSON()),
        sa.Column("stands", sa.JSON()),
        sa.Column("their_author", sa.Text()),
        sa.Column("changed_at", sa.Text()),
        sa.Column("merged_at", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Text()),
        sa.Column("undone_at", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_merged"),
    )
    op.create_index("ix_merged_seen_at_merged_at", "merged", ["seen_at", "merged_at"])
