"""What a person changes is visible, waiting and findable in one transaction."""

from __future__ import annotations

import msgspec
import pytest
import sqlalchemy as sa

from agentdesk.domain.entities import ContactKind, Customer, FactKind, Note
from agentdesk.domain.kinds import KindName
from agentdesk.errors import BugError, Code, UserError
from agentdesk.services.desk import Desk
from agentdesk.store import outbox
from agentdesk.store.rows import get_entity
from agentdesk.store.workers import Store
from agentdesk.sync.edits import Edits
from agentdesk.sync.protocol import Mutation, NoteEdit, Patch
from tests.real import ANN


def mutations(store: Store) -> list[Mutation]:
    """Return what waits, decoded."""
    waiting = store.read_here(outbox.unjudged, ANN.id, 1_000)
    return [msgspec.json.decode(i.payload, type=Mutation) for i in waiting]


def test_a_new_customer_is_shown_found_and_waiting(desk: Desk, store: Store) -> None:
    added = desk.add_customer("Anna Blunt", number="020 7946 0958").result()
    assert store.read_here(get_entity, Customer, added.id) == added
    assert [hit.id for hit in desk.search("blunt").result()] == [added.id]
    assert [m.n for m in mutations(store)] == [1, 2]


def test_numbers_continue_and_a_group_shares_its_id(desk: Desk, store: Store) -> None:
    anna = desk.add_customer("Anna Blunt", number="020 7946 0958").result()
    desk.add_fact(anna.id, FactKind.FAMILY, "Two cats").result()
    waiting = store.read_here(outbox.unjudged, ANN.id, 1_000)
    assert [i.n for i in waiting] == [1, 2, 3]
    assert waiting[0].group_id == waiting[1].group_id != waiting[2].group_id


def test_a_change_carries_the_value_that_the_person_saw(desk: Desk, store: Store) -> None:
    anna = desk.add_customer("Anna Blunt").result()
    desk.set_fields(anna.id, {"hometown": "Leeds"}).result()
    desk.set_fields(anna.id, {"hometown": "York"}).result()
    operation = mutations(store)[-1].operation
    assert isinstance(operation, Patch)
    assert operation.changes["hometown"].base == "Leeds"
    assert operation.changes["hometown"].new == "York"


def test_setting_what_is_set_already_sends_nothing(desk: Desk, store: Store) -> None:
    anna = desk.add_customer("Anna Blunt").result()
    desk.set_fields(anna.id, {"full_name": "Anna Blunt", "vip": "no"}).result()
    assert len(mutations(store)) == 1


def test_a_note_is_edited_from_what_it_said(desk: Desk, store: Store) -> None:
    anna = desk.add_customer("Anna Blunt").result()
    note = desk.add_note(anna.id, "Likes tea").result()
    desk.edit_note(note.id, "Likes green tea").result()
    shown = store.read_here(get_entity, Note, note.id)
    assert shown is not None
    assert (shown.text, shown.revision) == ("Likes green tea", 2)
    operation = mutations(store)[-1].operation
    assert isinstance(operation, NoteEdit)
    assert (operation.base_text, operation.base_revision) == ("Likes tea", 1)


def test_a_removal_can_be_taken_back_with_all_edits(desk: Desk, store: Store) -> None:
    anna = desk.add_customer("Anna Blunt").result()
    note = desk.add_note(anna.id, "Likes tea").result()
    desk.edit_note(note.id, "Likes green tea").result()
    desk.remove(KindName.NOTE, note.id).result()
    assert store.read_here(get_entity, Note, note.id) is None
    desk.restore(KindName.NOTE, note.id).result()
    back = store.read_here(get_entity, Note, note.id)
    assert back is not None
    assert back.text == "Likes green tea"


def test_what_is_not_there_cannot_be_changed(desk: Desk) -> None:
    with pytest.raises(UserError) as refused:
        desk.set_fields("01890000-0000-7000-8000-000000000000", {"hometown": "York"}).result()
    assert refused.value.code is Code.NOT_FOUND


def test_a_fixed_field_is_refused_before_anything_is_written(store: Store, desk: Desk) -> None:
    anna = desk.add_customer("Anna Blunt").result()

    def change(connection: sa.Connection) -> None:
        edits = Edits(connection, ANN.id)
        edits.patch(KindName.CUSTOMER, anna.id, created_at="2020-01-01T00:00:00.000Z")

    with pytest.raises(BugError):
        store.write_here(change)
    assert len(mutations(store)) == 1


def test_a_failing_write_leaves_neither_row_nor_intention(store: Store, desk: Desk) -> None:
    def half(connection: sa.Connection) -> None:
        edits = Edits(connection, ANN.id)
        edits.append(Customer(id="01890000-0000-7000-8000-000000000001", full_name="Half"))
        edits.finish()
        raise RuntimeError("power")

    with pytest.raises(RuntimeError):
        store.write_here(half)
    assert desk.search("half").result() == []
    assert mutations(store) == []


def test_an_unusable_number_is_refused_as_a_contact_point(desk: Desk) -> None:
    anna = desk.add_customer("Anna Blunt").result()
    with pytest.raises(UserError) as refused:
        desk.add_contact_point(anna.id, ContactKind.PHONE, "call me").result()
    assert refused.value.code is Code.BAD_NUMBER
