"""Full lives for some people of a base: what a card and a timeline show of a good customer."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from typing import Any

import msgspec
import sqlalchemy as sa

from agentdesk.demo.company import make_company
from agentdesk.domain import entities as e
from agentdesk.domain.kinds import NAME_OF, KindName, to_row
from agentdesk.store.rows import StoredRow, put_rows
from benchmarks.crowd import ids_by

CONTACTS = 50
"""So many contacts everybody has at least: a page of the timeline, and more."""

_KINDS = (e.Interaction, e.Fact, e.Note, e.Case, e.StepTried, e.Promise, e.Purchase)
_SEED = 11


def give_lives(connection: sa.Connection, customer_ids: Sequence[str]) -> None:
    """Give each of these customers what a customer of the demo company has, and 50 contacts."""
    rows: dict[KindName, list[tuple[str, StoredRow]]] = defaultdict(list)
    ids = ids_by(random.Random(_SEED))
    for customer_id, life in zip(customer_ids, _lives(len(customer_ids)), strict=True):
        for record in life:
            own: dict[str, Any] = {"id": next(ids), "customer_id": customer_id}
            own |= dict.fromkeys(_POINTING & set(record.__struct_fields__))
            fields = to_row(msgspec.structs.replace(record, **own))
            rows[NAME_OF[type(record)]].append((fields.pop("id"), StoredRow(fields)))
    for kind, some in rows.items():
        put_rows(connection, kind, some)


_POINTING = {"interaction_id", "case_id", "corrects_id"}
"""Members that name other records, which are not given along."""


def _lives(count: int) -> Iterator[list[Any]]:
    """Yield what `count` customers of the demo company have, their contacts repeated up to 50."""
    lives: dict[str, list[Any]] = defaultdict(list)
    for record in make_company(count, seed=_SEED):
        if isinstance(record, _KINDS) and record.customer_id is not None:
            lives[record.customer_id].append(record)
    for life in islice(cycle(lives.values()), count):
        contacts = [record for record in life if isinstance(record, e.Interaction)]
        more = max(0, CONTACTS - len(contacts)) if contacts else 0
        yield [*life, *islice(cycle(contacts), more)]
