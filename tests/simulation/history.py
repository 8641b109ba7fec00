"""Histories: the steps that a seed decides, each for itself, so that any may be taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tests.simulation.disk import Trap
from tests.simulation.network import TROUBLES, Trouble

EVERYBODY = -1

ACTIONS = {
    "edit": 40,
    "push": 16,
    "pull": 16,
    "exchange": 14,
    "wait": 3,
    "suspend": 1,
    "turn-clock": 2,
    "open-window": 2,
    "close": 2,
    "sign-in": 2,
    "new-device": 2,
    "sign-out": 1,
    "sign-in-other": 1,
    "cut-off": 1,
    "reconnect": 2,
    "late-arrivals": 3,
    "leave-transaction-open": 2,
    "close-transaction": 2,
    "merge": 2,
    "unmerge": 1,
    "central-edit": 2,
    "back-up-desk": 1,
    "back-up-central": 1,
    "restore-desk": 1,
    "restore-central": 1,
    "clone": 1,
}
"""What happens, and how often in relation to each other."""

DISASTERS = frozenset({"restore-desk", "restore-central", "clone"})

_BOUNDARIES = ("sql", "write", "commit", "committed", "send", "receive")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens; everything about it follows from its salt."""

    no: int
    desk: int
    action: str
    salt: str
    desk_trap: Trap | None = None
    central_trap: Trap | None = None
    trouble: Trouble | None = None
    meanwhile: bool = False
    """Whether a person writes while a request is on its way."""

    @property
    def faults(self) -> int:
        """How much goes wrong in this step."""
        return sum(f is not None for f in (self.desk_trap, self.central_trap, self.trouble))

    def __str__(self) -> str:
        words = [f"{self.no:>3}  desk {self.desk}  {self.action}"]
        if self.meanwhile:
            words.append("while somebody writes")
        for who, trap in (("desk", self.desk_trap), ("Central", self.central_trap)):
            if trap is not None:
                words.append(f"{who}: {trap.what} at {trap.boundary} {trap.nth}")
        if self.trouble is not None:
            words.append(f"request {self.trouble.nth}: {self.trouble.what}")
        return ", ".join(words)


def history_of(seed: int, *, desks: int, steps: int) -> list[Step]:
    """Return the history that `seed` decides."""
    random = Random(f"history {seed}")
    weights = {action: weight * random.choice((0.3, 1, 1, 3)) for action, weight in ACTIONS.items()}
    calm = random.random() < 0.4
    for action in DISASTERS:
        weights[action] *= 0 if calm else 1
    troubles = random.sample(TROUBLES, random.randrange(1, len(TROUBLES)))
    rates = {name: random.choice((0.0, 0.05, 0.15, 0.4)) for name in ("desk", "central", "net")}
    return [_step(random, seed, no, desks, weights, troubles, rates) for no in range(1, steps + 1)]


def _step(
    random: Random,
    seed: int,
    no: int,
    desks: int,
    weights: dict[str, float],
    troubles: Sequence[str],
    rates: dict[str, float],
) -> Step:
    action = random.choices(list(weights), list(weights.values()))[0]
    desk = random.randrange(desks)
    desk_trap = _trap(random) if random.random() < rates["desk"] else None
    central_trap = _central_trap(random) if random.random() < rates["central"] else None
    nth = random.choice((1, 1, 1, 2, 2, 3, 4))
    trouble = Trouble(random.choice(troubles), nth) if random.random() < rates["net"] else None
    meanwhile = random.random() < 0.1
    exchanges = action in ("push", "pull", "exchange", "sign-in", "sign-out", "new-device")
    return Step(
        no,
        desk,
        action,
        f"{seed}/{no}",
        desk_trap if exchanges or action == "edit" else None,
        central_trap if exchanges else None,
        trouble if exchanges else None,
        meanwhile and exchanges,
    )


def _trap(random: Random) -> Trap:
    what = random.choice(("crash", "crash", "crash", "power", "power", "full", "locked"))
    boundary = random.choice(_BOUNDARIES)
    if what in ("full", "locked"):
        boundary = random.choice(("write", "commit"))
    if what == "power":
        boundary = random.choice(("commit", "committed", "committed"))
    return Trap(what, boundary, _nth(random, boundary))


def _central_trap(random: Random) -> Trap:
    what = random.choice(("crash", "crash", "crash", "power", "full", "locked"))
    boundary = random.choice(("sql", "write", "commit", "committed", "answer"))
    if what in ("full", "locked"):
        boundary = random.choice(("write", "commit"))
    if what == "power":
        boundary = "committed"
    return Trap(what, boundary, _nth(random, boundary))


def _nth(random: Random, boundary: str) -> int:
    if boundary in ("sql", "write"):
        return min(60, 1 + int(random.expovariate(1 / 12)))
    return random.choice((1, 1, 1, 2, 2, 3))
