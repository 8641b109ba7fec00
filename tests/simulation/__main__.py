"""`python -m tests.simulation`: play many seeds, or one again, and print what came of it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from tests.simulation.runs import Run, again, many
from tests.simulation.table import as_json, as_table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns 1 if an invariant did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many seeds")
    parser.add_argument("--from", dest="first", type=int, default=1, help="the first seed")
    parser.add_argument("--seed", type=int, help="play this one alone")
    parser.add_argument("--desks", type=int, default=3)
    parser.add_argument("--steps", type=int, default=40, help="steps of a history")
    parser.add_argument("--often", default="", help="what is to happen often, with commas between")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--trace", action="store_true", help="tell every step (with --seed)")
    parser.add_argument("--keep-whole", action="store_true", help="do not shorten what fails")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    chosen = parser.parse_args(arguments)
    often = tuple(name for name in chosen.often.split(",") if name)
    run = Run(chosen.desks, chosen.steps, shorten=not chosen.keep_whole, often=often)
    if chosen.seed is not None:
        tell = print if chosen.trace else _silent
        found = again(run, chosen.seed, tell)
    else:
        found = many(run, range(chosen.first, chosen.first + chosen.seeds), jobs=chosen.jobs)
    sys.stdout.write(as_json(run, found) if chosen.json else as_table(run, found))
    return 1 if any(outcome.broken for outcome in found) else 0


def _silent(_line: str) -> None:
    """Tell nothing."""


if __name__ == "__main__":
    sys.exit(main())
