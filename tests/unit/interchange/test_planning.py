"""An import adds what is missing, once, and never overwrites what is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from agentdesk.domain.entities import Customer, FactKind
from agentdesk.domain.names import name_key
from agentdesk.interchange.contact import Contact, Dossier, Labelled, LooseFact, Picture
from agentdesk.interchange.planning import (
    Complete,
    Create,
    IdentityKey,
    KeyKind,
    Nothing,
    Plan,
    RunMemory,
    customer_id,
    digest,
    identity_keys,
    plan_import,
)

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)

ANNA = Contact(
    line=1,
    full_name="Anna Blunt",
    given_name="Anna",
    birthday="--03-07",
    phones=(Labelled("020 7946 0018", "home"), Labelled("+44 20 7946 0018")),
    emails=(Labelled("Anna@Example.com"),),
    addresses=(Labelled("1 High St\nLondon"),),
    facts=(LooseFact(FactKind.LIKES, "tea"),),
    notes=("Rings at noon",),
    photo=Picture("image/png", "AAAA"),
)


class Drawer:
    """Dossiers in memory, found by the rules that `ExistingCustomers` states."""

    def __init__(self, *dossiers: Dossier) -> None:
        self.dossiers = list(dossiers)

    def find(self, keys: Sequence[IdentityKey]) -> Dossier | None:
        for key in keys:
            for dossier in self.dossiers:
                if _names(key, dossier):
                    return dossier
        return None

    def take(self, plan: Plan) -> None:
        if not isinstance(plan, Nothing):
            kept = [d for d in self.dossiers if d.customer.id != plan.after.customer.id]
            self.dossiers = [*kept, plan.after]


def _names(key: IdentityKey, dossier: Dossier) -> bool:
    if key.kind is KeyKind.ID:
        return dossier.customer.id == key.value
    if key.name != name_key(dossier.customer.full_name):
        return False
    if key.kind is KeyKind.PHONE:
        return any((p.e164, p.extension) == (key.value, key.extension) for p in dossier.points)
    return any(p.value.casefold() == key.value for p in dossier.points)


def plan(contact: Contact, existing: Drawer | RunMemory) -> Plan:
    return plan_import(contact, existing, region="GB", at=AT, author_id="me")


def known() -> Drawer:
    drawer = Drawer()
    drawer.take(plan(ANNA, drawer))
    return drawer


def test_somebody_new_is_created_with_everything_once() -> None:
    made = plan(ANNA, Drawer())

    assert isinstance(made, Create)
    customer, *rest = made.records
    assert isinstance(customer, Customer)
    assert (customer.full_name, customer.birthday) == ("Anna Blunt", "--03-07")
    kinds = [type(record).__name__ for record in rest]
    # The number is there twice, in two notations.
    assert kinds == ["ContactPoint", "ContactPoint", "ContactPoint", "Fact", "Note", "Photo"]
    assert made.after.points[0].e164 == "+442079460018"
    assert made.after.points[0].value == "020 7946 0018"
    assert made.after.notes[0].author_id == "me"


def test_importing_again_does_nothing() -> None:
    assert isinstance(plan(ANNA, known()), Nothing)


@pytest.mark.parametrize(
    "again",
    [
        msgspec.structs.replace(ANNA, full_name="BLUNT, Anna", emails=(), facts=()),
        msgspec.structs.replace(ANNA, phones=(), notes=(" rings at  NOON\r\n",)),
        msgspec.structs.replace(ANNA, uid="another-program-123", addresses=()),
        msgspec.structs.replace(ANNA, full_name="Mrs Ánna Blunt"),
    ],
)
def test_the_same_person_written_otherwise_is_recognised(again: Contact) -> None:
    assert isinstance(plan(again, known()), Nothing)


@pytest.mark.parametrize(
    "other",
    [
        msgspec.structs.replace(ANNA, full_name="Tom Blunt"),
        msgspec.structs.replace(
            ANNA, phones=(Labelled("020 7946 0018 ext. 5"),), emails=(), birthday=None
        ),
        Contact(line=9, full_name="Anna Blunt"),
    ],
)
def test_a_shared_line_or_a_name_alone_is_not_the_same_person(other: Contact) -> None:
    assert isinstance(plan(other, known()), Create)


def test_only_what_is_missing_is_added() -> None:
    more = msgspec.structs.replace(
        ANNA,
        given_name="Anne",
        family_name="Blunt",
        birthday="1984-03-07",
        phones=(*ANNA.phones, Labelled("07700 900123")),
        facts=(LooseFact(FactKind.LIKES, "Tea"), LooseFact(FactKind.DISLIKES, "waiting")),
        photo=Picture("image/png", "BBBB"),
    )

    made = plan(more, known())

    assert isinstance(made, Complete)
    assert made.fields == {"family_name": "Blunt", "birthday": "1984-03-07"}
    assert [type(record).__name__ for record in made.records] == ["ContactPoint", "Fact"]
    assert made.after.customer.given_name == "Anna"
    assert {point.customer_id for point in made.after.points} == {made.customer_id}
    assert {fact.customer_id for fact in made.after.facts} == {made.customer_id}


def test_another_birthday_is_not_put_over_the_known_one() -> None:
    other = msgspec.structs.replace(ANNA, birthday="1984-03-08")

    assert isinstance(plan(other, known()), Nothing)


def test_somebody_who_was_deleted_is_not_brought_back() -> None:
    (dossier,) = known().dossiers

    made = plan(ANNA, Drawer(msgspec.structs.replace(dossier, removed=True)))

    assert made == Nothing(dossier.customer.id, removed=True)


def test_a_name_alone_is_known_again_by_its_own_fingerprint() -> None:
    contact = Contact(line=4, full_name="Анна Иванова")
    drawer = Drawer()
    drawer.take(plan(contact, drawer))

    assert isinstance(plan(msgspec.structs.replace(contact, line=77), drawer), Nothing)


def test_the_id_is_the_same_on_every_desk_and_a_uuid_of_version_7() -> None:
    moved = msgspec.structs.replace(ANNA, line=9, phones=ANNA.phones[::-1], notes=())

    assert digest(ANNA, "GB") == digest(moved, "GB")
    assert customer_id(ANNA, "GB") == customer_id(moved, "GB")
    assert UUID(customer_id(ANNA, "GB")).version == 7
    assert customer_id(ANNA, "GB") != customer_id(msgspec.structs.replace(ANNA, uid="u" * 20), "GB")


def test_our_own_export_is_recognised_by_the_id_it_carries() -> None:
    uid = "0190aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee"
    keys = identity_keys(msgspec.structs.replace(ANNA, uid=uid), "GB")

    assert keys[0] == IdentityKey(KeyKind.ID, uid)
    assert [key.kind for key in keys[1:]] == [KeyKind.ID, KeyKind.PHONE, KeyKind.EMAIL]


def test_two_rows_about_one_person_make_one_customer_before_anything_is_stored() -> None:
    run = RunMemory(Drawer())
    first = plan(ANNA, run)
    run.remember(identity_keys(ANNA, "GB"), first)
    more = msgspec.structs.replace(ANNA, uid="x" * 20, notes=("Another",))
    second = plan(more, run)
    run.remember(identity_keys(more, "GB"), second)

    assert isinstance(first, Create)
    assert isinstance(second, Complete)
    assert second.customer_id == first.after.customer.id
    assert isinstance(plan(ANNA, run), Nothing)
    assert isinstance(plan(more, run), Nothing)

    run.forget()
    assert isinstance(plan(ANNA, run), Create)
