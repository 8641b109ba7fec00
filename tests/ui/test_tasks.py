"""Tasks: kept alive, ended with their owner, failures told to somebody."""

from __future__ import annotations

import asyncio
import gc
from concurrent.futures import ThreadPoolExecutor

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from agentdesk.ui import tasks
from agentdesk.ui.loop import report_failures


def test_work_runs_to_its_end_though_nobody_holds_it(
    qtbot: QtBot, loop: asyncio.AbstractEventLoop
) -> None:
    owner, done = QObject(), []

    step = asyncio.get_running_loop().create_future()

    async def work() -> None:
        done.append(await step)

    tasks.start(work(), owner=owner)
    gc.collect()
    step.set_result("done")
    qtbot.waitUntil(lambda: done == ["done"])
    assert done == ["done"]


def test_work_ends_with_its_owner(qtbot: QtBot, loop: asyncio.AbstractEventLoop) -> None:
    owner, ends = QObject(), []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ends.append("cancelled")
            raise

    task = tasks.start(work(), owner=owner, on_failure=lambda _error: ends.append("failed"))
    qtbot.waitUntil(lambda: task.get_coro() is not None)
    loop.call_soon(owner.deleteLater)
    qtbot.waitUntil(task.done)
    assert ends == ["cancelled"]
    assert task.cancelled()


def test_a_failure_goes_to_who_asked_for_it(qtbot: QtBot, loop: asyncio.AbstractEventLoop) -> None:
    owner = QObject()
    told: list[BaseException] = []

    async def work() -> None:
        raise ValueError("wrong")

    tasks.start(work(), owner=owner, on_failure=told.append)
    qtbot.waitUntil(lambda: bool(told))
    assert isinstance(told[0], ValueError)


def test_a_failure_that_nobody_asked_for_reaches_the_sink(
    qtbot: QtBot, loop: asyncio.AbstractEventLoop
) -> None:
    owner = QObject()
    told: list[BaseException | None] = []
    report_failures(loop, lambda error, _where: told.append(error))

    async def work() -> None:
        raise ValueError("wrong")

    tasks.start(work(), owner=owner)
    qtbot.waitUntil(lambda: bool(told))
    assert isinstance(told[0], ValueError)


def test_the_result_of_a_worker_thread_is_awaited(
    qtbot: QtBot, loop: asyncio.AbstractEventLoop
) -> None:
    owner, results = QObject(), []

    async def work() -> None:
        results.append(await tasks.in_thread(pool.submit(sum, [1, 2, 3])))

    with ThreadPoolExecutor(1) as pool:
        tasks.start(work(), owner=owner)
        qtbot.waitUntil(lambda: bool(results))
    assert results == [6]


def test_the_error_of_a_worker_thread_is_raised_where_it_is_awaited(
    qtbot: QtBot, loop: asyncio.AbstractEventLoop
) -> None:
    owner = QObject()
    told: list[str] = []

    def divide() -> float:
        return 1 / 0

    async def work() -> None:
        with pytest.raises(ZeroDivisionError):
            await tasks.in_thread(pool.submit(divide))
        told.append("raised")

    with ThreadPoolExecutor(1) as pool:
        tasks.start(work(), owner=owner)
        qtbot.waitUntil(lambda: bool(told))
    assert told == ["raised"]
