"""Why somebody was found: the parts that matched, in any spelling and alphabet."""

from __future__ import annotations

import pytest

from agentdesk.domain.found import Hit, Why
from agentdesk.views.customers.list_model import found
from agentdesk.views.customers.matches import digit_ranges, reason, word_ranges


def marked(text: str, ranges: tuple[tuple[int, int], ...]) -> list[str]:
    """Return the highlighted parts."""
    return [text[start : start + length] for start, length in ranges]


@pytest.mark.parametrize(
    ("text", "typed", "parts"),
    [
        ("Anna Wiśniewska", "wisn", ["Wiśn"]),
        ("Anna Wiśniewska", "ANN WIŚ", ["Ann", "Wiś"]),
        ("Анна Кузнецова", "кузн", ["Кузн"]),
        ("Анна Кузнецова", "kuzne", ["Кузнецова"]),
        ("Groß", "gross", ["Groß"]),
        ("Joanna", "ann", []),
        ("Anna", "", []),
    ],
)
def test_beginnings_of_words_are_marked(text: str, typed: str, parts: list[str]) -> None:
    assert marked(text, word_ranges(text, typed)) == parts


@pytest.mark.parametrize(
    ("number", "typed", "parts"),
    [
        ("+44 1632 960011", "960 011", ["960011"]),
        ("+44 1632 960011", "01632", ["1632"]),
        ("(0113) 496 0101", "4960", ["496 0"]),
        ("+44 1632 960011", "555", []),
    ],
)
def test_digits_are_marked_across_spaces(number: str, typed: str, parts: list[str]) -> None:
    assert marked(number, digit_ranges(number, typed)) == parts


@pytest.mark.parametrize(
    ("hit", "typed", "words"),
    [
        (Hit("1", "Anna Blunt", 1.0, Why.NAME), "anna", "Name"),
        (Hit("1", "Анна Блант", 1.0, Why.NAME), "anna", "Name in another spelling"),
        (Hit("1", "Anna Blunt", 0.5, Why.SIMILAR_NAME), "anma", "Similar name"),
        (Hit("1", "Anna Blunt", 0.4, Why.PLACE, hometown="Leeds"), "leed", "Hometown: Leeds"),
        (Hit("1", "Anna Blunt", 0.4, Why.PLACE, company="Acme"), "acme", "Company: Acme"),
        (Hit("1", "Anna Blunt", 0.4, Why.PLACE), "anna.b", "E-mail or handle"),
    ],
)
def test_the_reason_is_said_in_words(hit: Hit, typed: str, words: str) -> None:
    assert reason(hit, typed) == words


def test_an_address_is_marked_whole() -> None:
    row = found(Hit("1", "Anna", 1.0, Why.ADDRESS, matched="anna@example.org"), "anna@example.org")
    assert marked(row.number, row.number_ranges) == ["anna@example.org"]
