"""Preferences: every setting works at once, by keyboard; signing out loses nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from agentdesk.errors import Code
from agentdesk.settings import (
    LESS_MOTION,
    SETTINGS,
    TEXT_SIZE,
    THEME,
    Section,
    SettingKind,
)
from agentdesk.ui.phones import Phones
from agentdesk.ui.theme import ThemeName
from agentdesk.ui.theme_switch import ThemeChoice
from agentdesk.ui.widgets.choices import Toggle
from agentdesk.ui.widgets.fields import ComboBox
from agentdesk.views.preferences.appearance import bind_appearance
from agentdesk.views.preferences.page import PreferencesPage
from agentdesk.views.preferences.rows import Stepper
from agentdesk.views.preferences.storage import size_words
from tests.fakes import MemoryKeyring
from tests.real import person
from tests.ui.customers.world import World, fill, now_of
from tests.ui.sync.arranged import Wire, refuse_all


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def page(world: World, wire: Wire) -> Iterator[PreferencesPage]:
    phones = Phones(world.preferences, MemoryKeyring(), "profile", lambda _listener: lambda: None)
    yield PreferencesPage(
        world.desk, wire, world.themes, world.actions, world.notices, world.preferences, phones
    )
    phones.close()


def follow_as_the_program_does(world: World) -> None:
    """Put theme and text size into force as they change."""

    def apply(_key: str, _value: object) -> None:
        world.themes.choose(ThemeChoice(world.preferences.get(THEME)))
        world.themes.set_text_scale(world.preferences.get(TEXT_SIZE) / 100)

    world.preferences.on_change(apply)


def test_every_shown_setting_has_a_row_and_no_other(
    world: World, page: PreferencesPage, qtbot: QtBot
) -> None:
    world.show(page, qtbot)
    shown = [s.key for s in SETTINGS if s.kind is not SettingKind.REMEMBERED]
    assert list(page.rows) == shown
    assert all(page.rows[key].setting.section is not Section.NONE for key in shown)


def test_the_theme_changes_live_by_keyboard(
    world: World, page: PreferencesPage, qtbot: QtBot
) -> None:
    follow_as_the_program_does(world)
    world.show(page, qtbot)
    box = page.rows["theme"].control
    assert isinstance(box, ComboBox)
    box.setFocus()
    for _step in range(2):
        QTest.keyClick(box, Qt.Key.Key_Down)
    assert world.saved["theme"] == "dark"
    assert world.themes.theme.name is ThemeName.DARK


def test_the_text_grows_live_and_stops_at_its_bounds(
    world: World, page: PreferencesPage, qtbot: QtBot
) -> None:
    follow_as_the_program_does(world)
    world.show(page, qtbot)
    stepper = page.rows["text-size"].control
    assert isinstance(stepper, Stepper)
    before = page.rows["theme"].height()
    for _step in range(10):
        QTest.keyClick(stepper.more, Qt.Key.Key_Space)
    assert world.themes.theme.text_scale == 2.0
    assert stepper.value.text() == "200\N{NO-BREAK SPACE}%"
    assert not stepper.more.isEnabled()
    qtbot.waitUntil(lambda: page.rows["theme"].height() > before)
    stepper.usual.click()
    assert world.saved["text-size"] is None


def test_a_switch_is_kept_and_follows_changes_from_elsewhere(
    world: World, page: PreferencesPage, qtbot: QtBot
) -> None:
    world.show(page, qtbot)
    toggle = page.rows["less-motion"].control
    assert isinstance(toggle, Toggle)
    toggle.click()
    assert world.saved["less-motion"] is True
    world.preferences.set(LESS_MOTION, False)
    assert not toggle.isChecked()


def test_text_size_has_keys_that_work_all_over_the_window(
    world: World, page: PreferencesPage, qtbot: QtBot
) -> None:
    bind_appearance(world.actions, world.preferences, world.window)
    world.show(page, qtbot)
    control = Qt.KeyboardModifier.ControlModifier
    page.take_keyboard()
    qtbot.waitUntil(page.rows["language"].control.hasFocus)
    QTest.keyClick(page.rows["language"].control, Qt.Key.Key_Minus, control)
    assert world.preferences.get(TEXT_SIZE) == 90
    QTest.keyClick(page.rows["language"].control, Qt.Key.Key_0, control)
    assert world.preferences.get(TEXT_SIZE) == 100
    world.preferences.set(TEXT_SIZE, 200)
    assert not world.actions.action("text.larger").isEnabled()


def test_storage_is_counted_and_the_account_named(
    world: World, page: PreferencesPage, qtbot: QtBot
) -> None:
    fill(world.store, [*person("Ann Blunt"), *person("Bob Stone")])
    world.show(page, qtbot)
    qtbot.waitUntil(lambda: page.storage.holds.value.text != "")
    assert page.storage.holds.value.text == "2 customers, 0 contacts"
    assert page.storage.taken.value.text.endswith("kB")
    assert page.account.person.value.text == "Ann Reed, Operator"
    assert page.account.company.value.text == "Larkfield"


def test_signing_out_with_everything_sent_asks_nothing(
    world: World, page: PreferencesPage, wire: Wire, qtbot: QtBot
) -> None:
    world.show(page, qtbot)
    with qtbot.waitSignal(page.signed_out):
        page.account.sign_out.click()
    assert wire.asked == ["out"]


def test_signing_out_names_what_is_unsent_and_keeps_it(
    world: World, page: PreferencesPage, wire: Wire, qtbot: QtBot
) -> None:
    anna = person("Anna Blunt")
    fill(world.store, anna)
    for text in ("One", "Two", "Three", "Four", "Five", "Six"):
        now_of(world.desk.add_note(anna[0].id, text))
    world.show(page, qtbot)
    page.account.sign_out.click()
    qtbot.waitUntil(page.account.question.isVisible)
    assert page.account.unsent.text == "6 edits have not reached Central"
    assert page.account.named.text.splitlines()[0] == "Note for Anna Blunt: One"
    assert page.account.named.text.splitlines()[-1] == "and 1 more"
    assert page.account.stay.hasFocus()
    QTest.keyClick(page.account.stay, Qt.Key.Key_Space)
    assert wire.asked == []
    page.account.sign_out.click()
    qtbot.waitUntil(page.account.question.isVisible)
    with qtbot.waitSignal(page.signed_out):
        page.account.leave.click()
    assert len(now_of(world.desk.queue()).waiting) == 6


def test_the_themes_are_in_the_palette(world: World, page: PreferencesPage, qtbot: QtBot) -> None:
    bind_appearance(world.actions, world.preferences, world.window)
    world.show(page, qtbot)
    assert [entry.id for entry in world.actions.find("dark")] == ["theme.dark"]
    assert world.actions.trigger("theme.dark")
    assert world.preferences.get("theme") == ThemeChoice.DARK.value


def test_what_was_refused_is_told_apart_and_escape_stays_signed_in(
    world: World, page: PreferencesPage, wire: Wire, qtbot: QtBot
) -> None:
    anna = person("Anna Blunt")
    fill(world.store, anna)
    now_of(world.desk.add_note(anna[0].id, "One"))
    refuse_all(world, Code.NO_PERMISSION)
    now_of(world.desk.add_note(anna[0].id, "Two"))
    world.show(page, qtbot)
    page.account.sign_out.click()
    qtbot.waitUntil(page.account.question.isVisible)
    assert page.account.named.text.splitlines() == [
        "Note for Anna Blunt: Two",
        "Note for Anna Blunt: One",
    ]
    refused = "1 of them was refused by Central and waits for you."
    assert page.account._undecided.text == refused
    qtbot.waitUntil(lambda: not page.account.leave.visibleRegion().isEmpty())
    QTest.keyClick(page.account.stay, Qt.Key.Key_Escape)
    assert not page.account.question.isVisible()
    assert wire.asked == []


def test_the_shortcuts_are_those_of_the_actions(
    world: World, page: PreferencesPage, qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    bind_appearance(world.actions, world.preferences, world.window)
    world.show(page, qtbot)
    model = page.shortcuts.model()
    rows = [
        tuple(model.index(row, column).data() for column in range(3))
        for row in range(model.rowCount())
    ]
    assert ("Larger text", "Ctrl++", "Everywhere") in rows
    assert len(rows) == len(world.actions.entries())
    qtmodeltester.check(model)  # type: ignore[no-untyped-call] # pytest-qt has no types here


@pytest.mark.parametrize(
    ("size", "words"),
    [(12, "12 B"), (4_096, "4.1 kB"), (38_000_000, "38 MB"), (1_234_000_000, "1.23 GB")],
)
def test_sizes_are_written_as_people_read_them(size: int, words: str) -> None:
    assert size_words(size) == words
