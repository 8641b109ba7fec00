"""Keeping a desk and Central alike for as long as the program runs.

Three threads: one pushes, one pulls, one listens for pokes. None of them is the window's, and
none waits for another: a push that fails does not hold up what arrives.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.found import AtCentral
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now
from agentdesk.errors import AgentDeskError, Code, ExternalError, UserError
from agentdesk.store import outbox
from agentdesk.store.state import get_states
from agentdesk.store.workers import Store
from agentdesk.sync import account, digest_check, exchange, first_sync, fork, orders
from agentdesk.sync.absorb import LAST_PULL_AT
from agentdesk.sync.address import Address
from agentdesk.sync.first_sync import Ended, FirstSync, Told
from agentdesk.sync.loops import Calls, Loop
from agentdesk.sync.plan import PULL_FLOOR_S, Pace, needs_a_person, retry_delay_s, state_after
from agentdesk.sync.progress import Progress, Session, status_of
from agentdesk.sync.protocol import PAGE_LIMIT, CallSignal, LookupAnswer
from agentdesk.sync.status import SyncState, SyncStatus
from agentdesk.sync.visitors import absorb_visitors, found_there

if TYPE_CHECKING:
    from agentdesk.sync.transport import CentralClient

logger = logging.getLogger(__name__)

PUSH, PULL, POKE = "push", "pull", "poke"

_ELSEWHERE_S = 5.0
_NEXT_STREAM_S = 0.2
_MOST_UNTOLD = 50
_TELL_EVERY_S = 0.25
_FIRST_PAGE = 500
"""The first page of a first sync is small, so that the desk is useful within seconds."""


class SyncEngine:
    """Synchronises one profile while it runs.

    `announce` is called with what a pull or a verdict changed, on a thread of the engine.
    `random_factor` returns the jitter, from 0.8 to 1.2. `destroy` wipes the profile when Central
    orders it; without it the order only locks the desk.
    """

    def __init__(
        self,
        store: Store,
        lock_path: Path,
        announce: Callable[[ChangeSet], None],
        *,
        random_factor: Callable[[], float] = lambda: random.uniform(0.8, 1.2),  # noqa: S311
        destroy: Callable[[], None] | None = None,
    ) -> None:
        self._destroy = destroy
        self._wiped = False
        self._store = store
        self._announce = announce
        self._jitter = random_factor
        self._process_lock = FileLock(lock_path, blocking=False, thread_local=False)
        self._guard = threading.Lock()
        self._telling = threading.Lock()
        self._progress = Progress()
        self._last = SyncStatus()
        self._listeners: list[Callable[[SyncStatus], None]] = []
        self._on_call: list[Callable[[CallSignal], None]] = []
        self._untold: deque[CallSignal] = deque(maxlen=_MOST_UNTOLD)
        self._session: Session | None = None
        self._greeted = False
        self._sending = False
        self._paused = threading.Event()
        self._reading_for: Session | None = None
        self._first_sync: FirstSync
        self._failures = dict.fromkeys((PUSH, PULL, POKE), 0)
        self._push = Loop("push", self._push_step)
        self._pull = Loop("pull", self._pull_step)
        self._poke = Loop("poke", self._poke_step)
        self._calls = Calls("sync-account")
        self._asking = Calls("sync-lookup")
        # Apart: what somebody types never stands in the way of a caller.
        self._searching = Calls("sync-search")

    # --- For the window and the commands ------------------------------------------------------

    def look(self) -> None:
        """Find out how things stand without asking Central; for the time until `start`. Blocks."""
        self._note(reading=SyncState.CATCHING_UP if self._signed_in else SyncState.SIGNED_OUT)

    def start(self) -> None:
        """Begin, if it has not begun; returns at once."""
        for loop in (self._push, self._pull, self._poke):
            if loop.ident is None:
                loop.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """End all threads and let other processes synchronise; blocks until then.

        A request under way is not waited for longer than `timeout_s`; its effect, if any, is
        recognised the next time by its number.
        """
        for loop in (self._push, self._pull, self._poke):
            loop.end()
        session = self._session
        if session is not None:
            session.client.hang_up()
        until = time.monotonic() + timeout_s
        for loop in (self._push, self._pull, self._poke):
            if loop.is_alive():
                loop.join(max(0.0, until - time.monotonic()))
        for calls in (self._calls, self._asking, self._searching):
            calls.close(max(0.0, until - time.monotonic()))
        self._process_lock.release()

    def check_now(self) -> Future[None]:
        """Compare the whole cache with Central at the next opportunity, which is now."""

        def run() -> None:
            self._store.write_here(digest_check.ask_for_check)
            self.sync_now()

        return self._asking.submit(run)

    def lookup(self, e164: str) -> Future[int]:
        """Ask Central who has a number; returns how many customers it knows.

        Those from outside the scope are in the cache, as visitors, once the future is done.
        """
        return self._asking.submit(lambda: self._let_visit(lambda client: client.lookup(e164)))

    def visit(self, customer_id: str) -> Future[int]:
        """Ask Central for a customer whom a search there has named; returns 1, or 0 if gone."""
        return self._asking.submit(
            lambda: self._let_visit(lambda client: client.visit(customer_id))
        )

    def _let_visit(self, ask: Callable[[CentralClient], LookupAnswer]) -> int:
        session = self._session
        if session is None:
            raise UserError(Code.NOT_SIGNED_IN)
        rows = ask(session.client).rows
        if self._session is not session:
            raise UserError(Code.NOT_SIGNED_IN)
        self._announce(self._store.write_here(absorb_visitors, rows, now()))
        return sum(row.kind == KindName.CUSTOMER for row in rows)

    def search(self, text: str) -> Future[AtCentral]:
        """Ask Central for customers by name whom this desk does not hold.

        A cancelled future that has not begun is never asked.
        """

        def run() -> AtCentral:
            session = self._session
            if session is None:
                raise UserError(Code.NOT_SIGNED_IN)
            answer = session.client.search(text)
            found = tuple(map(found_there, answer.found))
            return AtCentral(found, all_held=answer.all_held)

        return self._searching.submit(run)

    def wake(self) -> None:
        """Something new waits: send it."""
        self._push.wake()

    def sync_now(self) -> None:
        """Exchange now, whatever was being waited for."""
        self._push.wake()
        self._pull.wake()
        self._poke.wake()

    def pause_first_sync(self) -> None:
        """Stop a first sync for now; what has arrived is kept, and edits go on being sent."""
        self._paused.set()
        self._note(paused=True)

    def resume_first_sync(self) -> None:
        """Go on with a first sync where it was stopped."""
        self._paused.clear()
        self._note(paused=False)
        self._pull.wake()

    def status(self) -> SyncStatus:
        """Return the status as it was last told; waits for nothing."""
        return self._last

    def on_status(self, listener: Callable[[SyncStatus], None]) -> Callable[[], None]:
        """Call `listener`, on a thread of the engine, whenever the status changes."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def on_call(self, listener: Callable[[CallSignal], None]) -> Callable[[], None]:
        """Call `listener`, on a thread of the engine, for what Central tells of calls.

        Who comes first hears, at once, what was told while nobody listened: a call that rings
        while the window opens.
        """
        with self._guard:
            untold, self._untold = self._untold, deque(maxlen=_MOST_UNTOLD)
            self._on_call.append(listener)
        for signal in untold:
            listener(signal)
        return lambda: self._on_call.remove(listener)

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
            session = self._session
            account.sign_out(self._store)
            self._new_account()
            if session is not None:
                _tell_goodbye(session.client)

        return self._calls.submit(run)

    def new_device(self) -> Future[None]:
        """Let this copy of a profile go on as a desk of its own; somebody has to sign in again."""

        def run() -> None:
            known = self._store.read_here(account.load_account)
            client = account.client_of(self._store, known)
            self._announce(fork.fetch_verdicts(self._store, client, known.user_id or ""))
            self._announce(self._store.write_here(fork.become_new_device))
            self._new_account()

        return self._calls.submit(run)

    def _new_account(self) -> None:
        reading = SyncState.CATCHING_UP if self._signed_in else SyncState.SIGNED_OUT
        with self._guard:
            session, self._session, self._greeted = self._session, None, False
            self._failures = dict.fromkeys(self._failures, 0)
            self._progress = Progress(reading)
            self._untold.clear()
        self._paused.clear()
        if session is not None:
            session.client.hang_up()
        self.sync_now()

    # --- The three loops ----------------------------------------------------------------------

    def _push_step(self) -> float:
        def work(session: Session) -> float:
            self._publish()
            sent = False
            self._sending = True
            try:
                while not self._push.ended.is_set():
                    changes, more = exchange.push_once(self._store, session.client, session.user_id)
                    sent = sent or bool(changes)
                    self._announce(changes)
                    if not more:
                        break
            finally:
                self._sending = False
            if sent:
                self._pull.wake()
            return PULL_FLOOR_S * self._jitter()

        if self._progress.faults.get(PUSH) in (Code.DEVICE_FORKED, Code.NUMBERS_LOST):
            self._publish()
            return PULL_FLOOR_S
        return self._attempt(PUSH, work)

    def _pull_step(self) -> float:
        def work(session: Session) -> float:
            self._greet(session)
            limit = PAGE_LIMIT
            if self._store.read_here(first_sync.is_needed):
                ended = self._read_everything(session)
                if ended is Ended.STOPPED:
                    return PULL_FLOOR_S
                limit = _FIRST_PAGE if ended is Ended.UNSUPPORTED else PAGE_LIMIT
            elif self._progress.reading is not SyncState.LIVE:
                self._note(reading=SyncState.CATCHING_UP, received=0)
            more = True
            while more and self._session is session:
                pulled = exchange.pull_once(self._store, session.client, limit)
                limit, more = PAGE_LIMIT, pulled.more
                self._note(received=self._progress.received + pulled.rows, quiet=not more)
                self._announce(pulled.changes)
                if self._pull.ended.is_set():
                    return 0.0
            if not more:
                # Caught up it is, whatever comparing finds; a difference is a fault of its own.
                self._note(reading=SyncState.LIVE, received=0)
                if not self._sending:
                    # What is sent meanwhile differs as long as it is on its way.
                    digest_check.check_if_due(
                        self._store, session.client, lambda: self._catch_up(session)
                    )
            return PULL_FLOOR_S * self._jitter()

        return self._attempt(PULL, work)

    def _read_everything(self, session: Session) -> Ended:
        """Read all that there is, or go on with that; a person may stop it."""
        again = self._store.read_here(first_sync.shows_something)
        self._note(reading=SyncState.FIRST_SYNC, received=0, again=again)
        if self._reading_for is not session:
            self._first_sync = FirstSync(
                self._store,
                session.client,
                wanted=lambda: self._wants_everything(session),
                tell=self._note_arrived,
                announce=self._announce,
            )
            self._reading_for = session
        ended = self._first_sync.run()
        if ended is not Ended.STOPPED:
            self._note(expected=None, again=False, quiet=True)
        self._note(pace=None)
        return ended

    def _wants_everything(self, session: Session) -> bool:
        over = self._paused.is_set() or self._pull.ended.is_set()
        return not over and self._session is session

    def _note_arrived(self, told: Told) -> None:
        at_s = time.monotonic()
        with self._guard:
            pace = self._progress.pace or Pace(told.done, at_s)
        if told.done == pace.done or at_s - pace.at_s >= _TELL_EVERY_S:
            pace = pace.on(told.done, at_s)
            self._note(received=told.received, expected=told.expected, work=told.work, pace=pace)

    def _catch_up(self, session: Session) -> None:
        more = True
        while more:
            pulled = exchange.pull_once(self._store, session.client)
            self._announce(pulled.changes)
            more = pulled.more

    def _poke_step(self) -> float:
        def work(session: Session) -> float:
            began, held = time.monotonic(), False
            try:
                for told in session.client.pokes(self._poke.ended):
                    if told is None:
                        self._pull.wake()
                    elif self._session is session:
                        self._tell_call(told)
            finally:
                # A stream that is cut as soon as it is open, as by a proxy, is not asked for again
                # and again; one that has held for a while has not failed before.
                held = time.monotonic() - began > PULL_FLOOR_S
                if held:
                    self._failures[POKE] = 0
            if held:
                # It ended with its token: a call that rings meanwhile is not to wait.
                return _NEXT_STREAM_S * self._jitter()
            self._failures[POKE] += 1
            return retry_delay_s(self._failures[POKE]) * self._jitter()

        return self._attempt(POKE, work)

    def _tell_call(self, signal: CallSignal) -> None:
        with self._guard:
            listeners = tuple(self._on_call)
            if not listeners:
                self._untold.append(signal)
        for listener in listeners:
            listener(signal)

    def _attempt(self, name: str, work: Callable[[Session], float]) -> float:
        """Run one step; a failure is noted and tried again later, a bug is logged."""
        session: Session | None = None
        if self._wiped:
            return PULL_FLOOR_S
        try:
            session = self._ready()
            if session is None:
                return _ELSEWHERE_S if self._signed_in else PULL_FLOOR_S
            pause_s = work(session)
        except AgentDeskError as failure:
            return self._failed(name, session, failure.code)
        except Exception:  # the sink of a thread: a bug here must not end synchronisation
            logger.exception("synchronisation step failed: %s", name)
            return self._failed(name, session, Code.UNEXPECTED)
        if name != POKE:
            self._failures[name] = 0
            self._note_fault(name, None)
        return pause_s

    def _failed(self, name: str, session: Session | None, code: Code) -> float:
        if self._push.ended.is_set() or session not in (None, self._session):
            # Nobody's trouble any more: this was the end, or somebody else has signed in.
            return 0.0
        self._failures[name] += 1
        # Whatever happened to Central meanwhile, the greeting tells.
        self._greeted = False
        if name == POKE:
            # A stream that breaks says nothing about whether Central can be reached: the pull
            # that follows does.
            self._pull.wake()
        else:
            self._note_fault(name, code)
        if needs_a_person(state_after(code)):
            return PULL_FLOOR_S * 5
        return retry_delay_s(self._failures[name]) * self._jitter()

    # --- Beneath ------------------------------------------------------------------------------

    @property
    def _signed_in(self) -> bool:
        return self._store.read_here(account.load_account).tokens is not None

    def _ready(self) -> Session | None:
        """Return the session if somebody is signed in and this process may synchronise."""
        with self._guard:
            session = self._session
            if not self._may_sync():
                reading, session = SyncState.ELSEWHERE, None
            elif session is None:
                known = self._store.read_here(account.load_account)
                reading = SyncState.SIGNED_OUT
                if known.tokens is not None and known.user_id is not None:
                    client = account.client_of(self._store, known)
                    session = Session(client, known.device_id, known.user_id)
                    reading = SyncState.CATCHING_UP
            else:
                reading = self._progress.reading
            self._session = session
            self._progress = replace(self._progress, reading=reading)
        if session is None:
            self._publish()
        return session

    def _may_sync(self) -> bool:
        """Hold the lock that lets one process of this profile synchronise, if it is free."""
        if not self._process_lock.is_locked:
            try:
                self._process_lock.acquire()
            except Timeout:
                return False
        return True

    def _greet(self, session: Session) -> None:
        if self._greeted:
            return
        try:
            greeting = exchange.greet(self._store, session.client, session.device_id)
        except exchange.WipeOrderedError as ordered:
            self._obey_wipe(session, salvage=ordered.salvage)
            raise
        self._greeted = True
        self._note(skew_s=greeting.skew.total_seconds(), quiet=True)
        self._announce(greeting.changes)
        self._push.wake()

    def _obey_wipe(self, session: Session, *, salvage: bool) -> None:
        if self._destroy is None:
            raise ExternalError(Code.DEVICE_LOCKED)
        orders.obey_wipe(
            self._store,
            session.client,
            session.user_id,
            salvage=salvage,
            destroy=self._destroy,
            pause=self._pull.ended.wait,
        )
        self._wiped = True
        with self._guard:
            # Said without another look at the cache, which is no more.
            self._last = SyncStatus(state=SyncState.WIPED, error=Code.DEVICE_WIPED)
        for listener in tuple(self._listeners):
            listener(self._last)
        _tell_goodbye(session.client)

    def _note(self, *, quiet: bool = False, **found: object) -> None:
        with self._guard:
            self._progress = replace(self._progress, **found)  # type: ignore[arg-type]  # by name
        if not quiet:
            self._publish()

    def _note_fault(self, name: str, code: Code | None) -> None:
        """Note what keeps a loop from its work, or that nothing does any more."""
        with self._guard:
            faults = {n: c for n, c in self._progress.faults.items() if n != name}
            if code is not None:
                faults[name] = code
            offline = any(state_after(c) is SyncState.OFFLINE for c in faults.values())
            since = (self._progress.offline_since or now()) if offline else None
            self._progress = replace(self._progress, faults=faults, offline_since=since)
        self._publish()

    def _publish(self) -> None:
        """Tell the listeners the truth of this moment, if it differs from what they were told.

        One thread at a time, so that what was read first is not told last.
        """
        with self._telling:
            if self._wiped:
                return
            waiting = self._store.read_here(outbox.count_waiting)
            last_pull = self._store.read_here(get_states, [LAST_PULL_AT])[LAST_PULL_AT]
            with self._guard:
                status = status_of(self._progress, waiting, last_pull)
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
