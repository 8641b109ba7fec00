"""Synchronising for as long as somebody watches, and telling every change of where it stands."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue

from agentdesk.domain.moments import from_text
from agentdesk.errors import Code, UserError
from agentdesk.services.syncing import standing
from agentdesk.store.workers import Store
from agentdesk.sync import account
from agentdesk.sync.engine import SyncEngine
from agentdesk.sync.status import SyncState, SyncStatus

_LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Watched:
    """Where synchronisation stands; `elsewhere` if a running window does it, not this command."""

    state: SyncState
    pending: int
    attention: int
    conflicts: int
    received: int = 0
    expected: int | None = None
    last_sync_at: datetime | None = None
    error: Code | None = None
    elsewhere: bool = False


def watch(
    store: Store,
    lock_path: Path,
    tell: Callable[[Watched], None],
    ended: threading.Event,
    *,
    destroy: Callable[[], None] | None = None,
) -> None:
    """Synchronise until `ended` is set, and tell of every change, first of how it stands. Blocks.

    Beside a running window it is that window's standing which is told; once the window closes,
    this goes on in its place. `destroy` is what a wipe order of Central does. Raises
    `UserError(NOT_SIGNED_IN)`.
    """
    if store.read_here(account.load_account).tokens is None:
        raise UserError(Code.NOT_SIGNED_IN)
    heard: SimpleQueue[SyncStatus] = SimpleQueue()
    engine = SyncEngine(store, lock_path, lambda _changes: None, destroy=destroy)
    engine.on_status(heard.put)
    engine.start()
    told: Watched | None = None
    try:
        while not ended.is_set():
            try:
                status = heard.get(timeout=_LOOK_S)
            except Empty:
                status = engine.status()
            now = _watched(store, lock_path, status)
            if now != told:
                tell(now)
                told = now
    finally:
        engine.stop()


def _watched(store: Store, lock_path: Path, status: SyncStatus) -> Watched:
    if status.state is not SyncState.ELSEWHERE:
        return Watched(
            state=status.state,
            pending=status.pending,
            attention=status.attention,
            conflicts=status.conflicts,
            received=status.received,
            expected=status.expected,
            last_sync_at=status.last_sync_at,
            error=status.error,
        )
    there = standing(store, lock_path)
    return Watched(
        state=there.state,
        pending=there.pending,
        attention=there.attention,
        conflicts=there.conflicts,
        last_sync_at=from_text(there.last_sync_at) if there.last_sync_at else None,
        elsewhere=True,
    )
