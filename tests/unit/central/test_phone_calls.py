"""That a call has one course on every database, however often its events are told."""

from __future__ import annotations

import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.domain import entities as e
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.telephony.events import Step
from tests.unit.central.driver import (
    EVERYWHERE,
    Company,
    Desk,
    TurnedClock,
    append,
    look_into,
)
from tests.unit.central.phones import CALLER, Line, interactions

BACKENDS = EVERYWHERE


def test_an_event_that_is_told_twice_has_one_effect(line: Line, company: Company) -> None:
    line.ring("ann")
    line.ring("ann")
    assert line.steps() == [(company.agent.id, Step.RINGING)]
    for _time in range(2):
        assert line.say("answer", users=["ann"]).status_code == 204
    assert line.steps() == [(company.agent.id, Step.ANSWERED)]
    for _time in range(2):
        assert line.say("hangup").status_code == 204
    assert line.steps() == [(company.agent.id, Step.ENDED)]
    line.ring("ann")
    assert line.steps() == []


def test_of_a_call_that_nobody_took_number_time_and_outcome_are_kept(
    line: Line, company: Company, url: str, clock: TurnedClock, ann: Desk
) -> None:
    phone = e.ContactPoint(
        id=new_id(),
        customer_id=company.customer.id,
        kind=e.ContactKind.PHONE,
        value=CALLER,
        e164=CALLER,
    )
    ann.push_one(append(phone, KindName.CONTACT_POINT))
    line.ring("ann", "cole", **{"from": "020 7946 0001", "queue": "sales"})
    rang_at = clock.now
    clock.turn(seconds=25)
    line.steps()
    line.say("hangup", cause="noAnswer")
    assert line.steps() == [(company.agent.id, Step.MISSED), (company.colleague.id, Step.MISSED)]
    [kept] = interactions(url)
    assert kept["disposition"] == "missed"
    assert kept["e164"] == CALLER
    assert kept["customer_id"] == company.customer.id
    assert kept["subject"] == "Missed call"
    assert kept["occurred_at"].startswith(rang_at.isoformat()[:19])
    assert {kept.get(name) for name in ("summary", "user_id", "department")} == {None}
    # What is left of the call itself is that its id has been used.
    [row] = look_into(url, sa.select(t.phone_call))
    assert (row.number, row.line, row.queue) == ("", None, None)
    assert "rung" not in row.users or company.agent.id not in row.users


def test_a_missed_call_reaches_the_desks_through_the_feed(line: Line, ann: Desk) -> None:
    before = ann.pull()
    line.ring("ann")
    line.say("hangup")
    assert [row.kind for row in ann.pull(before.end.cursor).lines if hasattr(row, "kind")] == [
        KindName.INTERACTION
    ]


def test_a_call_that_is_passed_on_rings_with_who_passed_it_on(
    line: Line, company: Company, url: str
) -> None:
    line.ring("ann")
    line.say("answer", users=["ann"])
    first = dict(line.told)[company.agent.id]
    line.steps()
    line.ring("cole")
    [(_user, ringing)] = line.told
    assert (ringing.step, ringing.passed_on_by) == (Step.RINGING, company.agent.name)
    line.steps()
    line.say("answer", users=["cole"])
    told = dict(line.told)
    assert told[company.agent.id].step == Step.PASSED_ON
    assert told[company.agent.id].by == company.colleague.name
    assert told[company.agent.id].call_id == first.call_id
    assert told[company.colleague.id].passed_on_by == company.agent.name
    line.steps()
    # Back to the first one it is another call of theirs.
    line.ring("ann")
    [(_user, again)] = line.told
    assert (again.passed_on_by, again.call_id == first.call_id) == (company.colleague.name, False)
    line.say("answer", users=["ann"])
    line.steps()
    line.say("hangup")
    assert line.steps() == [(company.agent.id, Step.ENDED)]
    assert interactions(url) == []
