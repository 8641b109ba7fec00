"""What Central orders a desk: locked, it keeps everything; wiped, it keeps nothing but its name."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentdesk.central.database import open_database
from agentdesk.central.devices import list_devices, order
from agentdesk.central.organisations import organisation_ids
from agentdesk.domain.moments import now
from agentdesk.errors import Code, ExternalError, UserError
from agentdesk.paths import ProfilePaths
from agentdesk.services.opening import open_for_work
from agentdesk.store import outbox
from agentdesk.store.profile import OpenProfile, create_profile, read_header
from agentdesk.store.state import get_state, set_state
from agentdesk.store.wipe import wipe_profile
from agentdesk.sync import exchange, orders
from agentdesk.sync.account import open_client
from agentdesk.sync.protocol import Order
from agentdesk.sync.status import SyncState
from tests.exchanges import Watched, central_notes, desk_on, notes_of, settle
from tests.fakes import MemoryKeyring
from tests.real import ANN, Central, central_with, person, signed_in

ANNA = person("Anna Blunt", "+442079460958")


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central that serves a company with Anna Blunt."""
    with central_with(tmp_path, ANNA) as running:
        yield running


@pytest.fixture
def keyring() -> MemoryKeyring:
    return MemoryKeyring()


@pytest.fixture
def paths(tmp_path: Path) -> ProfilePaths:
    return ProfilePaths(tmp_path / "home", "default")


@pytest.fixture
def open_(paths: ProfilePaths, keyring: MemoryKeyring) -> Iterator[Callable[[], OpenProfile]]:
    """Opens the profile, as at a start of the program."""
    made: list[OpenProfile] = []

    def start() -> OpenProfile:
        made.append(open_for_work(paths, keyring))
        return made[-1]

    yield start
    for profile in made:
        profile.store.close()


@pytest.fixture
def profile(
    central: Central,
    paths: ProfilePaths,
    keyring: MemoryKeyring,
    open_: Callable[[], OpenProfile],
) -> OpenProfile:
    """Ann's profile, in step with Central."""
    create_profile(paths, keyring)
    opened = open_()
    settle(signed_in(opened.store, central))
    return opened


def give(central: Central, *given: Order) -> None:
    """Give every device these orders."""
    database = open_database(central.database_url)
    with database.writing() as connection:
        org_id = organisation_ids(connection)[0]
        for device in list_devices(connection, org_id):
            order(connection, org_id, device.device_id, now(), *given)
    database.close()


def watched(profile: OpenProfile, keyring: MemoryKeyring) -> Watched:
    """Return an engine that may wipe the profile."""
    lock = profile.paths.sync_lock
    return Watched(profile.store, lock, destroy=lambda: wipe_profile(profile.paths, keyring))


def is_wiped(paths: ProfilePaths, keyring: MemoryKeyring) -> bool:
    """Tell whether neither key nor cache is left."""
    return not keyring.keys and read_header(paths).wiped and not list(paths.folder.glob("cache*"))


def test_a_wiped_desk_sends_what_waits_and_then_destroys_its_key(
    central: Central, profile: OpenProfile, keyring: MemoryKeyring
) -> None:
    desk_on(profile.store).add_note(ANNA[0].id, "Written on the train").result()
    give(central, Order.WIPE)
    running = watched(profile, keyring)
    running.engine.start()
    try:
        running.wait_until(lambda status: status.state is SyncState.WIPED)
    finally:
        running.engine.stop()
    assert is_wiped(profile.paths, keyring)
    assert central_notes(central) == ["Written on the train"]


def test_without_leave_to_salvage_nothing_is_sent(
    central: Central, profile: OpenProfile, keyring: MemoryKeyring
) -> None:
    desk_on(profile.store).add_note(ANNA[0].id, "Stays unsaid").result()
    give(central, Order.WIPE, Order.LOCK)
    running = watched(profile, keyring)
    running.engine.start()
    try:
        running.wait_until(lambda status: status.state is SyncState.WIPED)
    finally:
        running.engine.stop()
    assert is_wiped(profile.paths, keyring)
    assert central_notes(central) == []


def test_a_wiped_profile_cannot_be_opened_again_even_from_a_copy_of_its_files(
    profile: OpenProfile,
    keyring: MemoryKeyring,
    open_: Callable[[], OpenProfile],
    tmp_path: Path,
) -> None:
    shutil.copytree(profile.paths.folder, tmp_path / "stolen")
    wipe_profile(profile.paths, keyring)
    with pytest.raises(ExternalError) as refused:
        open_()
    assert refused.value.code is Code.DEVICE_WIPED
    shutil.copytree(tmp_path / "stolen", profile.paths.folder, dirs_exist_ok=True)
    with pytest.raises(ExternalError) as closed:
        open_()
    assert closed.value.code is Code.KEY_MISSING


def test_a_passphrase_does_not_open_a_wiped_profile(paths: ProfilePaths) -> None:
    keyring = MemoryKeyring(answers=False)
    create_profile(paths, keyring, "open sesame")
    wipe_profile(paths, keyring)
    header = read_header(paths)
    assert (header.passphrase, header.key_check) == (None, "")
    with pytest.raises(ExternalError) as refused:
        open_for_work(paths, keyring, "open sesame")
    assert refused.value.code is Code.DEVICE_WIPED
    create_profile(paths, keyring, "another start")
    open_for_work(paths, keyring, "another start").store.close()
    assert not read_header(paths).wiped


@pytest.mark.parametrize("cut_after", ["header", "key"])
def test_a_wipe_that_was_cut_off_is_completed_at_the_next_start(
    profile: OpenProfile,
    keyring: MemoryKeyring,
    open_: Callable[[], OpenProfile],
    monkeypatch: pytest.MonkeyPatch,
    cut_after: str,
) -> None:
    class Cut(BaseException):
        """The process is killed."""

    def cut(*_arguments: object) -> None:
        raise Cut

    with monkeypatch.context() as killed:
        if cut_after == "header":
            killed.setattr(MemoryKeyring, "forget", cut)
        else:
            killed.setattr(Path, "unlink", cut)
        with pytest.raises(Cut):
            wipe_profile(profile.paths, keyring)
    assert profile.paths.cache.exists()
    with pytest.raises(ExternalError) as refused:
        open_()
    assert refused.value.code is Code.DEVICE_WIPED
    assert is_wiped(profile.paths, keyring)


def test_a_locked_desk_keeps_everything_and_goes_on_once_unlocked(
    central: Central, profile: OpenProfile, keyring: MemoryKeyring
) -> None:
    desk = desk_on(profile.store)
    desk.add_note(ANNA[0].id, "Written while locked").result()
    give(central, Order.LOCK)
    running = watched(profile, keyring)
    running.engine.start()
    try:
        running.wait_for_state(SyncState.LOCKED, pending=1)
        assert notes_of(profile.store, ANNA[0].id) == ["Written while locked"]
        give(central)
        running.engine.sync_now()
        running.wait_for_state(SyncState.LIVE)
    finally:
        running.engine.stop()
    assert keyring.keys
    assert central_notes(central) == ["Written while locked"]


@pytest.mark.parametrize("moment", ["before", "during"])
def test_credentials_that_have_ended_destroy_nothing(
    central: Central,
    profile: OpenProfile,
    keyring: MemoryKeyring,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    desk_on(profile.store).add_note(ANNA[0].id, "Not lost").result()
    give(central, Order.WIPE)
    if moment == "before":
        spoilt = {"access_token": "x", "refresh_token": "y"}
        profile.store.write_here(lambda connection: set_state(connection, **spoilt))
    else:

        def ended(*_arguments: object) -> None:
            raise UserError(Code.SIGNED_OUT)

        monkeypatch.setattr(exchange, "push_once", ended)
    running = watched(profile, keyring)
    running.engine.start()
    try:
        running.wait_for_state(SyncState.LOCKED, pending=1)
    finally:
        running.engine.stop()
    assert keyring.keys
    assert profile.paths.cache.exists()


def test_the_salvage_tries_a_few_times_and_no_more(
    central: Central, profile: OpenProfile, keyring: MemoryKeyring
) -> None:
    desk_on(profile.store).add_note(ANNA[0].id, "Out of reach").result()
    client = open_client(profile.store)
    central.stop()
    pauses: list[float] = []
    orders.obey_wipe(
        profile.store,
        client,
        ANN.id,
        salvage=True,
        destroy=lambda: wipe_profile(profile.paths, keyring),
        pause=pauses.append,
    )
    assert len(pauses) == orders.SALVAGE_TRIES - 1
    assert is_wiped(profile.paths, keyring)


def test_a_desk_that_may_not_destroy_itself_is_locked_by_the_order(
    central: Central, profile: OpenProfile
) -> None:
    give(central, Order.WIPE)
    running = Watched(profile.store, profile.paths.sync_lock)
    running.engine.start()
    try:
        running.wait_for_state(SyncState.LOCKED)
    finally:
        running.engine.stop()
    assert profile.store.read_here(get_state, "user_id") == ANN.id
    assert profile.store.read_here(outbox.count_waiting).pending == 0
