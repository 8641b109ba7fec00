"""A real window in a process of its own, told over its standard streams what to do next.

`python -m benchmarks.started HOME PASSPHRASE` opens the profile `bench` there. Each line it reads
is a request, each line it writes an answer in JSON: `usable` (when, by the monotonic clock, the
window was painted and what it shows at first was read), `rest` (resident memory), `sync` (first
sync, with the event loop's longest pause and the peak of memory), `call NUMBER` (from the call's
arrival to the painted card), `idle SECONDS` (processor time), `quit`. Without a passphrase the
profile's key is that of the made bases.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
from pathlib import Path

# First, as in `agentdesk desktop`: it imports the core before the window's libraries.
from agentdesk.app import Options, Running, run_desktop

# isort: split
from PySide6.QtCore import Qt, QTimer

from agentdesk.credentials import SystemKeyring
from agentdesk.instance import hand_over
from agentdesk.store.profile import profile_paths
from agentdesk.sync.status import SyncState, SyncStatus
from agentdesk.telephony.events import announced
from benchmarks.known_key import KnownKey
from benchmarks.million import KEY

BEAT_MS = 2
_PATIENCE_S = 10.0
_BETWEEN_CALLS_S = 0.2


class Heartbeat:
    """A timer in the event loop that notes how long the loop was away, and the memory in use."""

    def __init__(self) -> None:
        self.longest_pause_ms = 0.0
        self.peak_mib = 0.0
        self._last = time.perf_counter()
        self._beats = 0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def stop(self) -> None:
        """Beat no more."""
        self._timer.stop()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest_pause_ms = max(self.longest_pause_ms, (now - self._last) * 1000 - BEAT_MS)
        self._last = now
        self._beats += 1
        if self._beats % 10 == 0:
            self.peak_mib = max(self.peak_mib, resident_mib())


def resident_mib() -> float:
    """Return the memory that this process has in use now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def _serve(running: Running) -> None:
    """Do what the lines on standard input ask for, until `quit`."""
    await asyncio.wait((running.window.desk_page.home_filling,))
    running.window.repaint()
    usable_at = time.monotonic()
    while True:
        line = await asyncio.to_thread(sys.stdin.readline)
        request, *rest = line.split() or ["quit"]
        if request == "quit":
            running.quit()
            return
        match request:
            case "usable":
                _answer(at=usable_at)
            case "call":
                await _call(running, rest[0])
            case "rest":
                await asyncio.sleep(1)
                gc.collect()
                _answer(mib=resident_mib())
            case "sync":
                await _first_sync(running)
            case "idle":
                await _idle(float(rest[0]))
            case _:
                raise ValueError(request)


async def _first_sync(running: Running) -> None:
    loop = asyncio.get_running_loop()
    live = asyncio.Event()

    def told(status: SyncStatus) -> None:
        if status.state is SyncState.LIVE and status.last_sync_at is not None:
            loop.call_soon_threadsafe(live.set)

    forget = running.engine.on_status(told)
    beat = Heartbeat()
    began = time.perf_counter()
    running.engine.sync_now()
    await live.wait()
    took_s = time.perf_counter() - began
    beat.stop()
    forget()
    _answer(seconds=took_s, longest_pause_ms=beat.longest_pause_ms, peak_mib=beat.peak_mib)


async def _call(running: Running, number: str) -> None:
    painted = asyncio.Event()
    call = announced(number)
    painted_at = 0.0

    def note(call_id: str) -> None:
        nonlocal painted_at
        if call_id == call.call_id:
            painted_at = time.perf_counter()
            painted.set()

    running.window.card_painted.connect(note)
    await asyncio.to_thread(hand_over, profile_paths(Path(sys.argv[1]), "bench"), call)
    await asyncio.wait_for(painted.wait(), _PATIENCE_S)
    running.window.card_painted.disconnect(note)
    _answer(ms=(painted_at - running.rang_at()) * 1000)
    running.window.desk_page.mark_missed()
    while running.window.desk_page.calls.current is not None:
        await asyncio.sleep(0.005)
    # Calls do not come while the last one is still being put away.
    await asyncio.sleep(_BETWEEN_CALLS_S)


async def _idle(seconds: float) -> None:
    began = time.process_time()
    await asyncio.sleep(seconds)
    _answer(cpu_s=time.process_time() - began)


def _answer(**found: float) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Open the window and serve the requests."""
    home, passphrase = sys.argv[1:]
    options = Options(
        home=Path(home),
        profile="bench",
        passphrase=passphrase or None,
        on_ready=_serve,
        keyring=SystemKeyring() if passphrase else KnownKey(KEY),
    )
    return run_desktop(options)
