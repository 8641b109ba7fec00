"""How soon one desk shows what another has written, over loopback."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from agentdesk.services.desk import Desk
from agentdesk.services.identity import load_identity
from agentdesk.store import tables as t
from benchmarks.figures import Figure, spread
from benchmarks.first_sync import company_of
from benchmarks.serving import Serving
from benchmarks.signed_in import SignedIn

NOTES = 100
TARGET_P99_MS = 250.0


def measure(customers: int = 10_000) -> list[Figure]:
    """Measure `NOTES` notes in a company of `customers`."""
    with (
        tempfile.TemporaryDirectory() as name,
        Serving(company_of(Path(name), customers)) as central,
    ):
        writer, reader = SignedIn(Path(name), "first"), SignedIn(Path(name), "second")
        try:
            writer.sign_in(central.address, "nadia")
            reader.sign_in(central.address, "olga")
            took_ms = _notes(writer, reader)
        finally:
            writer.close()
            reader.close()
    return spread("a note until the other desk shows it", took_ms, TARGET_P99_MS)


def _notes(writer: SignedIn, reader: SignedIn) -> list[float]:
    desk = Desk(writer.store, writer.store.read_here(load_identity))
    desk.wake_sync_with(writer.engine.wake)
    customer_id = writer.store.read_here(
        lambda c: c.execute(sa.select(t.customer.c.id).limit(1)).scalar_one()
    )
    took_ms = []
    for n in range(NOTES):
        reader.arrived.clear()
        began = time.perf_counter()
        desk.add_note(customer_id, f"Note {n}").result(10)
        assert reader.arrived.wait(30)
        took_ms.append((time.perf_counter() - began) * 1000)
        # The writer's own pull comes after; let the next note begin on a quiet desk.
        time.sleep(0.02)
    return took_ms
