"""Elements that say the same twice, as when two desks add one number without knowing of each other.

Elements are added and removed by id and never overwritten as a list, so that both stay at Central.
People see one of them, the same on every desk, and whoever changes or removes it means both.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TypeVar

import sqlalchemy as sa

from agentdesk.domain.entities import ContactPoint, Fact
from agentdesk.domain.kinds import KindName
from agentdesk.domain.names import fold
from agentdesk.store.rows import get_entity, select_entities
from agentdesk.store.tables import contact_point, fact

_E = TypeVar("_E", ContactPoint, Fact)


def without_twins(elements: Iterable[_E]) -> list[_E]:
    """Return `elements` in their order without those that say what an older one says."""
    listed = list(elements)
    oldest: dict[Hashable, str] = {}
    for element in listed:
        said = _said(element)
        oldest[said] = min(element.id, oldest.get(said, element.id))
    return [element for element in listed if oldest[_said(element)] == element.id]


def twins_of(connection: sa.Connection, kind: KindName, record_id: str) -> list[str]:
    """Return the ids of the other elements of the customer that say the same."""
    if kind is KindName.CONTACT_POINT:
        point = get_entity(connection, ContactPoint, record_id)
        return [] if point is None else _same(point, _points(connection, point.customer_id))
    if kind is KindName.FACT:
        known = get_entity(connection, Fact, record_id)
        return [] if known is None else _same(known, _facts(connection, known.customer_id))
    return []


def _points(connection: sa.Connection, customer_id: str) -> list[ContactPoint]:
    return select_entities(connection, ContactPoint, contact_point.c.customer_id == customer_id)


def _facts(connection: sa.Connection, customer_id: str) -> list[Fact]:
    return select_entities(connection, Fact, fact.c.customer_id == customer_id)


def _same(element: _E, others: Iterable[_E]) -> list[str]:
    said = _said(element)
    return [one.id for one in others if one.id != element.id and _said(one) == said]


def _said(element: ContactPoint | Fact) -> Hashable:
    """Return what an element says, without how it is written."""
    if isinstance(element, ContactPoint):
        reach = element.e164 or fold(element.value).strip()
        return element.kind, reach, element.extension
    return element.kind, fold(element.text).strip(), element.sensitive
