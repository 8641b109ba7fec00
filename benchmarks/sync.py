"""First sync over loopback, and how soon one desk shows what another has written."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from agentdesk.central.seed import SeedAccount, seed
from agentdesk.demo.company import DEMO_PASSWORD, DEMO_USERS, SHOWCASE, make_company
from agentdesk.domain.changes import ChangeSet
from agentdesk.services.desk import Desk
from agentdesk.services.identity import load_identity
from agentdesk.store.engine import make_engine
from agentdesk.store.migrate import upgrade
from agentdesk.store.tables import TABLES
from agentdesk.store.workers import Store
from agentdesk.sync.engine import SyncEngine
from agentdesk.sync.status import SyncState, SyncStatus
from benchmarks.figures import Figure, spread

_PATIENCE_S = 600.0
NOTES = 100


@contextmanager
def _central(folder: Path, customers: int) -> Iterator[str]:
    """Serve the demo company in a process of its own; yields the address."""
    database = folder / "central.db"
    accounts = [SeedAccount(u.user.id, u.login, u.password) for u in DEMO_USERS]
    seed(f"sqlite:///{database}", make_company(customers, seed=1), accounts)
    ready = folder / "address"
    command = [sys.executable, "-m", "agentdesk", "central", "serve", "--database", str(database)]
    process = subprocess.Popen([*command, "--port", "0", "--ready-file", str(ready)])
    try:
        while not ready.exists():
            time.sleep(0.05)
        yield ready.read_text().strip()
    finally:
        process.terminate()
        process.wait(20)


class _SignedIn:
    """A desk that synchronises on its threads."""

    def __init__(self, folder: Path, name: str) -> None:
        path = folder / f"{name}.db"
        key = os.urandom(32)
        engine = make_engine(path, key, create=True)
        upgrade(engine, path)
        engine.dispose()
        self.store = Store(make_engine(path, key))
        self.arrived = threading.Event()
        self._live = threading.Event()
        self.engine = SyncEngine(self.store, folder / f"{name}.lock", self._changed)
        self.engine.on_status(self._told)
        self.engine.start()

    def sign_in(self, address: str, login: str) -> float:
        """Sign in and return the seconds until everything is there."""
        began = time.perf_counter()
        self.engine.sign_in(address, login, DEMO_PASSWORD).result(30)
        assert self._live.wait(_PATIENCE_S)
        return time.perf_counter() - began

    def _told(self, status: SyncStatus) -> None:
        if status.state is SyncState.LIVE and status.last_sync_at is not None:
            self._live.set()

    def _changed(self, changes: ChangeSet) -> None:
        if changes:
            self.arrived.set()

    def close(self) -> None:
        """End the threads and close the cache."""
        self.engine.stop()
        self.store.close()


def measure(customers: int = 9_000) -> list[Figure]:
    """Measure with the demo company of `customers`."""
    with tempfile.TemporaryDirectory() as name, _central(Path(name), customers) as address:
        first, second = _SignedIn(Path(name), "first"), _SignedIn(Path(name), "second")
        try:
            seconds = [first.sign_in(address, "nadia"), second.sign_in(address, "olga")]
            rows = _count(first.store)
            return [
                Figure("first sync", statistics.mean(seconds), "s"),
                Figure("records per second", rows / statistics.mean(seconds), "/s"),
                *spread("a note until the other desk shows it", _notes(first, second)),
            ]
        finally:
            first.close()
            second.close()


def _count(store: Store) -> int:
    counts = [sa.select(sa.func.count()).select_from(table) for table in TABLES.values()]
    return store.read_here(lambda c: sum(c.execute(count).scalar_one() for count in counts))


def _notes(writer: _SignedIn, reader: _SignedIn) -> list[float]:
    desk = Desk(writer.store, writer.store.read_here(load_identity))
    desk.wake_sync_with(writer.engine.wake)
    took = []
    for n in range(NOTES):
        reader.arrived.clear()
        began = time.perf_counter()
        desk.add_note(SHOWCASE[0].customer_id, f"Note {n}").result(10)
        assert reader.arrived.wait(30)
        took.append((time.perf_counter() - began) * 1000)
        # The writer's own pull comes after; let the next note begin on a quiet desk.
        time.sleep(0.02)
    return took
