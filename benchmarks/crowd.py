"""Companies of any size to measure with: names of the demo company, shuffled by a fixed seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice

import msgspec

from agentdesk.demo.company import make_company
from agentdesk.domain import entities as e

INTERACTIONS = 5
"""Contacts of each customer."""

_STOCK = 3_000


def crowd(customers: int, seed: int = 7) -> Iterator[e.Entity]:
    """Yield a company of `customers`, each with contact points and five interactions.

    The texts are those of some thousand demo customers; names are combined anew, ids and numbers
    are everyone's own.
    """
    chance = random.Random(seed)
    people: list[e.Customer] = []
    points: list[e.ContactPoint] = []
    contacts: list[e.Interaction] = []
    for entity in make_company(min(customers, _STOCK), seed=1):
        match entity:
            case e.Customer():
                people.append(entity)
            case e.ContactPoint():
                points.append(entity)
            case e.Interaction():
                contacts.append(entity)
            case e.Organisation() | e.Team() | e.User():
                yield entity
    ids = ids_by(chance)
    for number in range(customers):
        person = _renamed(people[number % len(people)], chance.choice(people), next(ids))
        yield person
        yield from _points(person.id, chance.sample(points, 2), ids, number)
        for contact in _contacts(chance, contacts):
            yield msgspec.structs.replace(
                contact, id=next(ids), customer_id=person.id, corrects_id=None, case_id=None
            )


def ids_by(chance: random.Random) -> Iterator[str]:
    """Yield ids as they come in life: rising with time (RFC 9562, version 7)."""
    at_ms = 1_700_000_000_000
    while True:
        at_ms += 1
        low = chance.getrandbits(74)
        text = f"{at_ms:012x}7{low >> 62:03x}{8 + (low >> 60) % 4:x}{low % (1 << 60):015x}"
        yield f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _renamed(person: e.Customer, other: e.Customer, new_id: str) -> e.Customer:
    family = other.family_name or other.full_name
    given = person.given_name or person.full_name
    return msgspec.structs.replace(
        person, id=new_id, full_name=f"{given} {family}", given_name=given, family_name=family
    )


def _points(
    customer_id: str, kinds: Sequence[e.ContactPoint], ids: Iterator[str], number: int
) -> Iterator[e.ContactPoint]:
    for at, point in enumerate(kinds):
        own = {"id": next(ids), "customer_id": customer_id, "shared": False}
        if point.e164 is not None:
            e164 = f"+4930{number:07d}{at}"
            own |= {"e164": e164, "value": e164}
        yield msgspec.structs.replace(point, **own)


def _contacts(chance: random.Random, contacts: Sequence[e.Interaction]) -> Iterator[e.Interaction]:
    for contact in islice(chance.sample(contacts, INTERACTIONS), INTERACTIONS):
        moved = contact.occurred_at - timedelta(minutes=chance.randrange(60 * 24 * 365))
        yield msgspec.structs.replace(contact, occurred_at=moved)
