"""Profiles: made, opened, locked, and mended when the cache is damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentdesk.domain.draft import Draft
from agentdesk.errors import AgentDeskError, Code
from agentdesk.paths import ProfilePaths
from agentdesk.services.desk import Desk
from agentdesk.services.identity import load_identity
from agentdesk.services.opening import open_for_work
from agentdesk.store import outbox
from agentdesk.store.profile import (
    OpenProfile,
    create_profile,
    open_profile,
    profile_names,
    profile_paths,
)
from agentdesk.store.repair import mark_damaged
from agentdesk.store.state import list_drafts, save_draft, set_state
from tests.fakes import MemoryKeyring
from tests.real import ANN, ORGANISATION

PAGE = 4096


@pytest.fixture
def where(tmp_path: Path) -> ProfilePaths:
    """Where a profile of this test lies."""
    return profile_paths(tmp_path, "default")


def desk_with_edits(profile: OpenProfile) -> Desk:
    """Write a few things that Central has not seen, and return the desk."""
    profile.store.write_here(
        lambda connection: set_state(
            connection,
            user_id=ANN.id,
            user_name=ANN.name,
            role="agent",
            organisation_id=ORGANISATION.id,
            organisation_name=ORGANISATION.name,
            region="GB",
            cursor="behind everything",
        )
    )
    desk = Desk(profile.store, profile.store.read_here(load_identity))
    anna = desk.add_customer("Anna Blunt", number="020 7946 0958").result()
    desk.add_note(anna.id, "Never lost").result()
    return desk


def damage(path: Path, first: int, last: int | None = None) -> None:
    """Overwrite whole pages of a file from page `first` (the first page is 0) on."""
    content = bytearray(path.read_bytes())
    end = len(content) if last is None else last * PAGE
    content[first * PAGE : end] = b"\xa5" * (end - first * PAGE)
    path.write_bytes(bytes(content))


def test_a_keyring_profile_opens_again_without_asking(where: ProfilePaths) -> None:
    keyring = MemoryKeyring()
    create_profile(where, keyring)
    profile = open_profile(where, keyring)
    profile.store.close()
    assert len(keyring.keys) == 1
    assert profile_names(where.home) == ["default"]


def test_nothing_on_the_disk_tells_the_key_or_the_people(where: ProfilePaths) -> None:
    keyring = MemoryKeyring()
    create_profile(where, keyring)
    profile = open_profile(where, keyring)
    desk_with_edits(profile)
    profile.store.close()
    key = next(iter(keyring.keys.values()))
    for path in where.folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert key not in content
        assert key.hex().encode() not in content
        assert b"Anna" not in content
        assert b"SQLite format 3" not in content


def test_without_a_keyring_a_passphrase_is_asked_for(where: ProfilePaths) -> None:
    silent = MemoryKeyring(answers=False)
    with pytest.raises(AgentDeskError) as needed:
        create_profile(where, silent)
    assert needed.value.code is Code.PASSPHRASE_NEEDED
    assert not where.header.exists()
    create_profile(where, silent, "four plain words here")
    with pytest.raises(AgentDeskError) as asked:
        open_profile(where, silent)
    assert asked.value.code is Code.PASSPHRASE_NEEDED
    open_profile(where, silent, "four plain words here").store.close()


def test_a_wrong_passphrase_is_told_from_damage(where: ProfilePaths) -> None:
    silent = MemoryKeyring(answers=False)
    create_profile(where, silent, "four plain words here")
    with pytest.raises(AgentDeskError) as wrong:
        open_profile(where, silent, "four plain words there")
    assert wrong.value.code is Code.WRONG_PASSPHRASE
    damage(where.cache, 0, 1)
    with pytest.raises(AgentDeskError) as damaged:
        open_profile(where, silent, "four plain words here")
    assert damaged.value.code is Code.STORE_DAMAGED


def test_a_key_that_the_keyring_lost_is_said_so(where: ProfilePaths) -> None:
    keyring = MemoryKeyring()
    create_profile(where, keyring)
    keyring.keys.clear()
    with pytest.raises(AgentDeskError) as missing:
        open_profile(where, keyring)
    assert missing.value.code is Code.KEY_MISSING


def test_a_second_profile_of_the_same_name_is_refused(where: ProfilePaths) -> None:
    create_profile(where, MemoryKeyring())
    with pytest.raises(AgentDeskError) as exists:
        create_profile(where, MemoryKeyring())
    assert exists.value.code is Code.PROFILE_EXISTS


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 65])
def test_a_name_that_could_be_a_path_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(AgentDeskError) as refused:
        profile_paths(tmp_path, name)
    assert refused.value.code is Code.BAD_VALUE


def test_a_damaged_cache_is_set_aside_and_unsent_edits_are_saved(where: ProfilePaths) -> None:
    keyring = MemoryKeyring()
    create_profile(where, keyring)
    profile = open_profile(where, keyring)
    desk_with_edits(profile)
    draft = Draft(id="call", text="half a sentence", call_id="call")
    profile.store.write_here(save_draft, draft, ANN.id)
    profile.store.close()
    mark_damaged(where)
    with pytest.raises(AgentDeskError) as damaged:
        open_for_work(where, keyring)
    assert damaged.value.code is Code.STORE_DAMAGED

    before = where.cache.read_bytes()
    mended = open_for_work(where, keyring, repair=True)
    try:
        assert mended.rescued == 3
        desk = Desk(mended.store, mended.store.read_here(load_identity))
        found = desk.search("blunt").result()
        person = desk.open_person(found[0].id).result()
        assert person is not None
        assert [item.summary for item in person.timeline.items] == ["Never lost"]
        assert [d.text for d in mended.store.read_here(list_drafts, ANN.id)] == ["half a sentence"]
        # The new cache reads everything from Central again.
        settings = mended.store.read_here(
            lambda c: c.exec_driver_sql("SELECT key FROM sync_state").scalars().all()
        )
        assert "cursor" not in settings
    finally:
        mended.store.close()
    kept = next(where.folder.glob("cache.damaged-*.db"))
    assert kept.read_bytes() == before


def test_what_lies_before_a_broken_page_is_still_saved(where: ProfilePaths) -> None:
    keyring = MemoryKeyring()
    create_profile(where, keyring)
    profile = open_profile(where, keyring)
    desk = desk_with_edits(profile)
    anna = desk.search("blunt").result()[0].id
    for n in range(60):
        desk.add_note(anna, f"Note {n} " + "long enough to fill pages " * 20).result()
    profile.store.close()
    pages = where.cache.stat().st_size // PAGE
    damage(where.cache, pages - 12, pages - 10)
    mended = open_for_work(where, keyring, repair=True)
    try:
        assert mended.rescued is not None
        assert mended.rescued > 30
        assert mended.store.read_here(outbox.count_waiting).pending == mended.rescued
    finally:
        mended.store.close()
