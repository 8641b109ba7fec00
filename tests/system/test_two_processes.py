"""Several writers of one cache: numbers stay unbroken, and every connection waits for the disk."""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from agentdesk.services.desk import Desk
from agentdesk.services.identity import Identity
from agentdesk.store.engine import make_engine, read_transaction, write_transaction
from agentdesk.store.migrate import upgrade
from agentdesk.store.tables import outbox
from agentdesk.store.workers import Store
from tests.real import ANN, ORGANISATION

KEY = os.urandom(32)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """The file of an empty cache."""
    path = tmp_path / "cache.db"
    engine = make_engine(path, KEY, create=True)
    upgrade(engine, path)
    engine.dispose()
    return path


def test_every_connection_of_the_pool_waits_for_the_disk(cache: Path) -> None:
    engine = make_engine(cache, KEY)
    with ExitStack() as held:
        opened = [held.enter_context(read_transaction(engine)) for _connection in range(5)]
        opened.append(held.enter_context(write_transaction(engine)))
        found = [
            (
                connection.exec_driver_sql("PRAGMA journal_mode").scalar_one(),
                connection.exec_driver_sql("PRAGMA synchronous").scalar_one(),
            )
            for connection in opened
        ]
    engine.dispose()
    assert found == [("wal", 2)] * 6


def test_two_writers_beside_each_other_never_take_the_same_number(cache: Path) -> None:
    # Two stores share nothing but the file, as a window and a command do.
    stores = [Store(make_engine(cache, KEY)) for _process in range(2)]
    desks = [Desk(store, Identity(ANN, ORGANISATION)) for store in stores]
    anna = desks[0].add_customer("Anna Blunt").result()
    begin = threading.Barrier(2)

    def write(desk: Desk) -> None:
        begin.wait(20)
        for turn in range(40):
            desk.add_note(anna.id, f"Note {turn}").result()

    threads = [threading.Thread(target=write, args=(desk,)) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    query = sa.select(outbox.c.n).order_by(outbox.c.n)
    taken = stores[0].read_here(lambda connection: connection.execute(query).scalars().all())
    for store in stores:
        store.close()
    assert list(taken) == list(range(1, 82))
