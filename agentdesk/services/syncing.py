"""One whole exchange with Central for commands, and what is known without asking it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from filelock import FileLock, Timeout

from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.found import Hit
from agentdesk.domain.ids import new_id
from agentdesk.domain.moments import from_text, now, to_text
from agentdesk.errors import AgentDeskError, Code, ExternalError, UserError
from agentdesk.services.browse import customer_count, interaction_count
from agentdesk.store import outbox
from agentdesk.store import tables as t
from agentdesk.store.state import get_states, set_state
from agentdesk.store.workers import Store
from agentdesk.sync import account, digest_check, exchange, first_sync, fork, orders
from agentdesk.sync.absorb import CURSOR, LAST_PULL_AT
from agentdesk.sync.address import Address
from agentdesk.sync.plan import PULL_FLOOR_S, state_after
from agentdesk.sync.status import SyncState
from agentdesk.sync.visitors import absorb_visitors, found_there

if TYPE_CHECKING:
    from agentdesk.sync.transport import CentralClient

SYNC_WANTED = "sync_wanted"
"""Set by a command that waits for the running window to synchronise; its commit wakes it."""

_LAST_EXCHANGE = "last_exchange"
_MOST_ROUNDS = 20
_POLL_S = 0.2
_WINDOW_S = 30.0
_FRESH = timedelta(seconds=2.5 * PULL_FLOOR_S)

Progress = Callable[[int, int], None]
"""Told how many edits were sent and how many changes have arrived."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What an exchange did and left. `pulled` is not known if the running window did it."""

    pushed: int
    pulled: int
    pending: int
    attention: int
    conflicts: int
    state: SyncState

    @property
    def complete(self) -> bool:
        """Whether everything written here has been judged by Central and come back."""
        return self.pending == 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a profile stands, by its cache alone."""

    state: SyncState
    pending: int
    attention: int
    conflicts: int
    customers: int
    interactions: int
    last_sync_at: str | None


def sync_once(
    store: Store,
    lock_path: Path,
    progress: Progress,
    *,
    window_s: float = _WINDOW_S,
    destroy: Callable[[], None] | None = None,
) -> Exchanged:
    """Exchange with Central until nothing is left to send or to fetch. Blocks.

    While a running window synchronises this profile, it is asked to, and waited for. Raises
    what the exchange failed with, and `ExternalError(ALREADY_SYNCING)` if the window has not
    come to an end within `window_s`. If Central has the desk wiped, `destroy` does it, and
    `ExternalError(DEVICE_WIPED)` is raised.
    """
    if store.read_here(account.load_account).tokens is None:
        raise UserError(Code.NOT_SIGNED_IN)
    lock = FileLock(lock_path, blocking=False)
    deadline = time.monotonic() + window_s
    asked_at: str | None = None
    before = store.read_here(outbox.count_waiting).pending
    while True:
        try:
            with lock:
                return _exchanged(store, progress, destroy)
        except Timeout:
            pass
        if asked_at is None:
            asked_at = store.write_here(_ask_window)
        elif store.read_here(_has_answered, asked_at):
            return _left(store, before, 0, SyncState.LIVE)
        if time.monotonic() > deadline:
            raise ExternalError(Code.ALREADY_SYNCING)
        time.sleep(_POLL_S)


def _ask_window(connection: sa.Connection) -> str:
    asked_at = to_text(now())
    # A value of its own each time, so that the window tells a new wish from an old one.
    set_state(connection, **{SYNC_WANTED: new_id()})
    return asked_at


def _has_answered(connection: sa.Connection, asked_at: str) -> bool:
    last_pull = get_states(connection, [LAST_PULL_AT])[LAST_PULL_AT]
    return bool(last_pull and last_pull > asked_at) and not _waiting(connection)


def _exchanged(store: Store, progress: Progress, destroy: Callable[[], None] | None) -> Exchanged:
    try:
        pushed, pulled = _exchange(store, progress)
    except exchange.WipeOrderedError as ordered:
        _obey_wipe(store, destroy, salvage=ordered.salvage)
        raise
    except AgentDeskError as failure:
        store.write_here(_note_exchange, state_after(failure.code))
        raise
    store.write_here(_note_exchange, SyncState.LIVE)
    return _left(store, pushed, pulled, SyncState.LIVE)


def _obey_wipe(store: Store, destroy: Callable[[], None] | None, *, salvage: bool) -> None:
    if destroy is None:
        raise ExternalError(Code.DEVICE_LOCKED)
    known = store.read_here(account.load_account)
    orders.obey_wipe(
        store,
        account.client_of(store, known),
        known.user_id or "",
        salvage=salvage,
        destroy=destroy,
        pause=time.sleep,
    )


def look_up(store: Store, e164: str) -> ChangeSet:
    """Ask Central who has a number; whoever is outside the scope visits the cache. Blocks."""
    return store.write_here(absorb_visitors, account.open_client(store).lookup(e164).rows, now())


def search_at_central(store: Store, text: str) -> tuple[Hit, ...]:
    """Return customers whom Central knows by name and this desk does not hold. Blocks."""
    return tuple(found_there(one) for one in account.open_client(store).search(text).found)


def become_new_device(store: Store, lock_path: Path) -> int:
    """Let a copied profile go on as a desk of its own; return how many edits wait to be sent.

    Somebody has to sign in again. Raises `UserError(WINDOW_OPEN)` beside a running window, and
    what asking Central failed with, with nothing changed.
    """
    with alone(lock_path):
        known = store.read_here(account.load_account)
        fork.fetch_verdicts(store, account.client_of(store, known), known.user_id or "")
        store.write_here(fork.become_new_device)
        return store.read_here(_unjudged)


def compare(store: Store, lock_path: Path) -> digest_check.Compared | None:
    """Compare the whole cache with Central; None if there was no comparing.

    Raises `ExternalError(CACHE_DIFFERS)` if it differs: the next exchange reads everything anew.
    Raises `UserError(WINDOW_OPEN)` beside a running window, which does this by itself.
    """
    with alone(lock_path):
        known = store.read_here(account.load_account)
        client = account.client_of(store, known)
        exchange.greet(store, client, known.device_id)
        count = _Count(lambda _pushed, _pulled: None)
        return digest_check.check(
            store, client, lambda: _pull(store, client, known.device_id, count)
        )


def _exchange(store: Store, progress: Progress) -> tuple[int, int]:
    """Go round until quiet; what Central wants to judge later is left for another time."""
    known = store.read_here(account.load_account)
    client = account.open_client(store)
    exchange.greet(store, client, known.device_id)
    count = _Count(progress)
    for _round in range(_MOST_ROUNDS):
        before = count.pushed
        _push(store, client, known.user_id or "", count)
        _pull(store, client, known.device_id, count)
        if count.pushed == before or not store.read_here(_waiting):
            break
    return count.pushed, count.pulled


@dataclass
class _Count:
    """What has gone and come so far."""

    progress: Progress
    pushed: int = 0
    pulled: int = 0

    def add(self, *, pushed: int = 0, pulled: int = 0) -> None:
        self.pushed += pushed
        self.pulled += pulled
        self.progress(self.pushed, self.pulled)


def _push(store: Store, client: CentralClient, author_id: str, count: _Count) -> None:
    more = True
    while more:
        before = store.read_here(_unjudged)
        _changes, more = exchange.push_once(store, client, author_id)
        # What somebody wrote meanwhile is not subtracted from what was sent.
        count.add(pushed=max(0, before - store.read_here(_unjudged)))


def _pull(store: Store, client: CentralClient, device_id: str, count: _Count) -> None:
    more, has_reset = True, False
    while more:
        try:
            _read_everything(store, client, count)
            page = exchange.pull_once(store, client)
        except ExternalError as failure:
            if failure.code is not Code.CURSOR_RESET or has_reset:
                raise
            # Greeting again is what starts the reading anew.
            has_reset = True
            exchange.greet(store, client, device_id)
            continue
        more = page.more
        count.add(pulled=page.rows)


def _read_everything(store: Store, client: CentralClient, count: _Count) -> None:
    """Read all that there is, if no changes can be read from where the cache stands."""
    if not store.read_here(first_sync.is_needed):
        return
    before = count.pulled

    def tell(told: first_sync.Told) -> None:
        count.add(pulled=before + told.received - count.pulled)

    first_sync.FirstSync(store, client, tell=tell).run()


def _unjudged(connection: sa.Connection) -> int:
    query = sa.select(sa.func.count()).where(t.outbox.c.verdict.is_(None))
    return connection.execute(query).scalar_one()


def _waiting(connection: sa.Connection) -> int:
    return outbox.count_waiting(connection).pending


def _left(store: Store, pushed: int, pulled: int, state: SyncState) -> Exchanged:
    waiting = store.read_here(outbox.count_waiting)
    return Exchanged(
        max(0, pushed), pulled, waiting.pending, waiting.attention, waiting.conflicts, state
    )


def _note_exchange(connection: sa.Connection, state: SyncState) -> None:
    set_state(connection, **{_LAST_EXCHANGE: {"state": state.value, "at": to_text(now())}})


def standing(store: Store, lock_path: Path) -> Standing:
    """Return where the profile stands; asks nobody over the network.

    The state is that of the last exchange: of a running window, of `sync --once`, whichever
    came last.
    """
    running = is_syncing(lock_path)
    return store.read_here(_standing, running)


def _standing(connection: sa.Connection, running: bool) -> Standing:
    waiting = outbox.count_waiting(connection)
    return Standing(
        state=_state(connection, running),
        pending=waiting.pending,
        attention=waiting.attention,
        conflicts=waiting.conflicts,
        customers=customer_count(connection),
        interactions=interaction_count(connection),
        last_sync_at=get_states(connection, [LAST_PULL_AT])[LAST_PULL_AT],
    )


def _state(connection: sa.Connection, running: bool) -> SyncState:
    kept = get_states(connection, [CURSOR, LAST_PULL_AT, _LAST_EXCHANGE])
    if account.load_account(connection).tokens is None:
        return SyncState.SIGNED_OUT
    last_pull, last = kept[LAST_PULL_AT], kept[_LAST_EXCHANGE]
    if last and (not last_pull or last["at"] >= last_pull):
        return SyncState(last["state"])
    if not last_pull or not kept[CURSOR]:
        return SyncState.FIRST_SYNC
    fresh = now() - from_text(last_pull) < _FRESH
    return SyncState.LIVE if running and fresh else SyncState.OFFLINE


def is_syncing(lock_path: Path) -> bool:
    """Tell whether a process holds the lock of those who synchronise this profile."""
    if not lock_path.exists():
        return False
    try:
        with FileLock(lock_path, blocking=False):
            return False
    except Timeout:
        return True


def sign_in(store: Store, lock_path: Path, address: Address, name: str, password: str) -> None:
    """Sign in and keep the tokens. Blocks.

    A running window keeps tokens of its own, so that this is refused beside it with
    `UserError(WINDOW_OPEN)`.
    """
    with alone(lock_path):
        account.sign_in(store, address, name, password)


def sign_out(store: Store, lock_path: Path) -> bool:
    """Forget the tokens, and tell whether Central knows; it need not be reached.

    Raises `UserError(WINDOW_OPEN)` as `sign_in` does.
    """
    with alone(lock_path):
        if store.read_here(account.load_account).tokens is None:
            raise UserError(Code.NOT_SIGNED_IN)
        client = account.open_client(store)
        account.sign_out(store)
        try:
            client.sign_out()
        except AgentDeskError:
            return False
    return True


@contextmanager
def alone(lock_path: Path) -> Iterator[None]:
    """Hold the lock of those who synchronise.

    Raises `UserError(WINDOW_OPEN)` while a running window holds it.
    """
    lock = FileLock(lock_path, blocking=False)
    try:
        lock.acquire()
    except Timeout as taken:
        raise UserError(Code.WINDOW_OPEN) from taken
    try:
        yield
    finally:
        lock.release()
