"""What every test of the window gets: a theme, a loop, and a failure for what it leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agentdesk.ui.loop import loop_inside
from agentdesk.ui.theme_switch import ThemeChoice, ThemeSwitch


@pytest.fixture(autouse=True)
def _leaves_nothing(qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves a top-level widget or a running timer behind."""
    before = {id(widget) for widget in QApplication.topLevelWidgets()}
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = [widget for widget in QApplication.topLevelWidgets() if id(widget) not in before]
    kinds = sorted(type(widget).__name__ for widget in left)
    timers = [timer for timer in qapp.findChildren(QTimer) if timer.isActive()]
    for widget in left:
        timers += [timer for timer in widget.findChildren(QTimer) if timer.isActive()]
        widget.deleteLater()
    assert not kinds, f"top-level widgets left: {kinds}"
    assert not timers, f"timers left running: {len(timers)}"


@pytest.fixture
def themes(qapp: QApplication) -> Iterator[ThemeSwitch]:
    """The light theme at 100 %, whatever the system of the person who runs the tests likes."""
    made = ThemeSwitch(ThemeChoice.LIGHT)
    yield made
    made.deleteLater()


@pytest.fixture(scope="session")
def _session_loop(qapp: QApplication) -> Iterator[asyncio.AbstractEventLoop]:
    """One loop for all tests: stopping one makes Qt refuse every later event loop."""
    made = loop_inside(qapp)
    asyncio.events._set_running_loop(None)
    yield made
    made.stop()
    made.close()


@pytest.fixture
def loop(
    _session_loop: asyncio.AbstractEventLoop, qtbot: QtBot
) -> Iterator[asyncio.AbstractEventLoop]:
    """An asyncio loop that runs while `qtbot` waits; tasks left over fail the test."""
    asyncio.events._set_running_loop(_session_loop)
    yield _session_loop
    left = asyncio.all_tasks(_session_loop)
    for task in left:
        task.cancel()
    qtbot.waitUntil(lambda: all(task.done() for task in left))
    _session_loop.set_exception_handler(None)
    asyncio.events._set_running_loop(None)
    assert not left, f"tasks left running: {len(left)}"
