"""Notes, drafts and facts on the Desk: nothing typed is lost, everything by keyboard."""

from __future__ import annotations

from PySide6.QtCore import Qt

from agentdesk.domain.draft import Draft
from agentdesk.domain.entities import Fact, FactKind, Note
from agentdesk.store.rows import select_entities
from agentdesk.store.tables import fact, note
from agentdesk.ui.roles import TimelineRole
from agentdesk.views.desk.fact_guess import guess_kinds, load_rules
from tests.ui.desk.conftest import ANNA, ANNA_NUMBER, FACTS, UNKNOWN_NUMBER, Station


def facts_of(station: Station) -> list[Fact]:
    """Return Anna's facts as they are on the disk."""
    return station.store.read_here(
        lambda c: select_entities(c, Fact, fact.c.customer_id == ANNA.id)
    )


def test_a_draft_is_kept_shortly_after_the_last_key_and_says_so_only_then(
    station: Station,
) -> None:
    station.ring(ANNA_NUMBER)
    box = station.page.person.note
    station.type_note("needs the long hose")
    assert box.status.text() == ""
    station.qtbot.waitUntil(lambda: box.status.text() == "Draft kept", timeout=2000)
    drafts = station.desk.drafts().result(5)
    assert drafts == [Draft(id=ANNA.id, text="needs the long hose", customer_id=ANNA.id)]


def test_a_draft_survives_a_new_window_and_leads_back_from_home(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    station.type_note("survives")
    station.close_window()
    station.open_window()
    rows = station.page.home.drafts.rows
    assert [row.title for row in rows] == ["Anna Kowalska"]
    rows[0].pressed.emit()
    station.qtbot.waitUntil(lambda: station.page.subject == ANNA.id)
    station.settle()
    assert station.page.person.note.text == "survives"


def test_a_draft_of_an_unknown_caller_survives_too_and_finds_its_person(
    station: Station,
) -> None:
    station.ring(UNKNOWN_NUMBER)
    station.type_note("will ring again")
    station.close_window()
    station.open_window()
    station.page.home.drafts.rows[0].pressed.emit()
    assert station.page.person.note.text == "will ring again"
    station.page.person.unknown.person_chosen.emit(ANNA.id, ANNA.full_name)
    station.qtbot.waitUntil(lambda: station.page.subject == ANNA.id)
    station.settle()
    assert station.page.person.note.text == "will ring again"
    assert [draft.id for draft in station.desk.drafts().result(5)] == [ANNA.id]


def test_leaving_the_note_box_keeps_the_draft_at_once(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    station.type_note("on the way")
    station.press(Qt.Key.Key_Tab)
    station.settle()
    assert [draft.text for draft in station.desk.drafts().result(5)] == ["on the way"]


def test_a_saved_note_shows_at_once_and_is_marked_as_waiting_for_central(
    station: Station,
) -> None:
    call = station.ring(ANNA_NUMBER)
    station.type_note("asked for the catalogue")
    station.press(Qt.Key.Key_Return, ctrl=True)
    station.qtbot.waitUntil(lambda: "asked for the catalogue" in station.timeline())
    station.settle()
    assert station.page.person.note.text == ""
    assert station.page.person.note.status.text() == "Saved"
    model = station.page.person.timeline.model
    assert model.index(1).data(TimelineRole.ENTRY).unsent
    saved = station.store.read_here(
        lambda c: select_entities(c, Note, note.c.customer_id == ANNA.id)
    )
    assert [n.interaction_id for n in saved] == [call.call_id]
    assert station.desk.drafts().result(5) == []


def test_what_is_typed_while_a_note_is_being_saved_stays(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    station.type_note("first")
    station.press(Qt.Key.Key_Return, ctrl=True)
    station.write(" second")
    station.qtbot.waitUntil(lambda: station.timeline()[0] == "first")
    station.settle()
    assert station.page.person.note.text == "second"


def test_the_note_of_somebody_unknown_is_not_saved_to_nobody(station: Station) -> None:
    station.ring(UNKNOWN_NUMBER)
    station.type_note("whose is it")
    station.press(Qt.Key.Key_Return, ctrl=True)
    assert "whose note" in station.page.person.note.error.text
    assert station.page.person.note.text == "whose is it"


def test_a_line_becomes_a_fact_by_keyboard_with_the_guessed_kind_first(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    station.qtbot.waitUntil(lambda: bool(station.page.person.note._rules))
    station.type_note("keep this line")
    station.press(Qt.Key.Key_Return)
    station.write("Her daughter starts school")
    station.press(Qt.Key.Key_L, ctrl=True)
    assert station.page.person.note.chips.order[0] is FactKind.FAMILY
    station.press(Qt.Key.Key_Return)
    station.qtbot.waitUntil(lambda: len(facts_of(station)) == 3)
    station.settle()
    filed = next(f for f in facts_of(station) if f.kind is FactKind.FAMILY)
    assert filed.text == "Her daughter starts school"
    assert station.page.person.note.text.strip() == "keep this line"
    assert station.page.person.note.edit.hasFocus()
    station.window.notices.bar.take_back()
    station.qtbot.waitUntil(lambda: "Her daughter" in station.page.person.note.text)
    station.settle()
    assert len(facts_of(station)) == 2


def test_a_number_files_at_once_and_zero_marks_as_sensitive(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    station.type_note("zzz")
    station.press(Qt.Key.Key_L, ctrl=True)
    station.write("0")
    station.write("3")
    station.qtbot.waitUntil(lambda: len(facts_of(station)) == 3)
    station.settle()
    filed = next(f for f in facts_of(station) if f.text == "zzz")
    assert (filed.kind, filed.sensitive) == (list(FactKind)[2], True)


def test_escape_leaves_the_chips_with_the_line_where_it_was(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    station.type_note("stays here")
    station.press(Qt.Key.Key_L, ctrl=True)
    station.press(Qt.Key.Key_Escape)
    assert station.page.person.note.text == "stays here"
    assert station.page.person.note.edit.hasFocus()
    assert not station.page.person.note.chips.isVisible()


def test_kinds_are_guessed_in_every_language() -> None:
    rules = load_rules()
    assert guess_kinds("Prefers e-mail, in writing", rules)[0] is FactKind.CHANNEL
    assert guess_kinds("Не любит ждать", rules)[0] is FactKind.DISLIKES
    assert guess_kinds("Jej córka idzie do szkoły", rules)[0] is FactKind.FAMILY
    assert guess_kinds("zzz", rules) == tuple(FactKind)


def test_still_true_is_taken_back_by_undo(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    card = station.page.person.card
    station.qtbot.waitUntil(lambda: len(card.facts.rows) == 2)
    card.facts.focus_fact(FACTS[0].id)
    station.press(Qt.Key.Key_T)

    def confirmed() -> bool:
        return any(f.confirmed_at for f in facts_of(station) if f.id == FACTS[0].id)

    station.qtbot.waitUntil(lambda: confirmed() and station.window.notices.bar.current is not None)
    station.window.notices.bar.undo.click()
    station.qtbot.waitUntil(lambda: not confirmed())


def test_a_fact_is_confirmed_changed_and_removed_by_keyboard(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    facts = station.page.person.card.facts
    facts.focus_first()
    assert "Learned" in facts._origin.text()
    station.press(Qt.Key.Key_T)
    station.qtbot.waitUntil(
        lambda: any(f.confirmed_at for f in facts_of(station) if f.id == FACTS[0].id)
    )
    station.settle()
    station.press(Qt.Key.Key_E)
    station.write("Rowing, tea and E")
    station.press(Qt.Key.Key_Return)
    station.qtbot.waitUntil(lambda: facts.rows[0].text == "Rowing, tea and E")
    station.settle()
    station.press(Qt.Key.Key_Delete)
    station.qtbot.waitUntil(lambda: len(facts_of(station)) == 1)
    station.settle()
    while station.window.notices.bar.current is not None:
        station.window.notices.bar.dismiss() if (
            station.window.notices.bar.current.text != "Fact removed"
        ) else station.window.notices.bar.take_back()
    station.qtbot.waitUntil(lambda: len(facts_of(station)) == 2)
    station.settle()
    assert len(facts.rows) == 2
