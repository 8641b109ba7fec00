"""Whole customers as import compares them and export writes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TypeVar

import sqlalchemy as sa

from agentdesk.decoding import decode_json
from agentdesk.domain.entities import ContactKind, ContactPoint, Customer, Fact, Note, Photo
from agentdesk.domain.kinds import NAME_OF, KindName
from agentdesk.domain.names import name_key
from agentdesk.interchange.contact import Dossier
from agentdesk.interchange.planning import IdentityKey, KeyKind
from agentdesk.services.browse import find_customer
from agentdesk.store import tables as t
from agentdesk.store.rows import select_entities
from agentdesk.sync.protocol import Mutation, Remove

_E = TypeVar("_E", ContactPoint, Fact, Note, Photo)

_BATCH = 500


def dossiers(connection: sa.Connection, ids: Sequence[str]) -> Iterator[Dossier]:
    """Yield the customers with these ids in their order, those that are not there left out."""
    waiting = iter(ids)
    while batch := list(islice(waiting, _BATCH)):
        found = select_entities(connection, Customer, t.customer.c.id.in_(batch))
        people = {customer.id: customer for customer in found}
        points = _by_owner(connection, ContactPoint, batch)
        facts = _by_owner(connection, Fact, batch)
        notes = _by_owner(connection, Note, batch)
        photos = _by_owner(connection, Photo, batch)
        for customer_id in batch:
            if customer_id in people:
                yield Dossier(
                    customer=people[customer_id],
                    points=tuple(points[customer_id]),
                    facts=tuple(facts[customer_id]),
                    notes=tuple(notes[customer_id]),
                    photo=next(iter(photos[customer_id]), None),
                )


def _by_owner(
    connection: sa.Connection, entity: type[_E], ids: Sequence[str]
) -> dict[str, list[_E]]:
    columns = t.TABLES[NAME_OF[entity]].c
    found: dict[str, list[_E]] = defaultdict(list)
    for record in select_entities(
        connection, entity, columns.customer_id.in_(ids), order=[columns.id]
    ):
        found[record.customer_id].append(record)
    return found


class StoredCustomers:
    """The customers of the cache, as `planning.ExistingCustomers` within one transaction."""

    def __init__(self, connection: sa.Connection, removed: frozenset[str]) -> None:
        self._connection = connection
        self._removed = removed

    def find(self, keys: Sequence[IdentityKey]) -> Dossier | None:
        """Return the customer that the first matching key names; removed ones by id, too."""
        for key in keys:
            customer_id = self._id_of(key)
            if customer_id is not None:
                return next(dossiers(self._connection, [customer_id]), None)
            if key.kind is KeyKind.ID and key.value in self._removed:
                return Dossier(customer=Customer(id=key.value, full_name=""), removed=True)
        return None

    def _id_of(self, key: IdentityKey) -> str | None:
        c = t.contact_point.c
        match key.kind:
            case KeyKind.ID:
                found = find_customer(self._connection, key.value)
                return found.id if found else None
            case KeyKind.PHONE:
                known = (c.e164 == key.value) & c.extension.is_not_distinct_from(key.extension)
            case KeyKind.EMAIL:
                known = (c.kind == ContactKind.EMAIL) & (c.value == key.value)
        people = self._connection.execute(
            sa.select(t.customer.c.id, t.customer.c.full_name)
            .join(t.contact_point, c.customer_id == t.customer.c.id)
            .where(known)
            .order_by(t.customer.c.id)
        )
        return next((row.id for row in people if name_key(row.full_name) == key.name), None)


def removed_customers(connection: sa.Connection) -> frozenset[str]:
    """Return the ids of customers who were removed here, as far as the journal remembers."""
    removed: set[str] = set()
    for table in (t.journal, t.outbox):
        rows = connection.execute(
            sa.select(table.c.record_id, table.c.payload)
            .where(table.c.kind == KindName.CUSTOMER)
            .order_by(table.c.n)
        )
        for row in rows:
            operation = decode_json(row.payload, Mutation).operation
            if isinstance(operation, Remove):
                removed.add(row.record_id)
            else:
                removed.discard(row.record_id)
    return frozenset(removed)
