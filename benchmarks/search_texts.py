"""What the search index holds of all customers, for writing it again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from agentdesk.store.search_index import index_texts


def search_texts(reading: sa.Connection, size: int) -> Iterator[list[tuple[Any, ...]]]:
    """Yield rows of the index (number, words, parts of numbers), about `size` at a time."""
    last = -1
    while found := index_texts(reading, last, size):
        last = found[-1].docid
        yield [(one.docid, one.words, one.numbers) for one in found]
