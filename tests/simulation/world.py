"""One simulated company: desks, Central and the network, played step by step from a history."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from unittest.mock import patch

import msgspec
import requests

from agentdesk.errors import AgentDeskError, Code
from tests.simulation import people
from tests.simulation.beginning import NAMES, Beginning, found_company
from tests.simulation.chance import Chance
from tests.simulation.desk import Desk
from tests.simulation.disk import Crash, Disk, hooked
from tests.simulation.happenings import AT_CENTRAL, Counts, Happenings, Stage
from tests.simulation.history import Step
from tests.simulation.lead import Lead
from tests.simulation.network import Network
from tests.simulation.oracle import STUCK, Broken, Oracle
from tests.simulation.server import Server
from tests.simulation.sink import Sink, place

MOST_ROUNDS = 10
"""Within so many rounds of everybody exchanging all has to be quiet (invariant 10)."""


@dataclass
class Played:
    """How a history went; `broken` is what did not hold."""

    counts: Counts
    broken: Broken | None = None
    at: int = 0


def begin(folder: Path, desks: int) -> Beginning:
    """Make the company with which every history of so many desks begins."""
    company = found_company(folder / "company", desks)
    begun = Beginning(folder / "begun", company.users)
    world = World(desks, folder / "first", company, lambda _line: None)
    try:
        with world.rules():
            world.begin()
        world.copy_to(begun)
    finally:
        world.close()
    return begun


def play(
    history: Sequence[Step],
    *,
    desks: int,
    folder: Path,
    begun: Beginning,
    tell: Callable[[str], None] = lambda _line: None,
) -> Played:
    """Play a history from the beginning, and until all is quiet."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    world = World(desks, folder, begun, tell)
    try:
        with world.rules():
            return world.play(history)
    finally:
        world.close()
        shutil.rmtree(folder, ignore_errors=True)


class World:
    """Everything there is."""

    def __init__(
        self, desks: int, folder: Path, begun: Beginning, tell: Callable[[str], None]
    ) -> None:
        self._sink = Sink()
        self._chance = chance = Chance()
        self._disks: list[Disk] = []
        self._server = server = Server(chance, folder / "central", begun.central, self._disks)
        self._network = network = Network(chance, server)
        self._oracle = oracle = Oracle(server)
        self._desks = [self._new_desk(folder, begun, index) for index in range(desks)]
        self._tell = tell
        self._stage = Stage(
            folder, begun, chance, server, network, oracle, Lead(server), tell, self._desks
        )
        self._counts = self._stage.counts
        self._happenings = Happenings(self._stage)

    def _new_desk(self, folder: Path, begun: Beginning, index: int) -> Desk:
        disk = Disk(folder / f"desk{index}", "cache.db", begun.desk(index))
        self._disks.append(disk)
        return Desk(index, disk)

    @contextmanager
    def rules(self) -> Iterator[None]:
        """Let clocks, randomness, disks and the network be this world's."""
        with ExitStack() as stack:
            stack.enter_context(self._sink)
            stack.enter_context(self._chance.rules())
            stack.enter_context(hooked(self._disks))
            stack.enter_context(patch.object(requests, "request", self._network.request))
            yield

    def close(self) -> None:
        """End all processes."""
        self._happenings.close_transactions()
        for desk in self._desks:
            desk.close()
        self._server.close()

    def copy_to(self, begun: Beginning) -> None:
        """Keep all files as they are now."""
        self._server.close()
        self._server.disk.copy(begun.central)
        for desk in self._desks:
            desk.disk.copy(begun.desk(desk.index))

    # --- Playing ------------------------------------------------------------------------------

    def play(self, history: Sequence[Step]) -> Played:
        """Play all steps, then wait until all is quiet."""
        at = 0
        try:
            self._open()
            for step in history:
                at = step.no
                self._tell(str(step))
                self._take(step)
            at += 1
            self._come_to_rest(history[-1].salt if history else "")
        except Broken as broken:
            return Played(self._finished(), broken, at)
        return Played(self._finished())

    def _finished(self) -> Counts:
        self._counts.edits = self._oracle.edits
        self._counts.requests = self._server.requests
        return self._counts

    def _open(self) -> None:
        for desk in self._desks:
            desk.open()
        self._oracle.check(self._desks, central=True)

    def begin(self) -> None:
        """Let everybody sign in for the first time and read what there is."""
        self._chance.reseed("begin")
        for desk in self._desks:
            desk.open()
            self._on(desk)
            desk.sign_in(NAMES[desk.index % len(NAMES)])
            desk.exchange()
            desk.close()

    def _on(self, desk: Desk) -> None:
        self._network.line = desk.line
        self._network.passes = desk.disk.passes
        self._stage.touched.add(desk.index)

    def _take(self, step: Step) -> None:
        self._counts.steps += 1
        self._chance.reseed(step.salt)
        self._chance.pass_by(self._chance.random.choice((200, 5_000, 40_000, 400_000)))
        desk = self._desks[step.desk]
        seen = self._server.requests
        self._stage.touched = set()
        self._arm(step, desk)
        with self._chance.at(desk.skew):
            self._run(desk, lambda: self._happenings.happen(step.action, desk, step.no))
        self._disarm(desk)
        central = self._server.requests != seen or step.action in AT_CENTRAL
        self._oracle.check([self._desks[i] for i in sorted(self._stage.touched)], central=central)

    def _arm(self, step: Step, desk: Desk) -> None:
        desk.disk.arm([step.desk_trap] if step.desk_trap else [])
        self._server.disk.arm([step.central_trap] if step.central_trap else [])
        desk.line.arm([step.trouble] if step.trouble else [])
        if step.meanwhile:
            desk.line.meanwhile = lambda: self._happenings.write(desk, 10_000 + step.no)

    def _disarm(self, desk: Desk) -> None:
        for name, sprung in (("desk", desk.disk.sprung), ("Central", self._server.disk.sprung)):
            for trap in sprung:
                self._counts.faults[f"{name}: {trap.what}"] += 1
                self._counts.kills += trap.what in ("crash", "power")
        for trouble in desk.line.sprung:
            self._counts.faults[f"network: {trouble.what}"] += 1
        desk.disk.arm([])
        self._server.disk.arm([])
        desk.line.arm([])
        desk.line.meanwhile = None

    def _run(self, desk: Desk, act: Callable[[], None]) -> None:
        """Let a desk act; what ends its process is followed by a new one."""
        self._on(desk)
        try:
            act()
        except Broken:
            raise
        except (Crash, Exception) as failure:  # noqa: BLE001 - the simulation judges whatever comes out
            if not desk.disk.dead:
                self._judge(failure)
        if desk.disk.dead:
            # However the program wrapped or passed over it: this process is no more.
            self._tell("       the desk's process ends")
            self._happenings.close_transaction(desk)
            desk.start_again()
            self._oracle.perhaps_saved(desk)
        if desk.line.greeted:
            self._oracle.greeted(desk)
            desk.line.greeted = False
        for part, code in desk.faults.items():
            self._tell(f"       {part}: {code.value}")
        if Code.UNEXPECTED in desk.faults.values():
            raise Broken("bug", 0, f"synchronisation failed unexpectedly: {self._sink.last}")

    def _judge(self, failure: BaseException) -> None:
        """Tell a failure that may be from one that only a bug explains."""
        if not isinstance(failure, AgentDeskError) or failure.code is Code.UNEXPECTED:
            raise Broken("bug", 0, place(failure)) from failure
        self._tell(f"       {failure.code.value}")

    # --- Coming to rest -----------------------------------------------------------------------

    def _come_to_rest(self, salt: str) -> None:
        """Mend everything, let everybody exchange until nothing moves, and look at it all."""
        self._chance.reseed(f"rest {salt}")
        self._happenings.close_transactions()
        for desk in self._desks:
            self._network.deliver_late(desk.line)
            desk.line = type(desk.line)()
            desk.skew = timedelta()
        self._rest()
        decided = [self._settle_all(desk) for desk in self._desks]
        if any(decided):
            self._rest()
        self._oracle.check_quiet(self._desks)

    def _rest(self) -> None:
        for turn in range(1, MOST_ROUNDS + 1):
            before = self._state()
            for desk in self._desks:
                self._run(desk, lambda desk=desk: self._round(desk))  # type: ignore[misc]  # bound
            self._counts.rounds = max(self._counts.rounds, turn)
            self._oracle.check(self._desks, central=True)
            if not any(desk.faults for desk in self._desks):
                at_rest = all(self._oracle.has_everything(desk) for desk in self._desks)
                if at_rest or self._state() == before:
                    break
        else:
            faults = [f"desk {d.index}: {d.faults}" for d in self._desks if d.faults]
            raise Broken(STUCK, 10, f"no quiet within {MOST_ROUNDS} rounds {faults}")
        for desk in self._desks:
            waiting = len(self._oracle.outbox_of(desk))
            if waiting:
                raise Broken(STUCK, 10, f"desk {desk.index} still has {waiting} edits to send")

    def _round(self, desk: Desk) -> None:
        if desk.wants_sign_in or self._happenings.due(desk) != self._signed_in(desk):
            desk.sign_in(self._happenings.due(desk))
        if desk.is_forked:
            self._happenings.become_new_device(desk)
            desk.sign_in(self._happenings.due(desk))
        self._happenings.exchange(desk)

    def _signed_in(self, desk: Desk) -> str:
        user_id = desk.user_id()
        names = {user: name for name, user in self._stage.beginning.users.items()}
        # Whoever is signed in stays, unless another's edits have to be sent.
        return names.get(user_id or "", "") if desk.next_author() else self._happenings.due(desk)

    def _state(self) -> bytes:
        return msgspec.json.encode(
            [self._oracle.head, [self._oracle.mark_of(desk) for desk in self._desks]]
        )

    def _settle_all(self, desk: Desk) -> bool:
        """Let whoever sits there decide whatever waits for them; tells whether anything did."""
        self._on(desk)
        for turn in range(200):
            no = 20_000 + desk.index * 1_000 + turn
            random = Random(f"settle {no}")
            if not any(self._happenings.do(desk, deed, random, no) for deed in _DECISIONS):
                break
        self._oracle.check([desk], central=False)
        return turn > 0


_DECISIONS = (people.settle_conflict, people.drop_refused)
