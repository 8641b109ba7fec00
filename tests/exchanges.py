"""What tests of whole exchanges need: going round until quiet, looking at both sides."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.entities import Note
from agentdesk.domain.kinds import KindName
from agentdesk.services.desk import Desk
from agentdesk.services.identity import load_identity
from agentdesk.store.rows import select_entities
from agentdesk.store.tables import note
from agentdesk.store.workers import Store
from agentdesk.sync import exchange
from agentdesk.sync.account import load_account, open_client
from agentdesk.sync.engine import SyncEngine
from agentdesk.sync.status import SyncState, SyncStatus
from tests.real import Central


def settle(store: Store) -> None:
    """Exchange until nothing is left to do, as the engine does on its threads."""
    client = open_client(store)
    account = store.read_here(load_account)
    exchange.greet(store, client, account.device_id)
    push_all(store)
    more = True
    while more:
        more = exchange.pull_once(store, client).more


def push_all(store: Store) -> None:
    """Send what waits, and take nothing in but the verdicts."""
    client = open_client(store)
    account = store.read_here(load_account)
    more = True
    while more:
        _changes, more = exchange.push_once(store, client, account.user_id or "")


def desk_on(store: Store) -> Desk:
    """Return the desk of whoever is signed in."""
    return Desk(store, store.read_here(load_identity))


def notes_of(store: Store, customer_id: str) -> list[str]:
    """Return what the notes about a customer say."""
    found = store.read_here(select_entities, Note, note.c.customer_id == customer_id)
    return sorted(n.text for n in found)


def central_notes(central: Central) -> list[str]:
    """Return what the notes at Central say, straight from its database."""
    engine = sa.create_engine(central.database_url, poolclass=sa.NullPool)
    query = sa.select(t.record.c.fields).where(
        t.record.c.kind == KindName.NOTE.value, t.record.c.removed_at.is_(None)
    )
    with engine.connect() as connection:
        return sorted(
            msgspec.json.decode(fields)["text"] for fields in connection.execute(query).scalars()
        )


class Backup:
    """A copy of Central's database, and going back to it."""

    def __init__(self, central: Central, folder: Path) -> None:
        self._central = central
        self._file = Path(central.database_url.removeprefix("sqlite:///"))
        self._copy = folder / "central.backup"
        central.stop()
        shutil.copy2(self._file, self._copy)
        central.start()

    def restore(self) -> None:
        """Put Central back to where it was when the copy was made."""
        self._central.stop()
        for suffix in ("-wal", "-shm"):
            self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)
        shutil.copy2(self._copy, self._file)
        self._central.start()


class Watched:
    """An engine on its threads, and what it told."""

    def __init__(self, store: Store, lock: Path, destroy: Callable[[], None] | None = None) -> None:
        self.states: list[SyncStatus] = []
        self.changes: list[ChangeSet] = []
        self._moved = threading.Condition()
        self.engine = SyncEngine(
            store, lock, self._changed, random_factor=lambda: 0.01, destroy=destroy
        )
        self.engine.on_status(self._told)

    def _told(self, status: SyncStatus) -> None:
        with self._moved:
            self.states.append(status)
            self._moved.notify_all()

    def _changed(self, changes: ChangeSet) -> None:
        with self._moved:
            self.changes.append(changes)
            self._moved.notify_all()

    def wait_until(self, holds: Callable[[SyncStatus], bool]) -> None:
        """Wait until `holds` of the status."""
        with self._moved:
            for _second in range(100):
                if self._moved.wait_for(lambda: holds(self.engine.status()), 0.2):
                    return
        raise AssertionError(self.engine.status())

    def wait_for_state(self, state: SyncState, pending: int = 0) -> SyncStatus:
        """Wait until the status says so, and return it."""

        def reached() -> bool:
            last = self.engine.status()
            return (last.state, last.pending) == (state, pending)

        with self._moved:
            assert self._moved.wait_for(reached, 20), self.engine.status()
        return self.engine.status()
