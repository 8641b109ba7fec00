"""Acts with what goes before them, and what has to be true wherever they were cut off."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa

from agentdesk.central.database import open_database
from agentdesk.central.seed import seed
from agentdesk.domain.entities import Note
from agentdesk.errors import AgentDeskError, Code
from agentdesk.paths import ProfilePaths
from agentdesk.services.opening import open_for_work
from agentdesk.store import revisions
from agentdesk.store import tables as t
from agentdesk.store.engine import make_engine, write_transaction
from agentdesk.store.profile import (
    OpenProfile,
    create_profile,
    find_key,
    profile_paths,
    read_header,
)
from agentdesk.store.repair import mark_damaged
from agentdesk.store.rows import select_entities
from agentdesk.store.state import set_state
from agentdesk.sync import account
from agentdesk.sync.absorb import CURSOR
from agentdesk.sync.bodies import Held
from agentdesk.sync.transport import CentralClient
from tests.exchanges import desk_on, settle
from tests.fakes import MemoryKeyring
from tests.kills import acts
from tests.kills.company import ANNA, KEY, Company
from tests.real import ANN, ORGANISATION, signed_in

KEYRING = MemoryKeyring(answers=False)
FIRST_SCHEMA = "0001"


@dataclass(frozen=True)
class Play:
    """How an act is played: to die at a boundary, or to write down all that it meets.

    `run` takes the company and the two arguments of every act, and returns what was reported to
    whoever typed, and what the process said last. `check` asserts.
    """

    run: Callable[[Company, str, str], list[str]]
    check: Callable[[Company, list[str]], None]


# --- A desk at work ----------------------------------------------------------------------------


def _edit(company: Company, target: str, record: str) -> list[str]:
    company.desks.start(acts.edit, target, record, str(company.anns), KEY, ANNA[0].id)
    return company.desks.end()


def _check_typed(company: Company, reported: list[str]) -> None:
    company.check_saved(reported)
    company.check_quiet(reported)


def _exchange(company: Company, target: str, record: str) -> list[str]:
    company.have_ben_change_things()
    told = company.type_as_ann()
    company.desks.start(acts.exchange, target, record, str(company.anns), KEY, company.lock)
    return told + company.desks.end()


def _take_turns(company: Company, target: str, record: str) -> list[str]:
    told = company.type_as_ann()
    arguments = (str(company.anns), KEY, company.lock, company.central.address.url)
    company.desks.start(acts.take_turns, target, record, *arguments)
    return told + company.desks.end()


def _first_sync(company: Company, target: str, record: str) -> list[str]:
    cache = company.empty_cache("new")
    with company.open("new") as store:
        settle(signed_in(store, company.central))
    told = company.type_as_ann("new")
    with company.open("new") as store:
        # As after a reset: everything is to be read anew, around what waits.
        store.write_here(lambda connection: set_state(connection, **{CURSOR: None}))
    company.desks.start(acts.first_sync, target, record, str(cache), KEY, company.lock)
    return told + company.desks.end()


def _check_new_desk(company: Company, reported: list[str]) -> None:
    company.check_saved(reported, "new")
    company.check_quiet(reported, "new")


# --- A profile on the disk ---------------------------------------------------------------------


def _paths(company: Company) -> ProfilePaths:
    return profile_paths(company.folder / "home", "default")


def _make_profile(company: Company, target: str, record: str) -> list[str]:
    home = _paths(company).home
    shutil.rmtree(home, ignore_errors=True)
    company.desks.start(acts.make_profile, target, record, str(home))
    return company.desks.end()


def _check_profile(company: Company, _reported: list[str]) -> None:
    """Assert that it is there whole, or can be made as if nothing had been."""
    paths = _paths(company)
    if not paths.header.exists():
        create_profile(paths, KEYRING, acts.PASSPHRASE)
    store = open_for_work(paths, KEYRING, acts.PASSPHRASE).store
    try:
        assert store.read_here(select_entities, Note) == []
    finally:
        store.close()


def _profile_with_an_edit(company: Company) -> ProfilePaths:
    """Return a profile whose cache has an unsent note; made once, and copied."""
    paths = _paths(company)
    made = company.folder / "made"
    if not made.exists():
        at = profile_paths(made, "default")
        create_profile(at, KEYRING, acts.PASSPHRASE)
        store = open_for_work(at, KEYRING, acts.PASSPHRASE).store
        store.write_here(
            lambda connection: set_state(
                connection,
                user_id=ANN.id,
                user_name=ANN.name,
                role=ANN.role.value,
                organisation_id=ORGANISATION.id,
                organisation_name=ORGANISATION.name,
                region=ORGANISATION.region,
            )
        )
        desk_on(store).add_note(ANNA[0].id, "Unsent").result()
        store.close()
    shutil.rmtree(paths.home, ignore_errors=True)
    shutil.copytree(made, paths.home)
    return paths


def _migrate(company: Company, target: str, record: str) -> list[str]:
    paths = _profile_with_an_edit(company)
    key = find_key(read_header(paths), KEYRING, acts.PASSPHRASE)
    newer = make_engine(paths.cache, key)
    with newer.connect() as connection:
        payload = connection.execute(sa.select(t.outbox.c.payload)).scalar_one()
    newer.dispose()
    paths.cache.unlink()
    engine = make_engine(paths.cache, key, create=True)
    with write_transaction(engine) as connection:
        revisions.run(connection, FIRST_SCHEMA)
        values = (1, "g", "note", "r", ANNA[0].id, ANN.id, payload, "2026-01-01T00:00:00.000Z")
        connection.exec_driver_sql(
            "INSERT INTO outbox (n, group_id, kind, record_id, owner_id, author_id, payload,"
            " made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
    engine.dispose()
    company.desks.start(acts.open_profile, target, record, str(paths.home), False)
    return company.desks.end()


def _check_migrated(company: Company, _reported: list[str]) -> None:
    """Assert that the edit is in the cache, and in the copy that was made first."""
    paths = _paths(company)
    assert _edits_in(_reopened(paths)) == 1
    key = find_key(read_header(paths), KEYRING, acts.PASSPHRASE)
    copy = paths.cache.with_name(f"cache.before-{FIRST_SCHEMA}.db")
    engine = make_engine(copy, key)
    with engine.connect() as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar_one()
    engine.dispose()
    assert count == 1


def _mend(company: Company, target: str, record: str) -> list[str]:
    paths = _profile_with_an_edit(company)
    mark_damaged(paths)
    company.desks.start(acts.open_profile, target, record, str(paths.home), True)
    return company.desks.end()


def _check_mended(company: Company, _reported: list[str]) -> None:
    """Assert that the edit waits, and shows."""
    paths = _paths(company)
    profile = _reopened(paths)
    shown = [note.text for note in profile.store.read_here(select_entities, Note)]
    assert _edits_in(profile) == 1
    assert shown == ["Unsent"]


def _reopened(paths: ProfilePaths) -> OpenProfile:
    """Open a profile as a person would: mended, if it says that it is damaged."""
    try:
        return open_for_work(paths, KEYRING, acts.PASSPHRASE)
    except AgentDeskError as failure:
        if failure.code is not Code.STORE_DAMAGED:
            raise
        return open_for_work(paths, KEYRING, acts.PASSPHRASE, repair=True)


def _edits_in(profile: OpenProfile) -> int:
    count = sa.select(sa.func.count()).select_from(t.outbox)
    found: int = profile.store.read_here(lambda connection: connection.execute(count).scalar_one())
    profile.store.close()
    return found


# --- Central -----------------------------------------------------------------------------------


def _visit(company: Company, target: str, record: str) -> list[str]:
    """Have Ann's desk ask Central for everything that it can ask for.

    What fails because Central is dead fails; the desk goes on with the next.
    """
    company.centrals.kill()
    company.forget_snapshots()
    company.serve(target, record)
    told = company.type_as_ann()
    with company.open("ann") as ann:
        with suppress(AgentDeskError):
            ann.write_here(lambda connection: set_state(connection, access_token="has.run.out"))
            settle(ann)
        with suppress(AgentDeskError):
            client = account.open_client(ann)
            account.sign_out(ann)
            client.sign_out()
        with suppress(AgentDeskError):
            settle(signed_in(ann, company.central))
        for ask in (_ask_for_a_snapshot, _ask_for_counts):
            with suppress(AgentDeskError):
                ask(account.open_client(ann))
    reported = company.bring_central_back()
    # The dead one's lease on making a snapshot would keep others from it for a minute.
    company.forget_snapshots()
    return told + reported


def _ask_for_a_snapshot(client: CentralClient) -> None:
    for chunk in client.snapshot().chunks:
        client.fetch_chunk(chunk.sha256, Held(), lambda: True)


def _ask_for_counts(client: CentralClient) -> None:
    client.digest()
    client.lookup("+442079460958")


def _check_visited(company: Company, reported: list[str]) -> None:
    company.check_quiet(reported)


def _make_central(company: Company, target: str, record: str) -> list[str]:
    database = company.folder / "other.db"
    for file in company.folder.glob("other.db*"):
        file.unlink()
    company.desks.start(acts.make_central, target, record, f"sqlite:///{database}")
    return company.desks.end()


def _check_central(company: Company, _reported: list[str]) -> None:
    """Assert that it can be filled as if nothing had been."""
    url = f"sqlite:///{company.folder / 'other.db'}"
    open_database(url).close()
    seed(url, [ORGANISATION, ANN, *ANNA], [])
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM record").scalar_one() >= 3


PLAYS = {
    "typing": Play(_edit, _check_typed),
    "exchanging": Play(_exchange, _check_typed),
    "signing out and in": Play(_take_turns, _check_typed),
    "first sync": Play(_first_sync, _check_new_desk),
    "making a profile": Play(_make_profile, _check_profile),
    "migrating a cache": Play(_migrate, _check_migrated),
    "mending a cache": Play(_mend, _check_mended),
    "Central at work": Play(_visit, _check_visited),
    "making a Central": Play(_make_central, _check_central),
}
