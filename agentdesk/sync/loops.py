"""A thread that repeats one step of synchronisation: when woken, or when its pause has passed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar, cast

from agentdesk.sync.plan import PULL_FLOOR_S

logger = logging.getLogger(__name__)


_T = TypeVar("_T")


class Calls:
    """Runs what a person asks for one by one, on a thread that never keeps the program alive."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._turn = threading.Lock()
        self._running: set[Future[object]] = set()
        self._closed = False

    def submit(self, run: Callable[[], _T]) -> Future[_T]:
        """Return what `run` will return; nothing begins any more once this is closed."""
        future: Future[_T] = Future()

        def work() -> None:
            with self._turn:
                if self._closed or not future.set_running_or_notify_cancel():
                    future.cancel()
                    return
                try:
                    future.set_result(run())
                except BaseException as failure:  # noqa: BLE001 - whoever waits for it gets it
                    future.set_exception(failure)

        kept = cast("Future[object]", future)
        self._running.add(kept)
        future.add_done_callback(lambda _done: self._running.discard(kept))
        threading.Thread(target=work, name=self._name, daemon=True).start()
        return future

    def close(self, timeout_s: float) -> None:
        """Begin nothing any more, and wait for what runs, at most so long."""
        self._closed = True
        wait(tuple(self._running), timeout_s)


class Loop(threading.Thread):
    """Runs `step` again and again; it returns how many seconds to wait for the next time."""

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
                pause_s = self._take_step()

    def _take_step(self) -> float:
        try:
            return self._step()
        except Exception:  # the sink of a thread: even noting a failure may fail, as on a full disk
            logger.exception("synchronisation could not tell how it stands")
            return PULL_FLOOR_S
