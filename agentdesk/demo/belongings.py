"""What belongs to a customer: contact points, facts, notes, and what the stories left behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from agentdesk.demo import phones
from agentdesk.demo.chance import Calendar, Chance
from agentdesk.demo.histories import Served, Told
from agentdesk.demo.names import Name
from agentdesk.demo.places import Town
from agentdesk.demo.staff import on_duty
from agentdesk.domain import entities as e

_LABELS = {
    "en": ("mobile", "home", "work"),
    "ru": ("мобильный", "домашний", "рабочий"),
    "pl": ("komórka", "dom", "praca"),
}
_DOMAINS = ("example.com", "example.org", "example.net")
_APPS = ("WhatsApp", "Telegram", "Signal")


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """Where a customer can be reached; `place` counts the members of a household or company."""

    name: Name
    country: str
    language: str
    town: Town
    address: str
    shared: phones.Line | None
    at_work: bool
    place: int
    index: int


def contact_points(
    luck: Chance, customer_id: str, since: datetime, reach: Reach
) -> Iterator[e.ContactPoint]:
    """Yield about two points, at least one of them a phone or an e-mail address."""
    mobile, home, work = _LABELS[reach.language]
    own_mobile = luck.odds(0.9 if not reach.at_work else 0.35)

    def point(kind: e.ContactKind, value: str, **more: object) -> e.ContactPoint:
        row = {"id": luck.id_at(since), "customer_id": customer_id, "kind": kind, "value": value}
        return e.ContactPoint(**(row | more))  # type: ignore[arg-type] # fields by name

    if own_mobile:
        line = phones.mobile(luck, reach.country, 2 * reach.index + 1)
        label = mobile if luck.odds(0.5) else None
        yield point(e.ContactKind.PHONE, line.value, e164=line.e164, label=label)
    if reach.shared:
        yield _shared_line(luck, customer_id, since, reach, work if reach.at_work else home)
    elif luck.odds(0.3):
        line = phones.landline(luck, reach.country, reach.town, 2 * reach.index)
        label = home if luck.odds(0.6) else None
        yield point(e.ContactKind.PHONE, line.value, e164=line.e164, label=label)
    if luck.odds(0.6) or not (own_mobile or reach.shared):
        yield point(e.ContactKind.EMAIL, _email(luck, reach))
    if luck.odds(0.25) and (reach.place == 0 or reach.at_work):
        yield point(e.ContactKind.ADDRESS, reach.address)
    if luck.odds(0.05):
        handle = f"@{reach.name.plain_given}{reach.index % 900 + 7}"
        yield point(e.ContactKind.HANDLE, handle, label=luck.one_of(_APPS))


def _shared_line(
    luck: Chance, customer_id: str, since: datetime, reach: Reach, label: str
) -> e.ContactPoint:
    line = reach.shared
    if line is None:
        raise ValueError("nobody shares a line here")
    extension = str(100 + 11 * reach.place + luck.between(0, 9)) if reach.at_work else None
    value = line.value
    if extension:
        value += luck.one_of((" ext. ", " x", " ext ", ", ")) + extension
    return e.ContactPoint(
        id=luck.id_at(since),
        customer_id=customer_id,
        kind=e.ContactKind.PHONE,
        value=value,
        e164=line.e164,
        extension=extension,
        label=label,
        shared=True,
        chosen_at=since + timedelta(days=2) if reach.place == 0 and luck.odds(0.4) else None,
    )


def _email(luck: Chance, reach: Reach) -> str:
    given, family = reach.name.plain_given, reach.name.plain_family
    number = reach.index % 90 + 10
    local = luck.one_of(
        (
            f"{given}.{family}{number}",
            f"{given[0]}{family}{reach.index}",
            f"{given}_{family[:4]}{number}",
            f"{family}.{given}{number}",
            f"{given}{number}.{family}",
            f"the.{family}s{reach.index % 1000}" if reach.country == "GB" else f"{given}{number}",
        )
    )
    return f"{local}@{luck.one_of(_DOMAINS)}"


def lines_of(points: Sequence[e.ContactPoint]) -> tuple[tuple[str, str | None], ...]:
    """Return the phone lines among `points`, as E.164 and extension."""
    return tuple((p.e164, p.extension) for p in points if p.e164 is not None)


def all_that_belongs(
    who: Served, calendar: Calendar, told: list[Told], purchases: list[e.Purchase]
) -> Iterator[e.Entity]:
    """Yield everything but the customer and the contact points, referred-to records first."""
    for story in told:
        if story.case:
            yield story.case
    contacts = [contact for story in told for contact in story.interactions]
    contacts.sort(key=lambda contact: contact.occurred_at)
    yield from contacts
    for story in told:
        yield from story.steps
        yield from story.promises
    if who.chance.odds(0.6):
        yield from _facts(who, calendar, contacts)
    if who.chance.odds(0.3):
        for _ in range(who.chance.one_of((1, 1, 1, 1, 2, 3))):
            yield from _note(who, calendar, contacts)
    yield from purchases


def _facts(who: Served, calendar: Calendar, contacts: list[e.Interaction]) -> Iterator[e.Fact]:
    luck = who.chance
    kinds = tuple(who.library.facts)
    chosen = {luck.one_of(kinds) for _ in range(luck.one_of((1, 1, 2, 2, 2, 3, 4, 6)))}
    for kind in sorted(chosen):
        contact = luck.one_of(contacts) if luck.odds(0.6) else None
        learned = contact.occurred_at if contact else _some_time(who, calendar)
        confirmed = _later(luck, calendar, learned) if luck.odds(0.4) else None
        yield e.Fact(
            id=luck.id_at(learned),
            customer_id=who.id,
            kind=kind,
            text=who.teller.any_of(who.library.facts[kind]),
            sensitive=kind is e.FactKind.ACCESS and luck.odds(0.4),
            learned_by=_colleague(who),
            learned_at=learned,
            interaction_id=contact.id if contact else None,
            confirmed_at=confirmed,
            confirmed_by=_colleague(who) if confirmed else None,
        )


def _note(
    who: Served, calendar: Calendar, contacts: list[e.Interaction]
) -> Iterator[e.Note | e.NoteVersion]:
    luck = who.chance
    contact = luck.one_of(contacts) if luck.odds(0.6) else None
    written = contact.occurred_at if contact else _some_time(who, calendar)
    wordings = dict.fromkeys(luck.one_of(who.library.notes) for _ in range(luck.between(1, 3)))
    text = " ".join(who.teller.say(wording) for wording in wordings)
    author = _colleague(who)
    changed = _later(luck, calendar, written) if luck.odds(0.16) else None
    note_id = luck.id_at(written)
    addition = who.teller.say(luck.one_of(who.library.notes))
    if addition in text:
        changed = None
    yield e.Note(
        id=note_id,
        customer_id=who.id,
        text=f"{text} {addition}" if changed else text,
        revision=2 if changed else 1,
        author_id=author,
        interaction_id=contact.id if contact else None,
        created_at=written,
        updated_at=changed,
    )
    if changed:
        yield e.NoteVersion(
            id=luck.id_at(changed),
            customer_id=who.id,
            note_id=note_id,
            revision=1,
            text=text,
            author_id=author,
            written_at=written,
        )


def _colleague(who: Served) -> str:
    return who.chance.one_of(on_duty(who.library.language, visiting=False)).id


def _some_time(who: Served, calendar: Calendar) -> datetime:
    span = max(int((calendar.as_of - who.since).total_seconds()) - 3600, 1)
    return _at_work(who.since + timedelta(seconds=int(span * who.chance.random())), who.since)


def _later(luck: Chance, calendar: Calendar, moment: datetime) -> datetime:
    span = max(int((calendar.as_of - moment).total_seconds()) - 60, 1)
    return _at_work(moment + timedelta(seconds=int(span * luck.random())), moment)


def _at_work(moment: datetime, earliest: datetime) -> datetime:
    """Return `moment`, or a time of the working day before it, but not before `earliest`."""
    if 8 <= moment.hour < 18:
        return moment
    evening = moment.replace(hour=17) - timedelta(days=moment.hour < 8)
    return max(evening, earliest)
