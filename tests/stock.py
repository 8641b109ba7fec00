"""Filling a cache as if Central had sent what is in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from agentdesk.domain.entities import (
    Channel,
    ContactKind,
    ContactPoint,
    Customer,
    Direction,
    Entity,
    Interaction,
)
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KINDS, NAME_OF, KindName, to_row
from agentdesk.store.rows import StoredRow, owner_of, put_rows
from agentdesk.store.search_index import reindex_customers
from agentdesk.store.workers import Store

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
"""The moment at which these tests look."""


def ago(**much: float) -> datetime:
    """Return the moment that lies so much (as in `timedelta`) before `NOON`."""
    return NOON - timedelta(**much)


def stock(store: Store, *entities: Entity) -> None:
    """Put records into the cache, without anything waiting for Central."""

    def work(connection: sa.Connection) -> None:
        owners: set[str] = set()
        for entity in entities:
            kind = NAME_OF[type(entity)]
            row = to_row(entity)
            fields = {name: row[name] for name in KINDS[kind].fields}
            put_rows(connection, kind, [(entity.id, StoredRow(fields, 1, 1))])
            if kind in (KindName.CUSTOMER, KindName.CONTACT_POINT):
                owners.add(owner_of(kind, entity.id, fields) or "")
        reindex_customers(connection, owners)

    store.write_here(work)


def customer(full_name: str = "Anna Blunt", **fields: Any) -> Customer:
    """Return a customer."""
    return Customer(id=new_id(), full_name=full_name, **fields)


def phone(who: Customer, e164: str, extension: str | None = None, **fields: Any) -> ContactPoint:
    """Return a telephone number of a customer."""
    values = {"kind": ContactKind.PHONE, "value": e164, "e164": e164, "extension": extension}
    return ContactPoint(id=new_id(), customer_id=who.id, **(values | fields))


def email(who: Customer, address: str) -> ContactPoint:
    """Return an e-mail address of a customer."""
    return ContactPoint(id=new_id(), customer_id=who.id, kind=ContactKind.EMAIL, value=address)


def contact(who: Customer | None, at: datetime = NOON, **fields: Any) -> Interaction:
    """Return an inbound call of a customer, or of nobody known."""
    values = {"channel": Channel.CALL, "direction": Direction.INBOUND, "subject": "A question"}
    return Interaction(
        id=new_id(),
        customer_id=who.id if who else None,
        occurred_at=at,
        **(values | fields),
    )
