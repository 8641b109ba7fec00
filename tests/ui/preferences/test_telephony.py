"""Setting telephony up: what is kept where, and what a test of the connection says."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from agentdesk import settings as s
from agentdesk.credentials import load_phone_secret
from agentdesk.store.state import get_settings
from agentdesk.sync.protocol import CallSignal
from agentdesk.telephony.events import Call, CallEvent, Step
from agentdesk.telephony.source import LineState
from agentdesk.ui.phones import Phones
from agentdesk.views.preferences.telephony import TelephonySection
from tests.certificates import certificate_for_localhost
from tests.fakes import MemoryKeyring
from tests.ui.customers.world import World
from tests.unit.telephony.servers import SECRET, FakeAsterisk

PROFILE = "profile"


@dataclass
class Setup:
    """The section, and what stands behind it."""

    world: World
    keys: MemoryKeyring
    phones: Phones
    section: TelephonySection
    qtbot: QtBot
    loop: asyncio.AbstractEventLoop
    listeners: list[Callable[[CallSignal], None]]

    def settle(self) -> None:
        """Wait until nothing is being done for the window."""
        self.qtbot.waitUntil(lambda: not asyncio.all_tasks(self.loop))

    def connect_to(self, server: FakeAsterisk, **more: object) -> None:
        """Choose this system and enter what it takes."""
        values: dict[str, object] = {
            s.PHONE_HOST.key: "127.0.0.1",
            s.PHONE_PORT.key: str(server.port),
            s.PHONE_ENCRYPTED.key: False,
            s.PHONE_USER.key: "desk",
            s.PHONE_EXTENSIONS.key: "101",
            s.PHONE_SOURCE.key: "asterisk",
            **more,
        }
        for key, value in values.items():
            self.world.preferences.set(key, value)

    def enter_secret(self, secret: str) -> None:
        """Type the secret and leave the field."""
        self.section.secret.setFocus()
        QTest.keyClicks(self.section.secret, secret)
        QTest.keyClick(self.section.secret, Qt.Key.Key_Return)
        self.settle()

    def lines(self) -> list[str]:
        """Return what the test of the connection says."""
        return [step.words.text for step in self.section.test.steps if not step.isHidden()]


@pytest.fixture
def setup(world: World, qtbot: QtBot, loop: asyncio.AbstractEventLoop) -> Iterator[Setup]:
    """The section of a desk that nobody has set up."""
    keys = MemoryKeyring()
    listeners: list[Callable[[CallSignal], None]] = []

    def follow(listener: Callable[[CallSignal], None]) -> Callable[[], None]:
        listeners.append(listener)
        return lambda: listeners.remove(listener)

    phones = Phones(world.preferences, keys, PROFILE, follow)
    starting = loop.create_task(phones.start())
    qtbot.waitUntil(starting.done)
    section = TelephonySection(world.themes, world.preferences, phones, world.notices)
    world.show(section, qtbot, (760, 900))
    made = Setup(world, keys, phones, section, qtbot, loop, listeners)
    made.settle()
    yield made
    # The window goes with the next turn of the event loop: there must be none before its bar.
    phones.close()


@pytest.fixture
def asterisk() -> Iterator[FakeAsterisk]:
    """A telephone system."""
    made = FakeAsterisk()
    yield made
    made.close()


def test_from_the_start_central_tells_of_calls(setup: Setup) -> None:
    setup.qtbot.waitUntil(lambda: len(setup.listeners) == 1)
    assert "Central tells this desk" in setup.section.state.value.text
    assert not setup.section.secret.isVisible()


def test_the_fields_of_a_system_are_shown_where_one_is_chosen(setup: Setup) -> None:
    setup.world.preferences.set(s.PHONE_SOURCE, "asterisk")
    assert setup.section.secret.isVisible()
    assert setup.section.rows[s.PHONE_HOST.key].isVisible()
    assert "Not set up yet" in setup.section.state.value.text
    setup.qtbot.waitUntil(lambda: setup.listeners == [])
    setup.world.preferences.set(s.PHONE_SOURCE, "none")
    assert not setup.section.rows[s.PHONE_HOST.key].isVisible()


def test_what_is_typed_into_a_field_is_kept_once_it_is_left(setup: Setup) -> None:
    setup.world.preferences.set(s.PHONE_SOURCE, "asterisk")
    field = setup.section.rows[s.PHONE_EXTENSIONS.key].control
    assert isinstance(field, QLineEdit)
    field.setFocus()
    QTest.keyClicks(field, " 101, 102 ")
    QTest.keyClick(field, Qt.Key.Key_Tab)
    assert setup.world.saved[s.PHONE_EXTENSIONS.key] == "101, 102"


def test_the_secret_goes_to_the_keyring_and_nowhere_else(
    setup: Setup, caplog: pytest.LogCaptureFixture
) -> None:
    setup.world.preferences.set(s.PHONE_SOURCE, "asterisk")
    setup.enter_secret(SECRET)
    assert load_phone_secret(setup.keys, PROFILE) == SECRET
    assert setup.section.secret.text() == ""
    assert SECRET not in str(setup.world.saved)
    assert SECRET not in str(setup.world.store.read_here(get_settings))
    assert SECRET not in caplog.text


def test_a_keyring_that_is_slow_does_not_replace_what_was_entered_meanwhile(
    setup: Setup, asterisk: FakeAsterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered = threading.Event()
    monkeypatch.setattr(setup.keys, "load", lambda _profile_id: b"old" if entered.wait(20) else b"")
    starting = setup.loop.create_task(setup.phones.start())
    setup.connect_to(asterisk)
    setup.phones.keep_secret(SECRET)
    entered.set()
    setup.qtbot.waitUntil(starting.done)
    setup.phones.use_settings()
    setup.qtbot.waitUntil(lambda: setup.phones.status.state is LineState.CONNECTED)
    asterisk.live()
    assert setup.phones.has_secret


def test_without_a_keyring_the_secret_is_said_to_last_until_the_end(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_profile_id: str, _key: bytes) -> None:
        setup.keys.answers = False
        setup.keys.load("anything")

    monkeypatch.setattr(setup.keys, "save", refuse)
    setup.world.preferences.set(s.PHONE_SOURCE, "asterisk")
    setup.enter_secret(SECRET)
    assert "until the program ends" in setup.world.notices.bar.accessibleName()
    assert setup.phones.has_secret


def test_settings_that_are_right_connect_at_once_and_bring_calls(
    setup: Setup, asterisk: FakeAsterisk
) -> None:
    heard: list[CallEvent] = []
    setup.phones.happened.connect(heard.append)
    setup.connect_to(asterisk)
    setup.enter_secret(SECRET)
    setup.qtbot.waitUntil(lambda: setup.phones.status.state is LineState.CONNECTED)
    asterisk.live()
    assert "Asterisk Call Manager/7.0.3" in setup.section.state.value.text
    assert setup.phones.can_dial
    asterisk.event(
        "DialBegin",
        DestChannel="PJSIP/101-00000001",
        DestUniqueid="2",
        DestLinkedid="1",
        CallerIDNum="+442079460001",
    )
    setup.qtbot.waitUntil(lambda: len(heard) == 1)
    assert (heard[0].step, heard[0].call.number) == (Step.RINGING, "+442079460001")


@pytest.fixture
def tried(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Enter settings, try them out, and return what is said in the end."""

    def work(server: FakeAsterisk, secret: str = SECRET, **more: object) -> list[str]:
        # The source itself stays away, so that the server hears of the trial alone.
        monkeypatch.setattr(setup.phones, "use_settings", lambda: None)
        monkeypatch.setattr("agentdesk.ui.phones.LISTEN_S", 0.1)
        setup.connect_to(server, **more)
        setup.enter_secret(secret)
        setup.section.test.button.click()
        setup.qtbot.waitUntil(lambda: not setup.section.test.is_running, timeout=20_000)
        return setup.lines()

    return work


def test_a_test_of_the_connection_tells_what_it_saw(
    asterisk: FakeAsterisk, tried: Callable[..., list[str]]
) -> None:
    first, second, third, last = tried(asterisk)
    assert first == "Connected, without encryption."
    assert second == "It says that it is Asterisk Call Manager/7.0.3."
    assert third == "It lets this desk in."
    assert last.startswith("It ")


def test_a_test_of_the_connection_names_the_certificate(
    tried: Callable[..., list[str]], tmp_path: Path
) -> None:
    certificate = certificate_for_localhost(tmp_path)
    server = FakeAsterisk(certificate)
    more = {s.PHONE_ENCRYPTED.key: True, s.PHONE_CA_FILE.key: str(certificate)}
    first, *_rest = tried(server, **more)
    server.close()
    assert first == "Connected, encrypted with TLSv1.3; the certificate names localhost."


def test_a_test_that_fails_tells_at_which_step_and_what_to_do(
    asterisk: FakeAsterisk, tried: Callable[..., list[str]]
) -> None:
    _first, _second, last = tried(asterisk, secret="another")
    assert last.startswith("The telephone system does not let this desk in. Check user and secret")


def test_settings_that_make_no_system_are_said_so(
    asterisk: FakeAsterisk, tried: Callable[..., list[str]]
) -> None:
    [line] = tried(asterisk, **{s.PHONE_EXTENSIONS.key: ""})
    assert "extension" in line


def test_a_test_can_be_cancelled_by_key(setup: Setup, asterisk: FakeAsterisk) -> None:
    asterisk.greeting = b""
    setup.connect_to(asterisk)
    test = setup.section.test
    test.button.setFocus()
    QTest.keyClick(test.button, Qt.Key.Key_Space)
    began = (test.is_running, test.cancel.hasFocus())
    QTest.keyClick(test.cancel, Qt.Key.Key_Escape)
    assert began == (True, True)
    assert (test.is_running, test.button.hasFocus()) == (False, True)
    assert setup.lines() == []


def test_where_another_program_dials_it_is_given_the_number_alone(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        "agentdesk.ui.phones.QDesktopServices.openUrl", lambda url: opened.append(url.toString())
    )
    heard: list[CallEvent] = []
    setup.phones.happened.connect(heard.append)
    call = Call(number="+44 20 7946 0001")
    dialling = setup.loop.create_task(setup.phones.dial(call))
    setup.qtbot.waitUntil(dialling.done)
    assert opened == ["tel:+442079460001"]
    assert [event.call for event in heard] == [call]
