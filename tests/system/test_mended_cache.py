"""A damaged cache is mended wherever that is cut off, and its edits reach Central once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from agentdesk.errors import AgentDeskError, Code
from agentdesk.paths import ProfilePaths
from agentdesk.services.opening import open_for_work
from agentdesk.store import outbox
from agentdesk.store import tables as t
from agentdesk.store.profile import OpenProfile, create_profile, open_profile, profile_paths
from agentdesk.store.repair import mark_damaged
from agentdesk.store.workers import Store
from agentdesk.sync.account import load_account
from agentdesk.sync.transport import CentralClient
from tests.exchanges import central_notes, desk_on, notes_of, push_all, settle
from tests.fakes import MemoryKeyring
from tests.real import Central, central_with, person, signed_in

ANNA = person("Anna Blunt", "+442079460958")
KEYRING = MemoryKeyring()


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central that serves a company with Anna Blunt."""
    with central_with(tmp_path, ANNA) as running:
        yield running


@pytest.fixture
def where(tmp_path: Path, central: Central) -> ProfilePaths:
    """A profile that is signed in and up to date, and has sent one note."""
    paths = profile_paths(tmp_path, "default")
    create_profile(paths, KEYRING)
    store = signed_in(open_profile(paths, KEYRING).store, central)
    desk_on_synced(store, "Sent before")
    store.close()
    return paths


def desk_on_synced(store: Store, text: str) -> None:
    """Write a note and bring it to Central and back."""
    settle(store)
    desk_on(store).add_note(ANNA[0].id, text).result()
    settle(store)


def write(paths: ProfilePaths, *texts: str) -> OpenProfile:
    """Open the profile and write notes."""
    profile = open_profile(paths, KEYRING)
    for text in texts:
        desk_on(profile.store).add_note(ANNA[0].id, text).result()
    return profile


def mended(paths: ProfilePaths) -> Store:
    """Say that the cache is damaged and mend it."""
    mark_damaged(paths)
    return open_for_work(paths, KEYRING, repair=True).store


def forget(store: Store, statement: sa.Delete) -> None:
    """Lose rows, as with a page that cannot be read."""
    store.write_here(lambda connection: connection.execute(statement))
    store.close()


def test_a_whole_outbox_goes_on_as_the_same_device(where: ProfilePaths, central: Central) -> None:
    profile = write(where, "First", "Second")
    device_id = profile.store.read_here(load_account).device_id
    profile.store.close()
    store = mended(where)
    try:
        assert store.read_here(load_account).device_id == device_id
        desk_on(store).add_note(ANNA[0].id, "Third").result()
        settle(store)
        expected = ["First", "Second", "Sent before", "Third"]
        assert central_notes(central) == notes_of(store, ANNA[0].id) == expected
    finally:
        store.close()


@pytest.mark.parametrize("lost", ["next_n", "device_id", None])
def test_edits_arrive_once_after_the_state_of_synchronisation_was_lost(
    where: ProfilePaths, central: Central, monkeypatch: pytest.MonkeyPatch, lost: str | None
) -> None:
    profile = write(where, "Sent, answer lost")
    whole = CentralClient.push

    def lose_the_answer(self: CentralClient, groups: list[object]) -> object:
        whole(self, groups)  # type: ignore[arg-type]  # passed on as it came
        raise AgentDeskError(Code.SERVER_UNREACHABLE)

    with monkeypatch.context() as cut:
        cut.setattr(CentralClient, "push", lose_the_answer)
        with pytest.raises(AgentDeskError):
            push_all(profile.store)
    desk_on(profile.store).add_note(ANNA[0].id, "Never sent").result()
    everything = t.sync_state.delete()
    forget(profile.store, everything.where(t.sync_state.c.key == lost) if lost else everything)
    store = mended(where)
    try:
        signed_in(store, central)
        desk_on(store).add_note(ANNA[0].id, "Afterwards").result()
        settle(store)
        expected = ["Afterwards", "Never sent", "Sent before", "Sent, answer lost"]
        assert central_notes(central) == notes_of(store, ANNA[0].id) == expected
        assert store.read_here(outbox.count_waiting).pending == 0
    finally:
        store.close()


def test_an_edit_that_could_not_be_read_does_not_hold_up_the_others(
    where: ProfilePaths, central: Central
) -> None:
    profile = write(where, "First", "Unreadable", "Third")
    second = sa.select(t.outbox.c.n).order_by(t.outbox.c.n).offset(1).limit(1).scalar_subquery()
    forget(profile.store, t.outbox.delete().where(t.outbox.c.n == second))
    store = mended(where)
    try:
        signed_in(store, central)
        settle(store)
        assert central_notes(central) == ["First", "Sent before", "Third"]
        assert store.read_here(outbox.count_waiting).pending == 0
    finally:
        store.close()


@pytest.mark.parametrize("cut_at", range(5))
def test_mending_may_be_cut_off_between_any_two_files(
    where: ProfilePaths, central: Central, monkeypatch: pytest.MonkeyPatch, cut_at: int
) -> None:
    write(where, "Unsent").store.close()
    mark_damaged(where)
    left = iter(range(cut_at))

    def until_cut(does: str) -> None:
        real = getattr(Path, does)

        def step(self: Path, *args: object, **options: object) -> object:
            if self.name.startswith("cache.") and next(left, None) is None:
                raise KeyboardInterrupt
            return real(self, *args, **options)

        monkeypatch.setattr(Path, does, step)

    until_cut("rename")
    until_cut("unlink")
    with suppress(KeyboardInterrupt):
        open_for_work(where, KEYRING, repair=True).store.close()
    monkeypatch.undo()
    # As the desktop does: what is still marked is mended, anything else just opens.
    store = open_for_work(where, KEYRING, repair=where.damage_mark.exists()).store
    try:
        assert "Unsent" in notes_of(store, ANNA[0].id)
        settle(store)
        assert central_notes(central) == ["Sent before", "Unsent"]
    finally:
        store.close()


def test_a_cache_without_its_header_is_kept_aside_for_the_next_profile(
    where: ProfilePaths,
) -> None:
    before = where.cache.read_bytes()
    where.header.unlink()
    create_profile(where, KEYRING)
    open_profile(where, KEYRING).store.close()
    [aside] = where.folder.glob("cache.damaged-*.db")
    assert aside.read_bytes() == before
