"""Recognising who calls: by the numbering plan, never by trailing digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from agentdesk.domain.callers import CallerMatch, MatchKind, explain
from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.entities import ContactKind, ContactPoint, Interaction
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now
from agentdesk.domain.names import for_display
from agentdesk.domain.phone import (
    NumberKind,
    ParsedNumber,
    country_of,
    format_for_display,
    parse_number,
    region_of,
    time_zones_of,
)
from agentdesk.errors import Code, UserError
from agentdesk.store.rows import select_entities
from agentdesk.store.tables import contact_point, customer, interaction
from agentdesk.sync.edits import Edits


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who may be calling.

    `last_contact_at` is that of the last contact by this number, `chosen_at` when somebody last
    said that a call from it was this person.
    """

    customer_id: str
    name: str
    contact_point_id: str
    extension: str | None
    label: str | None
    last_contact_at: str | None
    chosen_at: str | None = None


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """What a number tells by itself: how to write it, its country, what time it is there."""

    shown: str
    country: str | None
    time_zone: str | None


@dataclass(frozen=True, slots=True)
class Recognition:
    """Who may be calling, the likeliest first, and in words why we think so."""

    kind: MatchKind
    number: ParsedNumber
    candidates: tuple[Candidate, ...]
    explanation: str
    facts: NumberFacts | None = None

    @property
    def best(self) -> Candidate | None:
        """The person whose card is opened."""
        return self.candidates[0] if self.candidates else None


def recognise(
    connection: sa.Connection, typed: str, region: str, *, language: str, today: date
) -> Recognition:
    """Return who calls from `typed`, a number as the telephone system wrote it.

    `region` (ISO 3166) is where numbers without a country code belong.
    """
    number = parse_number(typed, region)
    if number.kind is NumberKind.WITHHELD:
        return _explained(MatchKind.WITHHELD, number, (), language, today)
    if number.e164 is None:
        return _explained(MatchKind.UNKNOWN, number, (), language, today)
    people = _people_at(connection, number.e164)
    facts = number_facts(number.e164, region, language, number.extension)
    kind, chosen = _chosen(people, number.extension)
    return replace(_explained(kind, number, chosen, language, today), facts=facts)


def _people_at(connection: sa.Connection, e164: str) -> list[Candidate]:
    """Return everybody with this number, the last who called from it first."""
    last_call = (
        sa.select(sa.func.max(interaction.c.occurred_at))
        .where(interaction.c.e164 == e164, interaction.c.customer_id == customer.c.id)
        .scalar_subquery()
    )
    query = (
        sa.select(
            customer.c.id,
            customer.c.full_name,
            contact_point.c.id.label("point_id"),
            contact_point.c.extension,
            contact_point.c.label,
            contact_point.c.chosen_at,
            last_call.label("last_call_at"),
        )
        .join(customer, customer.c.id == contact_point.c.customer_id)
        .where(contact_point.c.e164 == e164)
    )
    rows = list(connection.execute(query))
    rows.sort(key=lambda row: (row.full_name, row.point_id))
    rows.sort(key=lambda row: max(row.chosen_at or "", row.last_call_at or ""), reverse=True)
    people: dict[tuple[str, str | None], Candidate] = {}
    for row in rows:
        candidate = Candidate(
            row.id,
            row.full_name,
            row.point_id,
            row.extension,
            row.label,
            row.last_call_at,
            row.chosen_at,
        )
        people.setdefault((row.id, row.extension), candidate)
    return list(people.values())


def _chosen(
    people: Sequence[Candidate], extension: str | None
) -> tuple[MatchKind, tuple[Candidate, ...]]:
    """Return how `people` match a call with `extension`, those that fit it best first."""
    same = [person for person in people if person.extension == extension]
    others = [person for person in people if person.extension != extension]
    first: dict[str, Candidate] = {}
    for person in same + others:
        first.setdefault(person.customer_id, person)
    ordered = list(first.values())
    distinct_same = {person.customer_id for person in same}
    if not ordered:
        return MatchKind.UNKNOWN, ()
    if len(distinct_same) == 1 and extension is not None:
        return MatchKind.EXTENSION, tuple(ordered)
    if len(ordered) > 1:
        return MatchKind.SHARED, tuple(ordered)
    exact = MatchKind.EXACT if same else MatchKind.EXTENSION
    return exact, tuple(ordered)


def _explained(
    kind: MatchKind,
    number: ParsedNumber,
    candidates: tuple[Candidate, ...],
    language: str,
    today: date,
) -> Recognition:
    best = candidates[0] if candidates else None
    # Of a line from which nobody has called yet, nobody is the last caller.
    called = best is not None and bool(best.last_contact_at or best.chosen_at)
    match = CallerMatch(
        kind=kind,
        extension=(best.extension if best else None) or number.extension,
        people=len(candidates),
        last_caller=for_display(best.name, 40) if best and called else None,
    )
    return Recognition(kind, number, candidates, explain(match, language=language, today=today))


def number_facts(
    e164: str, region: str, language: str, extension: str | None = None
) -> NumberFacts:
    """Return what the numbering plan says about a number nobody has been attached to."""
    zones = time_zones_of(e164)
    return NumberFacts(
        shown=format_for_display(e164, region, extension),
        country=region_of(e164) and country_of(e164, language),
        time_zone=zones[0] if len(zones) == 1 else None,
    )


def remember_choice(connection: sa.Connection, contact_point_id: str, author_id: str) -> ChangeSet:
    """Remember that a call on a shared line was this person, for every desk."""
    edits = Edits(connection, author_id)
    edits.patch(KindName.CONTACT_POINT, contact_point_id, chosen_at=now())
    return edits.finish()


def attach_number(
    connection: sa.Connection,
    customer_id: str,
    number: ParsedNumber,
    author_id: str,
    point_id: str,
) -> ChangeSet:
    """Make `number` a contact point of the customer, and its earlier unknown calls theirs.

    Somebody else having the number already makes it a shared line. Attaching what the customer
    has already changes nothing but those calls. Raises `UserError(BAD_NUMBER)` for what nobody
    else could dial: a withheld number belongs to nobody.
    """
    if number.e164 is None:
        raise UserError(Code.BAD_NUMBER)
    edits = Edits(connection, author_id)
    mine = select_entities(
        connection,
        ContactPoint,
        contact_point.c.e164 == number.e164,
        contact_point.c.customer_id == customer_id,
        contact_point.c.extension.is_not_distinct_from(number.extension),
        limit=1,
    )
    shared = share_line(connection, edits, number.e164, customer_id)
    if not mine:
        edits.append(
            ContactPoint(
                id=point_id,
                customer_id=customer_id,
                kind=ContactKind.PHONE,
                value=number.typed,
                e164=number.e164,
                extension=number.extension,
                shared=shared,
            )
        )
    # Another extension of the line may be another person.
    unknown = (
        (interaction.c.e164 == number.e164)
        & interaction.c.extension.is_not_distinct_from(number.extension)
        & interaction.c.customer_id.is_(None)
    )
    for call in select_entities(connection, Interaction, unknown):
        edits.patch(KindName.INTERACTION, call.id, customer_id=customer_id)
    return edits.finish()


def share_line(connection: sa.Connection, edits: Edits, e164: str, customer_id: str) -> bool:
    """Tell whether a number is somebody else's too, and mark it as shared for all who have it."""
    holders = select_entities(connection, ContactPoint, contact_point.c.e164 == e164)
    shared = any(holder.customer_id != customer_id for holder in holders)
    for holder in holders:
        if shared and not holder.shared:
            edits.patch(KindName.CONTACT_POINT, holder.id, shared=True)
    return shared
