"""A cache with the demo company in it, as it is after a first sync."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from agentdesk.demo.company import DEMO_USERS, make_company
from agentdesk.domain.entities import Customer, Entity, Organisation
from agentdesk.domain.kinds import NAME_OF, KindName, to_row
from agentdesk.store.engine import make_engine
from agentdesk.store.migrate import upgrade
from agentdesk.store.rows import StoredRow, put_rows
from agentdesk.store.search_index import reindex_customers
from agentdesk.store.state import set_state
from agentdesk.store.workers import Store

_BATCH = 20_000


def filled_cache(folder: Path, customers: int) -> Store:
    """Make a cache with the demo company of `customers`, and return it open."""
    path = folder / f"bench-{customers}.db"
    for leftover in folder.glob(f"{path.name}*"):
        leftover.unlink()
    key = os.urandom(32)
    engine = make_engine(path, key, create=True)
    upgrade(engine, path)
    engine.dispose()
    store = Store(make_engine(path, key))
    waiting = iter(make_company(customers, seed=1))
    while batch := list(islice(waiting, _BATCH)):
        store.write_here(_put, batch)
        for entity in batch:
            if isinstance(entity, Organisation):
                _sign_in(store, entity)
    return store


def _put(connection: sa.Connection, entities: Iterable[Entity]) -> None:
    rows: dict[KindName, list[tuple[str, StoredRow]]] = defaultdict(list)
    owners: set[str] = set()
    for seq, entity in enumerate(entities, 1):
        fields = to_row(entity)
        rows[NAME_OF[type(entity)]].append((fields.pop("id"), StoredRow(fields, seq, seq)))
        owner = entity.id if isinstance(entity, Customer) else getattr(entity, "customer_id", None)
        if owner:
            owners.add(owner)
    for kind, found in rows.items():
        put_rows(connection, kind, found)
    reindex_customers(connection, owners)


def _sign_in(store: Store, organisation: Organisation) -> None:
    operator = DEMO_USERS[0].user
    store.write_here(
        lambda connection: set_state(
            connection,
            user_id=operator.id,
            user_name=operator.name,
            role=operator.role.value,
            organisation_id=organisation.id,
            organisation_name=organisation.name,
            region=organisation.region,
        )
    )


def numbers(store: Store, count: int) -> Iterator[str]:
    """Yield `count` telephone numbers of customers, spread over the whole cache."""
    query = "SELECT e164 FROM contact_point WHERE e164 IS NOT NULL ORDER BY substr(id, -6)"
    found = store.read_here(
        lambda connection: connection.exec_driver_sql(f"{query} LIMIT {int(count)}").scalars().all()
    )
    yield from found
