"""All chance and all time of a simulation, from one seed: ids, secrets, clocks and timers."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import argon2

from agentdesk.central import accounts, database, feed, identity, organisations, snapshots
from agentdesk.domain import ids, moments
from agentdesk.store import swap
from agentdesk.sync import first_sync, transport
from tests.simulation.at_once import AtOnce

_CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Chance:
    """The one source of randomness and time.

    `random` is replaced before every step by one that the step alone decides, so that a history
    from which steps were taken away still plays the others as before.
    """

    def __init__(self) -> None:
        self.random = Random(0)
        self._entropy = Random(0)
        self._passed_ms = 0
        self._skew = timedelta()
        self._timers: list[_Timer] = []

    def reseed(self, salt: str) -> None:
        """Decide everything that follows by `salt`."""
        self.random = Random(salt)
        self._entropy = Random(f"entropy {salt}")

    def bytes(self, count: int) -> bytes:
        """Return bytes in place of the system's random ones."""
        return self._entropy.randbytes(count)

    # --- Time ---------------------------------------------------------------------------------

    def now(self) -> datetime:
        """Return the moment by the clock of the machine that runs."""
        return BEGAN + timedelta(milliseconds=self._passed_ms) + self._skew

    def pass_by(self, milliseconds: int) -> None:
        """Let time pass everywhere; timers that are due run."""
        self._passed_ms += milliseconds
        for timer in [t for t in self._timers if t.due_ms <= self._passed_ms]:
            self._timers.remove(timer)
            timer.ring()

    @contextmanager
    def at(self, skew: timedelta) -> Iterator[None]:
        """Run on a machine whose clock is wrong by `skew`."""
        before, self._skew = self._skew, skew
        try:
            yield
        finally:
            self._skew = before

    def timer(self, seconds: float, run: Callable[..., None], args: list[Any]) -> _Timer:
        """Return what stands in place of a `threading.Timer`."""
        return _Timer(self, round(seconds * 1000), lambda: run(*args))

    def _wait(self, timer: _Timer, delay_ms: int) -> None:
        timer.due_ms = self._passed_ms + delay_ms
        self._timers.append(timer)

    def _forget(self, timer: _Timer) -> None:
        if timer in self._timers:
            self._timers.remove(timer)

    # --- Taking the place of the system's -----------------------------------------------------

    @contextmanager
    def rules(self) -> Iterator[None]:
        """Take the place of the system's clocks and randomness in the program."""
        secrets = SimpleNamespace(
            token_urlsafe=lambda n: base64.urlsafe_b64encode(self.bytes(n)).decode().rstrip("="),
            token_bytes=self.bytes,
        )
        clock = SimpleNamespace(now=lambda _zone: self.now(), fromisoformat=datetime.fromisoformat)
        threads = SimpleNamespace(Timer=self.timer, Lock=threading.Lock, Event=threading.Event)
        with ExitStack() as stack:
            for module, name, stand_in in (
                (ids, "os", SimpleNamespace(urandom=self.bytes)),
                (ids, "time", SimpleNamespace(time_ns=self._time_ns)),
                (moments, "datetime", clock),
                (feed, "secrets", secrets),
                (identity, "secrets", secrets),
                (organisations, "secrets", secrets),
                (transport, "threading", threads),
                (swap, "token_hex", lambda n: self.bytes(n).hex()),
                (first_sync, "time", SimpleNamespace(sleep=lambda _seconds: None)),
                (first_sync, "ThreadPoolExecutor", AtOnce),
                (snapshots, "ThreadPoolExecutor", AtOnce),
                (database, "time", SimpleNamespace(sleep=lambda _seconds: None)),
                # Passwords cost nothing here: they are not what is tried.
                (accounts, "_HASHER", _CHEAP),
            ):
                stack.enter_context(patch.object(module, name, stand_in))
            yield

    def _time_ns(self) -> int:
        return int(self.now().timestamp() * 1000) * 1_000_000


class _Timer:
    """A timer that rings when simulated time has come."""

    def __init__(self, chance: Chance, delay_ms: int, ring: Callable[[], None]) -> None:
        self.daemon = False
        self.due_ms = 0
        self.ring = ring
        self._chance = chance
        self._delay_ms = delay_ms

    def start(self) -> None:
        """Begin to wait."""
        self._chance._wait(self, self._delay_ms)

    def cancel(self) -> None:
        """Never ring."""
        self._chance._forget(self)
