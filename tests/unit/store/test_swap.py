"""One file takes another's place, and whoever has the old one open loses nothing by it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from agentdesk.domain.entities import Customer
from agentdesk.errors import Code, ExternalError
from agentdesk.paths import ProfilePaths
from agentdesk.services.opening import desk_of, open_for_work
from agentdesk.store import tables as t
from agentdesk.store import workers
from agentdesk.store.engine import CacheFile, make_engine
from agentdesk.store.migrate import upgrade
from agentdesk.store.profile import create_profile, open_profile, profile_paths
from agentdesk.store.rows import get_entity
from agentdesk.store.state import get_state, set_state
from agentdesk.store.swap import LOADING_FILE, new_name
from agentdesk.store.workers import Store
from agentdesk.sync.carry import carry
from tests.exchanges import desk_on, notes_of
from tests.fakes import MemoryKeyring
from tests.real import ANN, ORGANISATION
from tests.stock import customer, stock

ANNA = customer("Anna Blunt")


def loaded_beside(store: Store, *entities: Customer) -> CacheFile:
    """Make a cache with `entities` that is to take the place of another."""
    fresh = store.file.beside(new_name())
    engine = make_engine(fresh.path, fresh.key, create=True)
    upgrade(engine, fresh.path)
    engine.dispose()
    filling = Store(make_engine(fresh.path, fresh.key))
    stock(filling, *entities)
    filling.close()
    return fresh


@pytest.fixture
def other(store: Store) -> Iterator[Store]:
    """The same cache, as another process has it open."""
    opened = Store(make_engine(store.file.path, store.file.key))
    opened.read_here(get_state, "user_id")
    yield opened
    opened.close()


def test_readers_and_writers_elsewhere_turn_to_the_new_file(store: Store, other: Store) -> None:
    stock(store, ANNA)
    bert = customer("Bert Newly")
    store.supersede(loaded_beside(store, ANNA, bert), carry)
    assert other.read_here(get_entity, Customer, bert.id) is not None
    desk_on(other).add_note(ANNA.id, "Written elsewhere").result()
    assert notes_of(store, ANNA.id) == ["Written elsewhere"]
    assert store.file == other.file


def test_a_write_that_had_to_wait_for_the_swap_is_in_the_new_file(
    store: Store, other: Store
) -> None:
    stock(store, ANNA)
    waiting = threading.Event()
    desk = desk_on(other)

    def slow(old: sa.Connection, new: sa.Connection) -> None:
        carry(old, new)
        note = desk.add_note(ANNA.id, "While it was swapped")
        note.add_done_callback(lambda _done: waiting.set())

    store.supersede(loaded_beside(store, ANNA), slow)
    assert waiting.wait(10)
    assert notes_of(store, ANNA.id) == ["While it was swapped"]


def test_many_writers_lose_nothing_over_several_swaps(store: Store, other: Store) -> None:
    stock(store, ANNA)
    said: list[str] = []
    ended = threading.Event()

    def write(desk_store: Store, name: str) -> None:
        desk = desk_on(desk_store)
        for turn in range(10_000):
            if ended.is_set():
                return
            desk.add_note(ANNA.id, f"{name} {turn}").result()
            said.append(f"{name} {turn}")

    threads = [
        threading.Thread(target=write, args=(which, name))
        for which, name in ((store, "here"), (other, "there"))
    ]
    for thread in threads:
        thread.start()
    for _swap in range(4):
        store.supersede(loaded_beside(store, ANNA), carry)
    ended.set()
    for thread in threads:
        thread.join(20)
    assert len(said) > 4
    assert set(said) <= set(notes_of(store, ANNA.id))
    numbers = store.read_here(lambda c: c.execute(sa.select(t.outbox.c.n)).scalars().all())
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_the_swap_counts_as_somebody_elses_write_elsewhere(store: Store, other: Store) -> None:
    stock(store, ANNA)
    before = [which.foreign_commits().result() for which in (store, other)]
    store.supersede(loaded_beside(store, ANNA), carry)
    after = [which.foreign_commits().result() for which in (store, other)]
    assert after[0] == before[0]
    assert after[1] > before[1]


def test_a_swap_that_fails_leaves_the_old_file_and_can_be_done_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock(store, ANNA)
    desk = desk_on(store)
    desk.add_note(ANNA.id, "Before").result()
    desk.set_fields(ANNA.id, {"company": "First"}).result()
    fresh = loaded_beside(store, ANNA)
    before = store.file

    def cut_off(_old: sa.Connection, _path: Path) -> None:
        raise ExternalError(Code.DISK_FULL)

    with monkeypatch.context() as patched:
        patched.setattr(workers, "mark_superseded", cut_off)
        with pytest.raises(ExternalError):
            store.supersede(fresh, carry)
    assert store.file == before
    desk.add_note(ANNA.id, "After").result()
    desk.set_fields(ANNA.id, {"company": "Second"}).result()
    store.supersede(fresh, carry)
    assert notes_of(store, ANNA.id) == ["After", "Before"]
    shown = store.read_here(get_entity, Customer, ANNA.id)
    assert shown is not None
    assert shown.company == "Second"
    below = store.read_here(lambda c: c.execute(sa.select(t.shadow.c.body)).scalars().all())
    assert [body and body["company"] for body in below if body] == [None]


# --- At the next start -------------------------------------------------------------------------


@pytest.fixture
def keyring() -> MemoryKeyring:
    return MemoryKeyring()


@pytest.fixture
def where(tmp_path: Path, keyring: MemoryKeyring) -> ProfilePaths:
    """A profile in which Ann works, with a note that waits, in a file that was swapped in."""
    paths = profile_paths(tmp_path, "default")
    create_profile(paths, keyring)
    store = open_profile(paths, keyring).store
    store.write_here(
        lambda connection: set_state(
            connection,
            user_id=ANN.id,
            user_name=ANN.name,
            role="agent",
            organisation_id=ORGANISATION.id,
            organisation_name=ORGANISATION.name,
            region="GB",
            device_id="device",
        )
    )
    stock(store, ANNA)
    store.supersede(loaded_beside(store, ANNA), carry)
    desk_on(store).add_note(ANNA.id, "After the swap").result()
    store.close()
    return paths


def loaded_files(paths: ProfilePaths) -> list[str]:
    return sorted(path.name for path in paths.folder.glob("cache.load-*.db"))


def test_the_new_file_has_the_usual_name_after_the_next_start(
    where: ProfilePaths, keyring: MemoryKeyring
) -> None:
    assert loaded_files(where)
    profile = open_for_work(where, keyring)
    try:
        assert profile.store.file.path == where.cache
        assert loaded_files(where) == []
        assert notes_of(profile.store, ANNA.id) == ["After the swap"]
        desk_of(profile).add_note(ANNA.id, "And on").result()
        assert len(notes_of(profile.store, ANNA.id)) == 2
    finally:
        profile.store.close()


def test_names_stay_as_they_are_while_somebody_has_a_file_open(
    where: ProfilePaths, keyring: MemoryKeyring
) -> None:
    key = keyring.load(next(iter(keyring.keys))) or b""
    elsewhere = Store(make_engine(where.cache, key))
    assert notes_of(elsewhere, ANNA.id) == ["After the swap"]
    named = loaded_files(where)
    profile = open_profile(where, keyring)
    try:
        assert loaded_files(where) == named
        assert profile.store.file == elsewhere.file
        desk_on(profile.store).add_note(ANNA.id, "Beside").result()
        assert "Beside" in notes_of(elsewhere, ANNA.id)
    finally:
        profile.store.close()
        elsewhere.close()


def test_a_renaming_that_was_cut_off_is_completed(
    where: ProfilePaths, keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(_path: Path, _target: Path) -> Path:
        raise OSError("cut off")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", cut_off)
        with suppress(ExternalError):
            open_profile(where, keyring).store.close()
    profile = open_profile(where, keyring)
    assert notes_of(profile.store, ANNA.id) == ["After the swap"]
    assert loaded_files(where) == []
    profile.store.close()


def test_files_that_nobody_fills_any_more_are_deleted_and_one_that_is_filled_stays(
    where: ProfilePaths, keyring: MemoryKeyring
) -> None:
    store = open_profile(where, keyring).store
    wanted, forgotten = loaded_beside(store, ANNA), loaded_beside(store, ANNA)
    store.write_here(lambda connection: set_state(connection, **{LOADING_FILE: wanted.path.name}))
    store.close()
    open_profile(where, keyring).store.close()
    assert loaded_files(where) == [wanted.path.name]
    assert not forgotten.path.exists()


@pytest.mark.parametrize("which", ["old", "new"])
def test_damage_after_a_swap_costs_no_edit(
    where: ProfilePaths, keyring: MemoryKeyring, which: str
) -> None:
    damaged = where.cache if which == "old" else where.folder / loaded_files(where)[0]
    content = bytearray(damaged.read_bytes())
    middle = len(content) // 2 if which == "new" else 0
    content[middle : middle + 4096] = b"\xa5" * 4096
    damaged.write_bytes(content)
    profile = open_for_work(where, keyring, repair=True)
    try:
        assert notes_of(profile.store, ANNA.id) == ["After the swap"]
        assert profile.rescued == 1
    finally:
        profile.store.close()
