"""A day's work without a network: how fast thousands of edits are at Central afterwards.

Notes of many customers and changes of their fields, each a group of its own as a person makes
them. The time runs from the network's return until every one has its verdict.
"""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

import sqlalchemy as sa

from agentdesk.domain.kinds import KindName
from agentdesk.services.notes import add_note
from agentdesk.store import outbox
from agentdesk.store import tables as t
from agentdesk.sync.edits import Edits
from agentdesk.sync.status import SyncStatus
from benchmarks.figures import Figure
from benchmarks.first_sync import company_of
from benchmarks.serving import Serving
from benchmarks.signed_in import SignedIn

EDITS = 10_000
_AT_ONCE = 500
_PATIENCE_S = 300.0


def measure(customers: int = 10_000) -> list[Figure]:
    """Measure `EDITS` edits on a desk of a company of `customers`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Serving(company_of(folder, customers)) as central:
            desk = SignedIn(folder, "desk")
            try:
                desk.sign_in(central.address, "nadia")
                desk.go_offline()
                _work(desk)
                began = time.perf_counter()
                _until_all_are_judged(desk)
                took_s = time.perf_counter() - began
            finally:
                desk.close()
    return [
        Figure("10,000 offline edits, until all are judged", took_s, "s"),
        Figure("offline edits pushed per second", EDITS / took_s, "/s", at_least=1_000),
    ]


def _work(desk: SignedIn) -> None:
    """Write as somebody does who visits one customer after another."""
    ids = desk.store.read_here(
        lambda c: list(c.execute(sa.select(t.customer.c.id).limit(EDITS // 2)).scalars())
    )
    author = desk.author
    for start in range(0, EDITS, _AT_ONCE):
        desk.store.write_here(_write, author, ids, start)


def _write(connection: sa.Connection, author: str, ids: list[str], start: int) -> None:
    for number in range(start, start + _AT_ONCE):
        customer_id = ids[number // 2 % len(ids)]
        if number % 2:
            add_note(
                connection, customer_id, f"Visit {number}: the meter is in the cellar.", author
            )
        else:
            edits = Edits(connection, author)
            edits.patch(KindName.CUSTOMER, customer_id, hometown=f"Town {number}")
            edits.finish()


def _until_all_are_judged(desk: SignedIn) -> None:
    """Come back to Central, and wait until nothing of the desk waits for a verdict."""
    empty = threading.Event()

    def told(_status: SyncStatus) -> None:
        if not desk.store.read_here(outbox.unjudged, desk.author, 1):
            empty.set()

    desk.come_back(told)
    assert empty.wait(_PATIENCE_S)
