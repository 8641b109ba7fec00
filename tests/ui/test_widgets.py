"""Widgets: what they say, do and cost in height, in every theme and size."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from agentdesk.ui.delegates.customer import CustomerDelegate
from agentdesk.ui.delegates.sticky import StickyDay
from agentdesk.ui.delegates.timeline import TimelineDelegate
from agentdesk.ui.notices import Notice, NoticeBar
from agentdesk.ui.palette import CommandPalette
from agentdesk.ui.palette_model import PaletteModel, PaletteSection
from agentdesk.ui.theme import NOTICE_MS, Size
from agentdesk.ui.theme_switch import ThemeChoice, ThemeSwitch
from agentdesk.ui.widgets.chip import Chip, ChoiceChip
from agentdesk.ui.widgets.choices import CheckBox, Segmented, Toggle
from agentdesk.ui.widgets.face import Face, initials
from agentdesk.ui.widgets.fields import LabelledField, SearchField
from agentdesk.ui.widgets.flow import Flow
from agentdesk.ui.widgets.phrase import PhraseRow
from agentdesk.ui.widgets.tables import RowList
from agentdesk.ui.widgets.text import ElidedLabel, Label, Paragraph
from tests.ui.gallery import gallery
from tests.ui.samples import customers, sections, timeline


def shown(qtbot: QtBot, widget: QWidget) -> None:
    """Show `widget` and give it the keyboard."""
    widget.show()
    qtbot.waitExposed(widget)
    widget.activateWindow()
    qtbot.waitUntil(widget.isActiveWindow)


def has_colour(image: QImage, wanted: str) -> bool:
    """Tell whether any pixel of `image` has the colour `wanted`."""
    return any(
        image.pixelColor(x, y).name().upper() == wanted
        for x in range(image.width())
        for y in range(image.height())
    )


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK, ThemeChoice.HIGH_CONTRAST])
@pytest.mark.parametrize("scale", [0.8, 2.0])
def test_everything_pressable_is_named_focusable_and_big_enough(
    qtbot: QtBot, themes: ThemeSwitch, choice: ThemeChoice, scale: float
) -> None:
    themes.choose(choice)
    themes.set_text_scale(scale)
    page = gallery(themes)
    qtbot.addWidget(page)
    buttons = [
        button
        for button in page.findChildren(QAbstractButton)
        if type(button).__module__.startswith("agentdesk") and not button.isHidden()
    ]
    assert len(buttons) > 20
    for button in buttons:
        assert button.accessibleName(), type(button)
        least = int(Size.TARGET * scale)
        assert max(button.sizeHint().height(), button.minimumHeight()) >= least, type(button)
    assert not page.grab().toImage().isNull()


@pytest.mark.parametrize("kind", [ChoiceChip, CheckBox, Toggle, PhraseRow])
def test_the_focus_shows_as_a_ring_in_the_accent(
    qtbot: QtBot, themes: ThemeSwitch, kind: Callable[[ThemeSwitch, str], QWidget]
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    first = QLineEdit()
    button = kind(themes, "Home")
    layout.addWidget(first)
    layout.addWidget(button)
    shown(qtbot, window)
    first.setFocus()
    accent = themes.theme.colours.accent
    assert not has_colour(button.grab().toImage(), accent)
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    assert has_colour(button.grab().toImage(), accent)


def test_text_from_outside_is_never_markup(qtbot: QtBot, themes: ThemeSwitch) -> None:
    label = Label(themes, "<b>Bob</b>")
    elided = ElidedLabel(themes, "<b>Bob</b> " * 40)
    for widget in (label, elided):
        qtbot.addWidget(widget)
    elided.resize(80, 20)
    elided.grab()
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert "&lt;b&gt;Bob" in elided.toolTip()


def test_a_cut_text_is_whole_in_the_tool_tip(qtbot: QtBot, themes: ThemeSwitch) -> None:
    label = ElidedLabel(themes, "Anna Wiśniewska-Kowalczyk")
    qtbot.addWidget(label)
    label.resize(80, 20)
    label.grab()
    assert label.text().endswith("…")
    assert "Anna Wiśniewska-Kowalczyk" in label.toolTip()
    label.resize(600, 20)
    label.grab()
    assert label.text() == "Anna Wiśniewska-Kowalczyk"
    assert label.toolTip() == ""


def test_a_paragraph_grows_with_its_text_and_the_text_size(
    qtbot: QtBot, themes: ThemeSwitch
) -> None:
    words = Paragraph(themes, "x")
    qtbot.addWidget(words)
    one = words.heightForWidth(200)
    assert one == themes.theme.line_px()
    words.set_text("one\ntwo\nthree")
    assert words.heightForWidth(200) == 3 * one
    words.set_text("word " * 200)
    high = words.heightForWidth(200)
    themes.set_text_scale(2.0)
    assert words.heightForWidth(200) > high
    assert words.accessibleName() == "word " * 200


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Anna Maria Nowak", "AN"), ("Bob", "B"), ("Żaneta-Ola", "ŻO"), ("Иван П", "ИП"), ("42", "")],
)
def test_initials_are_the_first_and_last_words(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_an_unreadable_photo_leaves_the_initials(qtbot: QtBot, themes: ThemeSwitch) -> None:
    face, plain = Face(themes), Face(themes)
    for widget in (face, plain):
        qtbot.addWidget(widget)
    face.show_person("1", "Anna Nowak", b"no picture")
    plain.show_person("1", "Anna Nowak")
    assert face.grab().toImage() == plain.grab().toImage()
    assert face.accessibleName() == "Anna Nowak"


def test_chips_wrap_into_as_many_lines_as_they_need(qtbot: QtBot, themes: ThemeSwitch) -> None:
    flow = Flow(themes)
    qtbot.addWidget(flow)
    for number in range(6):
        flow.add(Chip(themes, f"Badge {number}"))
    line = flow.heightForWidth(5000)
    assert flow.heightForWidth(120) > 3 * line
    flow.clear()
    assert flow.heightForWidth(120) == 0


def test_a_phrase_is_copied_and_says_so(qtbot: QtBot, themes: ThemeSwitch) -> None:
    phrase = PhraseRow(themes, "I will call you back on Friday.")
    qtbot.addWidget(phrase)
    phrase.resize(300, 40)
    with qtbot.waitSignal(phrase.copied):
        QTest.keyClick(phrase, Qt.Key.Key_Space)
    assert QGuiApplication.clipboard().text() == "I will call you back on Friday."
    assert phrase.says_copied
    qtbot.waitUntil(lambda: not phrase.says_copied)
    assert phrase.accessibleDescription() == "Copies this phrase"


def test_an_error_stands_under_its_field_until_it_is_mended(
    qtbot: QtBot, themes: ThemeSwitch
) -> None:
    field = LabelledField(themes, "Number", QLineEdit(), hint="With the country code.")
    qtbot.addWidget(field)
    field.show_error("This is not a number.")
    assert field.error.text == "This is not a number."
    assert field.field.accessibleDescription() == "This is not a number."
    assert not field.error.isHidden()
    field.show_error("")
    assert field.error.isHidden()
    assert field.field.accessibleDescription() == "With the country code."


def test_alternatives_tell_what_the_person_chose_only(qtbot: QtBot, themes: ThemeSwitch) -> None:
    choice = Segmented(themes, "Theme", [("light", "Light"), ("dark", "Dark")])
    qtbot.addWidget(choice)
    with qtbot.assertNotEmitted(choice.chosen):
        choice.set_value("dark")
    assert choice.value == "dark"
    first = choice.findChildren(QAbstractButton)[0]
    with qtbot.waitSignal(choice.chosen) as told:
        first.click()
    assert told.args == ["light"]


def test_escape_clears_a_search_before_it_leaves(qtbot: QtBot, themes: ThemeSwitch) -> None:
    field = SearchField(themes, "Search", shortcut="Ctrl+K")
    qtbot.addWidget(field)
    field.setText("anna")
    with qtbot.assertNotEmitted(field.dismissed):
        QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""
    with qtbot.waitSignal(field.dismissed):
        QTest.keyClick(field, Qt.Key.Key_Escape)


def test_undo_takes_back_the_latest_thing_first(qtbot: QtBot, themes: ThemeSwitch) -> None:
    undone: list[str] = []
    bar = NoticeBar(themes)
    qtbot.addWidget(bar)
    bar.show_notice(Notice("Note removed", undo=lambda: undone.append("note")))
    bar.show_notice(Notice("Fact removed", undo=lambda: undone.append("fact")))
    assert bar.current is not None
    assert bar.current.text == "Fact removed"
    QTest.keyClick(bar.undo, Qt.Key.Key_Space)
    assert undone == ["fact"]
    assert bar.current.text == "Note removed"
    with qtbot.waitSignal(bar.closed):
        bar.take_back()
    assert undone == ["fact", "note"]
    assert bar.current is None


def test_a_notice_without_undo_covers_one_that_has_it_only_for_a_while(
    qtbot: QtBot, themes: ThemeSwitch
) -> None:
    undone: list[str] = []
    bar = NoticeBar(themes)
    qtbot.addWidget(bar)
    bar.show_notice(Notice("Fact removed", undo=lambda: undone.append("fact")))
    bar.show_notice(Notice("Copied"))
    bar.show_notice(Notice("Note saved"))
    assert bar.current is not None
    assert bar.current.text == "Note saved"
    assert bar._timer.remainingTime() < NOTICE_MS
    bar.take_back()
    assert undone == []
    assert bar.current.text == "Fact removed"
    assert bar.undo.isVisibleTo(bar)
    bar.take_back()
    assert undone == ["fact"]
    assert bar.current is None


def test_rows_have_two_lines_and_grow_with_the_text(qtbot: QtBot, themes: ThemeSwitch) -> None:
    view = RowList(themes, "Timeline")
    qtbot.addWidget(view)
    view.setModel(timeline())
    view.setItemDelegate(TimelineDelegate(themes, view))
    view.resize(600, 400)
    view.show()
    before = view.sizeHintForRow(1)
    assert before >= 56
    themes.set_text_scale(2.0)
    assert view.sizeHintForRow(1) > before


def test_the_day_stays_on_top_while_its_rows_scroll(qtbot: QtBot, themes: ThemeSwitch) -> None:
    view = RowList(themes, "Timeline")
    qtbot.addWidget(view)
    view.setModel(timeline())
    view.setItemDelegate(TimelineDelegate(themes, view))
    day = StickyDay(themes, view)
    view.resize(600, 200)
    view.show()
    view.scrollTo(view.model().index(3, 0), QAbstractItemView.ScrollHint.PositionAtTop)
    assert day.words == "Today"
    view.scrollToBottom()
    assert day.words.startswith("Yesterday")
    assert day.isVisible()


def test_a_row_that_matches_is_painted_with_its_highlight(
    qtbot: QtBot, themes: ThemeSwitch
) -> None:
    view = RowList(themes, "Customers")
    qtbot.addWidget(view)
    view.setModel(customers())
    view.setItemDelegate(CustomerDelegate(themes, view))
    view.resize(500, 70)
    assert has_colour(view.grab().toImage(), themes.theme.colours.accent)
    view.setModel(timeline())
    assert not has_colour(view.grab().toImage(), themes.theme.colours.accent)


def test_the_palette_model_keeps_the_rules_of_models(qtmodeltester: object) -> None:
    model = PaletteModel()
    model.show_sections(sections(""))
    qtmodeltester.check(model)  # type: ignore[attr-defined] # the plugin has no types for it
    assert model.rowCount() == 6
    assert model.next_item(-1, 1) == 1
    assert model.next_item(2, 1) == 4
    assert model.section_of(4) == "actions"


def test_the_palette_is_used_by_keyboard_and_gives_the_keyboard_back(
    qtbot: QtBot, themes: ThemeSwitch, loop: asyncio.AbstractEventLoop
) -> None:
    async def find(words: str) -> Sequence[PaletteSection]:
        return sections(words)

    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 500)
    layout = QVBoxLayout(window)
    field, note = SearchField(themes, "Search"), QLineEdit()
    layout.addWidget(field)
    layout.addWidget(note)
    palette = CommandPalette(themes, find, field, window)
    shown(qtbot, window)
    note.setFocus()
    palette.open_palette()
    qtbot.waitUntil(palette.isVisible)
    assert field.hasFocus()
    QTest.keyClicks(field, "s")
    qtbot.waitUntil(lambda: palette.model.rowCount() == 5)
    QTest.keyClick(field, Qt.Key.Key_Down)
    with qtbot.waitSignal(palette.chosen) as told:
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert told.args is not None
    assert (told.args[0], told.args[1].key) == ("actions", "note.save")
    assert not palette.isVisible()
    assert note.hasFocus()
    palette.open_palette()
    qtbot.waitUntil(palette.isVisible)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert note.hasFocus()


def test_a_late_answer_does_not_replace_a_newer_one(
    qtbot: QtBot, themes: ThemeSwitch, loop: asyncio.AbstractEventLoop
) -> None:
    gates: dict[str, asyncio.Future[None]] = {}

    async def find(words: str) -> Sequence[PaletteSection]:
        gates[words] = loop.create_future()
        try:
            await gates[words]
        except asyncio.CancelledError:
            return sections("no such thing")
        return sections(words)

    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 500)
    field = SearchField(themes, "Search", parent=window)
    palette = CommandPalette(themes, find, field, window)
    shown(qtbot, window)
    field.setFocus()
    QTest.keyClicks(field, "a")
    qtbot.waitUntil(lambda: "a" in gates)
    QTest.keyClicks(field, "n")
    qtbot.waitUntil(lambda: "an" in gates)
    loop.call_soon(gates["an"].set_result, None)
    qtbot.waitUntil(lambda: palette.model.rowCount() == 2)
    assert palette.current_item is not None
    assert palette.current_item.text == "Anna Wiśniewska"
