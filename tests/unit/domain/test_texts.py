"""Numbers are found in what people write, and what only looks like one is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentdesk.domain.phone import parse_number
from agentdesk.domain.texts import MOST_NUMBERS, may_hold_number, numbers_in

LONDON, WARSAW = "+442079460018", "+48221234567"


@pytest.mark.parametrize(
    ("text", "region", "found"),
    [
        ("Ring me on 020 7946 0018, please.", "GB", (LONDON,)),
        ("My sister: (020) 7946-0018", "GB", (LONDON,)),
        ("+48 22 123 45 67 or 020 7946 0018", "GB", (WARSAW, LONDON)),
        ("020 7946 0018, again 020 7946 0018", "GB", (LONDON,)),
        ("proszę dzwonić 601234567 602345678", "PL", ("+48601234567", "+48602345678")),
        ("тел. 8 (495) 123-45-67, доб. 12", "RU", ("+74951234567",)),
        ("since 2024-03-05 020 7946 0018", "GB", (LONDON,)),
        ("020 7946 0018 2024-03-05", "GB", (LONDON,)),
        ("٠٢٠ ٧٩٤٦ ٠٠١٨", "GB", (LONDON,)),
        ("old mobile +52 1 55 1234 5678", "GB", ("+525512345678",)),
        ("no region: 020 7946 0018 and +442079460018", "", (LONDON,)),
    ],
)
def test_numbers_are_found_in_their_countries_notation(
    text: str, region: str, found: tuple[str, ...]
) -> None:
    assert numbers_in(text, region) == found
    assert may_hold_number(text, region)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Nothing here",
        "Order 48213377 of 05.03.2024, 10:15",
        "paid 1,299,000.00 EUR on 2024-03-05",
        "IBAN PL61109010140000071219812874",
        "0190a1b2-1234-7000-8000-123456789012",
        "ab020 7946 0018",
        "7946 0018",
    ],
)
def test_dates_amounts_and_codes_are_no_numbers(text: str) -> None:
    assert numbers_in(text, "GB") == ()


def test_a_long_list_of_numbers_is_cut() -> None:
    text = ", ".join(f"020 7946 0{n:03}" for n in range(200))
    assert len(numbers_in(text, "GB")) == MOST_NUMBERS


@given(st.text(max_size=400), st.sampled_from(["GB", "PL", "RU", "", "XX"]))
def test_no_text_at_all_breaks_the_finder(text: str, region: str) -> None:
    found = numbers_in(text, region)

    assert all(parse_number(e164, "").e164 for e164 in found)
    assert may_hold_number(text, region) or not found


@pytest.mark.parametrize(
    "text", ["1 " * 20_000, "(" * 20_000 + "1", "+1" * 10_000, "1,234" * 5_000]
)
def test_hostile_text_is_looked_through_at_once(text: str) -> None:
    # pytest-timeout would end the test; a backtracking pattern would run for years.
    assert len(numbers_in(text, "GB")) <= MOST_NUMBERS
