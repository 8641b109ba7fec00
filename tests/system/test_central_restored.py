"""Central comes back from a backup: what it has lost of a desk's work is sent again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.domain.areas import Area
from agentdesk.domain.entities import Customer, FactKind
from agentdesk.store import outbox
from agentdesk.store.rows import get_entity
from agentdesk.sync import exchange
from agentdesk.sync.account import load_account, open_client
from agentdesk.sync.first_sync import FirstSync
from agentdesk.sync.outside import area_of
from tests.exchanges import Backup, central_notes, desk_on, notes_of, push_all, settle
from tests.real import ANN, BEN, Central, Maker, central_with, person, signed_in

ANNA = person("Anna Blunt", "+442079460958")


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central that serves a company with Anna Blunt."""
    with central_with(tmp_path, ANNA) as running:
        yield running


def test_work_judged_but_not_read_back_is_sent_again(
    central: Central, make_store: Maker, tmp_path: Path
) -> None:
    ann = signed_in(make_store("ann"), central)
    settle(ann)
    backup = Backup(central, tmp_path)
    desk_on(ann).add_note(ANNA[0].id, "Judged, then lost").result()
    push_all(ann)
    backup.restore()
    # The desk's cursor is older than the backup, so that nothing but the numbers tells.
    settle(ann)
    assert central_notes(central) == ["Judged, then lost"]
    assert ann.read_here(outbox.count_waiting).pending == 0


def test_a_gap_found_while_pushing_is_filled_without_a_new_greeting(
    central: Central, make_store: Maker, tmp_path: Path
) -> None:
    ann = signed_in(make_store("ann"), central)
    settle(ann)
    backup = Backup(central, tmp_path)
    desk = desk_on(ann)
    desk.add_note(ANNA[0].id, "First").result()
    push_all(ann)
    backup.restore()
    desk.add_note(ANNA[0].id, "Second").result()
    push_all(ann)
    assert central_notes(central) == ["First", "Second"]
    exchange.pull_once(ann, open_client(ann))
    assert ann.read_here(outbox.count_waiting).pending == 0


def test_an_edit_that_was_refused_before_can_be_refused_again(
    central: Central, make_store: Maker, tmp_path: Path
) -> None:
    ann = signed_in(make_store("ann"), central)
    settle(ann)
    backup = Backup(central, tmp_path)
    desk = desk_on(ann)
    desk.add_fact("01890000-0000-7000-8000-00000000dead", FactKind.FAMILY, "Of nobody").result()
    settle(ann)
    assert ann.read_here(outbox.count_waiting).attention == 1
    backup.restore()
    desk.add_note(ANNA[0].id, "Behind it").result()
    settle(ann)
    waiting = ann.read_here(outbox.count_waiting)
    assert (waiting.pending, waiting.attention) == (0, 1)
    assert central_notes(central) == ["Behind it"]


def test_who_was_added_and_lost_has_not_left_the_desk(
    central: Central, make_store: Maker, tmp_path: Path
) -> None:
    ann = signed_in(make_store("ann"), central)
    settle(ann)
    backup = Backup(central, tmp_path)
    added = desk_on(ann).add_customer("Ben Nevis", number="+442079460959").result()
    settle(ann)
    backup.restore()
    client = open_client(ann)
    assert exchange.greet(ann, client, ann.read_here(load_account).device_id).response.reset
    FirstSync(ann, client).run()
    assert ann.read_here(area_of, added.id) is Area.INSIDE
    settle(ann)
    assert ann.read_here(get_entity, Customer, added.id) is not None


def test_a_conflict_that_is_raised_again_stands_once(
    central: Central, make_store: Maker, tmp_path: Path
) -> None:
    ann = signed_in(make_store("ann"), central)
    ben = signed_in(make_store("ben"), central, "ben")
    settle(ann)
    settle(ben)
    desk_on(ben).set_fields(ANNA[0].id, {"full_name": "Anne Blunt"}).result()
    settle(ben)
    backup = Backup(central, tmp_path)
    desk_on(ann).set_fields(ANNA[0].id, {"full_name": "Anna Sharp"}).result()
    settle(ann)
    backup.restore()
    settle(ann)
    assert [c.mine for c in desk_on(ann).queue().result().conflicts] == ["Anna Sharp"]


def test_what_one_person_lost_does_not_keep_both_from_working(
    central: Central, make_store: Maker, tmp_path: Path
) -> None:
    store = signed_in(make_store("shared"), central)
    settle(store)
    backup = Backup(central, tmp_path)
    desk_on(store).add_note(ANNA[0].id, "Ann's").result()
    settle(store)
    settle(signed_in(store, central, "ben"))
    desk_on(store).add_note(ANNA[0].id, "Ben's").result()
    backup.restore()
    for name in ("ben", "ann", "ben"):
        settle(signed_in(store, central, name))
    assert central_notes(central) == notes_of(store, ANNA[0].id) == ["Ann's", "Ben's"]
    assert store.read_here(outbox.count_waiting).pending == 0
    assert authors(central) == {"Ann's": ANN.id, "Ben's": BEN.id}


def authors(central: Central) -> dict[str, str]:
    """Return by whom Central received each note."""
    engine = sa.create_engine(central.database_url, poolclass=sa.NullPool)
    query = sa.select(
        sa.func.json_extract(t.record.c.fields, "$.text"), t.record.c.created_by
    ).where(t.record.c.kind == "note")
    with engine.connect() as connection:
        return dict(connection.execute(query).all())


def test_what_was_passed_over_half_way_through_the_changes_is_read_after_all(
    central: Central, make_store: Maker, tmp_path: Path
) -> None:
    ann = signed_in(make_store("ann"), central)
    ben = signed_in(make_store("ben"), central, "ben")
    settle(ann)
    settle(ben)
    desk = desk_on(ann)
    written = desk.add_note(ANNA[0].id, "As it was first").result()
    desk.set_fields(ANNA[0].id, {"hometown": "York"}).result()
    push_all(ann)
    backup = Backup(central, tmp_path)
    desk.edit_note(written.id, "As it was later").result()
    push_all(ann)
    # One page, up to the hometown: the note is passed over, to come as it was later.
    exchange.pull_once(ben, open_client(ben), 1)
    assert notes_of(ben, ANNA[0].id) == []
    backup.restore()
    # Ann does not come back: what she wrote later is lost with Central.
    settle(ben)
    assert notes_of(ben, ANNA[0].id) == ["As it was first"]
