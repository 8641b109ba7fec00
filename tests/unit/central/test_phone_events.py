"""That telephone systems reach the desks of the users they name, and nobody else does."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from agentdesk.central import phone_lines
from agentdesk.central import tables as t
from agentdesk.central.calls import forget_calls, going_on
from agentdesk.domain import entities as e
from agentdesk.telephony.events import Step
from tests.unit.central.driver import (
    Company,
    TurnedClock,
    error_of,
    look_into,
)
from tests.unit.central.phones import CALLER, PATH, Line, interactions


def test_a_call_rings_at_the_desks_of_the_users_named(line: Line, company: Company) -> None:
    line.ring("ann", "COLE", "somebody else")
    signals = dict(line.told)
    assert set(signals) == {company.agent.id, company.colleague.id}
    assert signals[company.agent.id].number == CALLER
    assert signals[company.agent.id].line == "+442079460999"
    assert signals[company.agent.id].call_id != signals[company.colleague.id].call_id


def test_a_second_notice_of_the_same_call_adds_the_users_it_names(
    line: Line, company: Company
) -> None:
    line.ring("ann")
    line.ring("ann", "cole")
    assert line.steps() == [
        (company.agent.id, Step.RINGING),
        (company.colleague.id, Step.RINGING),
    ]


def test_a_call_answered_by_somebody_else_leaves_the_other_desks(
    line: Line, company: Company, url: str
) -> None:
    line.ring("ann", "cole")
    line.steps()
    line.say("answer", users=["cole"])
    assert {user: (s.step, s.by) for user, s in line.told} == {
        company.colleague.id: (Step.ANSWERED, None),
        company.agent.id: (Step.STOPPED, company.colleague.name),
    }
    line.steps()
    line.say("hangup")
    assert line.steps() == [(company.colleague.id, Step.ENDED)]
    assert interactions(url) == []


def test_a_call_taken_without_a_desk_is_kept_as_spoken_with(line: Line, url: str) -> None:
    line.ring("ann")
    line.say("answer", users=["the night porter"])
    line.say("hangup")
    [kept] = interactions(url)
    assert (kept["disposition"], kept["e164"]) == ("other", CALLER)


def test_an_end_that_comes_before_its_beginning_ends_it(line: Line, url: str) -> None:
    assert line.say("hangup").status_code == 204
    line.ring("ann")
    assert line.steps() == []
    assert interactions(url) == []


def test_calls_that_we_make_ring_nowhere(line: Line, url: str) -> None:
    line.ring("ann", direction="out")
    line.say("hangup", direction="out")
    assert line.steps() == []
    assert interactions(url) == []


def test_a_withheld_number_is_kept_without_one(line: Line, url: str) -> None:
    line.ring("ann", **{"from": "anonymous"})
    line.say("hangup")
    [kept] = interactions(url)
    assert (kept["e164"], kept["customer_id"]) == (None, None)


def test_a_body_in_json_says_the_same(line: Line, company: Company) -> None:
    body = {"event": "newCall", "callId": 7, "from": CALLER, "user": ["ann", "cole"]}
    answer = line.client.post(PATH, json=body, auth=(line.line_id, line.secret))
    assert answer.status_code == 204
    assert line.steps() == [
        (company.agent.id, Step.RINGING),
        (company.colleague.id, Step.RINGING),
    ]


def test_a_bearer_token_proves_a_line_as_well(line: Line) -> None:
    headers = {"Authorization": f"Bearer {line.line_id}:{line.secret}"}
    answer = line.client.post(
        PATH, json={"event": "newCall", "callId": "1", "user": "ann"}, headers=headers
    )
    assert answer.status_code == 204
    assert len(line.steps()) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"event=newCall",
        b"callId=1",
        b"event=explode&callId=1",
        b"event=newCall&callId=1&direction=sideways",
        b"event=newCall&callId=\xff",
        b"&" * 2_000 + b"event=newCall&callId=1" + b"&a=1" * 2_000,
    ],
)
def test_what_is_no_event_is_refused(line: Line, body: bytes) -> None:
    answer = line.client.post(PATH, content=body, auth=(line.line_id, line.secret))
    assert error_of(answer) == (400, "invalid-request")


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"event":{}}', b'{"event":true}'])
def test_json_that_is_no_event_is_refused(line: Line, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = line.client.post(PATH, content=body, headers=headers, auth=(line.line_id, line.secret))
    assert error_of(answer) == (400, "invalid-request")


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic !!!",
        "Bearer x",
        "Bearer :",
        "Bearer nobody:secret",
        "Bearer " + "x" * 600 + ":" + "y" * 600,
        "Digest a:b",
    ],
)
def test_a_line_that_does_not_prove_itself_is_not_heard(line: Line, authorization: str) -> None:
    answer = line.client.post(
        PATH,
        json={"event": "newCall", "callId": "1", "user": "ann"},
        headers={"Authorization": authorization},
    )
    assert error_of(answer) == (401, "not-signed-in")
    assert line.steps() == []


def test_wrong_secrets_are_slowed_down_until_time_has_passed(
    line: Line, clock: TurnedClock
) -> None:
    right, line.secret = line.secret, "guessed"
    answers = [line.say("newCall").status_code for _time in range(6)]
    assert answers == [401] * 5 + [429]
    line.secret = right
    assert line.say("newCall").status_code == 429
    clock.turn(seconds=2)
    assert line.say("newCall").status_code == 204


def test_a_rotated_secret_replaces_the_former_one(line: Line, clock: TurnedClock) -> None:
    _line_id, fresh = line.database.write(phone_lines.rotate, line.org_id, "main", clock.now)
    assert line.say("newCall").status_code == 401
    line.secret = fresh
    assert line.say("newCall").status_code == 204


def test_a_removed_line_is_not_heard_any_more(line: Line) -> None:
    line.ring("ann")
    line.database.write(phone_lines.remove_line, line.org_id, line.line_id)
    assert line.say("answer", users=["ann"]).status_code == 401
    [row] = line.database.read(
        lambda connection: connection.execute(sa.select(sa.func.count(t.phone_call.c.org_id))).all()
    )
    assert row[0] == 0


def test_the_secret_is_kept_as_a_hash_alone(line: Line, url: str) -> None:
    rows = look_into(url, sa.select(t.phone_line))
    assert line.secret not in str(rows)


def test_an_extension_means_the_user_it_was_assigned_to(line: Line, company: Company) -> None:
    line.database.write(phone_lines.assign, line.org_id, "SIP/101", "cole")
    line.ring("sip/101")
    assert line.steps() == [(company.colleague.id, Step.RINGING)]


def test_a_desk_that_connects_in_the_middle_hears_of_its_calls(
    line: Line, company: Company, clock: TurnedClock
) -> None:
    line.ring("ann", "cole", call_id="1")
    line.say("answer", "1", users=["ann"])
    line.ring("cole", call_id="2")
    line.ring("cole", call_id="3")
    line.say("hangup", "3")

    def heard(user: e.User) -> list[str]:
        signals = line.database.read(going_on, line.org_id, user.id, clock.now)
        return [signal.step for signal in signals]

    assert heard(company.agent) == [Step.ANSWERED]
    assert heard(company.colleague) == [Step.RINGING]
    clock.turn(hours=13)
    assert heard(company.colleague) == []


def test_calls_that_are_long_over_are_forgotten(line: Line, clock: TurnedClock) -> None:
    line.ring("ann")
    assert line.database.write(forget_calls, line.org_id, clock.now) == 0
    clock.turn(days=3)
    assert line.database.write(forget_calls, line.org_id, clock.now) == 1


def test_the_region_of_the_line_reads_its_numbers(line: Line, clock: TurnedClock, url: str) -> None:
    line.line_id, line.secret = line.database.write(
        phone_lines.add_line, line.org_id, "Berlin", clock.now, region="de"
    )
    line.ring("ann", **{"from": "030 901820"})
    line.say("hangup")
    [kept] = interactions(url)
    assert kept["e164"] == "+4930901820"
