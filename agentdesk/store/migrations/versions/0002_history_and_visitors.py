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
    op.add_column("conflict", sa.Column("author_id", sa.Text()))
    op.execute(
        "UPDATE conflict SET author_id = coalesce("
        "(SELECT author_id FROM outbox WHERE outbox.n = conflict.n), "
        "(SELECT author_id FROM journal WHERE journal.n = conflict.n))"
    )
    # Every page so far knew neither teams nor overwritten values: read all of it once more.
    op.execute("DELETE FROM sync_state WHERE key = 'cursor'")
