"""Lists of customers, by the page."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from agentdesk.domain.entities import Customer
from agentdesk.store import tables as t
from agentdesk.store.rows import get_entity


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer in a list; `sort_name` with `id` is where the next page begins."""

    id: str
    name: str
    sort_name: str
    company: str | None
    hometown: str | None
    customer_type: str | None
    vip: bool
    phone: str | None
    phone_e164: str | None
    phone_extension: str | None
    last_contact_at: str | None


def customer_page(
    connection: sa.Connection, after: tuple[str, str] | None = None, limit: int = 200
) -> list[CustomerRow]:
    """Return customers by name, behind `after` (sort name and id of the last row seen)."""
    c = t.customer.c
    point = t.contact_point.c
    first_phone = [
        sa.select(column)
        .where(point.customer_id == c.id, point.kind == "phone")
        .order_by(point.id)
        .limit(1)
        .scalar_subquery()
        for column in (point.value, point.e164, point.extension)
    ]
    latest = (
        sa.select(sa.func.max(t.interaction.c.occurred_at))
        .where(t.interaction.c.customer_id == c.id)
        .scalar_subquery()
    )
    query = sa.select(
        c.id,
        c.full_name,
        c.sort_name,
        c.company,
        c.hometown,
        c.customer_type,
        c.vip,
        *first_phone,
        latest.label("latest"),
    )
    if after is not None:
        query = query.where(sa.tuple_(c.sort_name, c.id) > sa.tuple_(*after))
    rows = connection.execute(query.order_by(c.sort_name, c.id).limit(limit))
    return [CustomerRow(*row) for row in rows]


def customer_count(connection: sa.Connection) -> int:
    """Return how many customers the cache holds."""
    return connection.execute(sa.select(sa.func.count()).select_from(t.customer)).scalar_one()


def interaction_count(connection: sa.Connection) -> int:
    """Return how many interactions the cache holds."""
    return connection.execute(sa.select(sa.func.count()).select_from(t.interaction)).scalar_one()


def find_customer(connection: sa.Connection, customer_id: str) -> Customer | None:
    """Return a customer by id, or whom they were merged into."""
    winner = connection.execute(
        sa.select(t.alias.c.winner).where(t.alias.c.loser == customer_id)
    ).scalar()
    return get_entity(connection, Customer, winner or customer_id)
