"""Runs the measurements: `python -m benchmarks [--only pop,first-sync] [--customers N]`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figure, keep, tell


def main() -> int:
    """Measure what was asked for; the exit code says whether every target was met."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        # Of its own accord Qt's screen that nobody sees has 800 by 800 px.
        screen = Path(__file__).with_name("screen.json").resolve()
        os.environ.setdefault("QT_QPA_PLATFORM", f"offscreen:configfile={screen}")
    # Qt reads its platform when it is first imported.
    from benchmarks import callers, duplicates, first_sync, large, offline, pop, ring, search, sync

    known = {
        "pop": (pop.measure, 9_000),
        "first-sync": (first_sync.measure, 100_000),
        "relay": (sync.measure, 10_000),
        "ring": (ring.measure, 9_000),
        "offline": (offline.measure, 10_000),
        "large": (large.measure, 1_000_000),
        "callers": (callers.measure, 200_000),
        "search": (search.measure, 1_000_000),
        "duplicates": (duplicates.measure, 100_000),
    }
    parser = argparse.ArgumentParser(description="Measure AgentDesk.")
    parser.add_argument("--only", default=",".join(known))
    parser.add_argument("--customers", type=int, help="instead of each one's own number")
    parser.add_argument("--json", type=Path, default=Path("build/bench/figures.json"))
    asked = parser.parse_args()
    groups: dict[str, Sequence[Figure]] = {}
    for name in asked.only.split(","):
        measure, usual = known[name]
        customers = asked.customers or usual
        groups[f"{name}, {customers:,} customers"] = found = measure(customers)
        tell(f"{name}, {customers:,} customers", found)
    keep(asked.json, groups)
    missed = [f for found in groups.values() for f in found if f.met is False]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
