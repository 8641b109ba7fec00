"""A desk with people on it, and everything that a screen is given, for the tests of screens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from agentdesk.domain.entities import Entity
from agentdesk.domain.kinds import NAME_OF, KindName, to_row
from agentdesk.messages import words_for
from agentdesk.services.desk import Desk
from agentdesk.settings import Preferences
from agentdesk.store.rows import StoredRow, put_rows
from agentdesk.store.search_index import reindex_customers
from agentdesk.store.workers import Store
from agentdesk.ui.actions import Actions
from agentdesk.ui.bridge import DeskBridge
from agentdesk.ui.notices import Notices
from agentdesk.ui.theme_switch import ThemeSwitch
from tests.real import new_desk, new_store

_T = TypeVar("_T")


def fill(store: Store, entities: Sequence[Entity]) -> None:
    """Put records into the cache as if Central had sent them."""

    def work(connection: sa.Connection) -> None:
        for entity in entities:
            row = to_row(entity)
            put_rows(connection, NAME_OF[type(entity)], [(row.pop("id"), StoredRow(row, 1, 1))])
        customers = [e.id for e in entities if NAME_OF[type(e)] is KindName.CUSTOMER]
        reindex_customers(connection, customers)

    store.write_here(work)


def now_of(future: Future[_T]) -> _T:
    """Wait for the desk; for the arranging and checking of a test only."""
    return future.result(10)


@dataclass
class World:
    """What every screen is given, and a window to put it into."""

    store: Store
    desk: Desk
    bridge: DeskBridge
    themes: ThemeSwitch
    actions: Actions
    notices: Notices
    preferences: Preferences
    window: QWidget
    saved: dict[str, object]

    def show(self, screen: QWidget, qtbot: QtBot, size: tuple[int, int] = (1200, 720)) -> None:
        """Show `screen` in the window, with the keyboard there."""
        layout = self.window.layout()
        assert layout is not None
        layout.addWidget(screen)
        self.window.resize(*size)
        self.window.show()
        qtbot.waitExposed(self.window)
        self.window.activateWindow()


@pytest.fixture
def world(
    tmp_path: Path, qtbot: QtBot, themes: ThemeSwitch, loop: asyncio.AbstractEventLoop
) -> Iterator[World]:
    """A signed-in desk on an empty cache."""
    store = new_store(tmp_path / "cache.db")
    desk = new_desk(store)
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    layout.setContentsMargins(0, 0, 0, 0)
    notices = Notices(themes, words_for)
    for widget in (notices.banner, notices.bar):
        layout.addWidget(widget)
    bridge = DeskBridge(desk)
    saved: dict[str, object] = {}
    save: Callable[[str, object], object] = saved.__setitem__
    made = World(
        store,
        desk,
        bridge,
        themes,
        Actions(window),
        notices,
        Preferences(save=save),
        window,
        saved,
    )
    yield made
    notices.bar.dismiss()
    qtbot.waitUntil(lambda: not asyncio.all_tasks(loop))
    bridge.stop()
    store.close()
