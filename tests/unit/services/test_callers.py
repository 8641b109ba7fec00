"""Who calls is told by the whole number, its country and its extension, and said in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agentdesk.domain.callers import MatchKind
from agentdesk.domain.entities import ContactKind, ContactPoint, Disposition, Interaction
from agentdesk.domain.phone import parse_number
from agentdesk.errors import Code, UserError
from agentdesk.services.callers import Recognition
from agentdesk.services.desk import Desk
from agentdesk.store import outbox
from agentdesk.store.rows import get_entity, select_entities
from agentdesk.store.tables import contact_point
from agentdesk.store.workers import Store
from tests.stock import ago, contact, customer, email, phone, stock

LONDON = "+442079460958"
NATIONAL = "020 7946 0958"


def recognised(desk: Desk, typed: str) -> Recognition:
    return desk.recognise(typed).result()


def names(found: Recognition) -> list[str]:
    return [candidate.name for candidate in found.candidates]


def points(store: Store) -> list[ContactPoint]:
    return store.read_here(select_entities, ContactPoint, contact_point.c.id != "")


def waiting(store: Store) -> int:
    return store.read_here(outbox.count_waiting).pending


@pytest.mark.parametrize(
    "typed", [NATIONAL, "+44 20 7946 0958", "0044 20 7946 0958", "tel:+44-20-7946-0958", LONDON]
)
def test_one_person_is_known_by_the_number_however_it_is_written(
    store: Store, desk: Desk, typed: str
) -> None:
    anna = customer()
    stock(store, anna, phone(anna, LONDON))
    found = recognised(desk, typed)
    assert (found.kind, found.explanation) == (MatchKind.EXACT, "exact number")
    assert found.best is not None
    assert found.best.customer_id == anna.id


@pytest.mark.parametrize(
    "typed", ["7946 0958", "020 8946 0958", "+1 207 946 0958", "+49 20 79460958", "0958"]
)
def test_equal_last_digits_are_no_match(store: Store, desk: Desk, typed: str) -> None:
    anna = customer()
    stock(store, anna, phone(anna, LONDON))
    found = recognised(desk, typed)
    assert found.kind is MatchKind.UNKNOWN
    assert found.candidates == ()


def test_the_same_national_number_of_two_countries_is_two_numbers(store: Store, desk: Desk) -> None:
    pole, german = customer("Jan Nowak"), customer("Jan Neumann")
    stock(store, pole, phone(pole, "+48601234567"), german, phone(german, "+49601234567"))
    assert names(recognised(desk, "+48 601 234 567")) == ["Jan Nowak"]
    assert names(recognised(desk, "+49 601 234567")) == ["Jan Neumann"]
    assert names(recognised(desk, "0601 234567")) == []


def test_an_extension_tells_apart_who_shares_a_line(store: Store, desk: Desk) -> None:
    anna, ben = customer(), customer("Ben Sharp")
    stock(store, anna, phone(anna, LONDON, "12"), ben, phone(ben, LONDON, "14"))
    found = recognised(desk, f"{NATIONAL} ext. 14")
    assert (found.kind, found.explanation) == (
        MatchKind.EXTENSION,
        "same number, extension 14",
    )
    assert names(found) == ["Ben Sharp", "Anna Blunt"]


def test_a_call_without_the_extension_says_which_one_the_person_has(
    store: Store, desk: Desk
) -> None:
    anna = customer()
    stock(store, anna, phone(anna, LONDON, "12"))
    found = recognised(desk, NATIONAL)
    assert (found.kind, found.explanation) == (MatchKind.EXTENSION, "same number, extension 12")


def test_a_call_from_an_extension_that_nobody_has_names_it(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, anna, phone(anna, LONDON))
    found = recognised(desk, f"{NATIONAL} x 14")
    assert (found.kind, found.explanation) == (MatchKind.EXTENSION, "same number, extension 14")


def test_on_a_shared_line_the_most_recent_caller_comes_first(store: Store, desk: Desk) -> None:
    people = [customer(name) for name in ("Anna Blunt", "Ben Sharp", "Cleo Dull")]
    stock(store, *people, *(phone(who, LONDON) for who in people))
    stock(
        store,
        contact(people[0], ago(days=3), e164=LONDON),
        contact(people[2], ago(days=1), e164=LONDON),
        contact(people[1], ago(hours=1), e164="+442079460000"),
    )
    found = recognised(desk, NATIONAL)
    assert found.kind is MatchKind.SHARED
    assert found.explanation == "shared line: 3 people, last caller Cleo Dull"
    assert names(found) == ["Cleo Dull", "Anna Blunt", "Ben Sharp"]


def test_a_line_from_which_nobody_has_called_has_no_last_caller(store: Store, desk: Desk) -> None:
    people = [customer("Anna Blunt"), customer("Ben Sharp")]
    stock(store, *people, *(phone(who, LONDON) for who in people))
    assert recognised(desk, NATIONAL).explanation == "shared line: 2 people"


def test_a_choice_is_remembered_until_somebody_else_calls(store: Store, desk: Desk) -> None:
    people = [customer("Anna Blunt"), customer("Ben Sharp"), customer("Cleo Dull")]
    stock(store, *people, *(phone(who, LONDON) for who in people))
    stock(store, contact(people[0], ago(days=1), e164=LONDON))
    cleo = recognised(desk, NATIONAL).candidates[2]
    assert cleo.name == "Cleo Dull"
    desk.remember_choice(cleo.contact_point_id).result()
    assert names(recognised(desk, NATIONAL)) == ["Cleo Dull", "Anna Blunt", "Ben Sharp"]
    assert "last caller Cleo Dull" in recognised(desk, NATIONAL).explanation
    assert waiting(store) == 1
    stock(store, contact(people[1], datetime(2099, 1, 1, tzinfo=UTC), e164=LONDON))
    assert names(recognised(desk, NATIONAL)) == ["Ben Sharp", "Cleo Dull", "Anna Blunt"]


def test_who_has_a_number_twice_is_one_person_in_their_best_place(store: Store, desk: Desk) -> None:
    anna, ben = customer(), customer("Ben Sharp")
    stock(store, anna, phone(anna, LONDON), phone(anna, LONDON, "12"), ben, phone(ben, LONDON))
    stock(store, contact(anna, ago(days=1), e164=LONDON))
    assert names(recognised(desk, NATIONAL)) == ["Anna Blunt", "Ben Sharp"]
    assert names(recognised(desk, f"{NATIONAL} x12")) == ["Anna Blunt", "Ben Sharp"]


@pytest.mark.parametrize("typed", ["", "\x00", "anonymous", "Anonymous <sip:anonymous@invalid>"])
def test_a_withheld_number_is_said_to_be_withheld(store: Store, desk: Desk, typed: str) -> None:
    anna = customer()
    stock(store, anna, email(anna, "anna@example.com"))
    found = recognised(desk, typed)
    assert (found.kind, found.explanation) == (MatchKind.WITHHELD, "number withheld")
    assert (found.candidates, found.facts) == ((), None)


def test_an_unknown_number_tells_what_the_numbering_plan_knows(desk: Desk) -> None:
    found = recognised(desk, "+48 22 123 45 67")
    assert (found.kind, found.explanation) == (MatchKind.UNKNOWN, "unknown")
    assert found.facts is not None
    assert (found.facts.country, found.facts.time_zone) == ("Poland", "Europe/Warsaw")
    assert found.facts.shown == "+48 22 123 45 67"


@pytest.mark.parametrize("typed", ["204", "112", "call me", "٣", "9" * 300])
def test_what_is_no_subscribers_number_is_unknown(desk: Desk, typed: str) -> None:
    found = recognised(desk, typed)
    assert found.kind is MatchKind.UNKNOWN
    assert found.number.typed == typed


def test_a_card_opens_with_the_caller_and_without_one_stays_empty(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, anna, phone(anna, LONDON), contact(anna))
    opened = desk.open_call(NATIONAL).result()
    assert opened.card is not None
    assert opened.card.customer == anna
    assert [item.subject for item in opened.timeline.items] == ["A question"]
    unknown = desk.open_call("+48 601 234 567").result()
    assert (unknown.card, unknown.timeline.items, unknown.draft) == (None, (), None)


def test_attaching_a_number_makes_its_earlier_unknown_calls_theirs(
    store: Store, desk: Desk
) -> None:
    anna, ben = customer(), customer("Ben Sharp")
    unknown = contact(None, ago(days=2), e164=LONDON)
    bens = contact(ben, ago(days=1), e164=LONDON)
    elsewhere = contact(None, ago(days=1), e164="+442079460000")
    another = contact(None, ago(days=1), e164=LONDON, extension="14")
    stock(store, anna, ben, unknown, bens, elsewhere, another)
    changes = desk.attach_number(anna.id, parse_number(NATIONAL, "GB")).result()
    assert changes.touches_customer(anna.id)
    owners = [
        found.customer_id
        for call in (unknown, bens, elsewhere, another)
        if (found := store.read_here(get_entity, Interaction, call.id))
    ]
    assert owners == [anna.id, ben.id, None, None]
    assert names(recognised(desk, NATIONAL)) == ["Anna Blunt"]


def test_attaching_what_is_attached_changes_nothing(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, anna, phone(anna, LONDON))
    assert not desk.attach_number(anna.id, parse_number(NATIONAL, "GB")).result()
    assert len(points(store)) == 1
    assert waiting(store) == 0


def test_a_number_that_two_people_have_is_marked_as_shared_for_both(
    store: Store, desk: Desk
) -> None:
    anna, ben, cleo = customer(), customer("Ben Sharp"), customer("Cleo Dull")
    stock(store, anna, phone(anna, LONDON), ben, cleo, email(cleo, "cleo@example.com"))
    desk.attach_number(ben.id, parse_number(NATIONAL, "GB")).result()
    phones = [point for point in points(store) if point.kind is ContactKind.PHONE]
    assert [point.shared for point in phones] == [True, True]
    others = [point for point in points(store) if point.kind is ContactKind.EMAIL]
    assert [point.shared for point in others] == [False]


def test_a_new_customer_with_a_number_in_use_makes_it_a_shared_line(
    store: Store, desk: Desk
) -> None:
    anna = customer()
    stock(store, anna, phone(anna, LONDON))
    desk.add_customer("Ben Sharp", number=NATIONAL).result()
    desk.add_contact_point(
        desk.add_customer("Cleo Dull").result().id, ContactKind.PHONE, NATIONAL
    ).result()
    assert [point.shared for point in points(store)] == [True, True, True]


@pytest.mark.parametrize("typed", ["anonymous", "204", "112", "call me"])
def test_what_cannot_be_dialled_is_attached_to_nobody(store: Store, desk: Desk, typed: str) -> None:
    anna, ben = customer(), customer("Ben Sharp")
    withheld = contact(None, ago(hours=1), disposition=Disposition.MISSED)
    stock(store, anna, ben, email(ben, "ben@example.com"), withheld)
    with pytest.raises(UserError) as refused:
        desk.attach_number(anna.id, parse_number(typed, "GB")).result()
    assert refused.value.code is Code.BAD_NUMBER
    kept = store.read_here(get_entity, Interaction, withheld.id)
    assert kept is not None
    assert kept.customer_id is None
    assert waiting(store) == 0
