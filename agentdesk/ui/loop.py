"""The event loop of the desktop: asyncio on top of Qt's own loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import qasync
from PySide6.QtWidgets import QApplication


def new_loop(app: QApplication) -> asyncio.AbstractEventLoop:
    """Return a loop for `app` that is not running yet; the caller closes it."""
    loop: asyncio.AbstractEventLoop = qasync.QEventLoop(app)
    return loop


def loop_inside(app: QApplication) -> asyncio.AbstractEventLoop:
    """Return a loop that works while somebody else runs Qt's loop (pytest-qt); tests only.

    The caller ends it with `stop()` and `close()`.
    """
    loop: asyncio.AbstractEventLoop = qasync.QEventLoop(app, already_running=True)
    return loop


def report_failures(
    loop: asyncio.AbstractEventLoop, sink: Callable[[BaseException | None, str], None]
) -> None:
    """Send what fails in a task or callback, and nobody awaits, to `sink(error, where)`.

    Without an error the text says what the loop complains of. Cancelling stays silent.
    """

    def handle(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, asyncio.CancelledError):
            sink(error, str(context.get("message", "")))

    loop.set_exception_handler(handle)


def run(
    app: QApplication,
    main: Callable[[], Coroutine[Any, Any, int]],
    sink: Callable[[BaseException | None, str], None],
) -> int:
    """Run `main` to its end on Qt's loop and return its exit code."""
    app.setQuitOnLastWindowClosed(False)
    with new_loop(app) as loop:  # type: ignore[attr-defined] # qasync's loop closes itself on exit
        report_failures(loop, sink)
        return int(loop.run_until_complete(main()))
