"""Reading for a box in which somebody types: a newer question ends the one under way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlcipher3 import dbapi2 as sqlcipher

from agentdesk.store.workers import Store

_T = TypeVar("_T")
_P = ParamSpec("_P")

_STEPS = 2_000
"""So many of SQLite's steps pass between two looks at whether somebody has typed on."""


class OvertakenError(Exception):
    """Nobody waits for this answer any more: a newer question has been asked."""


class LatestRead:
    """Hands one box's questions to the store's readers; only the latest is answered.

    The futures of others end with `OvertakenError`, or are cancelled by whoever holds them.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turns = threading.Lock()
        self._turn = 0

    def ask(
        self,
        work: Callable[Concatenate[sa.Connection, _P], _T],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Future[_T]:
        """Run `work` on a reader thread, and end what this box has asked before."""
        with self._turns:
            self._turn += 1
            turn = self._turn

        def run(connection: sa.Connection) -> _T:
            raw = connection.connection.driver_connection
            if raw is None or turn != self._turn:
                raise OvertakenError
            raw.set_progress_handler(lambda: turn != self._turn, _STEPS)
            try:
                return work(connection, *args, **kwargs)
            except (sa.exc.OperationalError, sqlcipher.OperationalError) as failure:
                if turn != self._turn:
                    raise OvertakenError from failure
                raise
            finally:
                raw.set_progress_handler(None, _STEPS)

        return self._store.read(run)
