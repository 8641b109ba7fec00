"""A number that its country has changed is still the same person's, and nobody else's."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentdesk.domain.phone import NumberKind, parse_number
from agentdesk.domain.renumbering import renumbered, spellings

CHANGED = [
    ("+52 1 55 1234 5678", "US", "+525512345678"),
    ("044 55 1234 5678", "MX", "+525512345678"),
    ("045 33 1234 5678", "MX", "+523312345678"),
    ("01 55 1234 5678", "MX", "+525512345678"),
    ("+55 11 8123-4567", "US", "+5511981234567"),
    ("+225 07 12 34 56", "FR", "+2250707123456"),
    ("04 12 34 56", "CI", "+2250504123456"),
    ("41 12 34 56", "CI", "+2250141123456"),
    ("+229 97 12 34 56", "FR", "+2290197123456"),
    ("+84 120 234 5678", "US", "+84702345678"),
    ("+84 168 234 5678", "US", "+84382345678"),
    ("+57 1 234 5678", "US", "+576012345678"),
    ("0 22 123 45 67", "PL", "+48221234567"),
    ("+48 022 123 45 67", "GB", "+48221234567"),
]


@pytest.mark.parametrize(("text", "region", "e164"), CHANGED)
def test_an_old_number_is_read_as_what_it_is_today(text: str, region: str, e164: str) -> None:
    parsed = parse_number(text, region)

    assert (parsed.kind, parsed.e164, parsed.certain) == (NumberKind.SUBSCRIBER, e164, True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("+5215512345678", "+525512345678"),
        ("+551181234567", "+5511981234567"),
        ("+22507123456", "+2250707123456"),
        ("+22997123456", "+2290197123456"),
        ("+841202345678", "+84702345678"),
        ("+5712345678", "+576012345678"),
        ("+480221234567", "+48221234567"),
    ],
)
def test_a_number_kept_in_its_old_form_is_looked_for_too(old: str, new: str) -> None:
    assert renumbered(old) == new
    assert old in spellings(new)


def test_an_argentinian_mobile_is_one_with_its_9_and_without() -> None:
    assert "+541123456789" in spellings("+5491123456789")
    assert "+5491123456789" in spellings("+541123456789")


def test_what_cannot_be_told_from_the_number_is_not_guessed() -> None:
    # A fixed line of Côte d'Ivoire could have become one of three operators'.
    assert parse_number("+225 20 31 23 45", "FR").kind is NumberKind.INVALID


_REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
_COUNTRIES = [region for region in _REGIONS if phonenumbers.example_number(region)]


@given(
    first=st.sampled_from(_COUNTRIES), second=st.sampled_from(_COUNTRIES), swap=st.integers(0, 9)
)
def test_two_countries_with_the_same_national_number_never_match(
    first: str, second: str, swap: int
) -> None:
    example = phonenumbers.example_number(first)
    code = phonenumbers.country_code_for_region(second)
    assert example is not None
    if code == example.country_code:
        return
    digits = str(example.national_number)[:-1] + str(swap)
    one = f"+{example.country_code}{digits}"
    other = f"+{code}{digits}"

    assert not set(spellings(one)) & set(spellings(other))
    read = {parse_number(one, "GB").e164, parse_number(other, "GB").e164}
    assert len(read) == 2 or read == {None}


@given(number=st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True), cut=st.integers(1, 6))
def test_the_end_of_a_number_is_another_number(number: str, cut: int) -> None:
    shorter = "+" + number[1 + cut :]

    # A change of plan never only cuts off or adds a country code.
    assert shorter not in spellings(number) or number[1:3] == shorter[1:3]


@given(number=st.from_regex(r"\+[1-9][0-9]{4,16}", fullmatch=True))
def test_all_forms_of_a_number_are_of_its_country(number: str) -> None:
    for form in spellings(number):
        assert form[:3] == number[:3]
    today = renumbered(number)
    assert today is None or today[:3] == number[:3]
