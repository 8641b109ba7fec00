"""Coroutines started from the window: kept, ended with their owner, failures told to somebody."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from PySide6.QtCore import QObject

_T = TypeVar("_T")


def start(
    work: Coroutine[Any, Any, _T],
    *,
    owner: QObject,
    on_failure: Callable[[BaseException], None] | None = None,
) -> asyncio.Task[_T]:
    """Run `work` on the window's loop until it ends or `owner` is destroyed.

    A failure goes to `on_failure`, else to the loop's exception handler, which the composition
    root sends to the notices. Cancelling is silent. Call it on the window's thread only.
    """
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)

    def cancel() -> None:
        if not task.done() and not loop.is_closed():
            task.cancel()

    connection = owner.destroyed.connect(cancel)

    def settle(done: asyncio.Task[_T]) -> None:
        QObject.disconnect(connection)
        if done.cancelled():
            return
        error = done.exception()
        if error is None:
            return
        if on_failure is not None:
            on_failure(error)
        else:
            where = f"task {done.get_name()} failed"
            loop.call_exception_handler({"message": where, "exception": error, "task": done})

    task.add_done_callback(settle)
    return task


def in_thread(future: concurrent.futures.Future[_T]) -> Awaitable[_T]:
    """Return an awaitable for work that a writer, reader or worker thread was given.

    Cancelling the awaiting task also cancels `future` if it has not begun.
    """
    return asyncio.wrap_future(future)
