"""What every test gets: Qt without a display, and a failure for what it leaves behind."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentdesk.services.desk import Desk
from agentdesk.store.workers import Store
from tests.postgres import Postgres, running_postgres
from tests.real import Maker, new_desk, new_store

if sys.platform.startswith("linux") and not (
    os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


OFFSCREEN_REMARK = "This plugin does not support propagateSizeHints"
"""What Qt's offscreen platform says of every window; it tells nothing about the program."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let every test ignore the offscreen platform's remark, and no other Qt warning."""
    item.add_marker(pytest.mark.qt_log_ignore(OFFSCREEN_REMARK, extend=True))


@pytest.fixture(autouse=True)
def _leaves_no_thread() -> Iterator[None]:
    """Fail a test after which a thread that it started is still running."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(timeout=2.0)
    running = sorted(thread.name for thread in left if thread.is_alive())
    assert not running, f"threads left running: {running}"


@pytest.fixture
def make_store(tmp_path: Path) -> Iterator[Maker]:
    """Make empty caches by name; they are closed when the test ends."""
    made: list[Store] = []

    def make(name: str) -> Store:
        made.append(new_store(tmp_path / f"{name}.db"))
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(make_store: Maker) -> Store:
    """One empty cache."""
    return make_store("cache")


@pytest.fixture
def desk(store: Store) -> Desk:
    """Ann's desk on the empty cache `store`."""
    return new_desk(store)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, one for all tests."""
    with running_postgres() as server:
        yield server
