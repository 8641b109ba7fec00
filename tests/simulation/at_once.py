"""Executors without threads, so that one thing happens after the other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from agentdesk.sync.loops import Calls

_T = TypeVar("_T")


class AtOnce(ThreadPoolExecutor):
    """Runs what it is given in the calling thread, and never starts one."""

    def submit(self, run: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(run(*args, **options))
        except BaseException as error:  # noqa: BLE001 - handed on, as every executor does
            done.set_exception(error)
        return done


class CallsAtOnce(Calls):
    """The same for what a person asks of synchronisation."""

    def submit(self, run: Callable[[], _T]) -> Future[_T]:
        """Run it now."""
        return AtOnce(1).submit(run)
