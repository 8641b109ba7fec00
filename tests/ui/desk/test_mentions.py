"""A number that is only mentioned opens nobody's card; one key decides whose it is."""

from __future__ import annotations

from PySide6.QtCore import Qt

from agentdesk.domain.callers import MatchKind
from agentdesk.domain.kinds import KindName
from tests.ui.desk.conftest import ANNA, BOB, UNKNOWN_NUMBER, Station


def names(station: Station) -> list[str]:
    return [one.name for one in station.page.person.unknown.maybes.people]


def test_a_mentioned_person_is_offered_with_the_reason(station: Station) -> None:
    station.desk.add_note(ANNA.id, "Her sister: 020 7946 0099").result(5)
    station.ring(UNKNOWN_NUMBER)
    page = station.page
    assert page.subject is None
    assert page.person.is_unknown
    assert names(station) == ["Anna Kowalska"]
    assert "number mentioned in a note of" in page.bar.how.full_text


def test_one_key_makes_a_mention_a_contact_point(station: Station) -> None:
    station.desk.add_note(ANNA.id, "Her sister: 020 7946 0099").result(5)
    station.ring(UNKNOWN_NUMBER)
    station.type_note("asks about the boat")
    station.press(Qt.Key.Key_Y, ctrl=True, shift=True)
    station.qtbot.waitUntil(lambda: station.page.subject == ANNA.id)
    station.settle()
    assert station.page.person.note.text == "asks about the boat"
    assert station.desk.recognise(UNKNOWN_NUMBER).result(5).kind is MatchKind.EXACT


def test_one_key_forgets_a_mention_and_one_takes_that_back(station: Station) -> None:
    station.desk.add_note(BOB.id, "Uncle: 020 7946 0099").result(5)
    station.desk.add_note(ANNA.id, "Her sister: 020 7946 0099").result(5)
    station.ring(UNKNOWN_NUMBER)
    assert names(station) == ["Anna Kowalska", "Bob Miller"]
    station.press(Qt.Key.Key_X, ctrl=True, shift=True)
    station.qtbot.waitUntil(lambda: names(station) == ["Bob Miller"])
    station.press(Qt.Key.Key_X, ctrl=True, shift=True)
    station.qtbot.waitUntil(lambda: names(station) == [])
    station.settle()
    assert station.page.bar.how.full_text.endswith("unknown")
    assert station.page.person.is_unknown
    station.window.notices.bar.take_back()
    station.qtbot.waitUntil(lambda: names(station) == ["Bob Miller"])


def test_a_known_caller_has_nobody_to_forget(station: Station) -> None:
    note = station.desk.add_note(ANNA.id, "Her sister: 020 7946 0099").result(5)
    station.ring(UNKNOWN_NUMBER)
    assert station.window.actions_.action("call.maybe").isEnabled()
    station.page.go_home()
    assert not station.window.actions_.action("call.maybe").isEnabled()
    station.desk.remove(KindName.NOTE, note.id).result(5)
    assert station.desk.recognise(UNKNOWN_NUMBER).result(5).mentioned == ()
