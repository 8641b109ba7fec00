"""The chaos table: what desks and Central went through, and whether anything was lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.simulation.oracle import DIVERGED, DOUBLED, LOST
from tests.simulation.runs import Outcome, Run


def summed(run: Run, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return the sums over all seeds."""
    faults: Counter[str] = Counter()
    for outcome in outcomes:
        faults.update(outcome.counts.faults)
    kinds = Counter(outcome.kind for outcome in outcomes if outcome.broken)
    return {
        "seeds": len(outcomes),
        "desks": run.desks,
        "steps": sum(o.counts.steps for o in outcomes),
        "edits": sum(o.counts.edits for o in outcomes),
        "requests": sum(o.counts.requests for o in outcomes),
        "kills": sum(o.counts.kills for o in outcomes),
        "faults": sum(faults.values()),
        "faults by kind": dict(sorted(faults.items())),
        "most rounds to quiet": max((o.counts.rounds for o in outcomes), default=0),
        "lost": kinds.pop(LOST, 0),
        "duplicated": kinds.pop(DOUBLED, 0),
        "divergent": kinds.pop(DIVERGED, 0),
        "other failures": sum(kinds.values()),
    }


def as_json(run: Run, outcomes: Sequence[Outcome]) -> str:
    """Return the sums, and every failure with its history, as JSON."""
    failures = [
        {"seed": o.seed, "broken": o.broken, "history": o.history} for o in outcomes if o.broken
    ]
    return json.dumps(summed(run, outcomes) | {"failures": failures}, indent=2) + "\n"


def as_table(run: Run, outcomes: Sequence[Outcome]) -> str:
    """Return the sums as a table, and every failure in words."""
    lines = []
    for name, value in summed(run, outcomes).items():
        if isinstance(value, dict):
            lines += [f"  {fault:<34}{count:>8}" for fault, count in value.items()]
        else:
            lines.append(f"{name:<36}{value:>8}")
    for o in outcomes:
        if o.broken:
            lines += ["", f"seed {o.seed}: {o.broken}", *(f"  {line}" for line in o.history)]
            again = f"--seed {o.seed} --desks {run.desks} --steps {run.steps}"
            again += f" --often {','.join(run.often)}" if run.often else ""
            lines.append(f"  again: python -m tests.simulation {again} --trace")
    return "\n".join(lines) + "\n"
