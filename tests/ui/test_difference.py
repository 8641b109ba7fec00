"""Which words differ: marked where that helps, and not where everything would be."""

from __future__ import annotations

import pytest

from agentdesk.ui.difference import changed_words, together


def marked(before: str, after: str) -> list[str]:
    return [after[start : start + length] for start, length in changed_words(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("Ring after five.", "Ring after six.", ["six"]),
        ("Ring after five.", "Ring after five. Not on Mondays.", ["Not on Mondays."]),
        ("Robert Hargreaves", "Robert J. Hargreaves", ["J."]),
        ("Звонить после пяти", "Звонить после шести", ["шести"]),
        ("Ring after five.", "Ring after five.", []),
        ("Annie", "Anna", []),
        ("", "Anna", []),
        ("Anna", "", []),
    ],
)
def test_words_that_differ_are_marked(before: str, after: str, words: list[str]) -> None:
    assert marked(before, after) == words


def test_blanks_at_the_ends_are_not_marked() -> None:
    assert marked("one two", "one  big two") == ["big"]


def test_a_text_too_long_for_a_glance_is_shown_unmarked() -> None:
    long = "word " * 10_000
    assert changed_words(long, long + "more") == ()


def test_marks_that_overlap_become_one() -> None:
    assert together(((0, 4), (10, 2)), ((2, 5),)) == ((0, 7), (10, 2))
