"""A profile that was copied: both copies work on, one under a new name; nothing lost or doubled."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentdesk.domain.entities import Customer
from agentdesk.errors import Code, ExternalError
from agentdesk.store import outbox
from agentdesk.store.engine import make_engine
from agentdesk.store.migrate import upgrade
from agentdesk.store.rows import get_entity
from agentdesk.store.state import get_state
from agentdesk.store.workers import Store
from agentdesk.sync import exchange, fork
from agentdesk.sync.account import load_account, open_client
from agentdesk.sync.status import SyncState
from tests.exchanges import Watched, central_notes, desk_on, notes_of, push_all, settle
from tests.real import ANN, Central, central_with, person, signed_in

ANNA = person("Anna Blunt", "+442079460958")
Copier = Callable[[Store], Store]


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central that serves a company with Anna Blunt."""
    with central_with(tmp_path, ANNA) as running:
        yield running


@pytest.fixture
def opened() -> Iterator[list[Store]]:
    """The caches of a test, closed at its end."""
    stores: list[Store] = []
    yield stores
    for store in stores:
        store.close()


@pytest.fixture
def first(central: Central, tmp_path: Path, opened: list[Store]) -> Store:
    """Ann's cache, signed in, with nothing to do."""
    key = os.urandom(32)
    maker = make_engine(tmp_path / "ann.db", key, create=True)
    upgrade(maker, tmp_path / "ann.db")
    maker.dispose()
    (tmp_path / "key").write_bytes(key)
    opened.append(Store(make_engine(tmp_path / "ann.db", key)))
    settle(signed_in(opened[-1], central))
    return opened[-1]


@pytest.fixture
def copy(tmp_path: Path, opened: list[Store]) -> Copier:
    """Copies Ann's profile as it is at the moment."""

    def make(of: Store) -> Store:
        with of.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        shutil.copy2(tmp_path / "ann.db", tmp_path / "copy.db")
        opened.append(Store(make_engine(tmp_path / "copy.db", (tmp_path / "key").read_bytes())))
        return opened[-1]

    return make


def go_on(store: Store, central: Central) -> None:
    """Let a copy go on as a new desk, as the engine does, and exchange until quiet."""
    account = store.read_here(load_account)
    fork.fetch_verdicts(store, open_client(store), account.user_id or "")
    store.write_here(fork.become_new_device)
    settle(signed_in(store, central))


def refused(store: Store) -> Code:
    """Push; return why Central refuses."""
    with pytest.raises(ExternalError) as failure:
        push_all(store)
    return failure.value.code


def pending(store: Store) -> int:
    """Return how many edits wait."""
    return store.read_here(outbox.count_waiting).pending


def test_both_copies_work_on_with_nothing_lost_and_nothing_doubled(
    central: Central, first: Store, copy: Copier
) -> None:
    desk_on(first).add_note(ANNA[0].id, "Before the copy, unsent").result()
    second = copy(first)
    desk_on(first).add_note(ANNA[0].id, "In the first").result()
    settle(first)
    desk_on(second).add_note(ANNA[0].id, "In the second").result()
    assert refused(second) is Code.DEVICE_FORKED
    assert notes_of(second, ANNA[0].id) == ["Before the copy, unsent", "In the second"]
    go_on(second, central)
    desk_on(second).add_note(ANNA[0].id, "In the second, later").result()
    settle(second)
    desk_on(first).add_note(ANNA[0].id, "In the first, later").result()
    settle(first)
    settle(second)
    everything = sorted(
        [
            "Before the copy, unsent",
            "In the first",
            "In the first, later",
            "In the second",
            "In the second, later",
        ]
    )
    assert central_notes(central) == everything
    assert notes_of(first, ANNA[0].id) == notes_of(second, ANNA[0].id) == everything
    assert (pending(first), pending(second)) == (0, 0)
    devices = {store.read_here(get_state, "device_id") for store in (first, second)}
    assert len(devices) == 2


def test_what_the_other_copy_has_sent_already_is_not_sent_again_as_new(
    central: Central, first: Store, copy: Copier
) -> None:
    desk_on(first).set_fields(ANNA[0].id, {"hometown": "York"}).result()
    second = copy(first)
    settle(first)
    desk_on(first).set_fields(ANNA[0].id, {"hometown": "Hull"}).result()
    settle(first)
    desk_on(second).add_note(ANNA[0].id, "Of the copy").result()
    assert refused(second) is Code.DEVICE_FORKED
    go_on(second, central)
    settle(first)
    for store in (first, second):
        anna = store.read_here(get_entity, Customer, ANNA[0].id)
        assert anna is not None
        assert anna.hometown == "Hull"


def test_a_new_desk_shows_what_a_page_has_brought_already(
    central: Central, first: Store, copy: Copier
) -> None:
    desk_on(first).set_fields(ANNA[0].id, {"hometown": "York"}).result()
    second = copy(first)
    settle(first)
    desk_on(first).set_fields(ANNA[0].id, {"hometown": "Hull"}).result()
    settle(first)
    desk_on(second).add_note(ANNA[0].id, "Of the copy").result()
    exchange.pull_once(second, open_client(second))
    go_on(second, central)
    anna = second.read_here(get_entity, Customer, ANNA[0].id)
    assert anna is not None
    assert anna.hometown == "Hull"


def test_an_edit_that_was_judged_but_not_fed_back_stays_visible(
    central: Central, first: Store, copy: Copier
) -> None:
    second = copy(first)
    desk_on(first).set_fields(ANNA[0].id, {"hometown": "York"}).result()
    push_all(first)
    first.write_here(fork.become_new_device)
    anna = first.read_here(get_entity, Customer, ANNA[0].id)
    assert anna is not None
    assert anna.hometown == "York"
    settle(signed_in(first, central))
    settle(signed_in(second, central))
    for store in (first, second):
        shown = store.read_here(get_entity, Customer, ANNA[0].id)
        assert shown is not None
        assert shown.hometown == "York"


def test_becoming_a_new_device_twice_loses_nothing(central: Central, first: Store) -> None:
    for turn in range(3):
        desk_on(first).add_note(ANNA[0].id, f"Note {turn}").result()
        settle(first)
        first.write_here(fork.become_new_device)
        signed_in(first, central)
    settle(first)
    assert central_notes(central) == ["Note 0", "Note 1", "Note 2"]
    assert pending(first) == 0


def test_the_engine_stops_sending_until_it_may_go_on_as_a_new_desk(
    central: Central, first: Store, copy: Copier, tmp_path: Path
) -> None:
    second = copy(first)
    desk_on(first).add_note(ANNA[0].id, "In the first").result()
    settle(first)
    desk_on(second).add_note(ANNA[0].id, "In the second").result()
    watched = Watched(second, tmp_path / "sync.lock")
    watched.engine.start()
    try:
        watched.wait_for_state(SyncState.FORKED, pending=1)
        watched.engine.new_device().result()
        watched.wait_for_state(SyncState.SIGNED_OUT, pending=1)
        watched.engine.sign_in(central.address.url, "ann", "correct horse battery").result()
        watched.wait_for_state(SyncState.LIVE)
    finally:
        watched.engine.stop()
    assert central_notes(central) == ["In the first", "In the second"]
    assert second.read_here(get_state, "user_id") == ANN.id
