"""Keeping a desk and Central alike for as long as the program runs.

Three threads: one pushes, one pulls, one listens for pokes. None of them is the window's, and
none waits for another: a push that fails does not hold up what arrives.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.moments import from_text, now
from agentdesk.errors import AgentDeskError, Code
from agentdesk.store import outbox
from agentdesk.store.state import get_states
from agentdesk.store.workers import Store
from agentdesk.sync import account, exchange
from agentdesk.sync.absorb import CURSOR, LAST_PULL_AT
from agentdesk.sync.plan import PULL_FLOOR_S, needs_a_person, retry_delay_s, state_after
from agentdesk.sync.status import SyncState, SyncStatus
from agentdesk.sync.transport import PAGE_LIMIT, Address, CentralClient

logger = logging.getLogger(__name__)

_ELSEWHERE_S = 5.0
_FIRST_PAGE = 500
"""The first page of a first sync is small, so that the desk is useful within seconds."""


class _Loop(threading.Thread):
    """Runs a step again and again: when woken, or when the time it asked for has passed."""

    def __init__(self, name: str, step: Callable[[], float]) -> None:
        super().__init__(name=f"sync-{name}", daemon=True)
        self._step = step
        self._awake = threading.Event()
        self._awake.set()
        self._ended = threading.Event()

    def wake(self) -> None:
        """Run the step soon, whatever it is waiting for."""
        self._awake.set()

    def end(self) -> None:
        """Stop after the step that is running."""
        self._ended.set()
        self._awake.set()

    @property
    def ended(self) -> threading.Event:
        """Set once the loop is to stop."""
        return self._ended

    def run(self) -> None:
        pause_s = 0.0
        while not self._ended.is_set():
            self._awake.wait(pause_s)
            self._awake.clear()
            if not self._ended.is_set():
                pause_s = self._step()


@dataclass
class _Progress:
    """What the threads have found out; guarded by the engine's lock."""

    state: SyncState = SyncState.SIGNED_OUT
    offline_since: datetime | None = None
    error: Code | None = None
    received: int = 0
    expected: int | None = None
    skew_s: float | None = None


class SyncEngine:
    """Synchronises one profile while it runs.

    `announce` is called with what a pull or a verdict changed, on a thread of the engine.
    `random_factor` returns the jitter, from 0.8 to 1.2.
    """

    def __init__(
        self,
        store: Store,
        lock_path: Path,
        announce: Callable[[ChangeSet], None],
        *,
        random_factor: Callable[[], float] = lambda: random.uniform(0.8, 1.2),  # noqa: S311
    ) -> None:
        self._store = store
        self._announce = announce
        self._jitter = random_factor
        self._process_lock = FileLock(lock_path, blocking=False, thread_local=False)
        self._guard = threading.Lock()
        self._progress = _Progress()
        self._last = SyncStatus()
        self._listeners: list[Callable[[SyncStatus], None]] = []
        self._client: CentralClient | None = None
        self._greeted = False
        self._failures = {"push": 0, "pull": 0, "poke": 0}
        self._push = _Loop("push", self._push_step)
        self._pull = _Loop("pull", self._pull_step)
        self._poke = _Loop("poke", self._poke_step)
        self._calls = ThreadPoolExecutor(1, thread_name_prefix="sync-account")

    # --- For the window and the commands ------------------------------------------------------

    def start(self) -> None:
        """Begin; returns at once."""
        for loop in (self._push, self._pull, self._poke):
            loop.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """End all threads and let other processes synchronise; blocks until then.

        A request under way is not waited for longer than `timeout_s`; its effect, if any, is
        recognised the next time by its number.
        """
        for loop in (self._push, self._pull, self._poke):
            loop.end()
        client = self._client
        if client is not None:
            client.hang_up()
        for loop in (self._push, self._pull, self._poke):
            if loop.is_alive():
                loop.join(timeout_s)
        self._calls.shutdown(wait=True)
        self._process_lock.release()

    def wake(self) -> None:
        """Something new waits: send it."""
        self._push.wake()

    def sync_now(self) -> None:
        """Exchange now, whatever was being waited for."""
        self._push.wake()
        self._pull.wake()
        self._poke.wake()

    def status(self) -> SyncStatus:
        """Return the status as it was last told."""
        with self._guard:
            return self._last

    def on_status(self, listener: Callable[[SyncStatus], None]) -> Callable[[], None]:
        """Call `listener`, on a thread of the engine, whenever the status changes."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def sign_in(
        self, url: str, name: str, password: str, ca_file: str | None = None
    ) -> Future[None]:
        """Sign in and begin to synchronise; the future fails with what Central said."""

        def run() -> None:
            account.sign_in(self._store, Address(url, ca_file), name, password)
            self._new_account()

        return self._calls.submit(run)

    def sign_out(self) -> Future[None]:
        """Forget the tokens; what is unsent stays for the same person."""

        def run() -> None:
            client = self._client
            account.sign_out(self._store)
            self._new_account()
            if client is not None:
                _tell_goodbye(client)

        return self._calls.submit(run)

    def _new_account(self) -> None:
        with self._guard:
            client, self._client, self._greeted = self._client, None, False
            self._failures = dict.fromkeys(self._failures, 0)
            self._progress = _Progress()
        if client is not None:
            client.hang_up()
        self.sync_now()

    # --- The three loops ----------------------------------------------------------------------

    def _push_step(self) -> float:
        def work(client: CentralClient) -> float:
            self._publish()
            if self._progress.state is SyncState.FORKED or self._user_id is None:
                return PULL_FLOOR_S
            sent = False
            while not self._push.ended.is_set():
                changes, more = exchange.push_once(self._store, client, self._user_id)
                sent = sent or bool(changes)
                self._announce(changes)
                if not more:
                    break
            self._publish()
            if sent:
                self._pull.wake()
            return PULL_FLOOR_S * self._jitter()

        return self._attempt("push", work)

    def _pull_step(self) -> float:
        def work(client: CentralClient) -> float:
            self._greet(client)
            first = not self._store.read_here(get_states, [CURSOR])[CURSOR]
            limit = _FIRST_PAGE if first else PAGE_LIMIT
            if first:
                self._note(state=SyncState.FIRST_SYNC, received=0)
            elif self._progress.state is not SyncState.LIVE:
                self._note(state=SyncState.CATCHING_UP, received=0)
            more = True
            while more and not self._pull.ended.is_set():
                pulled = exchange.pull_once(self._store, client, limit)
                limit, more = PAGE_LIMIT, pulled.more
                self._note(received=self._progress.received + pulled.rows, quiet=not more)
                self._announce(pulled.changes)
            self._note(state=SyncState.LIVE, error=None, offline_since=None, received=0)
            return PULL_FLOOR_S * self._jitter()

        return self._attempt("pull", work)

    def _poke_step(self) -> float:
        def work(client: CentralClient) -> float:
            for _poke in client.pokes(self._poke.ended):
                self._failures["poke"] = 0
                self._pull.wake()
            return retry_delay_s(1) * self._jitter()

        return self._attempt("poke", work)

    def _attempt(self, name: str, work: Callable[[CentralClient], float]) -> float:
        """Run one step; a failure is noted and tried again later, a bug is logged."""
        try:
            client = self._ready()
            if client is None:
                return _ELSEWHERE_S if self._signed_in else PULL_FLOOR_S
            pause_s = work(client)
        except AgentDeskError as failure:
            return self._failed(name, failure.code)
        except Exception:  # the sink of a thread: a bug here must not end synchronisation
            logger.exception("synchronisation step failed: %s", name)
            return self._failed(name, Code.UNEXPECTED)
        self._failures[name] = 0
        return pause_s

    def _failed(self, name: str, code: Code) -> float:
        if self._push.ended.is_set():
            return 0.0
        self._failures[name] += 1
        state = state_after(code)
        if code is Code.CURSOR_RESET:
            self._greeted = False
        # A stream that breaks says nothing about whether Central can be reached: the pull that
        # follows does.
        if name == "poke" and state is SyncState.OFFLINE:
            self._pull.wake()
        else:
            self._note(state=state, error=code, offline_since=self._offline_since(state))
        if needs_a_person(state):
            return PULL_FLOOR_S * 5
        return retry_delay_s(self._failures[name]) * self._jitter()

    def _offline_since(self, state: SyncState) -> datetime | None:
        if state is not SyncState.OFFLINE:
            return None
        return self._progress.offline_since or now()

    # --- Beneath ------------------------------------------------------------------------------

    @property
    def _signed_in(self) -> bool:
        return self._store.read_here(account.load_account).tokens is not None

    @property
    def _user_id(self) -> str | None:
        return self._store.read_here(account.load_account).user_id

    def _ready(self) -> CentralClient | None:
        """Return the client if somebody is signed in and this process may synchronise."""
        with self._guard:
            if not self._may_sync():
                self._progress.state, client = SyncState.ELSEWHERE, None
            elif self._client is not None:
                client = self._client
            elif self._signed_in:
                self._client = client = account.open_client(self._store)
                self._progress.state = SyncState.CATCHING_UP
            else:
                self._progress.state, client = SyncState.SIGNED_OUT, None
        if client is None:
            self._publish()
        return client

    def _may_sync(self) -> bool:
        """Hold the lock that lets one process of this profile synchronise, if it is free."""
        if not self._process_lock.is_locked:
            try:
                self._process_lock.acquire()
            except Timeout:
                return False
        return True

    def _greet(self, client: CentralClient) -> None:
        if self._greeted:
            return
        device_id = self._store.read_here(account.load_account).device_id
        greeting = exchange.greet(self._store, client, device_id)
        self._greeted = True
        self._note(skew_s=greeting.skew.total_seconds(), quiet=True)
        self._push.wake()

    def _note(self, *, quiet: bool = False, **found: object) -> None:
        with self._guard:
            self._progress = replace(self._progress, **found)  # type: ignore[arg-type]  # by name
        if not quiet:
            self._publish()

    def _publish(self) -> None:
        """Tell the listeners the truth of this moment, if it differs from what they were told."""
        waiting = self._store.read_here(outbox.count_waiting)
        last_pull = self._store.read_here(get_states, [LAST_PULL_AT])[LAST_PULL_AT]
        with self._guard:
            p = self._progress
            status = SyncStatus(
                state=p.state,
                pending=waiting.pending,
                attention=waiting.attention,
                conflicts=waiting.conflicts,
                oldest_pending_at=(
                    from_text(waiting.oldest_made_at) if waiting.oldest_made_at else None
                ),
                offline_since=p.offline_since,
                last_sync_at=from_text(last_pull) if last_pull else None,
                error=p.error,
                received=p.received,
                expected=p.expected,
                skew_s=p.skew_s,
            )
            if status == self._last:
                return
            self._last = status
        for listener in tuple(self._listeners):
            listener(status)


def _tell_goodbye(client: CentralClient) -> None:
    """Let Central know, if it can be reached; being signed out does not depend on it."""
    try:
        client.sign_out()
    except AgentDeskError as failure:
        logger.info("Central was not told of the sign-out: %s", failure.code.value)
