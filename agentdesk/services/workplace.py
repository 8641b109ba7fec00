"""What every use case of a desk stands on: the cache, who works on it, and word of changes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa

from agentdesk.domain.changes import ChangeSet
from agentdesk.services.identity import Identity
from agentdesk.store.workers import Store

logger = logging.getLogger(__name__)

_T = TypeVar("_T")
_P = ParamSpec("_P")


class Workplace:
    """One person at one cache, whose writes are announced and sent."""

    def __init__(self, store: Store, identity: Identity) -> None:
        self._store = store
        self.identity = identity
        self._listeners: list[Callable[[ChangeSet], None]] = []
        self._wake_sync: Callable[[], None] = lambda: None

    @property
    def store(self) -> Store:
        """The cache beneath."""
        return self._store

    @property
    def region(self) -> str:
        """Where numbers without a country code belong."""
        return self.identity.organisation.region

    def on_change(self, listener: Callable[[ChangeSet], None]) -> Callable[[], None]:
        """Call `listener` after every commit that changed something; returns how to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def wake_sync_with(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever something new waits for Central."""
        self._wake_sync = wake

    def announce(self, changes: ChangeSet) -> None:
        """Tell the listeners about changes that were made elsewhere: by sync, by a command."""
        if not changes:
            return
        for listener in tuple(self._listeners):
            try:
                listener(changes)
            except Exception:  # the sink of listeners: what is on the disk is saved, come what may
                logger.exception("a listener failed over a change")

    def announce_everything(self) -> None:
        """Tell the listeners that anything may have changed: another process has written."""
        self.announce(ChangeSet(wholesale=True))

    def _write(
        self,
        work: Callable[Concatenate[sa.Connection, _P], tuple[_T, ChangeSet]],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Future[_T]:
        """Run `work` on the writer; once it is on the disk, announce it and wake sync."""

        def run() -> _T:
            result, changes = self._store.write_here(work, *args, **kwargs)
            self._wake_sync()
            self.announce(changes)
            return result

        return self._store.submit_write(run)

    def _write_only(
        self,
        work: Callable[Concatenate[sa.Connection, _P], ChangeSet],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Future[ChangeSet]:
        def both(connection: sa.Connection) -> tuple[ChangeSet, ChangeSet]:
            changes = work(connection, *args, **kwargs)
            return changes, changes

        return self._write(both)

    @property
    def _me(self) -> str:
        return self.identity.user.id
