"""Recognising who calls: by the numbering plan, never by trailing digits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from agentdesk.domain.callers import CallerMatch, MatchKind, explain
from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.entities import Channel, ContactKind, ContactPoint, Interaction
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
from agentdesk.domain.renumbering import spellings
from agentdesk.errors import Code, UserError
from agentdesk.store import mentions
from agentdesk.store.rows import select_entities
from agentdesk.store.tables import contact_point, customer, interaction, mention, mention_dismissed
from agentdesk.sync.edits import Edits

MOST_MENTIONED = 5
"""A number that is mentioned with more people than this is nobody's: a switchboard, our own."""

_LATEST_CALLS = 100
_LATEST_MENTIONS = 64
_HALF_FORGOTTEN_DAYS = 30.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who may be calling.

    `last_contact_at` is that of the last contact by this number, `chosen_at` when somebody last
    said that a call from it was this person; `calls` counts their contacts among the line's
    latest.
    """

    customer_id: str
    name: str
    contact_point_id: str
    extension: str | None
    label: str | None
    last_contact_at: str | None
    chosen_at: str | None = None
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A person with whom the number is mentioned, which makes them no more than a "maybe".

    `kind` and `record_id` name where it was last mentioned, `explanation` says so in words.
    """

    customer_id: str
    name: str
    kind: KindName
    record_id: str
    at: str
    explanation: str


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """What a number tells by itself: how to write it, its country, what time it is there."""

    shown: str
    country: str | None
    time_zone: str | None
    is_abroad: bool = False


@dataclass(frozen=True, slots=True)
class Recognition:
    """Who may be calling, the likeliest first, and in words why we think so.

    `mentioned` is filled only where nobody has the number; they are no candidates.
    """

    kind: MatchKind
    number: ParsedNumber
    candidates: tuple[Candidate, ...]
    explanation: str
    facts: NumberFacts | None = None
    mentioned: tuple[Mentioned, ...] = ()

    @property
    def best(self) -> Candidate | None:
        """The person whose card is opened."""
        return self.candidates[0] if self.candidates else None


def region_of_line(line: str | None, chosen: Mapping[str, str], home: str) -> str:
    """Return where numbers without a country code belong that call one of our lines (ISO 3166).

    `chosen` says it by line; else it is the country of the line's own number, where that is
    written in full, else `home`, the organisation's.
    """
    if not line:
        return home
    if line in chosen:
        return chosen[line]
    own = parse_number(line, "")
    return own.region or home


def recognise(
    connection: sa.Connection, typed: str, region: str, *, language: str, today: date
) -> Recognition:
    """Return who calls from `typed`, a number as the telephone system wrote it.

    `region` (ISO 3166) is where numbers without a country code belong.
    """
    number = parse_number(typed, region)
    if number.e164 is None:
        kind = _NO_SUBSCRIBER.get(number.kind, MatchKind.UNKNOWN)
        match = CallerMatch(kind=kind, extension=number.extension)
        return Recognition(kind, number, (), explain(match, language=language, today=today))
    facts = number_facts(number.e164, region, language, number.extension)
    kind, people = _chosen(_people_at(connection, number.e164), number.extension)
    if people:
        match = _match(kind, number, people)
        words = explain(match, language=language, today=today)
        return Recognition(kind, number, people, words, facts)
    mentioned = _mentioned(connection, number.e164, language, today)
    if mentioned:
        words = mentioned[0].explanation
        return Recognition(MatchKind.MENTIONED, number, (), words, facts, mentioned)
    words = explain(CallerMatch(kind=MatchKind.UNKNOWN), language=language, today=today)
    return Recognition(MatchKind.UNKNOWN, number, (), words, facts)


_NO_SUBSCRIBER = {
    NumberKind.WITHHELD: MatchKind.WITHHELD,
    NumberKind.INTERNAL: MatchKind.INTERNAL,
    NumberKind.SHORT: MatchKind.SHORT,
}


# --- Who has the number -------------------------------------------------------------------------


def _people_at(connection: sa.Connection, e164: str) -> list[Candidate]:
    """Return everybody with this number: the last caller first, then who calls most of late.

    Somebody who has the number as it is comes before those who have what it was before their
    country changed it.
    """
    written = spellings(e164)
    rows = [row for one in written for row in connection.execute(_PEOPLE, {"e164": one})]
    rows = [row for row in rows if row.e164 == e164] or rows
    calls = _latest_calls(connection, written) if rows else {}
    rows.sort(key=lambda row: (row.full_name, row.point_id))
    rows.sort(key=lambda row: _weight(calls.get(row.id, ()), row.chosen_at), reverse=True)
    people: dict[tuple[str, str | None], Candidate] = {}
    for row in rows:
        at = calls.get(row.id, ())
        person = Candidate(
            *(row.id, row.full_name, row.point_id, row.extension, row.label),
            last_contact_at=at[0] if at else None,
            chosen_at=row.chosen_at,
            calls=len(at),
        )
        people.setdefault((row.id, row.extension), person)
    ranked = list(people.values())
    last = max(ranked, key=_last_heard, default=None)
    # A stable sort: the last caller comes first, the others stay in the order of their weight.
    return sorted(ranked, key=lambda one: last is None or one.customer_id != last.customer_id)


_PEOPLE = (
    sa.select(
        *(customer.c.id, customer.c.full_name, contact_point.c.id.label("point_id")),
        *(contact_point.c.e164, contact_point.c.extension, contact_point.c.label),
        contact_point.c.chosen_at,
    )
    .join(customer, customer.c.id == contact_point.c.customer_id)
    .where(contact_point.c.e164 == sa.bindparam("e164"))
)
_CALLS = (
    sa.select(interaction.c.occurred_at, interaction.c.customer_id)
    .where(interaction.c.e164 == sa.bindparam("e164"), interaction.c.customer_id.is_not(None))
    .order_by(interaction.c.occurred_at.desc())
    .limit(_LATEST_CALLS)
)
"""Built once: building such a query costs as much as running it."""


def _last_heard(person: Candidate) -> str:
    """Return when somebody last called by this number, or was said to."""
    return max(person.last_contact_at or "", person.chosen_at or "")


def _latest_calls(connection: sa.Connection, written: Sequence[str]) -> dict[str, list[str]]:
    """Return when whom the latest contacts by a number were with, the last first."""
    found = [
        (row.occurred_at, row.customer_id)
        for e164 in written
        for row in connection.execute(_CALLS, {"e164": e164})
    ]
    calls: dict[str, list[str]] = defaultdict(list)
    for at, customer_id in sorted(found, reverse=True):
        calls[customer_id].append(at)
    return calls


def _weight(calls: Sequence[str], chosen_at: str | None) -> float:
    """Return how much a line has been somebody's: contacts count, and fade with time.

    Being chosen by hand counts as one more contact. Only the order means anything.
    """
    moments = [*calls, chosen_at] if chosen_at else list(calls)
    days = (datetime.fromisoformat(at).timestamp() / 86_400 for at in moments)
    # Growing towards now is the same order as fading away from it, and needs no clock; one that
    # is centuries ahead must not break the arithmetic.
    return float(sum(2 ** min(500.0, (day - _DAY_ZERO) / _HALF_FORGOTTEN_DAYS) for day in days))


_DAY_ZERO = 20_454.0
"""In days since 1970; only differences count."""


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


def _match(kind: MatchKind, number: ParsedNumber, people: Sequence[Candidate]) -> CallerMatch:
    best, last = people[0], max(people, key=_last_heard)
    other = number.extension if best.extension and best.extension != number.extension else None
    return CallerMatch(
        kind=kind,
        extension=best.extension or number.extension,
        called_from=other,
        people=len(people),
        # Of a line from which nobody has called yet, nobody is the last caller.
        last_caller=for_display(last.name, 40) if _last_heard(last) else None,
    )


# --- With whom the number is mentioned ----------------------------------------------------------


def _mentioned(
    connection: sa.Connection, e164: str, language: str, today: date
) -> tuple[Mentioned, ...]:
    """Return with whom a number is mentioned, the latest first; nobody if they are too many."""
    latest: dict[str, Any] = {}
    for written in spellings(e164):
        for row in connection.execute(_MENTIONS, {"e164": written}):
            known = latest.get(row.customer_id)
            if known is None or known.at < row.at:
                latest[row.customer_id] = row
    if not latest or len(latest) > MOST_MENTIONED:
        return ()
    query = sa.select(customer.c.id, customer.c.full_name).where(customer.c.id.in_(latest))
    names = {row.id: row.full_name for row in connection.execute(query)}
    people = [
        _as_mentioned(connection, row, names[customer_id], language, today)
        for customer_id, row in latest.items()
        if customer_id in names
    ]
    return tuple(sorted(people, key=lambda one: one.at, reverse=True))


_MENTIONS = (
    sa.select(mention.c.customer_id, mention.c.kind, mention.c.record_id, mention.c.at)
    .outerjoin(
        mention_dismissed,
        (mention_dismissed.c.e164 == mention.c.e164)
        & (mention_dismissed.c.customer_id == mention.c.customer_id),
    )
    .where(mention.c.e164 == sa.bindparam("e164"), mention_dismissed.c.e164.is_(None))
    .order_by(mention.c.at.desc())
    .limit(_LATEST_MENTIONS)
)


def _as_mentioned(
    connection: sa.Connection, row: Any, name: str, language: str, today: date
) -> Mentioned:
    kind = KindName(row.kind)
    channel = None
    if kind is KindName.INTERACTION:
        query = sa.select(interaction.c.channel).where(interaction.c.id == row.record_id)
        channel = connection.execute(query).scalar()
    match = CallerMatch(
        kind=MatchKind.MENTIONED,
        mentioned_kind=kind,
        mentioned_in=Channel(channel) if channel else None,
        mentioned_on=datetime.fromisoformat(row.at).astimezone().date() if row.at else None,
    )
    words = explain(match, language=language, today=today)
    return Mentioned(row.customer_id, name, kind, row.record_id, row.at, words)


def dismiss_mention(connection: sa.Connection, e164: str, customer_id: str) -> ChangeSet:
    """Remember, at this desk, that a number is not the customer's, wherever it is mentioned."""
    mentions.dismiss(connection, spellings(e164), customer_id)
    return ChangeSet()


def recall_mention(connection: sa.Connection, e164: str, customer_id: str) -> ChangeSet:
    """Take `dismiss_mention` back."""
    mentions.allow_again(connection, spellings(e164), customer_id)
    return ChangeSet()


# --- The number itself, and what a person says of it --------------------------------------------


def number_facts(
    e164: str, region: str, language: str, extension: str | None = None
) -> NumberFacts:
    """Return what the numbering plan says about a number nobody has been attached to."""
    zones = time_zones_of(e164)
    own = region_of(e164)
    return NumberFacts(
        shown=format_for_display(e164, region, extension),
        country=own and country_of(e164, language),
        is_abroad=own is not None and own != region.upper(),
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
        contact_point.c.e164.in_(spellings(number.e164)),
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
        interaction.c.e164.in_(spellings(number.e164))
        & interaction.c.extension.is_not_distinct_from(number.extension)
        & interaction.c.customer_id.is_(None)
    )
    for call in select_entities(connection, Interaction, unknown):
        edits.patch(KindName.INTERACTION, call.id, customer_id=customer_id)
    return edits.finish()


def share_line(connection: sa.Connection, edits: Edits, e164: str, customer_id: str) -> bool:
    """Tell whether a number is somebody else's too, and mark it as shared for all who have it."""
    holders = select_entities(connection, ContactPoint, contact_point.c.e164.in_(spellings(e164)))
    shared = any(holder.customer_id != customer_id for holder in holders)
    for holder in holders:
        if shared and not holder.shared:
            edits.patch(KindName.CONTACT_POINT, holder.id, shared=True)
    return shared
