"""What the Desk screen does as a telephone system tells how a call goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from agentdesk.domain.entities import Direction, Disposition
from agentdesk.domain.ids import new_id
from agentdesk.domain.moments import now
from agentdesk.store import tables as t
from agentdesk.telephony.events import Call, CallEvent, Step
from agentdesk.ui.widgets.chip import ChoiceChip
from agentdesk.views.desk.call_session import CallState
from agentdesk.views.main_window import CUSTOMERS
from tests.ui.desk.conftest import (
    ANNA,
    ANNA_NUMBER,
    BOB,
    CAROL,
    SHARED_NUMBER,
    UNKNOWN_NUMBER,
    Station,
)


def tell(station: Station, step: Step, call: Call, by: str | None = None) -> None:
    """Let a source tell of a step, and wait until the window has dealt with it."""
    station.window.take_event(CallEvent(step=step, call=call, by=by))
    station.settle()
    station.turn()


def ringing(station: Station, number: str = ANNA_NUMBER, **more: object) -> Call:
    """Let a call ring."""
    call = Call(number=number, **more)  # type: ignore[arg-type]  # each has its field's type
    tell(station, Step.RINGING, call)
    return call


def interactions(station: Station) -> list[Any]:
    """Return the calls that are kept, the last first."""
    i = t.interaction.c
    query = sa.select(i.id, i.customer_id, i.disposition, i.duration_s, i.subject)

    def work(connection: sa.Connection) -> list[Any]:
        return list(connection.execute(query.order_by(i.occurred_at.desc())))

    return station.store.read_here(work)


def test_a_call_that_somebody_else_takes_leaves_without_a_word(station: Station) -> None:
    before = len(interactions(station))
    call = ringing(station)
    assert station.page.subject == ANNA.id
    tell(station, Step.STOPPED, call, by="Cole")
    assert station.page.calls.current is None
    assert station.page.is_home
    assert not station.page.bar.isVisible()
    assert len(interactions(station)) == before


def test_it_gives_back_the_screen_to_who_was_on_it(station: Station) -> None:
    station.page.open_customer(BOB.id)
    station.settle()
    call = ringing(station)
    tell(station, Step.STOPPED, call)
    assert station.page.subject == BOB.id


def test_a_note_that_is_being_typed_stays_where_it_is(station: Station) -> None:
    call = ringing(station)
    station.type_note("Asks about the boat")
    tell(station, Step.STOPPED, call)
    assert station.page.calls.current is None
    assert station.page.subject == ANNA.id
    assert station.page.person.note.edit.hasFocus()
    assert station.page.person.note.text == "Asks about the boat"


def test_a_wrap_up_that_has_been_begun_keeps_its_call(station: Station) -> None:
    call = ringing(station)
    station.page.begin_wrap_up()
    tell(station, Step.STOPPED, call, by="Cole")
    session = station.page.calls.current
    assert session is not None
    assert session.id == call.call_id
    assert "taken by Cole" in station.page.bar.how.full_text


def test_the_wrap_up_of_a_call_opens_when_it_is_hung_up(station: Station) -> None:
    call = ringing(station)
    tell(station, Step.ANSWERED, call)
    assert not station.page.bar.missed.isVisible()
    tell(station, Step.ENDED, call)
    session = station.page.calls.current
    assert session is not None
    assert session.state is CallState.WRAP_UP
    assert station.page.person.wrap_up.is_open


def test_a_call_lasts_from_its_answer_to_its_end(station: Station) -> None:
    call = ringing(station, rang_at=now() - timedelta(seconds=90))
    tell(station, Step.ANSWERED, call)
    session = station.page.calls.current
    assert session is not None
    session.answered_at = now() - timedelta(seconds=60)
    tell(station, Step.ENDED, call)
    session.ended_at = session.answered_at + timedelta(seconds=45)
    station.page.person.wrap_up.disposition.set_value(Disposition.SOLVED)
    station.page.wrapping.save()
    station.settle()
    [kept, *_earlier] = [row for row in interactions(station) if row.id == call.call_id]
    assert (kept.customer_id, kept.duration_s) == (ANNA.id, 45)


def test_an_end_while_typing_waits_in_the_bar(station: Station) -> None:
    call = ringing(station)
    tell(station, Step.ANSWERED, call)
    station.type_note("Wants")
    tell(station, Step.ENDED, call)
    assert not station.page.person.wrap_up.is_open
    assert station.page.person.note.edit.hasFocus()
    assert "call ended" in station.page.bar.how.full_text


def test_an_end_while_another_screen_is_looked_at_leaves_that_alone(station: Station) -> None:
    call = ringing(station)
    tell(station, Step.ANSWERED, call)
    station.window.show_screen(CUSTOMERS)
    station.settle()
    tell(station, Step.ENDED, call)
    assert station.window.screen_id == CUSTOMERS
    assert not station.page.person.wrap_up.is_open


def test_a_waiting_call_that_stops_leaves_the_bar(station: Station) -> None:
    first = ringing(station)
    second = ringing(station, UNKNOWN_NUMBER)
    assert [s.id for s in station.page.calls.book.waiting] == [second.call_id]
    tell(station, Step.STOPPED, second)
    assert station.page.calls.book.waiting == ()
    current = station.page.calls.current
    assert current is not None
    assert current.id == first.call_id


def test_however_many_calls_wait_the_bar_keeps_its_room(station: Station) -> None:
    for number in range(7):
        ringing(station, f"+44207946010{number}")
    shown = [chip for chip in station.page.bar.findChildren(ChoiceChip) if chip.isVisible()]
    assert len(shown) == 3
    assert station.page.bar.more.text() == "3 more wait"
    assert station.page.bar.wrap_up.isVisible()


def test_a_waiting_call_that_is_answered_comes_to_the_screen(station: Station) -> None:
    ringing(station, SHARED_NUMBER)
    second = ringing(station)
    tell(station, Step.ANSWERED, second)
    current = station.page.calls.current
    assert current is not None
    assert (current.id, station.page.subject) == (second.call_id, ANNA.id)


def test_a_waiting_call_that_is_answered_takes_nothing_from_who_types(station: Station) -> None:
    first = ringing(station, SHARED_NUMBER)
    station.type_note("Still writing")
    second = ringing(station)
    tell(station, Step.ANSWERED, second)
    current = station.page.calls.current
    assert current is not None
    assert current.id == first.call_id
    assert station.page.person.note.edit.hasFocus()


def test_a_missed_call_is_kept_once_under_the_id_that_all_desks_know(station: Station) -> None:
    shared = new_id()
    call = ringing(station, shared_id=shared)
    tell(station, Step.STOPPED, call)
    tell(station, Step.MISSED, call)
    tell(station, Step.MISSED, msgspec.structs.replace(call, call_id=new_id()))
    kept = [row for row in interactions(station) if row.id == shared]
    assert [(row.customer_id, row.disposition) for row in kept] == [(ANNA.id, "missed")]


def test_a_missed_call_of_a_shared_line_belongs_to_nobody_in_particular(station: Station) -> None:
    call = ringing(station, SHARED_NUMBER, shared_id=new_id())
    tell(station, Step.MISSED, call)
    [kept] = [row for row in interactions(station) if row.id == call.shared_id]
    assert kept.customer_id is None


@pytest.mark.parametrize(("number", "shared"), [(ANNA_NUMBER, None), ("anonymous", "some id")])
def test_a_missed_call_that_is_kept_elsewhere_or_withheld_is_not_kept_here(
    station: Station, number: str, shared: str | None
) -> None:
    before = len(interactions(station))
    call = ringing(station, number, shared_id=shared)
    tell(station, Step.MISSED, call)
    assert len(interactions(station)) == before
    assert station.page.calls.current is None


def test_the_caller_who_is_passed_on_takes_the_place_of_the_colleague_who_asked(
    station: Station,
) -> None:
    call = ringing(station, "102")
    tell(station, Step.ANSWERED, call)
    changed = msgspec.structs.replace(call, number=ANNA_NUMBER, passed_on_by="Cole")
    tell(station, Step.CHANGED, changed)
    assert station.page.subject == ANNA.id
    assert "passed on by Cole" in station.page.bar.how.full_text


def test_who_passed_a_call_on_is_told_with_its_first_ring(station: Station) -> None:
    ringing(station, passed_on_by="Cole", queue="sales")
    assert "queue sales · passed on by Cole" in station.page.bar.how.full_text


def test_a_call_that_was_passed_on_is_wrapped_up_as_that(station: Station) -> None:
    call = ringing(station)
    tell(station, Step.ANSWERED, call)
    tell(station, Step.PASSED_ON, call, by="Cole")
    assert station.page.person.wrap_up.disposition.value == Disposition.PASSED_ON
    assert "passed on to Cole" in station.page.bar.how.full_text


def test_a_desk_that_connects_in_the_middle_of_a_call_opens_it(station: Station) -> None:
    tell(station, Step.ANSWERED, Call(number=ANNA_NUMBER))
    assert station.page.subject == ANNA.id


def test_what_is_told_of_a_call_that_never_rang_here_does_nothing(station: Station) -> None:
    for step in (Step.STOPPED, Step.ENDED, Step.CHANGED, Step.FAILED, Step.PASSED_ON):
        tell(station, step, Call(number=ANNA_NUMBER))
    assert station.page.is_home
    assert station.page.calls.current is None


def test_names_from_a_telephone_system_are_text(station: Station) -> None:
    ringing(station, passed_on_by="<img src=x>", queue="<b>\u202eq</b>")
    assert "<img src=x>" in station.page.bar.how.full_text


# --- Dialling -------------------------------------------------------------------------------------


def test_numbers_can_be_called_only_where_calls_can_be_placed(station: Station) -> None:
    station.page.open_customer(ANNA.id)
    station.settle()
    offered = [station.page.person.card.first_number]
    station.window.allow_dialling(True)
    offered.append(station.page.person.card.first_number)
    assert offered == [None, ANNA_NUMBER]
    wanted: list[Call] = []
    station.page.dial_wanted.connect(wanted.append)
    QTest.keyClick(
        station.window,
        Qt.Key.Key_D,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    [call] = wanted
    assert (call.number, call.customer_id, call.direction) == (
        ANNA_NUMBER,
        ANNA.id,
        Direction.OUTBOUND,
    )


def test_whom_the_operator_calls_is_on_the_screen_whoever_else_has_the_number(
    station: Station,
) -> None:
    ringing(station, SHARED_NUMBER, direction=Direction.OUTBOUND, customer_id=CAROL.id)
    session = station.page.calls.current
    assert session is not None
    assert (session.customer_id, session.chosen) == (CAROL.id, True)
    assert station.page.subject == CAROL.id


def test_whom_the_operator_did_not_reach_is_wrapped_up_as_that(station: Station) -> None:
    call = ringing(station, direction=Direction.OUTBOUND, customer_id=ANNA.id)
    tell(station, Step.FAILED, call)
    assert station.page.person.wrap_up.disposition.value == Disposition.NO_ANSWER
