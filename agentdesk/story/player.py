"""Plays the demo as a person would: by keys, by calls from outside, and by looking."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

import agentdesk
from agentdesk.app import Running
from agentdesk.story.stage import Stage

_W = TypeVar("_W", bound=QWidget)

PATIENCE_S = 60.0
_LOOK_AGAIN_S = 0.01


_MODIFIERS = {
    "Ctrl": Qt.KeyboardModifier.ControlModifier,
    "Shift": Qt.KeyboardModifier.ShiftModifier,
    "Alt": Qt.KeyboardModifier.AltModifier,
}


class StepFailed(Exception):  # noqa: N818 - it reads as what has happened
    """What the person expected did not come; the text says what that was."""


@dataclass
class Step:
    """One step of the story and what became of it. `facts` are counts and words to show."""

    name: str
    done: bool = False
    duration_ms: float = 0.0
    facts: dict[str, str | int | float | bool] = field(default_factory=dict)
    failure: str = ""


class Player:
    """Hands and eyes of the person in the demo, and the report of what they saw."""

    def __init__(
        self, running: Running, stage: Stage, pictures: Path, tell: Callable[[str], None]
    ) -> None:
        self.running = running
        self._tell = tell
        self.stage = stage
        self.pictures = pictures
        self.steps: list[Step] = []
        self.painted_ms: list[float] = []
        self._last_painted = ""
        self._waiting_for_paint = False
        pictures.mkdir(parents=True, exist_ok=True)
        running.window.card_painted.connect(self._note_painted)

    # --- Steps and the report -----------------------------------------------------------------

    async def play(self, name: str, act: Callable[[Step], Awaitable[None]]) -> bool:
        """Do one step; a failure is noted and the story goes on."""
        step = Step(name)
        self.steps.append(step)
        began = time.perf_counter()
        try:
            await act(step)
        except StepFailed as failure:
            step.failure = str(failure)
        else:
            step.done = True
        step.duration_ms = round((time.perf_counter() - began) * 1000, 1)
        if step.failure:
            self.picture(f"failed-{len(self.steps):02d}")
        self._tell_step(step)
        return step.done

    def _tell_step(self, step: Step) -> None:
        sign = "done  " if step.done else "FAILED"
        self._tell(f"{sign} {step.name} ({step.duration_ms:.0f} ms)")
        for name, value in step.facts.items():
            self._tell(f"         {name.replace('_', ' ')}: {value}")
        if step.failure:
            self._tell(f"         {step.failure}")

    @property
    def complete(self) -> bool:
        """Tell whether every step happened."""
        return bool(self.steps) and all(step.done for step in self.steps)

    def write_report(self, path: Path) -> None:
        """Write everything that was seen as JSON."""
        report = {
            "program": agentdesk.__version__,
            "complete": self.complete,
            "records": self.stage.seeded,
            "card_painted_ms": [round(ms, 1) for ms in self.painted_ms],
            "steps": [asdict(step) for step in self.steps],
            "pictures": sorted(p.name for p in self.pictures.glob("*.png")),
        }
        path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    # --- Eyes ---------------------------------------------------------------------------------

    async def until(self, expected: Callable[[], bool], what: str, within_s: float = 20.0) -> None:
        """Wait until `expected` holds; raises `StepFailed(what)` if it does not in time."""
        began = time.monotonic()
        while not expected():
            if time.monotonic() - began > within_s:
                raise StepFailed(what)
            await asyncio.sleep(_LOOK_AGAIN_S)

    def see(self, kind: type[_W], name: str) -> _W:
        """Return a widget by its name; raises `StepFailed` if there is none."""
        found = self.running.window.findChild(kind, name)
        if not isinstance(found, kind):
            raise StepFailed(f"there is no {name}")
        return found

    def expect(self, holds: bool, what: str) -> None:
        """Raise `StepFailed(what)` unless `holds`."""
        if not holds:
            raise StepFailed(what)

    def picture(self, name: str) -> None:
        """Keep what is on the screen now as `NAME.png`: the window, and what lies over it."""
        window = self.running.window
        picture = window.grab()
        painter = QPainter(picture)
        for other in QApplication.topLevelWidgets():
            if other is not window and other.isVisible():
                painter.drawPixmap(other.pos() - window.pos(), other.grab())
        painter.end()
        picture.save(str(self.pictures / f"{name}.png"))

    async def come_forward(self) -> None:
        """Make the window the one that has the keyboard, once it is on the screen."""
        window = self.running.window
        await self.until(window.isVisible, "the window is not there")
        await self.settle()
        window.activateWindow()
        await self.until(window.isActiveWindow, "the window does not get the keyboard")

    async def settle(self) -> None:
        """Let late values fade in and layouts come to rest, for a picture."""
        await asyncio.sleep(0.4)

    # --- Hands --------------------------------------------------------------------------------

    def press(self, keys: str) -> None:
        """Press a key or a chord ("Ctrl+J") where the keyboard is."""
        *modifiers, key = keys.split("+")
        held = Qt.KeyboardModifier.NoModifier
        for modifier in modifiers:
            held |= _MODIFIERS[modifier]
        popup = QApplication.activePopupWidget()
        target = popup or QApplication.focusWidget() or self.running.window
        QTest.keyClick(target, Qt.Key[f"Key_{key}"], held)

    async def leave_call(self) -> None:
        """End the call on the screen as missed, which needs no wrap-up."""
        self.press("Ctrl+Shift+M")
        bar = self.see(QWidget, "call_bar")
        await self.until(lambda: not bar.isVisible(), "the call did not end")

    def type_text(self, text: str) -> None:
        """Type `text` where the keyboard is."""
        target = QApplication.focusWidget() or self.running.window
        for line_number, line in enumerate(text.split("\n")):
            if line_number:
                QTest.keyClick(target, Qt.Key.Key_Return)
            QTest.keyClicks(target, line)

    # --- The world outside --------------------------------------------------------------------

    async def ring(self, number: str, *, name: str = "", line: str = "") -> None:
        """Let a call come in as a telephone system would: by the command, as a process."""
        options = [*(["--name", name] if name else []), *(["--line", line] if line else [])]
        where = ["--home", str(self.stage.home), "--profile", self.stage.paths.name]
        command = [sys.executable, "-m", "agentdesk", *where, "call", *options, "--", number]
        answer = await asyncio.to_thread(
            subprocess.run, command, capture_output=True, timeout=PATIENCE_S, check=False
        )
        self.expect(answer.returncode == 0, "the call was not handed over")

    async def ring_and_see(self, number: str, **known: str) -> None:
        """Let a call come in and wait for its card to be painted."""
        before = self._last_painted
        self._waiting_for_paint = True
        await self.ring(number, **known)
        await self.until(lambda: self._last_painted != before, "the card was not painted")

    def _note_painted(self, call_id: str) -> None:
        self._last_painted = call_id
        # A call that had to wait for its turn says nothing about the way to the screen.
        if self._waiting_for_paint:
            self._waiting_for_paint = False
            self.painted_ms.append((time.perf_counter() - self.running.rang_at()) * 1000)
