"""Wrapping a call up: by keyboard alone, left and found again, saved all or nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton

from agentdesk.domain.entities import (
    Channel,
    Disposition,
    Interaction,
    Mood,
    Note,
    Promise,
)
from agentdesk.store.rows import get_entity, select_entities
from agentdesk.store.tables import note, promise
from agentdesk.views.desk import due_times
from agentdesk.views.desk.call_session import Verification
from tests.ui.desk.conftest import ANNA, ANNA_NUMBER, UNKNOWN_NUMBER, Station


def test_a_call_is_wrapped_up_by_keyboard_alone(station: Station) -> None:
    call = station.ring(ANNA_NUMBER)
    station.type_note("boat comes on Friday")
    station.press(Qt.Key.Key_F9)
    assert not station.page.person.wrap_up.isHidden()
    station.write("s")
    station.press(Qt.Key.Key_Tab)
    station.write("Delivery date found")
    station.press(Qt.Key.Key_Tab)
    station.write("d")
    station.press(Qt.Key.Key_Tab)
    station.write("Ring before the van leaves")
    station.press(Qt.Key.Key_Tab)
    station.write("t")
    for _ in range(2):
        station.press(Qt.Key.Key_Tab)
    station.write("Warehouse loads it")
    station.press(Qt.Key.Key_Return, ctrl=True)
    station.qtbot.waitUntil(lambda: station.page.calls.current is None)
    station.settle()
    saved = station.store.read_here(lambda c: get_entity(c, Interaction, call.call_id))
    assert saved is not None
    assert saved.customer_id == ANNA.id
    assert (saved.disposition, saved.mood) == (Disposition.SOLVED, Mood.DELIGHTED)
    assert saved.subject == "Delivery date found"
    assert saved.summary == "Delivery date found\nNext step: Warehouse loads it"
    promised = station.store.read_here(
        lambda c: select_entities(c, Promise, promise.c.interaction_id == call.call_id)
    )
    assert [(p.text, p.channel) for p in promised] == [("Ring before the van leaves", Channel.CALL)]
    notes = station.store.read_here(
        lambda c: select_entities(c, Note, note.c.interaction_id == call.call_id)
    )
    assert [n.text for n in notes] == ["boat comes on Friday"]
    assert station.page.person.note.text == ""
    assert not station.page.person.wrap_up.is_open
    assert not station.page.bar.isVisible()
    assert "Delivery date found" in station.timeline()


def test_escape_goes_back_to_the_call_and_loses_nothing(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    station.press(Qt.Key.Key_F9)
    station.write("f")
    station.press(Qt.Key.Key_Tab)
    station.write("half a summary")
    station.press(Qt.Key.Key_Escape)
    assert not station.page.person.wrap_up.is_open
    assert station.page.person.note.edit.hasFocus()
    station.press(Qt.Key.Key_F9)
    panel = station.page.person.wrap_up
    assert panel.summary.text() == "half a summary"
    assert panel.disposition.value == Disposition.FOLLOW_UP


def test_how_it_ended_must_be_said(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    station.press(Qt.Key.Key_F9)
    station.press(Qt.Key.Key_Return, ctrl=True)
    assert "how it ended" in station.page.person.wrap_up.error.text
    assert station.page.calls.current is not None


def test_a_promise_to_nobody_is_refused_and_a_call_of_nobody_keeps_its_draft(
    station: Station,
) -> None:
    call = station.ring(UNKNOWN_NUMBER)
    station.type_note("no name yet")
    station.press(Qt.Key.Key_F9)
    station.write("i")
    panel = station.page.person.wrap_up
    panel.promise.setText("call back")
    station.page.wrapping.save()
    assert "somebody to keep it to" in panel.error.text
    panel.promise.clear()
    station.page.wrapping.save()
    station.qtbot.waitUntil(lambda: station.page.calls.current is None)
    station.settle()
    saved = station.store.read_here(lambda c: get_entity(c, Interaction, call.call_id))
    assert saved is not None
    assert (saved.customer_id, saved.e164) == (None, UNKNOWN_NUMBER)
    assert [d.text for d in station.desk.drafts().result(5)] == ["no name yet"]
    assert station.page.is_home


def test_how_the_caller_was_verified_stands_before_the_summary(station: Station) -> None:
    call = station.ring(ANNA_NUMBER)
    station.page.person.card.head.verified.emit(Verification.BIRTHDAY)
    station.press(Qt.Key.Key_F9)
    station.write("s")
    station.page.person.wrap_up.summary.setText("New address")
    station.page.wrapping.save()
    station.qtbot.waitUntil(lambda: station.page.calls.current is None)
    station.settle()
    saved = station.store.read_here(lambda c: get_entity(c, Interaction, call.call_id))
    assert saved is not None
    assert saved.summary == "Verified by date of birth.\nNew address"
    assert saved.subject == "New address"


def test_a_call_without_a_summary_is_named_by_how_it_ended(station: Station) -> None:
    call = station.ring(ANNA_NUMBER)
    station.press(Qt.Key.Key_F9)
    station.write("w")
    station.press(Qt.Key.Key_Return, ctrl=True)
    station.qtbot.waitUntil(lambda: station.page.calls.current is None)
    station.settle()
    saved = station.store.read_here(lambda c: get_entity(c, Interaction, call.call_id))
    assert saved is not None
    assert saved.subject == "Wrong number"


@pytest.mark.parametrize(
    ("choice", "days", "hour"),
    [(due_times.TODAY, 0, 17), (due_times.TOMORROW, 1, 10), (due_times.NEXT_WEEK, 5, 10)],
)
def test_quick_choices_mean_the_viewers_clock(choice: str, days: int, hour: int) -> None:
    here = datetime(2026, 11, 18, 9, 30).astimezone()
    due = due_times.due_at(choice, here)
    assert (due.date(), due.hour) == ((here + timedelta(days=days)).date(), hour)


def test_today_is_not_offered_when_it_is_over() -> None:
    late = datetime(2026, 11, 18, 18, 0).astimezone()
    assert not due_times.is_offered(due_times.TODAY, late)
    assert due_times.is_offered(due_times.TOMORROW, late)


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_every_field_is_seen_whole_when_the_keyboard_is_on_it(
    station: Station, scale: float
) -> None:
    station.ring(ANNA_NUMBER)
    station.themes.set_text_scale(scale)
    station.themes.set_less_motion(True)
    station.settle()
    station.press(Qt.Key.Key_F9)
    station.turn()
    panel = station.page.person.wrap_up
    fields = (panel.disposition, panel.summary, panel.mood, panel.promise, panel.due)
    for field in (*fields, panel.channel, panel.next_step, panel.save):
        stop = station.focus()
        assert stop is field or field.isAncestorOf(stop)
        seen = stop.visibleRegion().boundingRect()
        assert seen.height() == stop.height()
        assert seen.width() >= stop.width() - 1
        if field is panel.promise:
            station.write("Ring back")
        station.press(Qt.Key.Key_Tab)
    assert panel.geometry().bottom() <= station.page.person._centre.rect().bottom()
    for chip in panel.disposition.findChildren(QAbstractButton):
        assert panel.disposition.rect().contains(chip.geometry())


def test_asking_for_the_wrap_up_again_keeps_what_stands_in_it(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    station.press(Qt.Key.Key_F9)
    station.press(Qt.Key.Key_Tab)
    station.write("Delivery date found")
    station.press(Qt.Key.Key_F9)
    panel = station.page.person.wrap_up
    assert panel.summary.text() == "Delivery date found"
    assert panel.disposition.isAncestorOf(station.focus())
