"""Threads and processes work on one cache together and never on each other's half-done work."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from agentdesk.domain.entities import Customer
from agentdesk.errors import Code, ExternalError
from agentdesk.services.people import add_customer
from agentdesk.store.engine import make_engine
from agentdesk.store.migrate import upgrade
from agentdesk.store.rows import select_entities
from agentdesk.store.search import find_customers
from agentdesk.store.state import get_state, set_state
from agentdesk.store.tables import customer, outbox
from agentdesk.store.workers import Store
from tests.real import ANN

KEY = bytes(range(32))
ADDED = 40

ANOTHER_PROCESS = """
import sys
from pathlib import Path
from agentdesk.services.people import add_customer
from agentdesk.store.engine import make_engine
from agentdesk.store.workers import Store

path, name, count, author = sys.argv[1:]
store = Store(make_engine(Path(path), bytes(range(32))))
print("ready", flush=True)
sys.stdin.readline()
for n in range(int(count)):
    store.write_here(add_customer, f"{name} Number{n}", author, region="GB")
store.close()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An empty cache whose key this module knows."""
    engine = make_engine(tmp_path / "cache.db", KEY, create=True)
    upgrade(engine, tmp_path / "cache.db")
    engine.dispose()
    return tmp_path / "cache.db"


@pytest.fixture
def here(path: Path) -> Iterator[Store]:
    """That cache, open in this process."""
    store = Store(make_engine(path, KEY))
    yield store
    store.close()


def another_process(path: Path, name: str, count: int) -> subprocess.Popen[bytes]:
    """Start a process that has the cache open and adds customers once it is told to."""
    command = [sys.executable, "-c", ANOTHER_PROCESS, str(path), name, str(count), ANN.id]
    root = Path(__file__).parents[3]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=root, env={**os.environ})
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def run(*processes: subprocess.Popen[bytes]) -> list[int]:
    """Let all begin at once and wait for their ends."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.close()
    ends = []
    for process in processes:
        ends.append(process.wait(60))
        assert process.stdout is not None
        process.stdout.close()
    return ends


def add(connection: sa.Connection, n: int) -> None:
    add_customer(connection, f"Ours Number{n}", ANN.id, region="GB")


def keep(connection: sa.Connection, /, **values: Any) -> None:
    set_state(connection, **values)


def test_two_processes_that_write_at_once_wait_and_lose_nothing(here: Store, path: Path) -> None:
    theirs = another_process(path, "Theirs", ADDED)
    began = threading.Thread(target=run, args=(theirs,))
    began.start()
    for n in range(ADDED):
        here.write_here(add, n)
    began.join(60)
    assert theirs.returncode == 0
    people = here.read_here(select_entities, Customer, customer.c.id != "")
    assert len(people) == 2 * ADDED
    numbers = sa.select(outbox.c.n).order_by(outbox.c.n)
    taken = here.read_here(lambda connection: list(connection.execute(numbers).scalars()))
    assert taken == list(range(1, 2 * ADDED + 1))
    check = here.read_here(
        lambda connection: connection.exec_driver_sql("PRAGMA integrity_check").scalar()
    )
    assert check == "ok"
    assert len(here.read_here(find_customers, "number", 200)) == 2 * ADDED


def test_only_the_commits_of_others_count_as_foreign(here: Store, path: Path) -> None:
    before = here.foreign_commits().result()
    here.write_here(keep, a=1)
    here.write(keep, b=2).result()
    here.submit_write(lambda: here.write_here(keep, c=3)).result()
    assert here.foreign_commits().result() == before
    assert run(another_process(path, "Theirs", 3)) == [0]
    assert here.foreign_commits().result() == before + 3
    assert here.foreign_commits().result() == before + 3


def test_a_write_that_fails_is_no_commit_of_anybody(here: Store) -> None:
    def fail(connection: sa.Connection) -> None:
        set_state(connection, a=1)
        raise RuntimeError("power")

    before = here.foreign_commits().result()
    with pytest.raises(RuntimeError):
        here.write(fail).result()
    assert here.foreign_commits().result() == before
    assert here.read_here(get_state, "a") is None


def test_a_commit_that_fails_is_no_commit_of_anybody(here: Store) -> None:
    before = here.foreign_commits().result()

    @sa.event.listens_for(here.engine, "commit")
    def no_room(_connection: sa.Connection) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(ExternalError) as refused:
        here.write_here(keep, a=1)
    sa.event.remove(here.engine, "commit", no_room)
    assert refused.value.code is Code.DISK_FULL
    assert here.foreign_commits().result() == before
    assert here.read_here(get_state, "a") is None
    here.write_here(keep, a=2)
    assert here.read_here(get_state, "a") == 2


def test_writes_of_all_threads_take_their_turns(here: Store) -> None:
    def count(connection: sa.Connection) -> None:
        set_state(connection, count=int(get_state(connection, "count") or 0) + 1)

    def many() -> None:
        for _ in range(20):
            here.write_here(count)

    threads = [threading.Thread(target=many) for _ in range(3)]
    for thread in threads:
        thread.start()
    futures = [here.write(count) for _ in range(20)]
    for thread in threads:
        thread.join(30)
    assert all(future.result() is None for future in futures)
    assert here.read_here(get_state, "count") == 80


def test_a_reader_sees_all_of_a_write_or_nothing(here: Store) -> None:
    inside, looked = threading.Event(), threading.Event()

    def write(connection: sa.Connection) -> None:
        set_state(connection, a=1)
        inside.set()
        assert looked.wait(10)
        set_state(connection, b=1)

    writing = here.write(write)
    assert inside.wait(10)
    during = here.read(lambda c: (get_state(c, "a"), get_state(c, "b"))).result()
    looked.set()
    writing.result()
    after = here.read(lambda c: (get_state(c, "a"), get_state(c, "b"))).result()
    assert (during, after) == ((None, None), (1, 1))


def test_a_reader_keeps_its_state_while_others_write(here: Store) -> None:
    looked, written = threading.Event(), threading.Event()

    def read(connection: sa.Connection) -> tuple[Any, Any]:
        first = get_state(connection, "a")
        looked.set()
        assert written.wait(10)
        return first, get_state(connection, "a")

    reading = here.read(read)
    assert looked.wait(10)
    here.write_here(keep, a=1)
    written.set()
    assert reading.result() == (None, None)


def test_work_runs_on_the_stores_threads_and_its_failure_reaches_the_caller(here: Store) -> None:
    def name(_connection: sa.Connection) -> str:
        return threading.current_thread().name

    def fail(_connection: sa.Connection) -> None:
        raise LookupError("ours")

    assert here.write(name).result().startswith("store-writer")
    assert here.read(name).result().startswith("store-reader")
    assert here.read_here(name) == threading.current_thread().name
    with pytest.raises(LookupError):
        here.read(fail).result()


def test_closing_finishes_what_was_handed_over(path: Path) -> None:
    store = Store(make_engine(path, KEY))
    futures = [store.write(keep, **{f"k{n}": n}) for n in range(20)]
    store.close()
    assert all(future.done() and future.exception() is None for future in futures)
    with pytest.raises(RuntimeError):
        store.write(keep, late=1)
    again = Store(make_engine(path, KEY))
    assert again.read_here(get_state, "k19") == 19
    again.close()
