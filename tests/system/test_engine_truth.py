"""The engine on its threads: what it says is true, what fails goes on, tokens stay with people."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agentdesk.central.seed import SeedAccount, seed
from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.entities import Organisation
from agentdesk.domain.ids import new_id
from agentdesk.domain.moments import now
from agentdesk.errors import AgentDeskError, Code, ExternalError
from agentdesk.store import outbox
from agentdesk.store.workers import Store
from agentdesk.sync import account
from agentdesk.sync.account import load_account
from agentdesk.sync.address import Tokens
from agentdesk.sync.engine import SyncEngine
from agentdesk.sync.protocol import CallSignal
from agentdesk.sync.status import SyncState
from agentdesk.sync.transport import CentralClient
from tests.exchanges import Backup, Watched, central_notes, desk_on, notes_of, settle
from tests.real import ANN, PASSWORD, Central, Maker, central_with, person, signed_in

ANNA = person("Anna Blunt", "+442079460958")


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central that serves a company with Anna Blunt."""
    with central_with(tmp_path, ANNA) as running:
        yield running


class Pushes:
    """Makes every push fail with `code`, and counts them."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._moved = threading.Condition()
        self.count = 0

    def push(self, _groups: object) -> object:
        """Fail."""
        with self._moved:
            self.count += 1
            self._moved.notify_all()
        raise ExternalError(self._code)

    def wait(self) -> None:
        """Wait for the first."""
        with self._moved:
            assert self._moved.wait_for(lambda: self.count > 0, 20)


def test_a_pull_that_works_does_not_hide_a_push_that_fails(
    central: Central, make_store: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = signed_in(make_store("ann"), central)
    watched = Watched(store, tmp_path / "sync.lock")
    pushes = Pushes(Code.SERVER_FAILED)
    watched.engine.start()
    try:
        watched.wait_for_state(SyncState.LIVE)
        with monkeypatch.context() as broken:
            broken.setattr(CentralClient, "push", lambda _self, groups: pushes.push(groups))
            desk_on(store).add_note(ANNA[0].id, "Not through").result()
            watched.engine.wake()
            watched.wait_for_state(SyncState.OFFLINE, pending=1)
            last_sync_at = watched.engine.status().last_sync_at
            watched.engine.sync_now()
            watched.wait_until(lambda status: status.last_sync_at != last_sync_at)
            status = watched.engine.status()
            assert (status.state, status.error) == (SyncState.OFFLINE, Code.SERVER_FAILED)
            assert not status.all_saved
        watched.engine.sync_now()
        assert watched.wait_for_state(SyncState.LIVE).all_saved
    finally:
        watched.engine.stop()
    assert central_notes(central) == ["Not through"]


def test_a_copied_profile_stops_sending_and_goes_on_saying_so(
    central: Central, make_store: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = signed_in(make_store("ann"), central)
    watched = Watched(store, tmp_path / "sync.lock")
    pushes = Pushes(Code.DEVICE_FORKED)
    monkeypatch.setattr(CentralClient, "push", lambda _self, groups: pushes.push(groups))
    desk_on(store).add_note(ANNA[0].id, "Under a number twice used").result()
    watched.engine.start()
    try:
        pushes.wait()
        watched.wait_for_state(SyncState.FORKED, pending=1)
        before = watched.engine.status().last_sync_at
        watched.engine.sync_now()
        watched.wait_until(lambda status: status.last_sync_at != before)
        assert watched.engine.status().state is SyncState.FORKED
        assert pushes.count == 1
    finally:
        watched.engine.stop()


def test_a_failure_to_note_a_failure_does_not_end_synchronisation(
    central: Central, make_store: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = signed_in(make_store("ann"), central)
    watched = Watched(store, tmp_path / "sync.lock")
    failed = threading.Semaphore(0)

    def fail(_connection: object) -> object:
        failed.release()
        raise ExternalError(Code.DISK_FULL)

    with monkeypatch.context() as full:
        full.setattr(outbox, "count_waiting", fail)
        watched.engine.start()
        for _push_and_pull in range(4):
            assert failed.acquire(timeout=20)
    try:
        watched.engine.sync_now()
        watched.wait_for_state(SyncState.LIVE)
    finally:
        watched.engine.stop()
    assert watched.engine.status().all_saved


def test_a_running_desk_notices_that_central_was_restored(
    central: Central, make_store: Maker, tmp_path: Path
) -> None:
    store = signed_in(make_store("ann"), central)
    settle(store)
    watched = Watched(store, tmp_path / "sync.lock")
    backup = Backup(central, tmp_path)
    desk = desk_on(store)
    desk.wake_sync_with(watched.engine.wake)
    watched.engine.start()
    try:
        watched.wait_for_state(SyncState.LIVE)
        desk.add_note(ANNA[0].id, "After the backup").result()
        watched.wait_until(lambda status: status.pending == 0 and bool(central_notes(central)))
        backup.restore()
        assert central_notes(central) == []
        watched.engine.sync_now()
        watched.wait_until(lambda _status: central_notes(central) == ["After the backup"])
        watched.wait_for_state(SyncState.LIVE)
    finally:
        watched.engine.stop()
    assert notes_of(store, ANNA[0].id) == ["After the backup"]


def test_a_stream_that_is_cut_at_once_is_asked_for_ever_more_rarely(
    central: Central, make_store: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = signed_in(make_store("ann"), central)
    engine = SyncEngine(store, tmp_path / "lock", _ignore, random_factor=lambda: 1.0)
    monkeypatch.setattr(CentralClient, "pokes", lambda _self, _stop: iter([None]))
    try:
        pauses = [engine._poke_step() for _time in range(5)]
    finally:
        engine.stop()
    assert pauses == [2.0, 4.0, 8.0, 16.0, 32.0]


def _ignore(_changes: ChangeSet) -> None:
    """Do nothing about a change."""


@pytest.mark.parametrize("next_name", ["ben", None])
def test_tokens_that_arrive_late_do_not_replace_those_of_the_next_person(
    central: Central, make_store: Maker, next_name: str | None
) -> None:
    store = signed_in(make_store("shared"), central)
    anns = store.read_here(load_account)
    assert anns.tokens is not None
    expired = replace(anns, tokens=Tokens("no.longer.good", anns.tokens.refresh))
    client = account.client_of(store, expired)
    account.sign_out(store)
    if next_name is not None:
        signed_in(store, central, next_name)
    before = store.read_here(load_account)
    with pytest.raises(AgentDeskError) as refused:
        client.changes(None)
    assert refused.value.code is Code.NOT_SIGNED_IN
    assert store.read_here(load_account) == before


def test_a_cache_of_one_company_is_not_mixed_with_anothers(
    central: Central, make_store: Maker, tmp_path: Path
) -> None:
    store = signed_in(make_store("ann"), central)
    settle(store)
    desk_on(store).add_note(ANNA[0].id, "Of this company").result()
    settle(store)
    url = f"sqlite:///{tmp_path / 'other.db'}"
    company = Organisation(
        id=new_id(), name="Other", region="PL", language="pl", time_zone="Europe/Warsaw"
    )
    seed(url, [company, ANN], [SeedAccount(ANN.id, "ann", PASSWORD)])
    other = Central(url)
    other.start()
    try:
        with pytest.raises(AgentDeskError) as refused:
            signed_in(store, other)
        assert refused.value.code is Code.NAME_TAKEN
    finally:
        other.stop()
    assert store.read_here(load_account).address == central.address


def test_a_call_told_of_before_anybody_listens_is_told_to_who_listens_first(
    store: Store, tmp_path: Path
) -> None:
    engine = SyncEngine(store, tmp_path / "lock", _ignore)
    signal = CallSignal(step="ringing", call_id="c", rang_at=now())
    engine._tell_call(signal)
    first: list[CallSignal] = []
    second: list[CallSignal] = []
    stop = engine.on_call(first.append)
    engine.on_call(second.append)
    assert (first, second) == ([signal], [])
    stop()
    engine._tell_call(signal)
    assert (first, second) == ([signal], [signal])
