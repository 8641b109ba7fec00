"""Calls on the Desk: who is shown, what waits, and that nobody loses the keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from agentdesk.domain.callers import MatchKind
from agentdesk.domain.entities import ContactPoint, Customer, Direction, Interaction
from agentdesk.store.rows import select_entities
from agentdesk.store.tables import contact_point, interaction
from agentdesk.telephony.events import announced
from agentdesk.views.desk.call_session import CallBook, CallState
from tests.ui.desk.conftest import (
    ANNA,
    ANNA_NUMBER,
    BOB,
    CAROL,
    SHARED_NUMBER,
    UNKNOWN_NUMBER,
    Station,
)


def test_a_known_number_opens_the_person_with_everything_that_is_known(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    page = station.page
    assert page.subject == ANNA.id
    assert page.person.card.head.name.text == "Anna Kowalska"
    assert page.person.card.head.say.text == "AN-na ko-VAL-ska"
    about = page.person.card.head.about.text
    assert about.startswith("Mrs Kowalska · she/her · Polish · ")
    assert about.endswith(" in Gdańsk")
    assert "exact number" in page.bar.how.full_text
    assert station.timeline() == ["Delivery of the boat"]
    assert page.person.playbook.opening.isVisible() or page.person.playbook.band.name


MENU_REMARK = "This plugin does not support (raise|grabbing)"
"""What Qt's offscreen platform says of every menu that opens."""


@pytest.mark.qt_log_ignore(MENU_REMARK, extend=True)
def test_the_last_caller_of_a_shared_line_comes_first_and_others_are_one_key_away(
    station: Station,
) -> None:
    station.ring(SHARED_NUMBER)
    page = station.page
    assert page.subject == BOB.id
    assert "shared line: 2 people" in page.bar.how.full_text
    station.press(Qt.Key.Key_F6)
    others = page.callers.menu
    assert [action.text() for action in others.actions() if action.text()] == [
        "Bob Miller",
        "Carol Miller",
        "None of them",
    ]
    others.actions()[1].trigger()
    others.close()
    station.qtbot.waitUntil(lambda: page.subject == CAROL.id)
    station.settle()
    chosen = station.store.read_here(
        lambda c: select_entities(c, ContactPoint, contact_point.c.customer_id == CAROL.id)
    )
    assert chosen[0].chosen_at is not None


def test_the_note_of_a_call_goes_along_when_it_turns_out_to_be_somebody_else(
    station: Station,
) -> None:
    station.ring(SHARED_NUMBER)
    station.type_note("wants a copy")
    candidates = {c.customer_id: c for c in station.page.calls.current.candidates}  # type: ignore[union-attr] # a call is there
    station.page.choose(candidates[CAROL.id])
    station.qtbot.waitUntil(lambda: station.page.subject == CAROL.id)
    station.settle()
    assert station.page.person.note.text == "wants a copy"
    drafts = station.desk.drafts().result(5)
    assert [(draft.customer_id, draft.text) for draft in drafts] == [(CAROL.id, "wants a copy")]


def test_an_unknown_number_shows_what_it_tells_and_creates_nothing(station: Station) -> None:
    station.ring(UNKNOWN_NUMBER)
    page = station.page
    assert page.person.is_unknown
    assert page.person.unknown.title.text == "020 7946 0099"
    assert "United Kingdom" in [line.text for line in page.person.unknown.known.lines]
    assert station.desk.customer_count().result(5) == 3
    assert page.person.playbook.current is None


def test_an_unknown_caller_becomes_a_new_customer_by_keyboard(station: Station) -> None:
    station.ring(UNKNOWN_NUMBER, "Dora Nowak")
    station.type_note("first call ever")
    station.page._new_customer()
    station.press(Qt.Key.Key_Return)
    station.qtbot.waitUntil(lambda: station.page.subject is not None)
    station.settle()
    card = station.page.person.card.card
    assert card is not None
    assert card.customer.full_name == "Dora Nowak"
    assert [point.e164 for point in card.contact_points] == [UNKNOWN_NUMBER]
    assert station.page.person.note.text == "first call ever"


def test_an_unknown_number_is_attached_with_its_earlier_calls(station: Station) -> None:
    station.ring(UNKNOWN_NUMBER)
    station.page.mark_missed()
    station.settle()
    station.ring(UNKNOWN_NUMBER)
    station.page._attach()
    search = station.page.person.unknown.search
    station.write("Kowals")
    station.qtbot.waitUntil(lambda: search.found == 1)
    station.press(Qt.Key.Key_Return)
    station.qtbot.waitUntil(lambda: station.page.subject == ANNA.id)
    station.settle()
    assert "Missed call" in station.timeline()
    assert station.desk.recognise(UNKNOWN_NUMBER).result(5).kind is MatchKind.EXACT


def test_a_withheld_number_creates_nothing_at_all(station: Station) -> None:
    station.ring("anonymous")
    page = station.page
    assert page.person.unknown.title.text == "Number withheld"
    page.mark_missed()
    station.settle()
    assert page.calls.current is None
    calls = station.store.read_here(
        lambda c: select_entities(c, Interaction, interaction.c.customer_id.is_(None))
    )
    assert calls == []


def test_a_missed_call_is_among_the_calls_to_return(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    station.page.mark_missed()
    station.settle()
    station.page.go_home()
    station.qtbot.waitUntil(lambda: len(station.page.home.missed.rows) == 1)
    row = station.page.home.missed.rows[0]
    assert row.title == "Anna Kowalska"
    row.action.click()
    station.qtbot.waitUntil(lambda: station.page.subject == ANNA.id)
    station.settle()
    assert QGuiApplication.clipboard().text() == ANNA_NUMBER
    session = station.page.calls.current
    assert session is not None
    assert session.call.direction is Direction.OUTBOUND


def test_a_second_call_while_typing_takes_neither_text_nor_keyboard(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    station.type_note("half a sen")
    second = station.ring(SHARED_NUMBER)
    page = station.page
    assert page.subject == ANNA.id
    assert page.person.note.edit.hasFocus()
    station.write("tence")
    assert page.person.note.text == "half a sentence"
    assert [s.id for s in page.calls.book.waiting] == [second.call_id]
    assert page.bar._waiting[0].isVisible()
    assert "Bob Miller waits" in page.bar._waiting[0].text()


def test_a_first_call_waits_too_while_a_note_is_typed_without_a_call(station: Station) -> None:
    station.window.open_customer(ANNA.id)
    station.qtbot.waitUntil(lambda: station.page.subject == ANNA.id)
    station.settle()
    station.type_note("after the call")
    station.ring(SHARED_NUMBER)
    assert station.page.calls.current is None
    assert station.page.bar.isVisible()
    assert station.page.person.note.edit.hasFocus()


def test_switching_to_the_waiting_call_keeps_the_note_of_the_first(station: Station) -> None:
    first = station.ring(ANNA_NUMBER)
    station.type_note("for Anna")
    station.ring(SHARED_NUMBER)
    station.press(Qt.Key.Key_F10)
    station.qtbot.waitUntil(lambda: station.page.subject == BOB.id)
    station.settle()
    assert station.page.person.note.text == ""
    assert [s.id for s in station.page.calls.book.waiting] == [first.call_id]
    station.press(Qt.Key.Key_F10)
    station.qtbot.waitUntil(lambda: station.page.subject == ANNA.id)
    assert station.page.person.note.text == "for Anna"


def test_looking_at_somebody_else_keeps_the_call_in_the_bar(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    station.window.open_customer(CAROL.id)
    station.qtbot.waitUntil(lambda: station.page.subject == CAROL.id)
    station.settle()
    assert station.page.bar.who.full_text == "Anna Kowalska"
    assert station.page.bar.back.isVisible()
    station.page.bar.back.click()
    station.qtbot.waitUntil(lambda: station.page.subject == ANNA.id)
    station.settle()
    assert not station.page.bar.back.isVisible()


def test_a_call_announced_twice_is_one_call() -> None:
    book, call = CallBook(), announced("+442079460001")
    first, at_once = book.take(call, busy=False)
    again, not_again = book.take(call, busy=False)
    assert first is again
    assert (at_once, not_again) == (True, False)
    assert book.finish(first) is None
    assert first.state is CallState.DONE


def test_the_call_that_waited_longest_comes_next(station: Station) -> None:
    book = CallBook()
    one, two, three = (book.take(announced(f"+44207946000{n}"), busy=False)[0] for n in (1, 2, 3))
    assert [one.state, two.state, three.state] == [
        CallState.ACTIVE,
        CallState.WAITING,
        CallState.WAITING,
    ]
    assert book.finish(one) is two
    book.bring_up(three)
    assert book.current is three
    assert book.finish(three) is two


@pytest.mark.qt_log_ignore(MENU_REMARK, extend=True)
def test_sensitive_facts_stay_hidden_until_it_is_recorded_how_the_caller_was_verified(
    station: Station,
) -> None:
    station.ring(ANNA_NUMBER)
    card = station.page.person.card
    texts = [row.text for row in card.facts.rows]
    assert texts == ["Sailing on the bay", "Access needs: hidden until verified"]
    card.head.open_ways()
    card.head._ways.actions()[1].trigger()
    card.head._ways.close()
    assert "Hard of hearing on the left" in [row.text for row in card.facts.rows]
    assert card.head._proof.text == "Verified: date of birth"


def test_markup_direction_marks_and_ten_thousand_characters_are_shown_as_text(
    station: Station,
) -> None:
    odd = "<b>Bold</b> & \u202eevil\u202c שלום"
    customer = station.desk.add_customer(odd, number="+442079460055").result(5)
    assert isinstance(customer, Customer)
    station.desk.add_note(customer.id, "<h1>long</h1> " + "x" * 9_980).result(5)
    station.ring("+442079460055")
    head = station.page.person.card.head
    assert "<b>Bold</b> & evil" in head.name.text
    assert "\u202e" not in head.name.text
    timeline = station.page.person.timeline
    timeline.toggle(timeline.model.index(1))
    station.settle()
    shown = timeline.detail.text.toPlainText()
    assert shown.startswith("<h1>long</h1> xxx")
    assert len(shown) == 9_994
