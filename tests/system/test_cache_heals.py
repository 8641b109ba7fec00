"""A cache that has lost a record without noticing is found out, and made anew from Central."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from agentdesk.domain.kinds import KindName
from agentdesk.store import tables as t
from agentdesk.store.rows import get_row
from agentdesk.store.workers import Store
from agentdesk.sync.status import SyncState
from tests.exchanges import Watched, central_notes, desk_on, notes_of, settle
from tests.real import Central, Maker, central_with, person, signed_in

ANNA, PHONE = person("Anna Blunt", "+442079460958")


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central that serves a company with Anna Blunt."""
    with central_with(tmp_path, [ANNA, PHONE]) as running:
        yield running


def has_phone(store: Store) -> bool:
    return store.read_here(get_row, KindName.CONTACT_POINT, PHONE.id) is not None


def test_a_lost_record_comes_back_and_what_waits_is_kept(
    central: Central, make_store: Maker, tmp_path: Path
) -> None:
    store = signed_in(make_store("ann"), central)
    settle(store)
    lost = sa.delete(t.contact_point).where(t.contact_point.c.id == PHONE.id)
    store.write_here(lambda connection: connection.execute(lost))
    desk_on(store).add_note(ANNA.id, "Written meanwhile").result()
    watched = Watched(store, tmp_path / "sync.lock")
    watched.engine.start()
    try:
        watched.wait_until(lambda status: has_phone(store) and status.state is SyncState.LIVE)
        watched.wait_for_state(SyncState.LIVE)
    finally:
        watched.engine.stop()
    assert has_phone(store)
    assert central_notes(central) == notes_of(store, ANNA.id) == ["Written meanwhile"]
