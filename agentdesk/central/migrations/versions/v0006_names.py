"""Words by which customers are found at Central, and a record of who searched."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from agentdesk.central.name_index import name_rows

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.String(length=64)
_MOMENT = sa.String(length=24)
_WORD = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")
_BATCH = 2_000


def upgrade() -> None:
    """Make both, and find the words of everybody who is there."""
    op.create_table(
        "name_index",
        sa.Column("org_id", _ID, nullable=False),
        sa.Column("word", _WORD, nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "word", "customer_id"),
    )
    op.create_index("name_index_by_customer", "name_index", ["org_id", "customer_id"])
    op.create_table(
        "search_log",
        sa.Column("org_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("searched_at", _MOMENT, nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id"),
    )
    op.create_index("search_log_by_device", "search_log", ["org_id", "device_id", "searched_at"])
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    record = sa.table(
        "record", *(sa.column(c) for c in ("org_id", "kind", "id", "fields", "removed_reason"))
    )
    index = sa.table("name_index", *(sa.column(c) for c in ("org_id", "word", "customer_id")))
    after = ("", "")
    while True:
        people = connection.execute(
            sa.select(record.c.org_id, record.c.id, record.c.fields)
            .where(
                record.c.kind == "customer",
                record.c.removed_reason.is_(None),
                sa.or_(
                    record.c.org_id > after[0],
                    sa.and_(record.c.org_id == after[0], record.c.id > after[1]),
                ),
            )
            .order_by(record.c.org_id, record.c.id)
            .limit(_BATCH)
        ).all()
        if not people:
            return
        after = (people[-1].org_id, people[-1].id)
        rows = [
            row for one in people for row in name_rows(one.org_id, one.id, json.loads(one.fields))
        ]
        if rows:
            connection.execute(sa.insert(index), rows)
