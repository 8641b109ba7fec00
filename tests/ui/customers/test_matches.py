"""Why somebody was found: in words, and the letters and digits that matched."""

from __future__ import annotations

import pytest

from agentdesk.domain.found import Hit, Why
from agentdesk.views.customers.list_model import found
from agentdesk.views.customers.matches import name_ranges, reason, reason_ranges


def marked(text: str, ranges: tuple[tuple[int, int], ...]) -> list[str]:
    """Return the highlighted parts."""
    return [text[start : start + length] for start, length in ranges]


def hit(why: Why, matched: str | None = None, **more: str) -> Hit:
    return Hit("1", "Anna Blunt", 0.5, why, matched=matched, **more)  # type: ignore[arg-type] # texts


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (hit(Why.NAME), "Name"),
        (hit(Why.SAME_SOUND), "Name in another spelling"),
        (hit(Why.SHORT_FORM), "Short form of the name"),
        (hit(Why.SIMILAR_NAME), "Similar name"),
        (hit(Why.FORMER_NAME, "Anna Sharp"), "Former name: Anna Sharp"),
        (hit(Why.PLACE, "Leeds", hometown="Leeds"), "Hometown: Leeds"),
        (hit(Why.PLACE, "Acme", company="Acme"), "Company: Acme"),
        (hit(Why.ADDRESS, "anna@mill.example"), "E-mail or handle"),
        (hit(Why.NOTE, "Has a dog"), "Note: Has a dog"),
        (hit(Why.CASE, "C-17"), "Case number"),
    ],
)
def test_the_reason_is_said_in_words(one: Hit, words: str) -> None:
    assert reason(one) == words


def test_what_matched_is_marked_where_it_is_shown() -> None:
    dog = Hit("1", "Anna", 0.3, Why.NOTE, matched="Has a dog", matched_spans=((6, 3),))
    assert marked(reason(dog), reason_ranges(dog)) == ["dog"]
    number = Hit("1", "Anna", 0.9, Why.NUMBER, matched="0113 496", matched_spans=((5, 3),))
    row = found(number)
    assert marked(row.number, row.number_ranges) == ["496"]
    assert (row.why, row.why_ranges) == ("Number", ())


def test_a_name_that_is_shown_otherwise_than_it_is_stored_is_not_marked_wrongly() -> None:
    plain = Hit("1", "Anna", 1.0, Why.NAME, name_spans=((0, 4),))
    turned = Hit("1", "\u05d0\u05e0\u05d4", 1.0, Why.NAME, name_spans=((0, 3),))
    assert (name_ranges(plain), name_ranges(turned)) == (((0, 4),), ())
