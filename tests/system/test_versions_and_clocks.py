"""A desk that is too old for Central, and clocks that are years apart: work goes on."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from agentdesk.central import devices
from agentdesk.domain.moments import now
from agentdesk.errors import Code
from agentdesk.store import outbox
from agentdesk.store.state import get_state
from agentdesk.sync import digest_check, edits, exchange
from agentdesk.sync.account import load_account, open_client
from agentdesk.sync.engine import SyncEngine
from agentdesk.sync.status import SyncState
from tests.exchanges import Watched, central_notes, desk_on, notes_of, settle
from tests.real import Central, Maker, central_with, person, signed_in

ANNA = person("Anna Blunt", "+442079460958")


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central that serves a company with Anna Blunt."""
    with central_with(tmp_path, ANNA) as running:
        yield running


def test_a_desk_that_is_too_old_works_on_and_sends_all_of_it_once_it_is_newer(
    central: Central, make_store: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = signed_in(make_store("ann"), central)
    settle(store)
    watched = Watched(store, tmp_path / "sync.lock")
    with monkeypatch.context() as newer_central:
        newer_central.setattr(devices, "SCHEMA_OLDEST", 99)
        newer_central.setattr(devices, "SCHEMA", 99)
        watched.engine.start()
        try:
            watched.wait_until(lambda status: status.state is SyncState.UPGRADE)
            assert watched.engine.status().error is Code.PROGRAM_TOO_OLD
            for turn in range(3):
                desk_on(store).add_note(ANNA[0].id, f"Meanwhile {turn}").result()
            assert len(notes_of(store, ANNA[0].id)) == 3
        finally:
            watched.engine.stop()
    upgraded = Watched(store, tmp_path / "sync.lock")
    upgraded.engine.start()
    try:
        upgraded.wait_for_state(SyncState.LIVE)
    finally:
        upgraded.engine.stop()
    assert central_notes(central) == ["Meanwhile 0", "Meanwhile 1", "Meanwhile 2"]
    assert store.read_here(outbox.count_waiting).pending == 0


@pytest.mark.parametrize("years", [10, -10])
def test_a_clock_ten_years_off_is_measured_and_changes_nothing_else(
    central: Central, make_store: Maker, monkeypatch: pytest.MonkeyPatch, years: int
) -> None:
    off = timedelta(days=3_652 * years / abs(years))
    ann, ben = signed_in(make_store("ann"), central), signed_in(make_store("ben"), central, "ben")
    settle(ann)
    settle(ben)
    desk_on(ben).set_fields(ANNA[0].id, {"hometown": "Hull"}).result()
    settle(ben)
    for module in (exchange, edits):
        monkeypatch.setattr(module, "now", lambda: now() + off)
    account = ann.read_here(load_account)
    greeting = exchange.greet(ann, open_client(ann), account.device_id)
    assert abs(greeting.skew + off) < timedelta(minutes=5)
    desk_on(ann).add_note(ANNA[0].id, "From another decade").result()
    desk_on(ann).set_fields(ANNA[0].id, {"company": "Acme"}).result()
    settle(ann)
    monkeypatch.undo()
    settle(ben)
    assert notes_of(ben, ANNA[0].id) == ["From another decade"]
    for store in (ann, ben):
        client = open_client(store)
        found = digest_check.compare(store, client, lambda store=store: settle(store))  # type: ignore[misc]  # bound at once
        assert found is not None
        assert found.differing == 0
        assert store.read_here(outbox.count_waiting).pending == 0


def test_ending_does_not_wait_for_a_central_that_never_answers_a_sign_in(
    make_store: Maker, tmp_path: Path
) -> None:
    store = make_store("ann")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepted = threading.Event()
        held: list[socket.socket] = []

        def accept() -> None:
            with suppress(OSError):
                held.append(listener.accept()[0])
                accepted.set()

        thread = threading.Thread(target=accept)
        thread.start()
        engine = SyncEngine(store, tmp_path / "sync.lock", lambda _changes: None)
        engine.start()
        signing_in = engine.sign_in(
            f"http://127.0.0.1:{listener.getsockname()[1]}", "ann", "does not matter"
        )
        assert accepted.wait(20)
        engine.stop(timeout_s=0.2)
        assert not signing_in.done()
        for connection in held:
            connection.close()
        thread.join()
        assert signing_in.exception(20) is not None
    assert store.read_here(get_state, "access_token") is None
