"""What an operator must know before the first word: at most three alerts, most urgent first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from agentdesk.domain.entities import (
    Case,
    CaseState,
    Customer,
    Direction,
    Fact,
    Interaction,
    Promise,
    PromiseState,
)

MOST_ALERTS = 3
REPEAT_CONTACTS = 3
REPEAT_WITHIN = timedelta(hours=48)
DUE_WITHIN = timedelta(hours=24)
BIRTHDAY_WITHIN_DAYS = 7
STALE_AFTER = timedelta(days=365)


class AlertKind(StrEnum):
    """What an alert is about, in the order of urgency."""

    PROMISE_BROKEN = "promise-broken"
    PROMISE_DUE = "promise-due"
    COMPLAINT_OPEN = "complaint-open"
    REPEAT_CONTACT = "repeat-contact"
    BIRTHDAY = "birthday"
    STALE_FACT = "stale-fact"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert; which of the details are there depends on `kind`.

    `record_id` is the promise, case or fact it speaks of, `text` that record's own words,
    `at` when it was due, opened or confirmed last, `count` the number of contacts, `days` the
    days until the birthday (0 is today).
    """

    kind: AlertKind
    record_id: str | None = None
    text: str | None = None
    at: datetime | None = None
    count: int = 0
    days: int = 0


def alerts_for(
    customer: Customer,
    *,
    promises: Sequence[Promise],
    cases: Sequence[Case],
    recent: Sequence[Interaction],
    facts: Sequence[Fact],
    moment: datetime,
    today: date,
) -> tuple[Alert, ...]:
    """Return the alerts of a customer at `moment`; `today` is the viewer's date.

    `recent` holds at least the contacts of the last 48 hours.
    """
    found = [
        *_promises(promises, moment),
        *_complaints(cases),
        *_repeats(recent, moment),
        *_birthday(customer, today),
        *_stale(facts, moment),
    ]
    urgency = list(AlertKind)
    found.sort(key=lambda alert: urgency.index(alert.kind))
    return tuple(found[:MOST_ALERTS])


def _promises(promises: Sequence[Promise], moment: datetime) -> list[Alert]:
    found = []
    for promise in sorted(promises, key=lambda p: p.due_at):
        if promise.state is not PromiseState.OPEN or promise.due_at > moment + DUE_WITHIN:
            continue
        late = promise.due_at < moment
        kind = AlertKind.PROMISE_BROKEN if late else AlertKind.PROMISE_DUE
        found.append(Alert(kind, promise.id, promise.text, promise.due_at))
    return found


def _complaints(cases: Sequence[Case]) -> list[Alert]:
    still_open = [c for c in cases if c.complaint and c.state is not CaseState.SOLVED]
    still_open.sort(key=lambda c: c.opened_at)
    return [
        Alert(AlertKind.COMPLAINT_OPEN, case.id, case.subject, case.opened_at)
        for case in still_open[:1]
    ]


def _repeats(recent: Sequence[Interaction], moment: datetime) -> list[Alert]:
    since = moment - REPEAT_WITHIN
    count = sum(
        i.direction is Direction.INBOUND and since <= i.occurred_at <= moment for i in recent
    )
    return [Alert(AlertKind.REPEAT_CONTACT, count=count)] if count >= REPEAT_CONTACTS else []


def _birthday(customer: Customer, today: date) -> list[Alert]:
    days = days_to_birthday(customer.birthday, today)
    if days is None or days > BIRTHDAY_WITHIN_DAYS:
        return []
    return [Alert(AlertKind.BIRTHDAY, customer.id, days=days)]


def days_to_birthday(birthday: str | None, today: date) -> int | None:
    """Return the days until the next birthday, 0 on the day; None if it is not known.

    `birthday` is ISO 8601, with or without the year. Somebody born on 29 February has their
    day on 28 February in common years.
    """
    if not birthday:
        return None
    try:
        month, day = int(birthday[-5:-3]), int(birthday[-2:])
        for year in (today.year, today.year + 1):
            coming = _day_in(year, month, day)
            if coming >= today:
                return (coming - today).days
    except ValueError:
        return None
    return None


def _day_in(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        if (month, day) == (2, 29):
            return date(year, 2, 28)
        raise


def is_stale(fact: Fact, moment: datetime) -> bool:
    """Tell whether nobody has confirmed the fact for a year."""
    last = fact.confirmed_at or fact.learned_at
    return last is not None and moment - last > STALE_AFTER


def _stale(facts: Sequence[Fact], moment: datetime) -> list[Alert]:
    stale = [fact for fact in facts if is_stale(fact, moment) and not fact.sensitive]
    stale.sort(key=lambda f: f.confirmed_at or f.learned_at or moment)
    return [
        Alert(AlertKind.STALE_FACT, fact.id, fact.text, fact.confirmed_at or fact.learned_at)
        for fact in stale[:1]
    ]
