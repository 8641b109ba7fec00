"""Processes killed without warning: what was said to be saved is there, and arrives once."""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from agentdesk.central.seed import SeedAccount, seed
from agentdesk.domain.entities import Note
from agentdesk.errors import AgentDeskError
from agentdesk.store import tables as t
from agentdesk.store.engine import make_engine
from agentdesk.store.migrate import upgrade
from agentdesk.store.rows import get_entity
from agentdesk.store.state import list_drafts
from agentdesk.store.workers import Store
from agentdesk.sync.transport import CentralClient
from tests import killable
from tests.exchanges import central_notes, desk_on, notes_of, settle
from tests.killable import Killable, killables
from tests.real import ANN, ORGANISATION, PASSWORD, Central, central_with, person, signed_in

ANNA = person("Anna Blunt", "+442079460958")
KEY = os.urandom(32).hex()
WRITER_KILLS = 30
EXCHANGE_KILLS = 30
CENTRAL_KILLS = 12


@pytest.fixture
def processes() -> Iterator[Killable]:
    """Processes to kill."""
    with killables() as started:
        yield started


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """The file of an empty cache."""
    path = tmp_path / "cache.db"
    engine = make_engine(path, bytes.fromhex(KEY), create=True)
    upgrade(engine, path)
    engine.dispose()
    return path


def kept(store: Store, reported: list[str]) -> tuple[set[str], set[str]]:
    """Return the ids of the notes that were reported as saved, and those that are kept."""
    saved = {line.removeprefix("note ") for line in reported if line.startswith("note ")}
    ids = sa.union(sa.select(t.outbox.c.record_id), sa.select(t.journal.c.record_id))
    return saved, set(store.read_here(lambda connection: connection.execute(ids).scalars().all()))


def numbers(store: Store) -> list[int]:
    """Return the numbers of all edits there ever were, in order."""
    both = sa.union_all(sa.select(t.outbox.c.n), sa.select(t.journal.c.n))
    return sorted(store.read_here(lambda connection: connection.execute(both).scalars().all()))


def test_what_a_killed_desk_said_was_saved_is_saved(cache: Path, processes: Killable) -> None:
    store = killable.open_store(cache, KEY)
    store.write_here(_ann_works_here)
    store.close()
    for _kill in range(WRITER_KILLS):
        processes.start(killable.write, str(cache), KEY, ANNA[0].id)
        processes.wait_for(random.randrange(12))
        reported = processes.kill()
        store = killable.open_store(cache, KEY)
        try:
            saved, there = kept(store, reported)
            assert saved <= there
            assert all(store.read_here(_shows, note_id) for note_id in saved)
            assert numbers(store) == list(range(1, len(there) + 1))
            drafts = {d.id: int(d.text) for d in store.read_here(list_drafts, ANN.id)}
            saved_drafts = _newest(reported).items()
            assert all(drafts[draft_id] >= turn for draft_id, turn in saved_drafts)
        finally:
            store.close()


def _ann_works_here(connection: sa.Connection) -> None:
    values = {
        "user_id": ANN.id,
        "user_name": ANN.name,
        "role": ANN.role.value,
        "organisation_id": ORGANISATION.id,
        "organisation_name": ORGANISATION.name,
        "region": ORGANISATION.region,
    }
    rows = [{"key": key, "value": value} for key, value in values.items()]
    connection.execute(t.sync_state.insert(), rows)


def _shows(connection: sa.Connection, note_id: str) -> bool:
    return get_entity(connection, Note, note_id) is not None


def _newest(reported: list[str]) -> dict[str, int]:
    turns = [int(line.removeprefix("draft ")) for line in reported if line.startswith("draft ")]
    return {f"draft-{turn % 3}": turn for turn in turns}


def test_what_a_desk_was_sending_when_it_was_killed_arrives_once(
    tmp_path: Path, cache: Path, processes: Killable
) -> None:
    with central_with(tmp_path, ANNA) as central:
        store = signed_in(killable.open_store(cache, KEY), central)
        settle(store)
        store.close()
        for _kill in range(EXCHANGE_KILLS):
            processes.start(killable.exchange_for_ever, str(cache), KEY, ANNA[0].id)
            processes.wait_for(random.randrange(10))
            reported = processes.kill()
            store = killable.open_store(cache, KEY)
            try:
                saved, there = kept(store, reported)
                assert saved <= there
            finally:
                store.close()
        store = killable.open_store(cache, KEY)
        try:
            settle(store)
            assert store.read_here(_count, t.outbox) == 0
            assert notes_of(store, ANNA[0].id) == central_notes(central)
            assert not [text for text, n in Counter(central_notes(central)).items() if n > 1]
            assert len(central_notes(central)) == len(numbers(store))
        finally:
            store.close()


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_what_central_was_taking_in_when_it_was_killed_is_there_once(
    tmp_path: Path, cache: Path, processes: Killable, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'central.db'}"
    seed(url, [ORGANISATION, ANN, *ANNA], [SeedAccount(ANN.id, "ann", PASSWORD)])
    processes.start(killable.serve_central, url, 0)
    central = Central(url, int(processes.wait_for(1)[0]))
    store = killable.open_store(cache, KEY)
    # The socket listens already: this waits for the first answer.
    settle(signed_in(store, central))
    desk = desk_on(store)
    whole = CentralClient.push
    written: list[str] = []

    def push_while_killed(self: CentralClient, groups: list[object]) -> object:
        killer = threading.Timer(random.uniform(0, 0.08), processes.kill)
        killer.start()
        try:
            return whole(self, groups)  # type: ignore[arg-type]  # passed on as it came
        finally:
            killer.join()

    try:
        for kill in range(CENTRAL_KILLS):
            written += [f"{kill} {turn}" for turn in range(8)]
            for text in written[-8:]:
                desk.add_note(ANNA[0].id, text).result()
            with monkeypatch.context() as killing:
                killing.setattr(CentralClient, "push", push_while_killed)
                with suppress(AgentDeskError):
                    settle(store)
            processes.finish()
            processes.start(killable.serve_central, url, central.port)
            processes.wait_for(1)
        settle(store)
        assert central_notes(central) == sorted(written)
        assert notes_of(store, ANNA[0].id) == sorted(written)
        assert store.read_here(_count, t.outbox) == 0
    finally:
        store.close()
