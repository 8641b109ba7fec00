"""The customer record itself: how to address somebody, and what is known beyond the name."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from agentdesk.demo.chance import Calendar, Chance, Weighted
from agentdesk.demo.histories import Served
from agentdesk.demo.names import Name
from agentdesk.domain import entities as e

CUSTOMER_TYPES = (
    "respect-seeker", "informal-regular", "tech-savvy", "worried", "disappointed", "advocate",
    "first-timer",
)  # fmt: skip
"""Keys of the shipped playbooks."""

_CONSENT = Weighted(
    (e.Consent.GRANTED, e.Consent.UNKNOWN, e.Consent.REFUSED),
    (45, 47, 8),
)
_LEVELS = Weighted(
    (None, e.TechnicalLevel.NOVICE, e.TechnicalLevel.COMFORTABLE, e.TechnicalLevel.EXPERT),
    (45, 20, 25, 10),
)
_STAGES = (
    (60, e.LoyaltyStage.COMMITTED),
    (20, e.LoyaltyStage.LOYAL),
    (7, e.LoyaltyStage.REGULAR),
    (2, e.LoyaltyStage.CUSTOMER),
)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """What is settled about a customer before the record is written."""

    name: Name
    since: datetime
    contacts: int
    language: str
    country: str
    time_zone: str
    hometown: str | None
    company: str | None


def portrait(who: Served, calendar: Calendar, person: Person) -> e.Customer:
    """Return the customer; much is left unknown, as in a real customer base."""
    luck, name = who.chance, person.name
    says_how = name.respelling is not None and (person.language == "en" or luck.odds(0.75))
    given_type = luck.one_of(CUSTOMER_TYPES) if luck.odds(0.12) else None
    source = e.TypeSource.OPERATOR if luck.odds(0.7) else e.TypeSource.IMPORTED
    return e.Customer(
        id=who.id,
        full_name=name.full,
        given_name=name.given,
        family_name=name.family,
        preferred_name=name.short if luck.odds(0.4) else None,
        form_of_address=_form_of_address(luck, person),
        respelling=name.respelling if says_how else None,
        ipa=name.ipa if says_how else None,
        pronouns=_pronouns(luck, person),
        language=person.language,
        birthday=_birthday(luck, calendar) if luck.odds(0.6) else None,
        hometown=person.hometown,
        country=person.country,
        time_zone=person.time_zone,
        company=person.company,
        technical_level=luck.drawn(_LEVELS),
        loyalty_stage=_stage(person.contacts) if luck.odds(0.8) else None,
        standing=_standing(who) if luck.odds(0.8) else None,
        vip=luck.odds(0.015),
        do_not_call=luck.odds(0.02),
        consent=luck.drawn(_CONSENT),
        customer_type=given_type,
        customer_type_source=source if given_type else None,
        created_at=person.since,
    )


def _form_of_address(luck: Chance, person: Person) -> str | None:
    name = person.name
    if luck.odds(0.45):
        return None
    if person.language == "pl":
        lady = "Pani" if name.feminine else "Pan"
        return f"{lady} {name.family if luck.odds(0.6) else name.given}"
    if name.patronymic:
        return f"{name.given} {name.patronymic}" if luck.odds(0.8) else name.short or name.given
    if person.language == "ru" or luck.odds(0.5):
        return name.short or name.given
    if luck.odds(0.05):
        return f"Dr {name.family}"
    title = luck.one_of(("Mrs", "Mrs", "Ms", "Miss")) if name.feminine else "Mr"
    return f"{title} {name.family}"


def _pronouns(luck: Chance, person: Person) -> str | None:
    if person.language != "en" or luck.odds(0.82):
        return None
    if luck.odds(0.06):
        return "they/them"
    return "she/her" if person.name.feminine else "he/him"


def _birthday(luck: Chance, calendar: Calendar) -> str:
    """Return a birthday; a few are within the week, so that the desk has somebody to greet."""
    near = luck.between(0, 6) if luck.odds(0.02) else luck.between(7, 360)
    day = calendar.today + timedelta(days=near)
    month_day = f"{day:%m-%d}" if (day.month, day.day) != (2, 29) else "02-28"
    if luck.odds(0.2):
        return f"--{month_day}"
    year = calendar.today.year - 19 - int(68 * (luck.random() + luck.random()) / 2)
    return f"{year}-{month_day}"


def _stage(contacts: int) -> e.LoyaltyStage:
    return next((stage for least, stage in _STAGES if contacts >= least), e.LoyaltyStage.ONE_OFF)


def _standing(who: Served) -> e.Standing | None:
    """Return value and risk from what the customer rated and bought."""
    if not who.stars:
        return None
    happy = sum(who.stars) / len(who.stars) >= 3.5
    worth_much = len(who.owned) > 1
    if happy:
        return e.Standing.MODEL if worth_much else e.Standing.GROWTH
    return e.Standing.AT_RISK if worth_much else e.Standing.DANGLING
