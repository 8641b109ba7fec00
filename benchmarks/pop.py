"""From a call that reaches the running window to the painted card, event to paint.

A thread hands calls over through the instance channel, exactly as `agentdesk call` does. The time
runs from the moment the channel has the message until the card's first paint with that caller.
Beside it stands the time of the queries alone.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from agentdesk.instance import InstanceServer, Request, hand_over
from agentdesk.paths import ProfilePaths
from agentdesk.services.desk import Desk
from agentdesk.services.identity import load_identity
from agentdesk.settings import Preferences
from agentdesk.store.workers import Store
from agentdesk.sync.engine import SyncEngine
from agentdesk.telephony.events import announced
from agentdesk.ui import loop, tasks
from agentdesk.ui.bridge import DeskBridge
from agentdesk.ui.stylesheet import dress
from agentdesk.ui.theme_switch import ThemeChoice, ThemeSwitch
from agentdesk.views.main_window import MainWindow
from benchmarks.cache import filled_cache, numbers
from benchmarks.figures import Figure, spread

CALLS = 100
WARM_UP = 5
TARGET_P99_MS = 50.0
_PATIENCE_S = 10.0
_BETWEEN_CALLS_S = 0.5
"""Calls do not come while the last one is still being put away: the desk is at rest again."""


class _Channel(QObject):
    arrived = Signal(object)


class _Bench:
    """One window with the demo company, called again and again."""

    def __init__(self, folder: Path, customers: int) -> None:
        self._app = QApplication.instance() or QApplication(["bench"])
        self._paths = ProfilePaths(folder, "bench")
        self._store: Store = filled_cache(folder, customers)
        self._numbers = list(numbers(self._store, CALLS + WARM_UP))
        self._came_at: dict[str, float] = {}
        self._took_ms: dict[str, float] = {}
        self._channel = _Channel()
        self._painted = asyncio.Event()

    def run(self) -> list[Figure]:
        """Measure, and return the figures."""
        assert isinstance(self._app, QApplication)
        loop.run(self._app, self._measure, lambda error, where: print(where, error))
        took = list(self._took_ms.values())[WARM_UP:]
        return [*spread("call to painted card", took, TARGET_P99_MS), *self._queries]

    async def _measure(self) -> int:
        desk = Desk(self._store, self._store.read_here(load_identity))
        themes = ThemeSwitch(ThemeChoice.LIGHT)
        assert isinstance(self._app, QApplication)
        dress(self._app, themes)
        bridge = DeskBridge(desk)
        engine = SyncEngine(self._store, self._paths.folder / "sync.lock", desk.announce)
        window = MainWindow(
            desk=desk,
            bridge=bridge,
            sync=engine,
            themes=themes,
            preferences=Preferences(),
        )
        window.resize(1366, 768)
        window.show()
        window.card_painted.connect(self._note_painted)
        self._channel.arrived.connect(window.take_call)
        server = InstanceServer(self._paths, self._arrived)
        server.start()
        desk.warm_up()
        # As the desktop does once its window is there.
        gc.collect()
        gc.freeze()
        for number in self._numbers:
            call = announced(number)
            self._painted.clear()
            await asyncio.to_thread(hand_over, self._paths, call)
            await asyncio.wait_for(self._painted.wait(), _PATIENCE_S)
            window.desk_page.mark_missed()
            while window.desk_page.calls.current is not None:
                await asyncio.sleep(0.005)
            await asyncio.sleep(_BETWEEN_CALLS_S)
        self._queries = await self._raw_queries(desk)
        server.stop()
        bridge.stop()
        await window.finish()
        window.allow_close()
        window.close()
        self._store.close()
        return 0

    def _arrived(self, request: Request) -> None:
        assert request.call is not None
        self._came_at[request.call.call_id] = time.perf_counter()
        self._channel.arrived.emit(request.call)

    def _note_painted(self, call_id: str) -> None:
        came_at = self._came_at.pop(call_id, None)
        if came_at is not None:
            self._took_ms[call_id] = (time.perf_counter() - came_at) * 1000
            self._painted.set()

    async def _raw_queries(self, desk: Desk) -> list[Figure]:
        took = []
        for number in self._numbers:
            began = time.perf_counter()
            await tasks.in_thread(desk.open_call(number))
            took.append((time.perf_counter() - began) * 1000)
        return spread("of which reading the cache", took[WARM_UP:])


def measure(customers: int = 9_000) -> list[Figure]:
    """Measure with the demo company of `customers`."""
    with tempfile.TemporaryDirectory() as folder:
        return _Bench(Path(folder), customers).run()
