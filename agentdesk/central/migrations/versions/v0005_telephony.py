"""Lines whose telephone system tells Central about calls, and the calls that go on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.String(length=64)
_MOMENT = sa.String(length=24)


def upgrade() -> None:
    """Add lines, what telephone systems call our users, and calls."""
    op.create_table(
        "phone_line",
        sa.Column("org_id", _ID, nullable=False),
        sa.Column("line_id", _ID, nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=True),
        sa.Column("region", sa.String(length=2), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("rotated_at", _MOMENT, nullable=False),
        sa.Column("heard_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("org_id", "line_id"),
    )
    op.create_table(
        "phone_user",
        sa.Column("org_id", _ID, nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "name"),
    )
    op.create_table(
        "phone_call",
        sa.Column("org_id", _ID, nullable=False),
        sa.Column("call_key", sa.String(length=64), nullable=False),
        sa.Column("line_id", _ID, nullable=False),
        sa.Column("record_id", _ID, nullable=False),
        sa.Column("number", sa.String(length=256), nullable=False),
        sa.Column("line", sa.String(length=256), nullable=True),
        sa.Column("queue", sa.String(length=256), nullable=True),
        sa.Column("users", sa.Text(), nullable=False),
        sa.Column("holder", _ID, nullable=True),
        sa.Column("passed_on_by", _ID, nullable=True),
        sa.Column("rang_at", _MOMENT, nullable=False),
        sa.Column("answered_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("org_id", "call_key"),
    )
    op.create_index("phone_call_by_age", "phone_call", ["org_id", "rang_at"])
