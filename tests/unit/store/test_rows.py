"""Records go into the cache and come out of it as they were."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from agentdesk.domain.entities import (
    Channel,
    Consent,
    ContactKind,
    ContactPoint,
    Customer,
    Direction,
    Disposition,
    Interaction,
    Role,
    TechnicalLevel,
    User,
)
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.store.rows import (
    StoredRow,
    delete_rows,
    get_entity,
    get_row,
    owner_of,
    owners_before,
    put_rows,
    select_entities,
    sort_name,
)
from agentdesk.store.tables import customer as customer_table
from agentdesk.store.workers import Store
from tests.stock import NOON, customer, phone, stock


def put(store: Store, kind: KindName, record_id: str, row: StoredRow) -> None:
    store.write_here(put_rows, kind, [(record_id, row)])


def test_a_record_comes_out_as_it_went_in(store: Store) -> None:
    anna = customer(
        vip=True,
        consent=Consent.REFUSED,
        technical_level=TechnicalLevel.EXPERT,
        birthday="--03-07",
        created_at=NOON,
    )
    ann = User(id=new_id(), name="Ann", role=Role.LEAD, interests=("chess", "ż"), languages=("pl",))
    call = Interaction(
        id=new_id(),
        channel=Channel.CHAT,
        direction=Direction.OUTBOUND,
        occurred_at=NOON,
        subject="",
        satisfaction=5,
    )
    stock(store, anna, ann, call)
    assert store.read_here(get_entity, Customer, anna.id) == anna
    assert store.read_here(get_entity, User, ann.id) == ann
    assert store.read_here(get_entity, Interaction, call.id) == call
    assert store.read_here(get_entity, Customer, new_id()) is None


def test_versions_and_members_of_a_newer_central_are_kept(store: Store) -> None:
    anna = new_id()
    fields = {"full_name": "Anna Blunt", "vip": False, "shoe_size": 39}
    put(store, KindName.CUSTOMER, anna, StoredRow(fields, 9, 4, {"full_name": 9}))
    row = store.read_here(get_row, KindName.CUSTOMER, anna)
    assert row is not None
    assert row.fields["shoe_size"] == 39
    assert (row.seq, row.version_of("full_name"), row.version_of("hometown")) == (9, 9, 4)
    assert store.read_here(get_row, KindName.CUSTOMER, new_id()) is None


def test_putting_again_replaces_everything(store: Store) -> None:
    anna = new_id()
    put(store, KindName.CUSTOMER, anna, StoredRow({"full_name": "A", "company": "B", "x": 1}, 5))
    put(store, KindName.CUSTOMER, anna, StoredRow({"full_name": "C"}, 6))
    row = store.read_here(get_row, KindName.CUSTOMER, anna)
    assert row is not None
    assert (row.fields["full_name"], row.fields["company"], row.seq) == ("C", None, 6)
    assert "x" not in row.fields


def test_members_that_a_row_lacks_have_their_defaults(store: Store) -> None:
    anna = new_id()
    put(store, KindName.CUSTOMER, anna, StoredRow({"hometown": "Leeds"}))
    found = store.read_here(get_entity, Customer, anna)
    assert found == Customer(id=anna, full_name="", hometown="Leeds")


def test_values_that_only_a_newer_central_knows_read_as_other(store: Store) -> None:
    anna, call = new_id(), new_id()
    point = {"customer_id": anna, "kind": "hologram", "value": "x"}
    put(store, KindName.CONTACT_POINT, call, StoredRow(point))
    fields = {
        "channel": "telepathy",
        "direction": "inbound",
        "occurred_at": "2026-11-21T12:00:00.000Z",
        "disposition": "enlightened",
    }
    put(store, KindName.INTERACTION, call, StoredRow(fields))
    there = store.read_here(get_entity, ContactPoint, call)
    spoken = store.read_here(get_entity, Interaction, call)
    assert there is not None
    assert spoken is not None
    assert (there.kind, spoken.channel) == (ContactKind.OTHER, Channel.OTHER)
    assert spoken.disposition is Disposition.OTHER


def test_more_rows_than_one_batch_come_and_go(store: Store) -> None:
    ids = [f"{n:05}" for n in range(4_500)]
    rows = [(id_, StoredRow({"full_name": f"Name {id_}"})) for id_ in ids]
    store.write_here(put_rows, KindName.CUSTOMER, rows)
    everybody = customer_table.c.id != ""
    found = store.read_here(
        lambda connection: select_entities(
            connection, Customer, everybody, order=[customer_table.c.id.desc()], limit=2
        )
    )
    assert [who.id for who in found] == ["04499", "04498"]
    pairs = [(KindName.CUSTOMER, id_) for id_ in ids]
    assert len(store.read_here(owners_before, pairs)) == 4_500
    store.write_here(delete_rows, KindName.CUSTOMER, [*ids[1:], "unknown"])
    assert [w.id for w in store.read_here(select_entities, Customer, everybody)] == ["00000"]


def test_a_record_belongs_to_its_customer_and_a_customer_to_itself(store: Store) -> None:
    anna = customer()
    point = phone(anna, "+442079460958")
    stock(store, anna, point)
    wanted = [
        (KindName.CUSTOMER, anna.id),
        (KindName.CONTACT_POINT, point.id),
        (KindName.CONTACT_POINT, new_id()),
        (KindName.USER, new_id()),
    ]
    assert store.read_here(owners_before, wanted) == {
        (KindName.CUSTOMER, anna.id): anna.id,
        (KindName.CONTACT_POINT, point.id): anna.id,
    }
    assert owner_of(KindName.CUSTOMER, "1", {}) == "1"
    assert owner_of(KindName.NOTE, "1", {"customer_id": "2"}) == "2"
    assert owner_of(KindName.USER, "1", {}) is None


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"full_name": "Anna Blunt", "given_name": "Anna", "family_name": "Blunt"}, "blunt anna"),
        ({"full_name": "Łukasz Żak", "family_name": "Żak"}, "zak"),
        ({"full_name": "  Bob "}, "bob"),
        ({"full_name": "Сергей", "family_name": ""}, "sergei"),
        ({"full_name": "x", "given_name": "Анна", "family_name": "Ян"}, "ian anna"),
    ],
)
def test_customers_of_all_alphabets_are_sorted_together(fields: dict[str, str], name: str) -> None:
    assert sort_name(fields) == name


def test_a_write_of_no_rows_is_no_trouble(store: Store) -> None:
    def nothing(connection: sa.Connection) -> int:
        put_rows(connection, KindName.CUSTOMER, [])
        delete_rows(connection, KindName.CUSTOMER, [])
        return len(owners_before(connection, []))

    assert store.write_here(nothing) == 0
