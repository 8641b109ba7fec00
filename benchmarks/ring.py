"""From what a telephone system tells Central to the painted card at the desk, by way of everything.

Central is a process of its own, as `agentdesk central serve` runs it; the desk is the real program.
The time runs from just before the request is sent. On the way: to the desk's process, and to the
card's first paint. The request's own answer stands beside them.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

from agentdesk.app import Options, Running, run_desktop
from agentdesk.domain.ids import new_id
from agentdesk.story.stage import OPERATOR, Stage, set_up
from benchmarks.cache import numbers
from benchmarks.figures import Figure, spread

CALLS = 100
WARM_UP = 10
TARGET_TO_DESK_MS = 100.0
_PATIENCE_S = 30.0
_BETWEEN_CALLS_S = 0.3


class _Bench:
    """A company with one line and one desk, called again and again."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._line = _add_line(stage)
        self._http = requests.Session()
        self._told_ms: list[float] = []
        self._painted_ms: list[float] = []
        self._answered_ms: list[float] = []

    def run(self) -> list[Figure]:
        """Let it ring, and return what was measured."""
        stage = self._stage
        run_desktop(Options(stage.home, stage.paths.name, stage.passphrase, on_ready=self._ring))
        return [
            *spread("event to the desk's process", self._told_ms, TARGET_TO_DESK_MS),
            *spread("event to the painted card", self._painted_ms, None),
            *spread("event to its answer", self._answered_ms, None),
        ]

    async def _ring(self, running: Running) -> None:
        try:
            for at, number in enumerate(numbers(running.desk.store, CALLS + WARM_UP)):
                found = await self._one(running, number)
                if at >= WARM_UP:
                    for figures, value in zip(
                        (self._told_ms, self._painted_ms, self._answered_ms), found, strict=True
                    ):
                        figures.append(value)
                await asyncio.sleep(_BETWEEN_CALLS_S)
        finally:
            running.quit()

    async def _one(self, running: Running, number: str) -> tuple[float, float, float]:
        """Let one call ring, and hang up."""
        loop = asyncio.get_running_loop()
        told: asyncio.Future[float] = loop.create_future()
        painted: asyncio.Future[float] = loop.create_future()

        def hear(_signal: object) -> None:
            loop.call_soon_threadsafe(arrive, time.perf_counter())

        def arrive(at: float) -> None:
            if not told.done():
                told.set_result(at)

        def see(_call_id: str) -> None:
            if not painted.done():
                painted.set_result(time.perf_counter())

        stop = running.engine.on_call(hear)
        running.window.card_painted.connect(see)
        call_id = new_id()
        began = time.perf_counter()
        answered = await asyncio.to_thread(self._post, "newCall", call_id, number)
        async with asyncio.timeout(_PATIENCE_S):
            reached, seen = await told, await painted
        stop()
        running.window.card_painted.disconnect(see)
        await asyncio.to_thread(self._post, "hangup", call_id, number)
        return (reached - began) * 1000, (seen - began) * 1000, (answered - began) * 1000

    def _post(self, event: str, call_id: str, number: str) -> float:
        form = {
            "event": event,
            "callId": call_id,
            "from": number,
            "to": "+442079460999",
            "direction": "in",
            "user": OPERATOR.login,
        }
        url = f"{self._stage.central.url}/v1/telephony/events"
        self._http.post(url, data=form, auth=self._line, timeout=_PATIENCE_S).raise_for_status()
        return time.perf_counter()


def _add_line(stage: Stage) -> tuple[str, str]:
    command = ["central", "line", "add", "Bench", "--json"]
    answer = subprocess.run(
        [sys.executable, "-m", "agentdesk", *command, "--database", str(stage.central.database)],
        check=True,
        capture_output=True,
        text=True,
    )
    line = json.loads(answer.stdout)
    return line["line_id"], line["secret"]


def measure(customers: int) -> list[Figure]:
    """Return how long a ring takes from the telephone system to the operator's eyes."""
    with (
        tempfile.TemporaryDirectory() as folder,
        set_up(Path(folder), customers, lambda _words: None) as stage,
    ):
        return _Bench(stage).run()
