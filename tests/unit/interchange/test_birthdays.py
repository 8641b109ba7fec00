"""Birthdays are read in any notation, and never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentdesk.interchange.birthdays import DayOrder, birthday, order_of


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1984-03-07", "1984-03-07"),
        ("19840307", "1984-03-07"),
        ("1984-03-07T00:00:00Z", "1984-03-07"),
        ("19840307T103000", "1984-03-07"),
        ("--0307", "--03-07"),
        ("--03-07", "--03-07"),
        (" --02-29 ", "--02-29"),
        ("1604-03-07", "--03-07"),
        ("7.3.1984", "1984-03-07"),
        ("07.03.", "--03-07"),
        ("25/12/1984", "1984-12-25"),
        ("12/25/1984", "1984-12-25"),
        ("04/04/1984", "1984-04-04"),
        ("03/04/1984", None),
        ("1984-03", None),
        ("1984", None),
        ("---07", None),
        ("0/0/00", None),
        ("1984-02-30", None),
        ("1985-02-29", None),
        ("circa 1800", None),
        ("", None),
    ],
)
def test_a_birthday_is_a_full_day_or_none(text: str, day: str | None) -> None:
    assert birthday(text) == day


def test_one_telling_date_settles_the_order_for_the_file() -> None:
    assert order_of(["03/04/1984", "03/25/1984"]) is DayOrder.MONTH_FIRST
    assert order_of(["03/04/1984", "25/03/1984"]) is DayOrder.DAY_FIRST
    assert order_of(["03/25/1984", "25/03/1984"]) is DayOrder.UNKNOWN
    assert order_of(["03/04/1984", "", "7.3.1984"]) is DayOrder.UNKNOWN
    assert birthday("03/04/1984", DayOrder.MONTH_FIRST) == "1984-03-04"
    assert birthday("03/04/1984", DayOrder.DAY_FIRST) == "1984-04-03"


def test_the_year_that_a_phone_made_up_is_left_out() -> None:
    assert birthday("1900-03-07", omitted_year="1900") == "--03-07"


@given(st.text(alphabet="0123456789-./T: ٣", max_size=12))
def test_what_comes_out_is_always_a_birthday(text: str) -> None:
    day = birthday(text)

    assert day is None or birthday(day) == day
