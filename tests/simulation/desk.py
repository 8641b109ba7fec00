"""A desk: its file, its windows, the person at it, and the steps of its synchronisation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from agentdesk.errors import Code
from agentdesk.store import outbox
from agentdesk.store.engine import CacheFile, make_engine
from agentdesk.store.state import get_state
from agentdesk.store.swap import chain_from, finish_swap
from agentdesk.store.workers import Store
from agentdesk.sync import account, exchange, first_sync
from agentdesk.sync.engine import PULL, PUSH, SyncEngine
from agentdesk.sync.plan import state_after
from agentdesk.sync.progress import Session
from agentdesk.sync.status import SyncState, SyncStatus
from tests.simulation.at_once import CallsAtOnce
from tests.simulation.disk import Disk
from tests.simulation.network import URL, Line
from tests.simulation.people import Nothing, Pen

KEY = b"k" * 32
PASSWORD = "correct horse battery"
_FORKED = (Code.DEVICE_FORKED, Code.NUMBERS_LOST)


@dataclass
class Entry:
    """One transaction of edits that a person made: its numbers, and the words typed."""

    desk: int
    device_id: str
    author: str
    numbers: range
    words: tuple[str, ...]
    given_up: tuple[int, ...] = ()


@dataclass
class Desk:
    """One profile on one machine."""

    index: int
    disk: Disk
    line: Line = field(default_factory=Line)
    skew: timedelta = timedelta()
    windows: list[Store] = field(default_factory=list)
    being_written: Entry | None = None
    """What a crash may or may not have kept."""
    page_limit: int = 5_000
    _engine: SyncEngine | None = None

    # --- Running ------------------------------------------------------------------------------

    def open(self) -> None:
        """Start the program."""
        current = finish_swap(CacheFile(self.disk.path, KEY))
        self.windows = [Store(make_engine(current.path, KEY))]
        lock = self.disk.folder / "sync.lock"
        self._engine = SyncEngine(self.store, lock, lambda _changes: None, random_factor=lambda: 1)
        self._engine._calls = CallsAtOnce("account")
        # Nobody listens: the status is asked for when it is looked at.
        setattr(self._engine, "_publish", lambda: None)  # noqa: B010 - a method of its own

    def open_another_window(self) -> None:
        """Start the program a second time on the same profile."""
        if len(self.windows) < 2:
            self.windows.append(self._window())

    def close(self) -> None:
        """End the program, whether by itself or not."""
        if self._engine is not None:
            self._engine._process_lock.release()
        for window in self.windows:
            window.close()
        self.windows, self._engine = [], None

    def start_again(self) -> None:
        """Run a new process on what the old one left."""
        self.close()
        self.disk.start_again()
        self.open()

    def restore(self, copy: Path) -> None:
        """Go back to a copy of the profile."""
        self.close()
        self.disk.restore(copy)
        self.line.earlier.clear()
        self.open()

    def _window(self) -> Store:
        return Store(make_engine(chain_from(CacheFile(self.disk.path, KEY))[-1].path, KEY))

    @property
    def file(self) -> Path:
        """The file that is the cache now."""
        self.store.read_here(lambda _connection: None)
        return self.store.file.path

    @property
    def store(self) -> Store:
        """The window that synchronises."""
        return self.windows[0]

    @property
    def engine(self) -> SyncEngine:
        """What synchronises; its threads are never started."""
        assert self._engine is not None
        return self._engine

    # --- People -------------------------------------------------------------------------------

    def write(self, deed: Callable[[Pen], None], pen_of: Callable[..., Pen]) -> Entry | None:
        """Do something at one of the windows; returns what was saved, None if nothing was.

        Raises `AgentDeskError` if it could not be saved.
        """

        def work(connection: sa.Connection) -> Entry:
            device_id, author, first = (
                get_state(connection, key) for key in ("device_id", "user_id", "next_n")
            )
            if author is None:
                raise Nothing
            pen = pen_of(connection, author)
            deed(pen)
            numbers = range(int(first or 1), int(get_state(connection, "next_n") or 1))
            self.being_written = Entry(
                self.index, device_id or "", author, numbers, tuple(pen.words), tuple(pen.given_up)
            )
            return self.being_written

        self.being_written = None
        try:
            entry = self.windows[-1].write_here(work)
        except Nothing:
            return None
        self.being_written = None
        return entry

    def sign_in(self, name: str) -> None:
        """Let somebody sign in."""
        self.engine.sign_in(URL, name, PASSWORD).result()

    def sign_out(self) -> None:
        """Let whoever is signed in sign out."""
        self.engine.sign_out().result()

    def become_new_device(self) -> None:
        """Let a copied profile go on as a desk of its own."""
        self.engine.new_device().result()

    def next_author(self) -> str | None:
        """Return whose edit has to be sent next."""
        return self.store.read_here(outbox.next_author)

    def user_id(self) -> str | None:
        """Return who is signed in, or was last."""
        return self.store.read_here(account.load_account).user_id

    def device_id(self) -> str:
        """Return the device's name."""
        return self.store.read_here(account.load_account).device_id

    # --- Synchronising ------------------------------------------------------------------------

    @property
    def status(self) -> SyncStatus:
        """What the status bar says now."""
        SyncEngine._publish(self.engine)
        return self.engine.status()

    @property
    def faults(self) -> dict[str, Code]:
        """What keeps the desk from exchanging."""
        return dict(self.engine._progress.faults)

    @property
    def is_forked(self) -> bool:
        """Whether another copy of the profile has used its numbers."""
        return self.faults.get(PUSH) in _FORKED

    @property
    def wants_sign_in(self) -> bool:
        """Whether nothing goes on before somebody signs in."""
        signed_in = self.store.read_here(account.load_account).tokens is not None
        states = {state_after(code) for code in self.faults.values()}
        return not signed_in or bool(states & {SyncState.LOCKED, SyncState.SIGNED_OUT})

    def push(self) -> None:
        """Send the next groups."""

        def work(session: Session) -> float:
            exchange.push_once(self.store, session.client, session.user_id)
            return 0.0

        if not self.is_forked:
            self.engine._attempt(PUSH, work)

    def pull(self) -> None:
        """Read the next page."""

        def work(session: Session) -> float:
            self.engine._greet(session)
            if self.store.read_here(first_sync.is_needed):
                self.engine._read_everything(session)
            exchange.pull_once(self.store, session.client, self.page_limit)
            return 0.0

        self.engine._attempt(PULL, work)

    def exchange(self) -> None:
        """Send all that waits and read all that there is."""
        self.engine._push_step()
        self.engine._pull_step()
