"""Where the profile lies on the disk, and how much it holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from agentdesk.services.browse import customer_count, interaction_count
from agentdesk.store.state import get_state


@dataclass(frozen=True, slots=True)
class StorageFacts:
    """What is known about the cache; `cache_bytes` counts what is not yet folded into it too."""

    folder: Path
    cache_bytes: int
    customers: int
    interactions: int
    central_address: str


def storage_facts(connection: sa.Connection) -> StorageFacts:
    """Return the facts of the cache that `connection` is open on."""
    file = connection.exec_driver_sql(
        "SELECT file FROM pragma_database_list WHERE name = 'main'"
    ).scalar_one()
    cache = Path(file)
    parts = (cache, cache.with_name(cache.name + "-wal"))
    return StorageFacts(
        folder=cache.parent,
        cache_bytes=sum(part.stat().st_size for part in parts if part.exists()),
        customers=customer_count(connection),
        interactions=interaction_count(connection),
        central_address=str(get_state(connection, "central_url") or ""),
    )
