"""Two customers who look alike: one person entered twice, or relatives, colleagues, namesakes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agentdesk.domain.entities import ContactKind, ContactPoint, Customer
from agentdesk.domain.ids import new_id
from agentdesk.domain.name_likeness import Level, family_level, given_level, no_roots, sound_of
from agentdesk.domain.sameness import (
    PROBABLE,
    Evidence,
    Likeness,
    Rarity,
    Trait,
    Traits,
    compare,
    likeness_bits,
    traits_of,
)

BASE = Rarity(size=100_000, counts={Trait.FAMILY: {"nowak": 900}, Trait.GIVEN: {"anna": 1_500}})
ANNA = Traits(
    id="a",
    family=("kowalczyk",),
    given=("anna",),
    birthday="1984-03-07",
    lines={"+48221234567": ""},
    emails=("anna.k@example.com",),
    town="gdynia",
)

words = st.text("abdeiklmnorstuvz", min_size=1, max_size=9)
days = st.sampled_from(["", "1984-03-07", "1984-07-03", "1951-03-07", "--03-07"])
people = st.builds(
    Traits,
    id=st.sampled_from("abcd"),
    family=st.lists(words, max_size=2).map(tuple),
    given=st.lists(words, max_size=2).map(tuple),
    patronymic=st.sampled_from(["", "petrovna", "ivanovich"]),
    generation=st.sampled_from(["", "younger", "older"]),
    birthday=days,
    lines=st.dictionaries(st.sampled_from(["+481", "+482"]), st.sampled_from(["", "12"])),
    shared=st.frozensets(st.sampled_from(["+481"])),
    emails=st.lists(
        st.sampled_from(["a.b@x.pl", "a.b@y.pl", "zofia77@x.pl", "zofia77@y.pl"]), max_size=3
    ).map(tuple),
    town=st.sampled_from(["", "gdynia", "gdansk"]),
    company=st.sampled_from(["", "acme", "acme ltd", "orlen"]),
)


def said(likeness: Likeness, trait: Trait) -> Evidence:
    """Return what one trait says."""
    return next(e for e in likeness.evidence if e.trait is trait)


def same(one: Traits, other: Traits) -> bool:
    """Tell whether two are suggested as one."""
    return compare(one, other, rarity=BASE).bits >= PROBABLE


@given(people, people)
def test_it_does_not_matter_who_is_compared_with_whom(one: Traits, other: Traits) -> None:
    there, back = compare(one, other, rarity=BASE), compare(other, one, rarity=BASE)
    assert there.bits == pytest.approx(back.bits)
    assert 0 <= there.probability <= 1


@given(people, people)
def test_what_is_missing_says_nothing(one: Traits, other: Traits) -> None:
    told = {
        e.trait for e in compare(one, replace(other, birthday="", town=""), rarity=BASE).evidence
    }
    assert told.isdisjoint({Trait.BIRTHDAY, Trait.TOWN})


@given(people, people)
def test_another_birthday_never_speaks_for_one_person(one: Traits, other: Traits) -> None:
    known = replace(one, birthday="1984-03-07")
    silent = compare(known, replace(other, birthday=""), rarity=BASE).bits
    assert compare(known, replace(other, birthday="1951-11-30"), rarity=BASE).bits < silent


@given(people, people)
def test_the_total_is_never_above_what_the_likeliest_rival_leaves(
    one: Traits, other: Traits
) -> None:
    found = compare(one, other, rarity=BASE)
    assert found.bits <= sum(e.bits for e in found.evidence)


def test_one_person_entered_again_with_a_slip_and_a_new_number_is_recognised() -> None:
    again = replace(ANNA, id="b", family=("kowalcyzk",), lines={"+48229999999": ""})
    assert same(ANNA, again)


def test_a_family_on_one_line_stays_a_family() -> None:
    jan = replace(ANNA, id="b", given=("jan",), birthday="1982-11-30", emails=("jan@example.com",))
    assert not same(ANNA, jan)
    assert said(compare(ANNA, jan, rarity=BASE), Trait.GIVEN).bits < -5


def test_twins_are_two_although_birthday_line_and_town_agree() -> None:
    ewa = replace(ANNA, id="b", given=("ewa",), emails=())
    assert not same(ANNA, ewa)


def test_father_and_son_of_one_name_are_two_by_their_birthdays() -> None:
    father = replace(ANNA, given=("jan",), birthday="1951-02-01", emails=())
    son = replace(father, id="b", birthday="1979-08-09")
    assert not same(father, son)


def test_junior_and_senior_are_two() -> None:
    senior = replace(ANNA, generation="older", birthday="", emails=())
    assert not same(senior, replace(senior, id="b", generation="younger"))


def test_colleagues_at_one_switchboard_are_two() -> None:
    one = Traits(
        id="a",
        family=("nowak",),
        given=("anna",),
        lines={"+481": "12"},
        shared=frozenset({"+481"}),
        company="orlen",
    )
    other = replace(one, id="b", family=("lis",), given=("adam",), lines={"+481": "14"})
    assert not same(one, other)
    assert compare(one, other, rarity=BASE).rival.value == "colleagues"


def test_a_common_name_alone_is_no_reason_and_says_less_than_a_rare_one() -> None:
    common = Traits(id="a", family=("nowak",), given=("anna",))
    rare = Traits(id="a", family=("szczukin",), given=("anna",))
    assert not same(common, replace(common, id="b"))
    weight = [
        compare(who, replace(who, id="b", lines={}), rarity=BASE).bits for who in (common, rare)
    ]
    assert weight[0] < weight[1] - 5


def test_the_maiden_name_does_not_hide_somebody_whose_birthday_and_line_agree() -> None:
    married = replace(ANNA, id="b", family=("wozniak",))
    assert same(ANNA, married)


def test_given_and_family_name_in_each_others_place_are_told_of() -> None:
    swapped = replace(ANNA, id="b", family=("anna",), given=("kowalczyk",))
    found = compare(ANNA, swapped, rarity=BASE)
    assert found.swapped
    assert found.bits >= PROBABLE


def test_a_short_form_agrees_where_it_is_known() -> None:
    roots = {"bob": frozenset({"bob", "robert"})}
    known = given_level(["bob"], ["robert"], lambda name: roots.get(name, no_roots(name)))
    assert known is Level.SHORT
    assert given_level(["bob"], ["robert"], no_roots) is Level.DIFFERENT


def test_what_two_names_are_short_for_does_not_make_them_one() -> None:
    both = {"alexander", "alexandra"}
    roots = {"alex": frozenset(both), **{name: frozenset({"alex"}) for name in both}}
    assert given_level(["alex"], ["alexandra"], roots.__getitem__) is Level.SHORT
    assert given_level(["alexander"], ["alexandra"], roots.__getitem__) is not Level.SHORT


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("shchukin", "schukin", Level.SOUNDS),
        ("chekhov", "tschechow", Level.SOUNDS),
        ("meier", "mayer", Level.SOUNDS),
        ("watson", "watosn", Level.CLOSE),
        ("nowak", "nowicki", Level.DIFFERENT),
        ("li", "lu", Level.DIFFERENT),
    ],
)
def test_family_names_agree_as_far_as_they_do(one: str, other: str, level: Level) -> None:
    assert family_level([one], [other]) is level


def test_a_double_name_agrees_with_its_half() -> None:
    assert family_level(["nowak", "kowalska"], ["kowalska"]) is Level.PARTLY


@given(words)
def test_a_sound_has_no_letter_twice_in_a_row(word: str) -> None:
    heard = sound_of(word)
    assert all(a != b for a, b in pairwise(heard))


def test_a_customer_is_compared_folded_and_in_latin_letters() -> None:
    who = Customer(
        id=new_id(), full_name="Щукина Анна Петровна", family_name="Щукина", given_name="Анна",
        hometown="Gdynia, Poland", company="ÖBB",
    )  # fmt: skip
    phone = ContactPoint(
        id=new_id(), customer_id=who.id, kind=ContactKind.PHONE, value="1", e164="+481", shared=True
    )
    traits = traits_of(who, [phone])
    assert (traits.family, traits.given) == (("shchukina",), ("anna",))
    assert traits.patronymic == "petrovna"
    assert (traits.town, traits.company) == ("gdynia", "obb")
    assert (dict(traits.lines), set(traits.shared)) == ({"+481": ""}, set())


def test_a_name_in_one_field_is_taken_apart() -> None:
    traits = traits_of(Customer(id=new_id(), full_name="John Blunt Jr."), [])
    assert (traits.family, traits.given, traits.generation) == (("blunt",), ("john",), "younger")


@given(people, people)
def test_comparing_many_comes_to_the_same_bits(one: Traits, other: Traits) -> None:
    quick = likeness_bits(one, other, rarity=BASE, roots=no_roots)
    assert quick == compare(one, other, rarity=BASE).bits


@pytest.mark.parametrize(("one", "other"), [("anna", "ana"), ("jon", "john"), ("kate", "cat")])
def test_given_names_agree_as_far_in_either_order(one: str, other: str) -> None:
    assert given_level([one], [other], no_roots) is given_level([other], [one], no_roots)
