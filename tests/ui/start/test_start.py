"""Before the main window: signing in, opening the cache, getting out of trouble, by keyboard."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from agentdesk.errors import Code, ExternalError
from agentdesk.messages import words_for
from agentdesk.ui.theme_switch import ThemeChoice, ThemeSwitch
from agentdesk.views.start.passphrase import PassphrasePage, strength_of
from agentdesk.views.start.trouble import WayOn
from agentdesk.views.start.window import StartWindow


@dataclass(frozen=True)
class Told:
    """Words of an error."""

    what: str = "The name or the password is wrong"
    meaning: str = "Nothing has changed on this computer."
    next_step: str = "Type both once more."
    code: str = "wrong-password"


@pytest.fixture
def window(qtbot: QtBot, themes: ThemeSwitch) -> StartWindow:
    made = StartWindow(themes)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    return made


def test_somebody_signs_in_with_the_keyboard_alone(qtbot: QtBot, window: StartWindow) -> None:
    page = window.show_sign_in()
    qtbot.waitUntil(page.address.hasFocus)
    QTest.keyClicks(page.address, "https://central.example")
    QTest.keyClick(page.address, Qt.Key.Key_Return)
    assert page.name.hasFocus()
    QTest.keyClicks(page.name, "ann")
    QTest.keyClick(page.name, Qt.Key.Key_Return)
    QTest.keyClicks(page.password, "secret ")
    with qtbot.waitSignal(window.sign_in_requested) as asked:
        QTest.keyClick(page.password, Qt.Key.Key_Return)
    assert asked.args == ["https://central.example", "ann", "secret ", ""]
    assert not page.sign_in.isEnabled()


def test_what_is_missing_is_said_at_its_field_and_nothing_is_sent(
    qtbot: QtBot, window: StartWindow
) -> None:
    page = window.show_sign_in(address="https://central.example")
    asked: list[object] = []
    window.sign_in_requested.connect(lambda *args: asked.append(args))
    qtbot.waitUntil(page.name.hasFocus)
    page.sign_in.click()
    assert asked == []
    assert [bool(field.error.text) for field in page._fields] == [False, True, True]
    QTest.keyClicks(page.name, "a")
    assert not any(field.error.text for field in page._fields)


def test_an_error_unlocks_the_form_and_keeps_what_was_typed(
    qtbot: QtBot, window: StartWindow
) -> None:
    page = window.show_sign_in("https://central.example", "ann")
    qtbot.waitUntil(page.password.hasFocus)
    QTest.keyClicks(page.password, "wrong")
    QTest.keyClick(page.password, Qt.Key.Key_Return)
    window.say(Told())
    assert page.trouble.text.startswith("The name or the password is wrong")
    assert page.password.text() == "wrong"
    assert page.sign_in.isEnabled()
    assert page.password.selectedText() == "wrong"
    page.sign_in.click()
    assert page.trouble.text == ""


@pytest.mark.parametrize(
    ("typed", "asked_for"),
    [
        ("central.example ", "https://central.example"),
        ("central.example:8420", "https://central.example:8420"),
        ("localhost:8420", "http://localhost:8420"),
        ("127.0.0.1:8420", "http://127.0.0.1:8420"),
        ("http://central.example", "http://central.example"),
    ],
)
def test_nobody_has_to_type_how_an_address_begins(
    window: StartWindow, typed: str, asked_for: str
) -> None:
    asked: list[str] = []
    window.sign_in_requested.connect(lambda address, *_rest: asked.append(address))
    page = window.show_sign_in(typed, "ann")
    page.password.setText("secret")
    page.sign_in.click()
    assert asked == [asked_for]
    assert page.address.text() == asked_for


def test_without_a_sign_in_nobody_is_told_to_go_on_working(window: StartWindow) -> None:
    page = window.show_sign_in("https://central.example", "ann")
    away = words_for(ExternalError(Code.SERVER_UNREACHABLE))
    window.say(away)
    assert page.trouble.text.split("\n") == [away.what, "You are not signed in.", away.next_step]


def test_a_certificate_can_be_given_and_is_remembered(qtbot: QtBot, window: StartWindow) -> None:
    page = window.show_sign_in("https://central.example", "ann")
    assert not page.ca_file.isVisible()
    page.own_certificate.click()
    assert page.ca_file.isVisible()
    QTest.keyClicks(page.ca_file, "ca.pem")
    QTest.keyClicks(page.password, "secret")
    with qtbot.waitSignal(window.sign_in_requested) as asked:
        page.sign_in.click()
    assert asked.args == ["https://central.example", "ann", "secret", "ca.pem"]
    assert window.show_sign_in("https://central.example", "ann", "ca.pem").ca_file.isVisible()


def test_a_password_is_hidden_until_asked_for(window: StartWindow) -> None:
    page = window.show_sign_in()
    assert page.password.echoMode() == QLineEdit.EchoMode.Password
    page.password.reveal.click()
    assert page.password.echoMode() == QLineEdit.EchoMode.Normal
    assert page.password.reveal.accessibleName() == "Hide what is typed"


def test_a_known_passphrase_opens_the_desk(qtbot: QtBot, window: StartWindow) -> None:
    page = window.show_passphrase(create=False)
    qtbot.waitUntil(page.passphrase.hasFocus)
    assert not page.repeated.isVisible()
    QTest.keyClicks(page.passphrase, "correct horse")
    with qtbot.waitSignal(window.passphrase_entered) as entered:
        QTest.keyClick(page.passphrase, Qt.Key.Key_Return)
    assert entered.args == ["correct horse"]


def test_a_new_passphrase_must_be_hard_to_guess_and_typed_twice(
    qtbot: QtBot, window: StartWindow
) -> None:
    page = window.show_passphrase(create=True)
    entered: list[str] = []
    window.passphrase_entered.connect(entered.append)
    qtbot.waitUntil(page.passphrase.hasFocus)
    QTest.keyClicks(page.passphrase, "short")
    page.open.click()
    assert "Easy to guess" in page._field.error.text
    page.passphrase.selectAll()
    QTest.keyClicks(page.passphrase, "three calm winter words")
    QTest.keyClick(page.passphrase, Qt.Key.Key_Return)
    assert page.repeated.hasFocus()
    QTest.keyClicks(page.repeated, "three calm winter wards")
    QTest.keyClick(page.repeated, Qt.Key.Key_Return)
    assert "not the same" in page._repeat.error.text
    QTest.keyClicks(page.repeated, "three calm winter words")
    QTest.keyClick(page.repeated, Qt.Key.Key_Return)
    assert entered == ["three calm winter words"]


@pytest.mark.parametrize(
    ("passphrase", "enough"),
    [
        ("", False),
        ("123456789", False),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", False),
        ("abcdefghij", True),
        ("зимние тихие слова", True),
    ],
)
def test_strength_counts_length_and_variety(passphrase: str, enough: bool) -> None:
    assert strength_of(passphrase).enough is enough


def test_strength_grows_with_the_passphrase() -> None:
    shares = [strength_of("three calm winter words"[:n]).share for n in range(24)]
    assert shares == sorted(shares)


def test_trouble_offers_its_ways_on(qtbot: QtBot, window: StartWindow) -> None:
    ways = (WayOn("rebuild", "Keep the damaged file and rebuild", primary=True), WayOn("q", "Quit"))
    page = window.show_trouble(Told(), ways)
    qtbot.waitUntil(page.buttons["rebuild"].hasFocus)
    with qtbot.waitSignal(window.way_chosen) as chosen:
        QTest.keyClick(page.buttons["rebuild"], Qt.Key.Key_Space)
    assert chosen.args == ["rebuild"]


def test_closing_the_window_is_a_wish_to_quit_but_finishing_is_not(window: StartWindow) -> None:
    wishes: list[str] = []
    window.quit_requested.connect(lambda: wishes.append("quit"))
    window.finish()
    assert wishes == []
    other = window
    other._finished = False
    other.show()
    other.close()
    assert wishes == ["quit"]


def test_the_start_follows_theme_and_text_size_live(
    themes: ThemeSwitch, window: StartWindow
) -> None:
    page = window.show_sign_in()
    before, light = page.width(), window.grab().toImage().pixelColor(3, 3)
    themes.set_text_scale(1.5)
    themes.choose(ThemeChoice.DARK)
    assert page.width() > before or window._middle.width() > before
    assert window.grab().toImage().pixelColor(3, 3) != light


def test_a_page_that_was_left_is_gone(qtbot: QtBot, window: StartWindow) -> None:
    first = window.show_passphrase(create=False)
    with qtbot.waitSignal(first.destroyed):
        window.show_sign_in()
    window.show_waiting("Opening the cache…")
    assert window.page is None
    assert not isinstance(window.page, PassphrasePage)
