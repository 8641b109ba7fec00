"""Histories: the steps that a seed decides, each for itself, so that any may be taken away."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from random import Random

from tests.simulation.disk import Trap
from tests.simulation.network import TROUBLES, Trouble

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
    "move-customer": 2,
    "move-person": 1,
    "back-up-desk": 1,
    "back-up-central": 1,
    "restore-desk": 1,
    "restore-central": 1,
    "clone": 1,
}
"""What happens, and how often in relation to each other."""

DISASTERS = frozenset({"restore-desk", "restore-central", "clone"})

_EXCHANGES = frozenset({"push", "pull", "exchange", "sign-in", "sign-out", "new-device"})
_ENDS = ("crash", "crash", "crash", "power", "power", "full", "locked")
_OFTEN = 50.0
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


@dataclass(frozen=True, slots=True)
class _Climate:
    """What is likely in a history, and what can go wrong in it."""

    weights: dict[str, float]
    troubles: Sequence[str]
    traps: Sequence[str]
    rates: dict[str, float]


def history_of(seed: int, *, desks: int, steps: int, often: Collection[str] = ()) -> list[Step]:
    """Return the history that `seed` decides.

    What is named in `often` happens more often: actions, troubles of the network, and of what
    befalls a desk's process either what it is or at which boundary.
    """
    random = Random(f"history {seed}")
    climate = _climate(random, often)
    return [_step(random, seed, no, desks, climate) for no in range(1, steps + 1)]


def _climate(random: Random, often: Collection[str]) -> _Climate:
    weights = {action: weight * random.choice((0.3, 1, 1, 3)) for action, weight in ACTIONS.items()}
    calm = random.random() < 0.4
    for action in DISASTERS:
        weights[action] *= 0 if calm else 1
    troubles = random.sample(TROUBLES, random.randrange(1, len(TROUBLES)))
    rates = {name: random.choice((0.0, 0.05, 0.15, 0.4)) for name in ("desk", "central", "net")}
    for action in ACTIONS.keys() & set(often):
        weights[action] = _OFTEN
    traps = [name for name in often if name in (*_BOUNDARIES, *_ENDS)]
    if chosen := [name for name in often if name in TROUBLES]:
        troubles, rates["net"] = chosen, 0.4
    if traps:
        rates["desk"] = 0.4
    return _Climate(weights, troubles, traps, rates)


def _step(random: Random, seed: int, no: int, desks: int, climate: _Climate) -> Step:
    rates = climate.rates
    action = random.choices(list(climate.weights), list(climate.weights.values()))[0]
    desk = random.randrange(desks)
    desk_trap = _trap(random, climate.traps) if random.random() < rates["desk"] else None
    central_trap = _central_trap(random) if random.random() < rates["central"] else None
    nth = random.choice((1, 1, 1, 2, 2, 3, 4))
    trouble = (
        Trouble(random.choice(climate.troubles), nth) if random.random() < rates["net"] else None
    )
    meanwhile = random.random() < 0.1
    exchanges = action in _EXCHANGES
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


def _trap(random: Random, often: Sequence[str]) -> Trap:
    what = random.choice([w for w in _ENDS if w in often] or _ENDS)
    boundary = random.choice([b for b in _BOUNDARIES if b in often] or _BOUNDARIES)
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
