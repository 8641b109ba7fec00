"""Where the cache is worked on: one writer thread and a few readers, never the window's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa

from agentdesk.errors import Code, ExternalError
from agentdesk.store.engine import (
    CacheFile,
    file_of,
    make_engine,
    read_transaction,
    write_transaction,
)
from agentdesk.store.swap import mark_superseded, successor_of

_T = TypeVar("_T")
_P = ParamSpec("_P")

READERS = 3

_COUNT_COMMIT = sa.text(
    "INSERT INTO sync_state (key, value) VALUES ('commits', '1') "
    "ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
)
_COMMITS = sa.text("SELECT CAST(value AS INTEGER) FROM sync_state WHERE key = 'commits'")


@dataclass(slots=True, eq=False)
class _Opened:
    """A file that is open, and how many transactions work on it."""

    engine: sa.Engine
    users: int = 0
    retired: bool = False


class Store:
    """An open cache. Work is handed over as functions of a connection.

    Such a function runs on one of the store's threads inside one transaction; what it returns
    must be frozen, and the connection must not outlive it. `write_here` and `read_here` run in
    the caller's thread, for commands and for the threads of synchronisation.

    Another file may take the cache's place (`supersede`, here or in another process). Every
    transaction begins by asking for that, and turns to the new file before any work is done: a
    write never goes to a file that nobody reads any more.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._base = file_of(engine)
        self._opened = _Opened(engine)
        self._lending = threading.Lock()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._writing = threading.Lock()
        self._own_commits = 0

    @property
    def engine(self) -> sa.Engine:
        """The engine on the file of this moment, for maintenance."""
        return self._opened.engine

    @property
    def file(self) -> CacheFile:
        """The file of this moment."""
        return file_of(self._opened.engine)

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

    def submit_read(self, run: Callable[[], _T]) -> Future[_T]:
        """Run `run`, which calls `read_here` itself, now and then, on a reader thread."""
        return self._readers.submit(run)

    def read_here(
        self,
        work: Callable[Concatenate[sa.Connection, _P], _T],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _T:
        """Run `work` now, in this thread."""
        while True:
            with self._lent() as opened, read_transaction(opened.engine) as connection:
                successor = successor_of(connection)
                if successor is None:
                    return work(connection, *args, **kwargs)
            self._turn_to(opened, successor)

    def write_here(
        self,
        work: Callable[Concatenate[sa.Connection, _P], _T],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _T:
        """Run `work` now, in this thread; other writers of this process wait their turn."""
        with self._writing:
            while True:
                with self._lent() as opened, write_transaction(opened.engine) as connection:
                    successor = successor_of(connection)
                    if successor is None:
                        result = work(connection, *args, **kwargs)
                        connection.execute(_COUNT_COMMIT)
                if successor is None:
                    # Only now: a commit that fails, as on a full disk, is none.
                    self._own_commits += 1
                    return result
                self._turn_to(opened, successor)

    def supersede(
        self, fresh: CacheFile, carry: Callable[[sa.Connection, sa.Connection], _T]
    ) -> _T:
        """Put the file `fresh` in the cache's place, in this thread; writers wait meanwhile.

        `carry` gets both files' connections inside writing transactions, the cache's first, and
        brings over what `fresh` lacks. The change is one commit: that of the mark in the old
        file, after `fresh` is on the disk. Up to it the cache is the old file, from it on the new.
        """
        engine = make_engine(fresh.path, fresh.key)
        with self._writing, self._lent() as opened:
            try:
                with write_transaction(opened.engine) as old:
                    if successor_of(old) is not None:
                        raise ExternalError(Code.STORE_LOCKED)
                    with write_transaction(engine) as new:
                        result = carry(old, new)
                        new.execute(_COUNT_COMMIT)
                    mark_superseded(old, fresh.path)
            except BaseException:
                engine.dispose()
                raise
            self._own_commits += 1
            self._open_instead(opened, engine)
        return result

    @contextmanager
    def _lent(self) -> Iterator[_Opened]:
        """Keep the open file from being closed while it is used."""
        with self._lending:
            opened = self._opened
            opened.users += 1
        try:
            yield opened
        finally:
            with self._lending:
                opened.users -= 1
                unused = opened.retired and not opened.users
            if unused:
                opened.engine.dispose()

    def _turn_to(self, opened: _Opened, successor: str) -> None:
        """Open the file that has taken the place of `opened`."""
        fresh = file_of(opened.engine).beside(successor)
        if not fresh.path.exists():
            # Another process has given it the cache's usual name since.
            fresh = self._base
        self._open_instead(opened, make_engine(fresh.path, fresh.key))

    def _open_instead(self, opened: _Opened, engine: sa.Engine) -> None:
        with self._lending:
            if self._opened is not opened:
                # Another thread was first; this engine has no connection yet, or none in use.
                unused: sa.Engine | None = engine
            else:
                self._opened = _Opened(engine)
                opened.retired = True
                unused = None if opened.users else opened.engine
        if unused is not None:
            unused.dispose()

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
        self._opened.engine.dispose()
