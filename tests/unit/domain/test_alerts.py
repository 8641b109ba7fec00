"""At most three alerts stand on a card, the most urgent first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentdesk.domain.alerts import Alert, AlertKind, alerts_for, days_to_birthday, is_stale
from agentdesk.domain.entities import (
    Case,
    CaseState,
    Channel,
    Customer,
    Direction,
    Fact,
    FactKind,
    Interaction,
    Promise,
    PromiseState,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = NOON.date()


def ago(**much: float) -> datetime:
    return NOON - timedelta(**much)


def promise(due_at: datetime, state: PromiseState = PromiseState.OPEN, text: str = "") -> Promise:
    return Promise(
        id=f"p{due_at}", customer_id="1", text=text, due_at=due_at, state=state, made_at=NOON
    )


def case(*, complaint: bool = True, state: CaseState = CaseState.OPEN, days: int = 1) -> Case:
    return Case(
        id=f"c{days}",
        customer_id="1",
        number="C-1",
        subject=f"Failing for {days} days",
        state=state,
        complaint=complaint,
        opened_at=ago(days=days),
    )


def call(at: datetime, direction: Direction = Direction.INBOUND) -> Interaction:
    return Interaction(
        id=str(at), channel=Channel.CALL, direction=direction, occurred_at=at, subject=""
    )


def fact(confirmed_at: datetime | None, **fields: Any) -> Fact:
    values = {"kind": FactKind.LIKES, "text": "Tea"} | fields
    return Fact(id=f"f{confirmed_at}", customer_id="1", confirmed_at=confirmed_at, **values)


def alerts(birthday: str | None = None, **known: Any) -> tuple[Alert, ...]:
    everything = {"promises": [], "cases": [], "recent": [], "facts": []} | known
    return alerts_for(
        Customer(id="1", full_name="Anna Blunt", birthday=birthday),
        moment=NOON,
        today=TODAY,
        **everything,
    )


def kinds(**known: Any) -> list[AlertKind]:
    return [alert.kind for alert in alerts(**known)]


def test_the_three_most_urgent_alerts_stand_in_order() -> None:
    everything = {
        "facts": [fact(ago(days=400))],
        "recent": [call(ago(hours=hour)) for hour in (1, 2, 3)],
        "cases": [case()],
        "promises": [promise(NOON + timedelta(hours=1)), promise(ago(hours=1))],
    }
    assert kinds(birthday="--11-21", **everything) == [
        AlertKind.PROMISE_BROKEN,
        AlertKind.PROMISE_DUE,
        AlertKind.COMPLAINT_OPEN,
    ]
    everything["promises"] = []
    assert kinds(birthday="--11-21", **everything) == [
        AlertKind.COMPLAINT_OPEN,
        AlertKind.REPEAT_CONTACT,
        AlertKind.BIRTHDAY,
    ]
    assert kinds(facts=everything["facts"]) == [AlertKind.STALE_FACT]
    assert kinds() == []


def test_a_promise_alerts_from_a_day_before_it_is_due_until_it_is_settled() -> None:
    assert kinds(promises=[promise(NOON + timedelta(hours=24, seconds=1))]) == []
    assert kinds(promises=[promise(NOON + timedelta(hours=24))]) == [AlertKind.PROMISE_DUE]
    assert kinds(promises=[promise(NOON)]) == [AlertKind.PROMISE_DUE]
    assert kinds(promises=[promise(ago(seconds=1))]) == [AlertKind.PROMISE_BROKEN]
    settled = [state for state in PromiseState if state is not PromiseState.OPEN]
    assert kinds(promises=[promise(ago(days=1), state) for state in settled]) == []


def test_of_late_promises_the_longest_broken_comes_first() -> None:
    late = [promise(ago(days=days), text=f"{days}") for days in (1, 9, 5, 7)]
    assert [alert.text for alert in alerts(promises=late)] == ["9", "7", "5"]


def test_of_open_complaints_the_oldest_speaks() -> None:
    cases = [
        case(days=2),
        case(days=5),
        case(days=9, state=CaseState.SOLVED),
        case(days=8, complaint=False),
    ]
    found = alerts(cases=cases)
    assert [(alert.kind, alert.text) for alert in found] == [
        (AlertKind.COMPLAINT_OPEN, "Failing for 5 days")
    ]
    assert kinds(cases=[case(state=CaseState.WAITING)]) == [AlertKind.COMPLAINT_OPEN]


def test_three_contacts_within_two_days_are_a_repeat() -> None:
    hours = (0, 1, 48)
    found = alerts(recent=[call(ago(hours=hour)) for hour in hours])
    assert [(alert.kind, alert.count) for alert in found] == [(AlertKind.REPEAT_CONTACT, 3)]
    assert kinds(recent=[call(ago(hours=hour)) for hour in (0, 1, 49)]) == []
    ours = [call(ago(hours=2), Direction.OUTBOUND)]
    assert kinds(recent=[call(ago(hours=hour)) for hour in (0, 1)] + ours) == []


@pytest.mark.parametrize(
    ("birthday", "today", "days"),
    [
        ("1984-11-21", date(2026, 11, 21), 0),
        ("--11-28", date(2026, 11, 21), 7),
        ("--11-20", date(2026, 11, 21), 364),
        ("--01-02", date(2026, 12, 30), 3),
        ("2000-02-29", date(2027, 2, 27), 1),
        ("--02-29", date(2028, 2, 27), 2),
        ("--02-29", date(2027, 3, 1), 365),
        ("1984-02-30", date(2026, 11, 21), None),
        ("some day", date(2026, 11, 21), None),
        ("", date(2026, 11, 21), None),
        (None, date(2026, 11, 21), None),
    ],
)
def test_the_days_to_a_birthday(birthday: str | None, today: date, days: int | None) -> None:
    assert days_to_birthday(birthday, today) == days


def test_a_birthday_alerts_within_a_week() -> None:
    assert [(a.kind, a.days) for a in alerts(birthday="1984-11-28")] == [(AlertKind.BIRTHDAY, 7)]
    assert kinds(birthday="1984-11-29") == []


@given(st.text(max_size=12), st.dates(max_value=date(9998, 1, 1)))
def test_no_birthday_breaks_the_card(birthday: str, today: date) -> None:
    days = days_to_birthday(birthday, today)
    assert days is None or 0 <= days <= 366


def test_a_fact_is_asked_about_after_a_year_without_confirmation() -> None:
    assert is_stale(fact(ago(days=366)), NOON)
    assert not is_stale(fact(ago(days=365)), NOON)
    assert is_stale(fact(None, learned_at=ago(days=400)), NOON)
    assert not is_stale(fact(ago(days=1), learned_at=ago(days=400)), NOON)
    assert not is_stale(fact(None), NOON)


def test_the_fact_that_was_confirmed_longest_ago_alerts_unless_it_is_sensitive() -> None:
    facts = [
        fact(ago(days=400), text="Tea"),
        fact(ago(days=800), text="Coffee"),
        fact(ago(days=900), text="Illness", sensitive=True),
    ]
    found = alerts(facts=facts)
    assert [(alert.kind, alert.text) for alert in found] == [(AlertKind.STALE_FACT, "Coffee")]
    assert kinds(facts=facts[2:]) == []
