"""One exchange from a command, also beside a window that synchronises."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.entities import Customer
from agentdesk.domain.ids import new_id
from agentdesk.errors import AgentDeskError, Code
from agentdesk.services.syncing import SYNC_WANTED, Exchanged, standing, sync_once
from agentdesk.store.rows import get_entity
from agentdesk.store.state import get_state, set_state
from agentdesk.store.workers import Store
from agentdesk.sync.absorb import CURSOR
from agentdesk.sync.engine import SyncEngine
from agentdesk.sync.status import SyncState
from tests.real import Central, Maker, central_with, new_desk, person, signed_in

ANNA = person("Anna Blunt", "+442079460958")


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central that serves a company with Anna Blunt."""
    with central_with(tmp_path, ANNA) as running:
        yield running


@pytest.fixture
def lock_path(tmp_path: Path) -> Path:
    """The lock of those who synchronise."""
    return tmp_path / "sync.lock"


def exchange(store: Store, lock_path: Path, *, window_s: float = 30.0) -> Exchanged:
    """Exchange once and tell nobody how far it has come."""
    return sync_once(store, lock_path, lambda _pushed, _pulled: None, window_s=window_s)


def test_a_first_exchange_fetches_everything_and_tells_how_far_it_is(
    store: Store, central: Central, lock_path: Path
) -> None:
    signed_in(store, central)
    assert standing(store, lock_path).state is SyncState.FIRST_SYNC
    told: list[tuple[int, int]] = []
    done = sync_once(store, lock_path, lambda *counts: told.append(counts))
    assert done == Exchanged(0, 5, 0, 0, 0, SyncState.LIVE)
    assert told[-1] == (0, 5)
    assert store.read_here(get_entity, Customer, ANNA[0].id) is not None
    assert standing(store, lock_path).state is SyncState.LIVE


def test_what_was_written_is_sent_and_comes_back_in_one_exchange(
    store: Store, central: Central, lock_path: Path
) -> None:
    exchange(signed_in(store, central), lock_path)
    desk = new_desk(store)
    for text in ("one", "two"):
        desk.add_note(ANNA[0].id, text).result()
    done = exchange(store, lock_path)
    assert (done.pushed, done.pulled, done.pending) == (2, 2, 0)
    assert done.complete
    assert exchange(store, lock_path).pushed == 0


def test_a_failure_is_told_and_remembered(store: Store, central: Central, lock_path: Path) -> None:
    signed_in(store, central)
    central.stop()
    with pytest.raises(AgentDeskError) as raised:
        exchange(store, lock_path)
    assert raised.value.code is Code.SERVER_UNREACHABLE
    assert standing(store, lock_path).state is SyncState.OFFLINE


def test_a_cursor_that_central_does_not_know_begins_the_reading_anew(
    store: Store, central: Central, lock_path: Path
) -> None:
    exchange(signed_in(store, central), lock_path)
    store.write_here(lambda connection: set_state(connection, **{CURSOR: "of another Central"}))
    assert exchange(store, lock_path).pulled == 5


def test_beside_a_window_the_window_is_asked_and_waited_for(
    make_store: Maker, central: Central, lock_path: Path
) -> None:
    store = signed_in(make_store("cache"), central)
    engine = SyncEngine(store, lock_path, lambda _changes: None)
    live = threading.Event()
    engine.on_status(lambda status: live.set() if status.state is SyncState.LIVE else None)
    engine.start()
    try:
        assert live.wait(20)
        new_desk(store).add_note(ANNA[0].id, "typed").result()
        with ThreadPoolExecutor(1) as command:
            asked = command.submit(exchange, store, lock_path)
            while store.read_here(get_state, SYNC_WANTED) is None:
                assert not asked.done()
            # What the window does when it notices somebody else's commit.
            engine.sync_now()
            done = asked.result(30)
    finally:
        engine.stop()
    assert (done.pushed, done.pending, done.state) == (1, 0, SyncState.LIVE)


def test_a_window_that_does_not_come_to_an_end_is_not_waited_for_for_ever(
    store: Store, central: Central, lock_path: Path
) -> None:
    signed_in(store, central)
    with FileLock(lock_path), pytest.raises(AgentDeskError) as raised:
        exchange(store, lock_path, window_s=0.5)
    assert raised.value.code is Code.ALREADY_SYNCING


def test_when_the_window_closes_the_command_does_it_itself(
    make_store: Maker, central: Central, lock_path: Path
) -> None:
    store = signed_in(make_store("cache"), central)
    window = FileLock(lock_path, thread_local=False)
    with ThreadPoolExecutor(1) as command:
        with window:
            asked = command.submit(exchange, store, lock_path)
            while store.read_here(get_state, SYNC_WANTED) is None:
                assert not asked.done()
        done = asked.result(30)
    assert done.pulled == 5


def test_several_edits_of_one_record_count_one_by_one(
    store: Store, central: Central, lock_path: Path
) -> None:
    exchange(signed_in(store, central), lock_path)
    desk = new_desk(store)
    changed: list[ChangeSet] = [
        desk.set_fields(ANNA[0].id, {"hometown": town}).result() for town in ("Riga", new_id())
    ]
    assert all(changed)
    assert exchange(store, lock_path).pushed == 2
