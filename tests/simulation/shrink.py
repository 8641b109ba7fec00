"""Making a failing history shorter: what can be left out without losing the failure is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from tests.simulation.history import Step

Fails = Callable[[Sequence[Step]], bool]
MOST_TRIES = 400

_FAULTS: tuple[dict[str, Any], ...] = (
    {"desk_trap": None, "central_trap": None, "trouble": None, "meanwhile": False},
    {"desk_trap": None},
    {"central_trap": None},
    {"trouble": None},
    {"meanwhile": False},
)
"""What can go wrong in a step, as it is when it does not: all at once, then one by one."""


def shortest(history: Sequence[Step], fails: Fails) -> list[Step]:
    """Return the shortest part of `history` found that still fails, with the fewest faults.

    Delta debugging (Zeller, Hildebrandt: Simplifying and Isolating Failure-Inducing Input, 2002).
    """
    tries = 0

    def still_fails(steps: Sequence[Step]) -> bool:
        nonlocal tries
        tries += 1
        return tries <= MOST_TRIES and fails(steps)

    steps = _fewer_steps(list(history), still_fails)
    for at in range(len(steps)):
        for part in _FAULTS:
            calmer = replace(steps[at], **part)
            tried = [*steps[:at], calmer, *steps[at + 1 :]]
            if calmer != steps[at] and still_fails(tried):
                steps = tried
    return _fewer_steps(steps, still_fails)


def _fewer_steps(steps: list[Step], fails: Fails) -> list[Step]:
    parts = 2
    while len(steps) >= 2:
        size = max(1, len(steps) // parts)
        cuts = range(0, len(steps), size)
        without = next((w for a in cuts if fails(w := steps[:a] + steps[a + size :])), None)
        if without is not None:
            steps, parts = without, max(parts - 1, 2)
        elif size == 1:
            break
        else:
            parts = min(len(steps), parts * 2)
    return steps
