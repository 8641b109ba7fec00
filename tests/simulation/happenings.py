"""What happens in a simulated company: to desks and the people at them, to Central, on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa
from sqlcipher3 import dbapi2 as sqlcipher

from agentdesk.central.accounts import AccountChanges
from agentdesk.central.scopes import ScopeName
from agentdesk.errors import AgentDeskError
from agentdesk.sync import engine as sync_engine
from agentdesk.sync import first_sync
from tests.simulation import people
from tests.simulation.beginning import NAMES, TEAMS, Beginning
from tests.simulation.chance import Chance
from tests.simulation.desk import KEY, Desk
from tests.simulation.lead import Lead
from tests.simulation.network import Network
from tests.simulation.oracle import Oracle
from tests.simulation.people import Pen
from tests.simulation.server import Server


@dataclass
class Counts:
    """What a history has put desks and Central through."""

    steps: int = 0
    edits: int = 0
    kills: int = 0
    requests: int = 0
    rounds: int = 0
    faults: Counter[str] = field(default_factory=Counter)


@dataclass
class Stage:
    """Everything that there is in a simulated company; `touched` are desks that have acted."""

    folder: Path
    beginning: Beginning
    chance: Chance
    server: Server
    network: Network
    oracle: Oracle
    lead: Lead
    tell: Callable[[str], None]
    desks: list[Desk] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    touched: set[int] = field(default_factory=set)


class Happenings:
    """What can happen, by name."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._no = 0
        self._copies: dict[int, set[int]] = {}
        self._central_copied = False
        self._locks: dict[int, Any] = {}
        self._by_name: dict[str, Callable[[Desk], None]] = {
            "edit": self._edit,
            "push": self._push,
            "pull": self._pull,
            "exchange": self._exchange,
            "new-device": self._new_device,
            "wait": self._wait,
            "suspend": self._suspend,
            "turn-clock": self._turn_clock,
            "open-window": self._open_window,
            "close": self._close,
            "sign-in": self._sign_in,
            "sign-out": self._sign_out,
            "sign-in-other": self._sign_in_other,
            "cut-off": self._cut_off,
            "reconnect": self._reconnect,
            "late-arrivals": self._late_arrivals,
            "leave-transaction-open": self._leave_transaction_open,
            "close-transaction": self._end_transaction,
            "merge": self._merge,
            "unmerge": self._unmerge,
            "central-edit": self._central_edit,
            "move-customer": self._move_customer,
            "move-person": self._move_person,
            "back-up-desk": self._back_up_desk,
            "back-up-central": self._back_up_central,
            "restore-desk": self._restore_desk,
            "restore-central": self._restore_central,
            "clone": self._clone,
        }

    def happen(self, action: str, desk: Desk, no: int) -> None:
        """Let something happen as step `no`; raises what the program raises."""
        self._no = no
        self._by_name[action](desk)

    # --- What people do -----------------------------------------------------------------------

    def _edit(self, desk: Desk) -> None:
        for turn in range(self._stage.chance.random.choice((1, 1, 2, 3))):
            self.write(desk, self._no + 1_000 * turn)

    def write(self, desk: Desk, no: int) -> None:
        """Let somebody at a desk do something, whatever comes to their mind."""
        random = Random(f"pen {no} {self._stage.chance.random.random()}")
        self.do(desk, people.some_deed(random), random, no)

    def do(self, desk: Desk, deed: Callable[[Pen], None], random: Random, no: int) -> bool:
        """Let somebody do something; tells whether anything was saved."""

        def pen(connection: sa.Connection, author: str) -> Pen:
            return Pen(connection, author, random, str(no))

        self._stage.chance.pass_by(7)
        try:
            entry = desk.write(deed, pen)
        except AgentDeskError as failure:
            # Told to the person, who has it still before their eyes.
            self._stage.tell(f"       somebody: {deed.__name__}, not saved: {failure.code.value}")
            return False
        if entry is None:
            return False
        self._stage.tell(f"       somebody: {deed.__name__}, edits {list(entry.numbers)}")
        self._stage.oracle.saved(entry)
        return True

    def _wait(self, _desk: Desk) -> None:
        self._stage.chance.pass_by(11 * 60_000)

    def _suspend(self, _desk: Desk) -> None:
        self._stage.chance.pass_by(self._stage.chance.random.choice((8, 70, 900)) * 3_600_000)

    def _turn_clock(self, desk: Desk) -> None:
        years = self._stage.chance.random.choice((-10, -1, 0, 0, 1, 10))
        minutes = self._stage.chance.random.randrange(-90, 90)
        desk.skew = timedelta(days=365 * years, minutes=minutes)

    def _open_window(self, desk: Desk) -> None:
        desk.open_another_window()

    def _close(self, desk: Desk) -> None:
        self.close_transaction(desk)
        desk.close()
        desk.open()

    # --- Exchanging ---------------------------------------------------------------------------

    def _push(self, desk: Desk) -> None:
        desk.push()

    def _pull(self, desk: Desk) -> None:
        desk.page_limit = self._stage.chance.random.choice((1, 3, 10, 40, 5_000))
        desk.pull()

    def _exchange(self, desk: Desk) -> None:
        desk.page_limit = self._stage.chance.random.choice((7, 40, 5_000))
        with patch.object(sync_engine, "PAGE_LIMIT", desk.page_limit):
            self.exchange(desk)

    def exchange(self, desk: Desk) -> None:
        """Exchange; should everything be read anew, then as of a large company now and then."""
        small_rows = self._stage.chance.random.choice((0, first_sync.SMALL_ROWS))
        with patch.object(first_sync, "SMALL_ROWS", small_rows):
            desk.exchange()

    def _new_device(self, desk: Desk) -> None:
        """Follow what the program says of a copied profile."""
        if desk.is_forked:
            self.become_new_device(desk)

    def become_new_device(self, desk: Desk) -> None:
        """Go on as a new desk, as the person is asked to."""
        before = desk.device_id()
        try:
            desk.become_new_device()
        finally:
            if desk.device_id() != before:
                self._stage.oracle.became_new(desk)

    # --- Signing in and out -------------------------------------------------------------------

    def _sign_in(self, desk: Desk) -> None:
        desk.sign_in(self.due(desk))

    def due(self, desk: Desk) -> str:
        """Return who has to sign in next: whose edits wait, or whoever sits there."""
        author = desk.next_author()
        names = {user_id: name for name, user_id in self._stage.beginning.users.items()}
        return names[author] if author else NAMES[desk.index % len(NAMES)]

    def _sign_out(self, desk: Desk) -> None:
        desk.sign_out()

    def _sign_in_other(self, desk: Desk) -> None:
        desk.sign_in(self._stage.chance.random.choice(NAMES))

    # --- The network --------------------------------------------------------------------------

    def _cut_off(self, desk: Desk) -> None:
        self._stage.counts.faults["network: one way only"] += 1
        desk.line.cut_off = True

    def _reconnect(self, desk: Desk) -> None:
        desk.line.cut_off = False

    def _late_arrivals(self, desk: Desk) -> None:
        self._stage.network.deliver_late(desk.line)

    # --- Locks --------------------------------------------------------------------------------

    def _leave_transaction_open(self, desk: Desk) -> None:
        if desk.index in self._locks:
            return
        connection = sqlcipher.connect(str(desk.file), isolation_level=None)
        connection.execute(f"PRAGMA key = \"x'{KEY.hex()}'\"")
        writes = self._stage.chance.random.random() < 0.5
        self._stage.counts.faults["desk: transaction left open"] += 1
        connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
        connection.execute("SELECT count(*) FROM outbox").fetchall()
        self._locks[desk.index] = connection

    def _end_transaction(self, desk: Desk) -> None:
        self.close_transaction(desk)

    def close_transaction(self, desk: Desk) -> None:
        """End a transaction that was left open at a desk."""
        connection = self._locks.pop(desk.index, None)
        if connection is not None:
            connection.close()

    def close_transactions(self) -> None:
        """End all transactions that were left open."""
        for desk in self._stage.desks:
            self.close_transaction(desk)

    # --- At Central ---------------------------------------------------------------------------

    def _merge(self, _desk: Desk) -> None:
        self._stage.lead.merge(self._stage.chance.random)

    def _unmerge(self, _desk: Desk) -> None:
        self._stage.lead.unmerge(self._stage.chance.random)

    def _central_edit(self, _desk: Desk) -> None:
        self._stage.lead.edit(self._stage.chance.random)

    def _move_customer(self, _desk: Desk) -> None:
        self._stage.lead.move_customer(self._stage.chance.random)

    def _move_person(self, _desk: Desk) -> None:
        """Let a person see another part of the customers from now on."""
        random = self._stage.chance.random
        scope = random.choice((ScopeName.ALL, ScopeName.TEAM, ScopeName.TEAM))
        changes = AccountChanges(scope, random.choice((*TEAMS, "")))
        self._stage.server.change_account(random.choice(NAMES), changes)

    # --- Copies -------------------------------------------------------------------------------

    def _back_up_desk(self, desk: Desk) -> None:
        self.close_transaction(desk)
        desk.disk.copy(self._stage.folder / f"copy{desk.index}")
        self._copies[desk.index] = self._stage.oracle.numbers_of(desk)

    def _restore_desk(self, desk: Desk) -> None:
        if desk.index not in self._copies:
            return
        self._stage.counts.faults["desk: restored"] += 1
        self.close_transaction(desk)
        desk.restore(self._stage.folder / f"copy{desk.index}")
        self._stage.oracle.went_back(desk, self._copies[desk.index])

    def _clone(self, desk: Desk) -> None:
        """Copy this desk's profile over its neighbour's."""
        other = self._stage.desks[(desk.index + 1) % len(self._stage.desks)]
        if other is desk:
            return
        self._stage.counts.faults["desk: cloned"] += 1
        self.close_transaction(desk)
        self.close_transaction(other)
        desk.disk.copy(self._stage.folder / "clone")
        numbers = self._stage.oracle.numbers_of(desk)
        other.restore(self._stage.folder / "clone")
        self._copies.pop(other.index, None)
        self._stage.touched.add(other.index)
        self._stage.oracle.went_back(other, numbers)

    def _back_up_central(self, _desk: Desk) -> None:
        self._stage.server.disk.copy(self._stage.folder / "central-copy")
        self._central_copied = True

    def _restore_central(self, _desk: Desk) -> None:
        if not self._central_copied:
            return
        self._stage.counts.faults["Central: restored"] += 1
        self._stage.server.restore(self._stage.folder / "central-copy")
        self._stage.lead.went_back()
        self._stage.oracle.central_went_back(self._stage.desks)


AT_CENTRAL = frozenset(
    {
        "merge",
        "unmerge",
        "central-edit",
        "move-customer",
        "move-person",
        "restore-central",
        "late-arrivals",
    }
)
"""What concerns Central even if no desk sends a request."""
