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
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from benchmarks import pop, sync  # Qt reads its platform when it is first imported

    known = {"pop": pop.measure, "first-sync": sync.measure}
    parser = argparse.ArgumentParser(description="Measure AgentDesk.")
    parser.add_argument("--only", default=",".join(known))
    parser.add_argument("--customers", type=int, default=9_000)
    parser.add_argument("--json", type=Path, default=Path("build/bench/figures.json"))
    asked = parser.parse_args()
    groups: dict[str, Sequence[Figure]] = {}
    for name in asked.only.split(","):
        groups[name] = known[name](asked.customers)
        tell(f"{name}, {asked.customers:,} customers", groups[name])
    keep(asked.json, groups)
    missed = [f for found in groups.values() for f in found if f.met is False]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
