"""Customers are added and changed by rules that say what is wrong, and send only what changed."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from agentdesk.domain.entities import (
    Consent,
    ContactKind,
    ContactPoint,
    Customer,
    Photo,
    TechnicalLevel,
)
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.errors import Code, UserError
from agentdesk.services.desk import Desk
from agentdesk.services.people import EDITABLE, MOST_FIELD_CHARS, MOST_PHOTO_BYTES, checked_value
from agentdesk.store import outbox
from agentdesk.store.rows import get_entity, select_entities
from agentdesk.store.tables import contact_point, photo
from agentdesk.store.workers import Store
from tests.stock import customer, email, phone, stock

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100
LONDON = "+442079460958"


def points(store: Store) -> list[ContactPoint]:
    return store.read_here(select_entities, ContactPoint, contact_point.c.id != "")


def photos(store: Store) -> list[Photo]:
    return store.read_here(select_entities, Photo, photo.c.id != "")


def person(store: Store, customer_id: str) -> Customer:
    found = store.read_here(get_entity, Customer, customer_id)
    assert found is not None
    return found


def waiting(store: Store) -> int:
    return store.read_here(outbox.count_waiting).pending


def test_a_new_customer_has_what_was_given_and_their_number(store: Store, desk: Desk) -> None:
    added = desk.add_customer(
        " Anna Blunt ",
        number="020 7946 0958 ext 12",
        technical_level="expert",
        vip="yes",
        company="",
        birthday="--02-29",
    ).result()
    assert person(store, added.id) == added
    assert (added.full_name, added.vip, added.company) == ("Anna Blunt", True, None)
    assert added.technical_level is TechnicalLevel.EXPERT
    assert added.created_at is not None
    [point] = points(store)
    assert (point.e164, point.extension, point.value) == (LONDON, "12", "020 7946 0958 ext 12")
    assert not point.shared


@pytest.mark.parametrize("number", [None, "", "anonymous"])
def test_a_withheld_number_creates_nothing(store: Store, desk: Desk, number: str | None) -> None:
    desk.add_customer("Anna Blunt", number=number).result()
    assert points(store) == []


def test_text_that_is_no_number_is_refused_with_everything(store: Store, desk: Desk) -> None:
    with pytest.raises(UserError) as refused:
        desk.add_customer("Anna Blunt", number="call me").result()
    assert refused.value.code is Code.BAD_NUMBER
    assert (waiting(store), desk.customer_count().result()) == (0, 0)


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("full_name", " Anna\x00 ", "Anna"),
        ("full_name", "Ж" * MOST_FIELD_CHARS, "Ж" * MOST_FIELD_CHARS),
        ("company", "half \ud83d", "half ?"),
        ("hometown", "  ", None),
        ("vip", "YES", True),
        ("do_not_call", False, False),
        ("consent", "", "unknown"),
        ("consent", "refused", "refused"),
        ("birthday", "2000-02-29", "2000-02-29"),
        ("birthday", "--02-29", "--02-29"),
        ("time_zone", "Europe/Warsaw", "Europe/Warsaw"),
        ("language", "pt-BR", "pt-BR"),
        ("country", "PL", "PL"),
        ("technical_level", None, None),
    ],
)
def test_a_value_is_read_by_the_rule_of_its_field(field: str, value: Any, kept: Any) -> None:
    assert checked_value(field, value) == kept


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("full_name", " ", Code.BAD_VALUE),
        ("full_name", "x" * (MOST_FIELD_CHARS + 1), Code.BAD_VALUE),
        ("vip", "perhaps", Code.BAD_VALUE),
        ("vip", None, Code.BAD_VALUE),
        ("consent", "maybe", Code.BAD_VALUE),
        ("technical_level", "guru", Code.BAD_VALUE),
        ("birthday", "2001-02-29", Code.BAD_VALUE),
        ("birthday", "--13-01", Code.BAD_VALUE),
        ("birthday", "7.3.1984", Code.BAD_VALUE),
        ("time_zone", "Mars/Olympus", Code.BAD_VALUE),
        ("language", "klingon?", Code.BAD_VALUE),
        ("country", "Poland", Code.BAD_VALUE),
        ("created_at", "2020-01-01", Code.BAD_FIELD),
        ("id", "1", Code.BAD_FIELD),
        ("shoe_size", "39", Code.BAD_FIELD),
        ("row_seq", "1", Code.BAD_FIELD),
    ],
)
def test_a_bad_value_is_refused_and_nothing_else_of_the_change_is_kept(
    store: Store, desk: Desk, field: str, value: Any, code: Code
) -> None:
    anna = customer()
    stock(store, anna)
    with pytest.raises(UserError) as refused:
        desk.set_fields(anna.id, {"hometown": "Leeds", field: value}).result()
    assert refused.value.code is code
    assert refused.value.params["field"] == field
    assert person(store, anna.id) == anna
    assert waiting(store) == 0


def test_every_field_that_people_may_change_can_be_emptied_or_says_why_not() -> None:
    refusing = set()
    for field in EDITABLE:
        try:
            checked_value(field, "")
        except UserError:
            refusing.add(field)
    assert refusing == {"full_name", "vip", "do_not_call"}


def test_only_what_changed_is_sent(store: Store, desk: Desk) -> None:
    anna = customer(hometown="Leeds", consent=Consent.GRANTED)
    stock(store, anna)
    assert not desk.set_fields(anna.id, {"hometown": "Leeds", "consent": "granted"}).result()
    desk.set_fields(anna.id, {"hometown": "York", "consent": "granted"}).result()
    [edit] = desk.queue().result().waiting
    assert edit.values == {"hometown": "York"}


def test_a_type_set_by_an_operator_says_so_until_it_is_taken_back(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, anna)
    desk.set_customer_type(anna.id, "expert").result()
    told = person(store, anna.id)
    assert (told.customer_type, str(told.customer_type_source)) == ("expert", "operator")
    desk.set_customer_type(anna.id, None).result()
    assert person(store, anna.id) == anna


def test_ways_to_reach_somebody_are_kept_as_typed(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, anna)
    for kind, value in (
        (ContactKind.PHONE, "020 7946 0958"),
        (ContactKind.EMAIL, " Anna@Example.com "),
        (ContactKind.ADDRESS, "1 Mill Lane\nLeeds"),
    ):
        desk.add_contact_point(anna.id, kind, value, label=" home ").result()
    assert [(p.value, p.e164, p.label) for p in points(store)] == [
        ("020 7946 0958", LONDON, "home"),
        ("Anna@Example.com", None, "home"),
        ("1 Mill Lane\nLeeds", None, "home"),
    ]


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        (ContactKind.PHONE, "anonymous", Code.BAD_NUMBER),
        (ContactKind.PHONE, "112", Code.BAD_NUMBER),
        (ContactKind.EMAIL, " ", Code.BAD_VALUE),
    ],
)
def test_what_reaches_nobody_is_refused(
    store: Store, desk: Desk, kind: ContactKind, value: str, code: Code
) -> None:
    anna = customer()
    stock(store, anna, phone(anna, LONDON))
    with pytest.raises(UserError) as refused:
        desk.add_contact_point(anna.id, kind, value).result()
    assert refused.value.code is code
    assert len(points(store)) == 1


def test_a_corrected_number_is_read_anew_and_a_new_label_is_not(store: Store, desk: Desk) -> None:
    anna, ben = customer(), customer("Ben Sharp")
    mine, mail = phone(anna, LONDON, "12"), email(anna, "a@example.com")
    stock(store, anna, mine, mail, ben, phone(ben, "+48601234567"))
    desk.edit_contact_point(mine.id, LONDON, "work").result()
    kept = store.read_here(get_entity, ContactPoint, mine.id)
    assert kept is not None
    assert (kept.e164, kept.extension, kept.label) == (LONDON, "12", "work")
    desk.edit_contact_point(mine.id, "+48 601 234 567").result()
    changed = store.read_here(get_entity, ContactPoint, mine.id)
    assert changed is not None
    assert (changed.e164, changed.extension, changed.label) == ("+48601234567", None, None)
    assert [p.shared for p in points(store) if p.kind is ContactKind.PHONE] == [True, True]
    with pytest.raises(UserError) as refused:
        desk.edit_contact_point(mine.id, "none").result()
    assert refused.value.code is Code.BAD_NUMBER
    with pytest.raises(UserError) as missing:
        desk.edit_contact_point(new_id(), "x").result()
    assert missing.value.code is Code.NOT_FOUND


def test_a_photo_takes_the_place_of_the_one_before(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, anna)
    desk.set_photo(anna.id, "image/png", PNG).result()
    kept = desk.set_photo(anna.id, "image/jpeg", b"\xff\xd8\xff" + b"y").result()
    assert photos(store) == [kept]
    assert base64.b64decode(kept.data) == b"\xff\xd8\xffy"
    assert desk.remove_photo(anna.id).result().touches_kind(KindName.PHOTO)
    assert photos(store) == []
    assert not desk.remove_photo(anna.id).result()


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        ("image/png", b"<svg onload='x'>"),
        ("image/jpeg", PNG),
        ("image/svg+xml", PNG),
        ("image/png", PNG + b"x" * MOST_PHOTO_BYTES),
    ],
)
def test_what_is_no_small_photo_is_refused(
    store: Store, desk: Desk, media_type: str, data: bytes
) -> None:
    anna = customer()
    stock(store, anna)
    desk.set_photo(anna.id, "image/png", PNG).result()
    with pytest.raises(UserError) as refused:
        desk.set_photo(anna.id, media_type, data).result()
    assert refused.value.code is Code.BAD_VALUE
    assert len(photos(store)) == 1
