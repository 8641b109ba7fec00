"""What the search index holds of each customer, for writing it again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from agentdesk.store.search import index_texts
from agentdesk.store.tables import search_entry


def search_texts(reading: sa.Connection, size: int) -> Iterator[list[tuple[Any, ...]]]:
    """Yield rows of the index, `size` at a time."""
    found = reading.execute(sa.select(search_entry.c.docid, search_entry.c.customer_id))
    while entries := found.fetchmany(size):
        docids = {row.customer_id: row.docid for row in entries}
        rows = []
        for start in range(0, len(entries), 500):
            ids = [row.customer_id for row in entries[start : start + 500]]
            rows += [
                (docids[i], text["names"], text["reach"], text["place"])
                for i, text in index_texts(reading, ids).items()
            ]
        yield rows
