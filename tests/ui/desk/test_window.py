"""The window: screens, palette, sync status, narrow windows, leaving without loss."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QWidget

from agentdesk.domain.alerts import Alert, AlertKind
from agentdesk.domain.moments import now
from agentdesk.ui.actions import check_declarations
from agentdesk.ui.bridge import SyncState, SyncStatus
from agentdesk.ui.stylesheet import style_sheet
from agentdesk.ui.theme import TextRole, Tone
from agentdesk.views import about, main_window, shortcuts_page
from agentdesk.views.desk import call_bar, fact_list, note_box, page, timeline_panel, wrap_up
from agentdesk.views.desk.card_words import alert_words
from agentdesk.views.palette_provider import PEOPLE, PaletteProvider
from tests.ui.desk.conftest import ANNA, ANNA_NUMBER, BOB, Station


def test_every_screen_is_a_key_away_and_the_rail_shows_it(station: Station) -> None:
    for number, screen in enumerate(("customers", "sync", "preferences"), 2):
        station.press(Qt.Key(int(Qt.Key.Key_0) + number), ctrl=True)
        station.settle()
        assert station.window.screen_id == screen
        assert station.window.rail._buttons[screen].isChecked()


def test_no_two_actions_share_an_id_or_a_key_in_reach() -> None:
    own = (
        *main_window.WINDOW_ACTIONS,
        *call_bar.ACTIONS,
        *fact_list.ACTIONS,
        *note_box.ACTIONS,
        *timeline_panel.ACTIONS,
        *wrap_up.ACTIONS,
        *(v for v in vars(page).values() if type(v).__name__ == "ActionSpec"),
    )
    check_declarations({spec.id: spec for spec in own}.values())
    assert all(spec.shortcut for spec in own)


def test_the_palette_lists_recent_people_and_finds_others(station: Station) -> None:
    provider = PaletteProvider(station.desk, station.window.actions_)
    task = station.loop.create_task(_both(provider))
    station.qtbot.waitUntil(task.done)
    nothing_typed, typed = task.result()
    assert [section.id for section in nothing_typed] == ["people", "actions"]
    people = next(section for section in typed if section.id == PEOPLE)
    assert [item.key for item in people.items] == [ANNA.id]
    assert people.items[0].ranges == ((5, 5),)


async def _both(provider: PaletteProvider):  # type: ignore[no-untyped-def] # two answers of it
    return await provider(""), await provider("kowal")


def test_the_palette_opens_somebody_by_keyboard_and_gives_the_keyboard_back(
    station: Station,
) -> None:
    station.press(Qt.Key.Key_K, ctrl=True)
    station.settle()
    station.write("kowal")
    palette = station.window.palette_list
    station.qtbot.waitUntil(
        lambda: palette.current_item is not None and palette.current_item.key == ANNA.id
    )
    station.press(Qt.Key.Key_Return)
    station.qtbot.waitUntil(lambda: station.page.subject == ANNA.id)
    station.settle()
    assert not palette.isVisible()


def test_the_search_stays_where_it_is_whatever_sync_says(station: Station) -> None:
    top = station.window.top
    before = top.search.geometry()
    offline = SyncStatus(SyncState.OFFLINE, pending=12, offline_since=now())
    station.window._show_sync(offline)
    assert "12 waiting" in top.pill.text()
    station.qtbot.waitUntil(lambda: top.pill.width() >= top.pill.sizeHint().width())
    assert top.search.geometry() == before


def test_the_pill_tells_the_truth_about_sync(station: Station) -> None:
    window = station.window
    assert window.top.pill.text() == "All saved centrally"
    status = SyncStatus(SyncState.OFFLINE, pending=3, attention=2, offline_since=now())
    window._show_sync(status)
    assert "3 waiting" in window.top.pill.text()
    assert window.rail._buttons["sync"].accessibleDescription() == "2 need attention"


def test_in_a_narrow_window_the_playbook_is_a_tab_and_the_card_short(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    person = station.page.person
    assert not person.playbook_is_tab
    station.window.resize(1100, 760)
    station.qtbot.waitUntil(lambda: person.playbook_is_tab)
    assert not person.playbook.isVisible()
    person.show_tab("playbook")
    assert person.playbook.isVisible()
    station.window.resize(940, 700)
    assert person.card.more.isVisible()
    assert not person.card.edit.isVisible()
    person.card.more.click()
    assert person.card.edit.isVisible()
    station.window.resize(1400, 760)
    assert not person.playbook_is_tab
    assert person.timeline.isVisible()
    assert person.playbook.isVisible()


def test_the_first_wish_to_close_is_refused_and_the_draft_saved(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    station.type_note("not lost")
    with station.qtbot.waitSignal(station.window.close_requested):
        station.window.close()
    assert station.window.isVisible()
    station.close_window()
    assert [d.text for d in station.desk.drafts().result(5)] == ["not lost"]


def test_the_window_comes_back_where_it_was(station: Station) -> None:
    station.window.resize(1234, 777)
    station.close_window()
    station.open_window((1, 1))
    assert isinstance(station.preferences.get("window.place"), str)


def test_a_change_from_elsewhere_reaches_the_card_and_leaves_the_note_alone(
    station: Station,
) -> None:
    station.ring(ANNA_NUMBER)
    station.type_note("I was saying")
    station.desk.set_fields(ANNA.id, {"full_name": "Anna Kowalska-Nowak"}).result(5)
    head = station.page.person.card.head
    station.qtbot.waitUntil(lambda: head.name.text == "Anna Kowalska-Nowak")
    station.settle()
    assert station.page.person.note.text == "I was saying"
    assert station.page.person.note.edit.hasFocus()


def test_the_type_is_set_and_left_to_suggestions_again(station: Station) -> None:
    station.window.open_customer(BOB.id)
    station.qtbot.waitUntil(lambda: station.page.subject == BOB.id)
    station.settle()
    panel = station.page.person.playbook
    panel.type_chosen.emit("informal-regular")
    station.qtbot.waitUntil(lambda: panel.band.name == "Informal regular")
    station.settle()
    assert "Garden pump" in panel.opening.accessibleName()
    assert "Bob" in panel.opening.accessibleName()
    panel.phrases[0].click()
    assert QApplication.clipboard().text() == panel.phrases[0].words
    panel.type_chosen.emit(None)
    station.qtbot.waitUntil(lambda: panel._certainty.text() != "Chosen by an operator")
    station.settle()


def test_every_alert_has_a_sentence_a_tone_and_one_action() -> None:
    moment = now()
    for kind in AlertKind:
        alert = Alert(kind, "id", "the matter", moment - timedelta(hours=2), count=3, days=1)
        words = alert_words(alert, moment, "en")
        assert words.text
        assert words.action
        assert words.tone is not Tone.NEUTRAL


def test_shortcuts_and_about_open_without_blocking(station: Station) -> None:
    for show, name in (
        (station.window.show_shortcuts, shortcuts_page.ShortcutsPage),
        (station.window.show_about, about.AboutPage),
    ):
        show()
        dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, name))
        assert dialog.isVisible()
        dialog.close()


def test_tab_leads_from_column_to_column_as_the_eyes_go(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    person = station.page.person
    columns = (person.card, person.timeline, person.note, person.playbook)
    person.card.facts.focus_first()
    went: list[QWidget] = []
    heights: list[int] = []
    while not went or any(column.isAncestorOf(station.focus()) for column in columns):
        assert station.focus() not in went
        went.append(station.focus())
        heights.append(station.focus().mapTo(station.window, QPoint(0, 0)).y())
        station.focus().focusNextPrevChild(True)
    places = [next(n for n, c in enumerate(columns) if c.isAncestorOf(stop)) for stop in went]
    assert places == sorted(places)
    assert set(places) == {0, 1, 2, 3}
    rows = [stop for stop in went if stop.objectName() in ("fact", "edit_customer")]
    assert rows == [*person.card.facts.rows, person.card.edit]


def test_the_tools_of_a_fact_go_with_the_keyboard(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    facts = station.page.person.card.facts
    facts.focus_first()
    assert facts._tools.isVisible()
    station.press(Qt.Key.Key_J, ctrl=True)
    station.qtbot.waitUntil(lambda: not facts._tools.isVisible())
    assert facts._pointed is None


def test_the_keyboard_never_lands_on_a_waiting_call_by_itself(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    station.type_note("begun")
    station.ring("+442079460099")
    station.press(Qt.Key.Key_2, ctrl=True)
    station.settle()
    assert station.window.customers_page.isAncestorOf(station.focus())
    station.window.open_customer(BOB.id)
    station.qtbot.waitUntil(lambda: station.page.subject == BOB.id)
    station.settle()
    assert station.page.person.note.edit.hasFocus()


def test_a_screen_shown_by_its_key_takes_the_keyboard(station: Station) -> None:
    station.press(Qt.Key.Key_2, ctrl=True)
    station.press(Qt.Key.Key_1, ctrl=True)
    station.settle()
    assert station.page.home.isAncestorOf(station.focus())
    station.ring(ANNA_NUMBER)
    station.press(Qt.Key.Key_2, ctrl=True)
    station.press(Qt.Key.Key_1, ctrl=True)
    station.settle()
    assert station.page.person.note.edit.hasFocus()


def test_nothing_in_the_note_box_moves_when_it_says_that_a_draft_is_kept(
    station: Station,
) -> None:
    station.ring(ANNA_NUMBER)
    note = station.page.person.note
    before = note.edit.geometry()
    station.type_note("begun")
    station.qtbot.waitUntil(lambda: bool(note.status.text()))
    station.settle()
    station.turn()
    assert note.edit.geometry() == before


def test_the_hint_in_the_note_box_is_as_large_as_what_is_typed(
    station: Station, qapp: QApplication
) -> None:
    station.ring(ANNA_NUMBER)
    note = station.page.person.note.edit
    plain = qapp.styleSheet()
    qapp.setStyleSheet(style_sheet(station.themes.theme))
    station.themes.set_text_scale(1.5)
    hint = note.viewport().font().pointSizeF()
    qapp.setStyleSheet(plain)
    assert hint == station.themes.theme.font().pointSizeF()


def test_the_playbook_has_its_size_again_after_it_was_a_tab_for_large_text(
    station: Station, qapp: QApplication
) -> None:
    plain, themes, font = qapp.styleSheet(), station.themes, qapp.font()

    def dress_for(scale: float) -> None:
        # The program is dressed before any widget is told of the new theme.
        theme = replace(themes.theme, text_scale=scale)
        qapp.setFont(theme.font())
        qapp.setStyleSheet(style_sheet(theme))
        themes.set_text_scale(scale)

    station.close_window()
    dress_for(1.5)
    station.open_window()
    station.ring(ANNA_NUMBER)
    person = station.page.person
    tabbed = [person.playbook_is_tab]
    dress_for(1.0)
    station.turn()
    tabbed.append(person.playbook_is_tab)
    found = person.playbook._captions["opening"].font().pointSizeF()
    qapp.setFont(font)
    qapp.setStyleSheet(plain)
    assert tabbed == [True, False]
    assert found == themes.theme.font(TextRole.CAPTION).pointSizeF()
