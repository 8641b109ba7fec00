"""A first sync, by file or straight into the cache: everything arrives, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from agentdesk.central import tables as central_tables
from agentdesk.central.feed import head
from agentdesk.demo.company import make_company
from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.entities import Customer, Organisation, User
from agentdesk.domain.kinds import KINDS, KindName
from agentdesk.errors import Code, ExternalError
from agentdesk.store import outbox
from agentdesk.store import tables as t
from agentdesk.store.engine import make_engine
from agentdesk.store.rows import get_entity
from agentdesk.store.search import find_customers
from agentdesk.store.state import get_state
from agentdesk.store.workers import Store
from agentdesk.sync import digest_check, exchange, first_sync
from agentdesk.sync.absorb import CURSOR
from agentdesk.sync.account import load_account, open_client
from agentdesk.sync.first_sync import Ended, FirstSync, Told
from agentdesk.sync.transport import CentralClient
from tests import killable
from tests.exchanges import central_notes, desk_on, notes_of, push_all, settle
from tests.killable import killables
from tests.real import Central, Maker, central_with, signed_in

COMPANY = [e for e in make_company(12, seed=7) if not isinstance(e, Organisation | User)]
CUSTOMERS = [e for e in COMPANY if isinstance(e, Customer)]


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    with central_with(tmp_path, COMPANY) as serving:
        yield serving


def first(store: Store, **how: Any) -> FirstSync:
    """Return a first sync that goes by file, however small the company is."""
    account = store.read_here(load_account)
    client = open_client(store)
    exchange.greet(store, client, account.device_id)
    return FirstSync(store, client, **({"small_rows": 0} | how))


def content(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Return every record of a cache."""

    def read(connection: sa.Connection) -> dict[str, list[tuple[object, ...]]]:
        return {
            kind.value: sorted(
                (tuple(row) for row in connection.execute(sa.select(t.TABLES[kind]))), key=repr
            )
            for kind in KINDS
        }

    return store.read_here(read)


def schema(store: Store) -> set[tuple[str, str]]:
    query = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL"
    rows = store.read_here(lambda connection: connection.exec_driver_sql(query).all())
    return {(name, sql) for name, sql in rows}


def by_pages(store: Store) -> Store:
    """Read everything page by page, as from a Central without snapshots."""
    settle(store)
    return store


@pytest.mark.parametrize("small_rows", [0, 1_000_000])
def test_a_snapshot_brings_what_reading_all_pages_brings(
    central: Central, make_store: Maker, small_rows: int
) -> None:
    paged = by_pages(signed_in(make_store("paged"), central))
    loaded = signed_in(make_store("loaded"), central)
    before = loaded.file
    assert first(loaded, small_rows=small_rows).run() is Ended.DONE
    assert content(loaded) == content(paged)
    assert schema(loaded) == schema(paged)
    assert loaded.read_here(get_state, CURSOR)
    assert (loaded.file != before) == (small_rows == 0)
    for who in CUSTOMERS:
        found = [store.read_here(find_customers, who.full_name) for store in (paged, loaded)]
        assert found[0] == found[1]
        assert who.id in {hit.id for hit in found[1]}


def test_what_is_written_while_everything_is_loaded_is_there_afterwards_and_is_sent(
    central: Central, make_store: Maker
) -> None:
    store = signed_in(make_store("ann"), central)
    settle(store)
    desk = desk_on(store)
    anna = CUSTOMERS[0]
    written: list[str] = []

    def write(_told: Told) -> None:
        text = f"Note {len(written)}"
        desk.add_note(anna.id, text).result()
        desk.set_fields(anna.id, {"company": text}).result()
        written.append(text)

    forget_cursor(store)
    assert first(store, tell=write).run() is Ended.DONE
    assert len(written) > 5
    assert set(written) <= set(notes_of(store, anna.id))
    shown = store.read_here(get_entity, Customer, anna.id)
    assert shown is not None
    assert shown.company == written[-1]
    settle(store)
    other = signed_in(make_store("ben"), central, "ben")
    settle(other)
    assert set(written) <= set(notes_of(other, anna.id))
    assert content(other) == content(store)


def test_the_desk_can_be_used_before_everything_is_there(
    central: Central, make_store: Maker
) -> None:
    store = signed_in(make_store("ann"), central)
    seen: list[int] = []

    def look(_told: Told) -> None:
        seen.append(len(store.read_here(find_customers, CUSTOMERS[0].full_name)))

    announced: list[ChangeSet] = []
    first(store, tell=look, announce=announced.append).run()
    assert seen[0] >= 1
    assert len(announced) == 2


def test_while_no_further_chunk_is_ready_nothing_is_fetched(
    central: Central, make_store: Maker
) -> None:
    syncing = first(signed_in(make_store("ann"), central))
    assert list(syncing._contents([])) == []


class _Counting(CentralClient):
    """A client that remembers which chunks it was asked for, and cuts some of them."""

    def __init__(self, store: Store) -> None:
        account = store.read_here(load_account)
        assert account.address is not None
        super().__init__(account.address, account.device_id, account.tokens)
        self.fetched: list[str] = []

    def fetch_chunk(self, sha256: str, held: Any, wanted: Any) -> bool:
        self.fetched.append(sha256)
        return super().fetch_chunk(sha256, held, wanted)


def test_a_first_sync_that_was_cancelled_goes_on_with_what_is_missing(
    central: Central, make_store: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentdesk.central.snapshots.MOST_ROWS", 40)
    store = signed_in(make_store("ann"), central)
    client = _Counting(store)
    rows: list[int] = []

    def wanted() -> bool:
        return not rows or rows[-1] < 120

    told = lambda t: rows.append(t.received)  # noqa: E731
    cancelled = FirstSync(store, client, wanted=wanted, tell=told, small_rows=0)
    assert cancelled.run() is Ended.STOPPED
    assert store.read_here(first_sync.is_needed)
    before = set(client.fetched)
    again = _Counting(store)
    resumed = FirstSync(store, again, tell=told, small_rows=0)
    assert resumed.run() is Ended.DONE
    assert len(again.fetched) == len(set(again.fetched))
    assert len(before & set(again.fetched)) <= 2
    assert len(again.fetched) >= 2
    assert content(store) == content(by_pages(signed_in(make_store("ben"), central, "ben")))


# --- Killed -------------------------------------------------------------------------------------


def open_again(path: Path, key: bytes) -> Store:
    return Store(make_engine(path, key))


@pytest.mark.parametrize("commits", [4, 11])
def test_a_first_sync_killed_again_and_again_completes_and_loses_no_edit(
    central: Central, make_store: Maker, tmp_path: Path, commits: int
) -> None:
    store = signed_in(make_store("ann"), central)
    settle(store)
    expected = content(store)
    base, key = store.file.path, store.file.key
    forget_cursor(store)
    written: list[str] = []
    with killables() as processes:
        for turn in range(100):
            processes.start(killable.read_everything, str(base), key.hex(), commits)
            if processes.end()[-1:] == ["done"]:
                break
            # Beside the process that dies, the window has its file open and goes on being used.
            desk_on(store).add_note(CUSTOMERS[turn % 12].id, f"Turn {turn}").result()
            written.append(f"Turn {turn}")
            assert store.read_here(customer_ids) == {who.id for who in CUSTOMERS}
        else:
            pytest.fail("it never came to its end")
    assert len(written) > 1
    settle(store)
    assert store.file.path != base
    there = [text for who in CUSTOMERS for text in notes_of(store, who.id)]
    assert set(written) <= set(there)
    for kind, rows in content(store).items():
        assert {row[0] for row in expected[kind]} <= {row[0] for row in rows}
    assert central_notes(central) == sorted(there)


def test_a_kill_before_each_of_the_last_commits_is_made_good(
    central: Central, make_store: Maker
) -> None:
    """The last commits are: catching up, carrying over, the mark, and what follows it."""
    total = commits_of_a_whole_run(central, make_store("counted"))
    for back in range(1, 6):
        store = signed_in(make_store(f"ann{back}"), central)
        path, key = store.file.path, store.file.key
        desk_on(store).add_customer(f"Newcomer {back}").result()
        with killables() as processes:
            processes.start(killable.read_everything, str(path), key.hex(), total - back)
            assert "done" not in processes.end()
        desk_on(store).add_customer(f"Latecomer {back}").result()
        again = open_again(path, key)
        assert first(again).run() is Ended.DONE
        again.close()
        names = {hit.name for hit in store.read_here(find_customers, "comer")}
        names |= {hit.name for hit in store.read_here(find_customers, "Newcomer")}
        names |= {hit.name for hit in store.read_here(find_customers, "Latecomer")}
        assert {f"Newcomer {back}", f"Latecomer {back}"} <= names
        assert {who.id for who in CUSTOMERS} <= store.read_here(customer_ids)


def commits_of_a_whole_run(central: Central, store: Store) -> int:
    signed_in(store, central)
    desk_on(store).add_customer("Newcomer").result()
    sync = first(store)
    seen = [0]

    def count(connection: sa.Connection) -> None:
        seen[0] += bool(connection.get_execution_options().get("agentdesk_write"))

    sa.event.listen(sa.Engine, "commit", count)
    try:
        sync.run()
    finally:
        sa.event.remove(sa.Engine, "commit", count)
    return seen[0]


def customer_ids(connection: sa.Connection) -> set[str]:
    return set(connection.execute(sa.select(t.customer.c.id)).scalars())


def forget_cursor(store: Store) -> None:
    """Have everything read anew."""
    store.write_here(lambda c: c.execute(t.sync_state.delete().where(t.sync_state.c.key == CURSOR)))


@pytest.mark.parametrize("small_rows", [0, 1_000_000])
def test_what_was_removed_here_does_not_come_back_with_everything_else(
    central: Central, make_store: Maker, small_rows: int
) -> None:
    store = signed_in(make_store("ann"), central)
    settle(store)
    written = desk_on(store).add_note(CUSTOMERS[0].id, "Told in confidence").result()
    settle(store)
    desk_on(store).remove(KindName.NOTE, written.id).result()
    push_all(store)
    forget_cursor(store)
    first(store, small_rows=small_rows).run()
    settle(store)
    assert "Told in confidence" not in notes_of(store, CUSTOMERS[0].id)
    assert store.read_here(outbox.count_waiting).pending == 0


def test_what_belongs_to_a_removed_customer_stays_inside_when_everything_is_read_anew(
    central: Central, make_store: Maker
) -> None:
    store, other = signed_in(make_store("ann"), central), signed_in(make_store("ben"), central)
    for one in (store, other):
        settle(one)
    gone = CUSTOMERS[0].id
    desk_on(other).add_note(gone, "Stays at Central").result()
    desk_on(other).remove(KindName.CUSTOMER, gone).result()
    settle(other)
    desk_on(store).set_fields(gone, {"hometown": "York"}).result()
    push_all(store)
    assert store.read_here(outbox.count_waiting).conflicts == 1
    forget_cursor(store)
    first(store).run()
    client = open_client(store)
    compared = digest_check.compare(store, client, lambda: None)
    assert compared is not None
    assert (compared.differing, compared.here) == (0, compared.there)


def make_the_snapshot_lie(central: Central) -> None:
    """Let the snapshot that Central has claim to be of now, though much is newer."""
    engine = sa.create_engine(central.database_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        (org_id,) = connection.execute(sa.select(central_tables.org.c.org_id)).one()
        now = head(connection, org_id)
        connection.execute(central_tables.snapshot.update().values(seq=now.seq, tag=now.tag))


@pytest.mark.parametrize("small_rows", [0, 1_000_000])
def test_an_empty_reading_is_not_taken_for_deletion(
    central: Central, make_store: Maker, small_rows: int
) -> None:
    store = signed_in(make_store("ann"), central)
    first(store).run()
    desk = desk_on(store)
    for number in range(len(COMPANY) // 2):
        desk.add_note(CUSTOMERS[0].id, f"Note {number}").result()
    settle(store)
    shown = content(store)
    make_the_snapshot_lie(central)
    forget_cursor(store)
    with pytest.raises(ExternalError) as refused:
        first(store, small_rows=small_rows).run()
    assert refused.value.code is Code.REMOVALS_UNCONFIRMED
    assert content(store) == shown


@pytest.mark.parametrize("small_rows", [0, 1_000_000])
def test_much_that_is_gone_goes_when_central_counts_it_as_gone(
    central: Central, make_store: Maker, small_rows: int
) -> None:
    store, other = signed_in(make_store("ann"), central), signed_in(make_store("ben"), central)
    desk = desk_on(store)
    first(store).run()
    notes = [desk.add_note(CUSTOMERS[0].id, f"Note {n}").result() for n in range(len(COMPANY) // 2)]
    for one in (store, other):
        settle(one)
    for note in notes:
        desk_on(other).remove(KindName.NOTE, note.id).result()
    settle(other)
    forget_cursor(store)
    assert first(store, small_rows=small_rows).run() is Ended.DONE
    left = notes_of(store, CUSTOMERS[0].id)
    assert not [text for text in left if text.startswith("Note ")]
