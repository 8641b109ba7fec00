"""Where the cache is worked on: one writer thread and a few readers, never the window's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa

from agentdesk.store.engine import read_transaction, write_transaction

_T = TypeVar("_T")
_P = ParamSpec("_P")

READERS = 3

_COUNT_COMMIT = sa.text(
    "INSERT INTO sync_state (key, value) VALUES ('commits', '1') "
    "ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
)
_COMMITS = sa.text("SELECT CAST(value AS INTEGER) FROM sync_state WHERE key = 'commits'")


class Store:
    """An open cache. Work is handed over as functions of a connection.

    Such a function runs on one of the store's threads inside one transaction; what it returns
    must be frozen, and the connection must not outlive it. `write_here` and `read_here` run in
    the caller's thread, for commands and for the threads of synchronisation.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._writing = threading.Lock()
        self._own_commits = 0

    @property
    def engine(self) -> sa.Engine:
        """The engine, for migrations and maintenance."""
        return self._engine

    def read(
        self,
        work: Callable[Concatenate[sa.Connection, _P], _T],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Future[_T]:
        """Run `work` on a reader thread."""
        return self._readers.submit(lambda: self.read_here(work, *args, **kwargs))

    def write(
        self,
        work: Callable[Concatenate[sa.Connection, _P], _T],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Future[_T]:
        """Run `work` on the writer thread; the future is done once it is on the disk."""
        return self._writer.submit(lambda: self.write_here(work, *args, **kwargs))

    def submit_write(self, run: Callable[[], _T]) -> Future[_T]:
        """Run `run`, which calls `write_here` itself, on the writer thread."""
        return self._writer.submit(run)

    def read_here(
        self,
        work: Callable[Concatenate[sa.Connection, _P], _T],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _T:
        """Run `work` now, in this thread."""
        with read_transaction(self._engine) as connection:
            return work(connection, *args, **kwargs)

    def write_here(
        self,
        work: Callable[Concatenate[sa.Connection, _P], _T],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _T:
        """Run `work` now, in this thread; other writers of this process wait their turn."""
        with self._writing:
            with write_transaction(self._engine) as connection:
                result = work(connection, *args, **kwargs)
                connection.execute(_COUNT_COMMIT)
            # Only now: a commit that fails, as on a full disk, is none.
            self._own_commits += 1
        return result

    def foreign_commits(self) -> Future[int]:
        """Return how often other processes have written to this cache.

        Only the difference between two answers means anything.
        """
        return self._readers.submit(self._foreign_commits)

    def _foreign_commits(self) -> int:
        # The count of our own is taken under the writer's lock, so that a commit in between
        # never looks like somebody else's.
        with self._writing:
            total = self.read_here(lambda connection: connection.execute(_COMMITS).scalar())
            return int(total or 0) - self._own_commits

    def close(self) -> None:
        """Finish what was handed over and close the file; blocks until then."""
        self._writer.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self._engine.dispose()
