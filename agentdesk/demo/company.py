"""Makes the demo company: the same seed and day give the same company, down to the ids."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from agentdesk.demo.chance import calendar_for
from agentdesk.demo.crowd import crowd
from agentdesk.demo.people import SHOWCASE, Showcase, hand_made, sketches
from agentdesk.demo.staff import DEMO_PASSWORD, DEMO_USERS, ORGANISATION, TEAMS, USERS, DemoUser
from agentdesk.domain.entities import Entity

__all__ = [
    "DEMO_PASSWORD",
    "DEMO_USERS",
    "SHOWCASE",
    "DemoUser",
    "Showcase",
    "make_company",
]

_FIRST_OF_CROWD = 100
"""Index of the first generated customer; the hand-made people have the numbers below."""


def make_company(
    customers: int = 9000, seed: int = 1, today: datetime | None = None
) -> Iterator[Entity]:
    """Yield the demo company record by record, referred-to records first, in constant memory.

    The organisation, its teams and users come first, then `customers` one by one, each followed
    by all that belongs to them; the hand-made people are the first of them. Nothing has happened
    after `today`: see `agentdesk.demo.chance.calendar_for`.
    """
    calendar = calendar_for(today)
    yield ORGANISATION
    yield from TEAMS
    yield from USERS
    by_hand = min(len(sketches()), customers)
    yield from hand_made(calendar, by_hand)
    yield from crowd(seed, calendar, _FIRST_OF_CROWD, customers - by_hand)
