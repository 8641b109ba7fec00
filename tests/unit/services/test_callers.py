"""Who calls is told by the whole number, its country and its extension, and said in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agentdesk.domain.callers import MatchKind
from agentdesk.domain.entities import (
    Channel,
    ContactKind,
    ContactPoint,
    Customer,
    Disposition,
    Interaction,
    Note,
)
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.domain.phone import parse_number
from agentdesk.errors import Code, UserError
from agentdesk.services.callers import MOST_MENTIONED, Recognition
from agentdesk.services.desk import Desk
from agentdesk.store import outbox
from agentdesk.store.rows import get_entity, select_entities
from agentdesk.store.tables import contact_point
from agentdesk.store.workers import Store
from tests.real import ORGANISATION
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
    assert found.kind in (MatchKind.UNKNOWN, MatchKind.INTERNAL)
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


def test_a_call_from_another_extension_says_both(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, anna, phone(anna, LONDON, "12"))
    found = recognised(desk, f"{NATIONAL} ext. 14")
    assert found.kind is MatchKind.EXTENSION
    assert found.explanation == "same number, extension 12; this call is from 14"


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


def test_behind_the_last_caller_come_those_who_call_most_of_late(store: Store, desk: Desk) -> None:
    people = [customer(name) for name in ("Anna Blunt", "Ben Sharp", "Cleo Dull", "Dan Deft")]
    stock(store, *people, *(phone(who, LONDON) for who in people))
    often = [contact(people[2], ago(days=days), e164=LONDON) for days in (20, 21, 22)]
    long_ago = [contact(people[1], ago(days=days), e164=LONDON) for days in range(400, 410)]
    stock(store, *often, *long_ago, contact(people[3], ago(hours=1), e164=LONDON))
    found = recognised(desk, NATIONAL)
    assert names(found) == ["Dan Deft", "Cleo Dull", "Ben Sharp", "Anna Blunt"]
    assert [one.calls for one in found.candidates] == [1, 3, 10, 0]


def test_a_clock_that_is_centuries_ahead_breaks_no_call(store: Store, desk: Desk) -> None:
    anna, ben = customer(), customer("Ben Sharp")
    stock(store, anna, ben, phone(anna, LONDON), phone(ben, LONDON))
    stock(store, contact(ben, datetime(9999, 12, 31, tzinfo=UTC), e164=LONDON))
    assert names(recognised(desk, NATIONAL)) == ["Ben Sharp", "Anna Blunt"]


def test_the_last_caller_of_a_line_is_named_even_if_the_extension_is_another_ones(
    store: Store, desk: Desk
) -> None:
    people = [customer(name) for name in ("Anna Blunt", "Ben Sharp", "Cleo Dull")]
    stock(store, *people, *(phone(who, LONDON) for who in people[:2]))
    stock(store, phone(people[2], LONDON, "7"))
    stock(store, contact(people[2], ago(hours=1), e164=LONDON, extension="7"))
    found = recognised(desk, NATIONAL)
    assert names(found)[0] != "Cleo Dull"
    assert found.explanation == "shared line: 3 people, last caller Cleo Dull"


@pytest.mark.parametrize(
    ("kept", "calls"),
    [
        ("+5215512345678", "+52 55 1234 5678"),
        ("+525512345678", "+52 1 55 1234 5678"),
        ("+551181234567", "+55 11 98123-4567"),
        ("+5491123456789", "+54 11 2345-6789"),
        ("+541123456789", "+54 9 11 2345-6789"),
        ("+2250707123456", "+225 07 12 34 56"),
    ],
)
def test_a_number_that_its_country_has_changed_is_known_in_either_form(
    store: Store, desk: Desk, kept: str, calls: str
) -> None:
    anna = customer()
    stock(store, anna, phone(anna, kept), contact(anna, e164=kept))
    found = recognised(desk, calls)
    assert (found.kind, names(found)) == (MatchKind.EXACT, ["Anna Blunt"])
    assert found.candidates[0].calls == 1


def test_who_has_the_number_as_it_is_comes_before_who_had_it_once(store: Store, desk: Desk) -> None:
    old, new = customer("Olga Old"), customer("Nina New")
    stock(store, old, phone(old, "+551181234567"), new, phone(new, "+5511981234567"))
    assert names(recognised(desk, "+55 11 98123-4567")) == ["Nina New"]


@pytest.mark.parametrize(
    ("line", "region"),
    [
        (None, "GB"),
        ("Sales", "GB"),
        ("+48 22 555 00 00", "PL"),
        ("sip:+4930123456@pbx.example", "DE"),
        ("Warsaw", "PL"),
        ("4021", "CZ"),
    ],
)
def test_a_line_abroad_reads_national_numbers_as_its_country_does(
    desk: Desk, line: str | None, region: str
) -> None:
    desk.save_setting("line-regions", "Warsaw=PL, 4021 = cz; nonsense, =X, +1=").result()
    found = desk.recognise("22 123 45 67", line).result()
    assert found.number == parse_number("22 123 45 67", region)
    assert desk.open_call("22 123 45 67", line).result().recognition == found


# --- Mentions -------------------------------------------------------------------------------------


def mail(who: Customer, text: str, at: datetime) -> Interaction:
    return contact(who, at, channel=Channel.EMAIL, subject="Hello", summary=text)


def note(who: Customer, text: str, at: datetime) -> Note:
    return Note(id=new_id(), customer_id=who.id, text=text, created_at=at)


def test_a_number_that_is_only_mentioned_is_a_maybe(store: Store, desk: Desk) -> None:
    anna, ben = customer(), customer("Ben Sharp")
    written = note(ben, "His wife: 020 7946 0958", ago(days=30))
    stock(store, ORGANISATION, anna, ben, written)
    stock(store, mail(anna, "Ring me on 020 7946 0958", datetime(2025, 5, 3, 12, tzinfo=UTC)))
    found = recognised(desk, NATIONAL)
    assert (found.kind, found.candidates, found.best) == (MatchKind.MENTIONED, (), None)
    assert [(one.name, one.kind) for one in found.mentioned] == [
        ("Ben Sharp", KindName.NOTE),
        ("Anna Blunt", KindName.INTERACTION),
    ]
    assert found.mentioned[1].explanation == "number mentioned in an e-mail of 3 May 2025"
    assert found.explanation == found.mentioned[0].explanation
    assert desk.open_call(NATIONAL).result().card is None


def test_who_has_the_number_comes_alone_whoever_mentions_it(store: Store, desk: Desk) -> None:
    anna, ben = customer(), customer("Ben Sharp")
    stock(store, ORGANISATION, anna, phone(anna, LONDON), ben, note(ben, NATIONAL, ago(days=1)))
    found = recognised(desk, NATIONAL)
    assert (found.kind, names(found), found.mentioned) == (MatchKind.EXACT, ["Anna Blunt"], ())


def test_a_number_that_stands_in_many_peoples_mail_is_nobodys(store: Store, desk: Desk) -> None:
    people = [customer(f"Customer {n}") for n in range(MOST_MENTIONED + 1)]
    mails = [mail(who, f"Our desk: {NATIONAL}", ago(days=1)) for who in people]
    stock(store, ORGANISATION, *people, *mails[:-1])
    assert len(recognised(desk, NATIONAL).mentioned) == MOST_MENTIONED
    stock(store, mails[-1])
    assert recognised(desk, NATIONAL).kind is MatchKind.UNKNOWN


def test_a_forgotten_mention_stays_forgotten_until_that_is_taken_back(
    store: Store, desk: Desk
) -> None:
    anna, ben = customer(), customer("Ben Sharp")
    stock(store, ORGANISATION, anna, note(anna, NATIONAL, ago(days=2)))
    stock(store, ben, note(ben, NATIONAL, ago(days=3)))
    desk.dismiss_mention(LONDON, anna.id).result()
    assert [one.name for one in recognised(desk, NATIONAL).mentioned] == ["Ben Sharp"]
    desk.dismiss_mention(LONDON, ben.id).result()
    stock(store, mail(anna, f"As I said: {NATIONAL}", ago(days=1)))
    assert recognised(desk, NATIONAL).kind is MatchKind.UNKNOWN
    desk.recall_mention(LONDON, anna.id).result()
    assert [one.name for one in recognised(desk, NATIONAL).mentioned] == ["Anna Blunt"]
    assert waiting(store) == 0


def test_attaching_a_mentioned_number_makes_it_certain(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, ORGANISATION, anna, note(anna, NATIONAL, ago(days=2)))
    found = recognised(desk, NATIONAL)
    desk.attach_number(found.mentioned[0].customer_id, found.number).result()
    assert recognised(desk, NATIONAL).kind is MatchKind.EXACT


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


@pytest.mark.parametrize(
    ("typed", "kind", "words"),
    [
        ("204", MatchKind.INTERNAL, "internal extension 204"),
        ("٣", MatchKind.INTERNAL, "internal extension 3"),
        ("112", MatchKind.SHORT, "service number, nobody's own"),
        ("call me", MatchKind.UNKNOWN, "unknown"),
        ("9" * 300, MatchKind.UNKNOWN, "unknown"),
    ],
)
def test_what_is_no_subscribers_number_is_no_customers(
    desk: Desk, typed: str, kind: MatchKind, words: str
) -> None:
    found = recognised(desk, typed)
    assert (found.kind, found.explanation) == (kind, words)
    assert (found.number.typed, found.candidates, found.facts) == (typed, (), None)


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
