"""The hand-made people show what they are there for."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from agentdesk.demo.company import SHOWCASE, make_company
from agentdesk.demo.people import sketches
from agentdesk.demo.staff import NADIA
from agentdesk.domain import entities as e

TODAY = datetime(2026, 11, 21, tzinfo=UTC)
AS_OF = TODAY + timedelta(hours=9)


@cache
def by_hand() -> tuple[e.Entity, ...]:
    return tuple(make_company(len(sketches()), today=TODAY))


def customer(key: str) -> e.Customer:
    wanted = next(case.customer_id for case in SHOWCASE if case.key == key)
    return next(x for x in by_hand() if type(x) is e.Customer and x.id == wanted)


def of(key: str, kind: type[Any]) -> list[Any]:
    owner = customer(key).id
    return [x for x in by_hand() if type(x) is kind and getattr(x, "customer_id", None) == owner]


def test_bob_has_his_birthday_tomorrow() -> None:
    bob = customer("informal-regular")
    assert bob.birthday is not None
    assert bob.birthday.endswith("11-22")
    assert bob.preferred_name == "Bob"


def test_three_people_share_one_line_and_anjali_rang_last() -> None:
    line = next(case.e164 for case in SHOWCASE if case.key == "shared-line")
    points = [x for x in by_hand() if type(x) is e.ContactPoint and x.e164 == line]
    last = max((p for p in points if p.chosen_at), key=lambda p: p.chosen_at or TODAY)
    assert len(points) == 3
    assert all(point.shared for point in points)
    assert last.customer_id == customer("shared-line").id


def test_a_switchboard_has_two_extensions() -> None:
    points = [x for x in by_hand() if type(x) is e.ContactPoint and x.e164 == "+442079460120"]
    assert {point.extension for point in points} == {"12", "14"}


def test_do_not_call_is_set_and_says_why() -> None:
    assert customer("do-not-call").do_not_call
    assert any("NEVER RING" in note.text for note in of("do-not-call", e.Note))


def test_the_complaint_names_the_weekday_it_began() -> None:
    case = next(c for c in of("disappointed", e.Case) if c.closed_at is None)
    assert case.subject == "The product has been failing since Tuesday"
    assert case.complaint
    states = {promise.state for promise in of("disappointed", e.Promise)}
    assert {e.PromiseState.BROKEN, e.PromiseState.OPEN} <= states


def test_pani_malgorzata_was_in_touch_three_times_in_48_hours() -> None:
    lately = [
        x
        for x in of("pani", e.Interaction)
        if x.occurred_at > AS_OF - timedelta(hours=48) and x.direction is e.Direction.INBOUND
    ]
    assert len(lately) >= 3
    assert customer("pani").form_of_address == "Pani Małgorzata"


def test_the_captain_is_called_by_name_and_patronymic() -> None:
    captain = customer("patronymic")
    assert captain.form_of_address == "Андрей Петрович"
    assert captain.respelling is not None
    assert "SHCHOO-kin" in captain.respelling


def test_one_name_runs_from_right_to_left() -> None:
    assert re.search(r"[\u0600-\u06ff]", customer("right-to-left").full_name)


def test_the_expert_has_tried_everything_already() -> None:
    assert len(of("tech-savvy", e.StepTried)) >= 8
    assert customer("tech-savvy").technical_level is e.TechnicalLevel.EXPERT


def test_promises_are_due_today_and_tomorrow() -> None:
    due = {
        (promise.due_at.date() - TODAY.date()).days
        for key in ("respect-seeker", "worried", "disappointed")
        for promise in of(key, e.Promise)
        if promise.state is e.PromiseState.OPEN
    }
    assert due == {0, 1}


def test_somebody_rang_this_morning() -> None:
    assert any(x.occurred_at >= TODAY for x in of("pani", e.Interaction))


def test_the_operator_has_something_in_common_with_several_callers() -> None:
    words = {interest.lower() for interest in NADIA.interests}
    shared = {
        x.customer_id
        for x in by_hand()
        if type(x) is e.Fact and any(word in x.text.lower() for word in words)
    }
    same_town = {x.id for x in by_hand() if type(x) is e.Customer and x.hometown == "Leeds"}
    assert len(shared) >= 2
    assert len(same_town) >= 2


def test_most_of_them_have_a_history_worth_reading() -> None:
    counts = {
        case.key: len(of(case.key, e.Interaction))
        for case in SHOWCASE
        if case.key not in {"first-timer", "long-history"}
    }
    assert min(counts.values()) >= 13
    assert len(of("long-history", e.Interaction)) == 2_300


def test_the_mentioned_number_is_in_a_mail_and_nobodys_own() -> None:
    shown = next(case for case in SHOWCASE if case.key == "mentioned")
    digits = "0191 498 0119"
    mails = [x.summary for x in by_hand() if type(x) is e.Interaction and x.channel == "email"]
    assert shown.e164 == "+44" + digits.replace(" ", "")[1:]
    assert any(mail and digits in mail for mail in mails)
    assert not [x for x in by_hand() if type(x) is e.ContactPoint and x.e164 == shown.e164]
