"""The real program over a large cache, without a network: its start, its memory, ring to card.

The window runs in a process of its own (`benchmarks.window`), over a copy of a made base. A call is
handed over as `agentdesk call` does it; the time runs until the card is painted.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from unittest.mock import patch

import msgspec

from agentdesk.domain.moments import now
from agentdesk.paths import ProfilePaths
from agentdesk.services.callers import recognise
from agentdesk.store import profile
from agentdesk.store.engine import make_engine
from agentdesk.store.mentions import MENTIONS_READ, SOURCES, Progress, home_region
from agentdesk.store.state import set_state
from agentdesk.store.workers import Store
from benchmarks.cache import numbers
from benchmarks.figures import Figure, spread
from benchmarks.first_sync import Window, as_installed
from benchmarks.known_key import KnownKey
from benchmarks.lives import give_lives
from benchmarks.million import KEY, made_base

CALLS = 1_000
STARTS = 5
_WARM_UP = 5
_NOWHERE = "http://127.0.0.1:9"
"""Nobody listens at the discard port (RFC 863): the desk is offline."""


def measure(customers: int = 1_000_000) -> list[Figure]:
    """Measure over a base of `customers`, kept in `AGENTDESK_BENCH` if that names a folder."""
    kept = os.environ.get("AGENTDESK_BENCH")
    with tempfile.TemporaryDirectory(dir=kept) as name:
        base = made_base(Path(kept or name), customers)
        home = Path(name)
        called = _profile_over(home, base.file.path)
        empty_s = statistics.median(_empty_window_s() for _start in range(STARTS))
        Window(home, known_key=True).close()
        starts_s, idle = [], {"mib": 0.0}
        took_ms: list[float] = []
        for turn in range(STARTS):
            began = time.monotonic()
            window = Window(home, known_key=True)
            try:
                starts_s.append(window.ask("usable")["at"] - began)
                if turn == STARTS - 1:
                    idle = window.ask("rest")
                    took_ms = [window.ask(f"call {number}")["ms"] for number in called]
                    busy = window.ask("rest")
            finally:
                window.close()
    start_s = statistics.median(starts_s)
    return [
        *spread("ring to painted card", took_ms[_WARM_UP:], 50.0, median=20.0),
        Figure("start to a usable window", start_s, "s"),
        Figure("an empty PySide6 window", empty_s, "s"),
        Figure("start ÷ empty window", start_s / empty_s, "", 4.0),
        Figure("resident memory at rest", idle["mib"], "MiB", 300.0),
        Figure(f"resident memory after {CALLS:,} calls", busy["mib"], "MiB", 300.0),
    ]


def _profile_over(home: Path, base: Path) -> list[str]:
    """Make a profile whose cache is a copy of `base`; return who will call, all of them known.

    They have full lives: facts, promises, cases, purchases and at least 50 contacts each.
    """
    paths: ProfilePaths = profile.profile_paths(home, "bench")
    with patch.object(profile, "new_key", lambda: KEY):
        profile.create_profile(paths, KnownKey(KEY))
    shutil.copyfile(base, paths.cache)
    store = Store(make_engine(paths.cache, KEY))
    try:
        read = Progress(store.read_here(home_region), dict.fromkeys(SOURCES, 0))
        called = dict(islice(_known(store), CALLS + _WARM_UP))
        store.write_here(give_lives, list(called.values()))
        store.write_here(
            lambda connection: set_state(
                connection,
                central_url=_NOWHERE,
                access_token="of.nobody",
                refresh_token="of.nobody",
                **{MENTIONS_READ: msgspec.to_builtins(read)},
            )
        )
        return list(called)
    finally:
        store.close()


def _known(store: Store) -> Iterator[tuple[str, str]]:
    """Yield numbers that lead to one person, with that person's id."""
    today = now().date()
    for number in numbers(store, 2 * CALLS):
        found = store.read_here(recognise, number, "", language="en", today=today)
        if found.best is not None and len(found.candidates) == 1:
            yield number, found.best.customer_id


def _empty_window_s() -> float:
    began = time.monotonic()
    command = [sys.executable, "-m", "benchmarks.empty_window"]
    painted = subprocess.run(
        command, check=True, capture_output=True, text=True, env=as_installed()
    )
    return float(painted.stdout) - began
