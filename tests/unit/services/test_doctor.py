"""The doctor finds what is wrong, and mends without losing anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from filelock import FileLock

from agentdesk.domain.moments import now, to_text
from agentdesk.paths import ProfilePaths
from agentdesk.services.doctor import State, examine
from agentdesk.services.opening import open_for_work
from agentdesk.store import outbox, profile
from agentdesk.store import tables as t
from agentdesk.store.search import find_customers
from agentdesk.store.state import set_state
from agentdesk.store.workers import Store
from tests.fakes import MemoryKeyring
from tests.real import ANN, ORGANISATION, Central, central_with, new_desk


@pytest.fixture
def keyring() -> MemoryKeyring:
    """A keyring that answers."""
    return MemoryKeyring()


@pytest.fixture
def paths(tmp_path: Path, keyring: MemoryKeyring) -> ProfilePaths:
    """A profile in which Ann has added Anna Blunt."""
    paths = ProfilePaths(tmp_path, "default")
    profile.create_profile(paths, keyring)
    with opened(paths, keyring) as store:
        store.write_here(
            lambda connection: set_state(
                connection,
                user_id=ANN.id,
                user_name=ANN.name,
                role=ANN.role.value,
                organisation_id=ORGANISATION.id,
                organisation_name=ORGANISATION.name,
                region="GB",
            )
        )
        new_desk(store).add_customer("Anna Blunt").result()
    return paths


@contextmanager
def opened(paths: ProfilePaths, keyring: MemoryKeyring) -> Iterator[Store]:
    """The profile's cache."""
    found = open_for_work(paths, keyring)
    try:
        yield found.store
    finally:
        found.store.close()


def states(paths: ProfilePaths, keyring: MemoryKeyring, *, fix: bool = False) -> dict[str, State]:
    """Return how each check ended; whatever is not right comes with a remedy."""
    findings = list(examine(paths, keyring, lambda _header: None, fix=fix))
    assert all(f.remedy for f in findings if f.state is not State.OK)
    return {f.check: f.state for f in findings}


def test_a_profile_that_nobody_is_signed_in_to_is_in_order_but_for_that(
    paths: ProfilePaths, keyring: MemoryKeyring
) -> None:
    found = states(paths, keyring)
    assert {check for check, state in found.items() if state is not State.OK} == {"account"}
    assert found["account"] is State.WARN
    assert set(found) >= {"program", "data-folder", "keyring", "cache", "schema", "search-index"}


def test_a_missing_profile_is_found_before_anything_else(
    tmp_path: Path, keyring: MemoryKeyring
) -> None:
    found = states(ProfilePaths(tmp_path, "none"), keyring)
    assert found == {
        "program": State.OK,
        "data-folder": State.OK,
        "profile": State.FAIL,
    }


def test_a_keyring_that_does_not_answer_is_found(
    paths: ProfilePaths, keyring: MemoryKeyring
) -> None:
    keyring.answers = False
    found = states(paths, keyring)
    assert (found["keyring"], found["cache"]) == (State.FAIL, State.FAIL)


def test_a_search_index_with_holes_is_found_and_made_anew(
    paths: ProfilePaths, keyring: MemoryKeyring
) -> None:
    with opened(paths, keyring) as store:
        store.write_here(lambda connection: connection.execute(t.search_entry.delete()))
        store.write_here(lambda connection: connection.execute(sa.text("DELETE FROM search_index")))
        assert store.read_here(find_customers, "anna") == []
    assert states(paths, keyring)["search-index"] is State.FAIL
    assert states(paths, keyring, fix=True)["search-index"] is State.OK
    with opened(paths, keyring) as store:
        assert [hit.name for hit in store.read_here(find_customers, "anna")] == ["Anna Blunt"]
    assert states(paths, keyring)["search-index"] is State.OK


def test_entries_without_words_and_without_customers_are_holes_too(
    paths: ProfilePaths, keyring: MemoryKeyring
) -> None:
    with opened(paths, keyring) as store:
        store.write_here(lambda c: c.execute(sa.text("DELETE FROM search_index")))
    assert states(paths, keyring)["search-index"] is State.FAIL
    with opened(paths, keyring) as store:
        store.write_here(lambda connection: connection.execute(t.customer.delete()))
    assert states(paths, keyring, fix=True)["search-index"] is State.OK
    with opened(paths, keyring) as store:
        entries = store.read_here(lambda c: c.execute(sa.select(t.search_entry)).all())
    assert entries == []


def test_a_damaged_page_is_found_and_the_unsent_edit_survives_the_rebuilding(
    paths: ProfilePaths, keyring: MemoryKeyring
) -> None:
    with opened(paths, keyring) as store:
        page = store.read_here(
            lambda c: c.execute(
                sa.text("SELECT rootpage FROM sqlite_schema WHERE name = 'purchase'")
            ).scalar_one()
        )
    content = bytearray(paths.cache.read_bytes())
    content[(page - 1) * 4096 + 100] ^= 0xFF
    paths.cache.write_bytes(content)
    assert states(paths, keyring)["cache"] is State.FAIL
    mended = states(paths, keyring, fix=True)
    assert (mended["cache"], mended["search-index"]) == (State.WARN, State.OK)
    with opened(paths, keyring) as store:
        assert store.read_here(outbox.count_waiting).pending == 1
        assert [hit.name for hit in store.read_here(find_customers, "anna")] == ["Anna Blunt"]
    assert [aside.read_bytes() for aside in paths.folder.glob("cache.damaged-*.db")] == [
        bytes(content)
    ]


def test_nothing_is_rebuilt_beneath_a_running_window(
    paths: ProfilePaths, keyring: MemoryKeyring
) -> None:
    content = bytearray(paths.cache.read_bytes())
    content[4096 + 100] ^= 0xFF
    paths.cache.write_bytes(content)
    with FileLock(paths.sync_lock):
        assert states(paths, keyring, fix=True)["cache"] is State.FAIL
    assert paths.cache.read_bytes() == bytes(content)


def test_a_long_wait_is_a_warning(paths: ProfilePaths, keyring: MemoryKeyring) -> None:
    assert states(paths, keyring)["outbox"] is State.OK
    with opened(paths, keyring) as store:
        long_ago = to_text(now() - timedelta(days=3))
        store.write_here(lambda c: c.execute(t.outbox.update().values(made_at=long_ago)))
    assert states(paths, keyring)["outbox"] is State.WARN


def _point_to(store: Store, central: Central) -> None:
    store.write_here(lambda c: set_state(c, central_url=central.address.url, device_id="d"))


def test_central_is_asked_without_using_up_a_token(
    paths: ProfilePaths, keyring: MemoryKeyring, tmp_path: Path
) -> None:
    with central_with(tmp_path, []) as central:
        with opened(paths, keyring) as store:
            _point_to(store, central)
        answered = states(paths, keyring)
        central.stop()
        silent = states(paths, keyring)
    assert (answered["central"], answered["clock"]) == (State.OK, State.OK)
    assert silent["central"] is State.FAIL
    assert "clock" not in silent
