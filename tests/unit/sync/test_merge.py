"""Properties of merging: the same twice is once, order does not matter, nothing disappears."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentdesk.domain.kinds import RESTRICTIVENESS, Stakes
from agentdesk.sync.merge import FieldMerge, merge_field, merge_text, more_restrictive, worst
from agentdesk.sync.protocol import FieldChange, Outcome

values = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.sampled_from("abc"))
versions = st.integers(0, 3)
changes = st.builds(FieldChange, base_version=versions, base=values, new=values)
free = st.sampled_from([Stakes.LOW, Stakes.HIGH])
lines = st.lists(st.sampled_from(["", "a", "b", "c", "d"]), max_size=8).map("\n".join)
texts = st.one_of(lines, st.text(max_size=40))


def merged(change: FieldChange, current: Any, version: int, stakes: Stakes) -> FieldMerge:
    return merge_field("company", change, current=current, version=version, stakes=stakes)


@given(changes, values, versions, free)
def test_of_two_values_one_stands_and_the_other_is_kept(
    change: FieldChange, current: Any, version: int, stakes: Stakes
) -> None:
    result = merged(change, current, version, stakes)
    if current == change.new:
        assert (result.value, result.loses) == (current, False)
    else:
        assert result.loses
        assert result.value in (current, change.new)
        assert result.lost in (current, change.new)
        assert result.value != result.lost
    assert result.writes is (result.value != current)


@given(changes, values, versions, free)
def test_a_change_that_was_written_changes_nothing_when_it_comes_again(
    change: FieldChange, current: Any, version: int, stakes: Stakes
) -> None:
    first = merged(change, current, version, stakes)
    again = merged(change, first.value, version + 1 if first.writes else version, stakes)
    assert again.value == first.value
    assert again.writes is False


@given(values, values, values, versions, versions)
def test_what_nobody_else_touched_is_simply_applied(
    base: Any, new: Any, other_base: Any, version: int, base_version: int
) -> None:
    by_value = FieldChange(base_version=base_version, base=base, new=new)
    by_version = FieldChange(base_version=version + 1, base=other_base, new=new)
    for stakes in Stakes:
        for change in (by_value, by_version):
            result = merge_field(
                "consent", change, current=base, version=version + 1, stakes=stakes
            )
            assert (result.outcome, result.value) == (Outcome.APPLIED, new)


@given(values, st.permutations([("company", "x"), ("hometown", "y"), ("country", "z")]))
def test_the_order_of_edits_of_different_fields_does_not_matter(
    base: Any, edits: list[tuple[str, str]]
) -> None:
    row = dict.fromkeys(("company", "hometown", "country"), base)
    for at, (field, new) in enumerate(edits, 2):
        change = FieldChange(base_version=1, base=base, new=new)
        row[field] = merge_field(
            field, change, current=row[field], version=at, stakes=Stakes.LOW
        ).value
    assert row == {"company": "x", "hometown": "y", "country": "z"}


@given(changes.filter(lambda change: change.base != change.new), values, versions)
def test_a_collision_of_high_stakes_keeps_centrals_and_one_of_low_stakes_takes_the_later(
    change: FieldChange, current: Any, version: int
) -> None:
    collides = current not in (change.base, change.new) and not 0 < version == change.base_version
    high = merged(change, current, version, Stakes.HIGH)
    low = merged(change, current, version, Stakes.LOW)
    if collides:
        assert (high.outcome, high.value, high.lost) == (Outcome.CONFLICT, current, change.new)
        assert (low.outcome, low.value, low.lost) == (Outcome.MERGED, change.new, current)
    else:
        assert high.outcome is low.outcome is Outcome.APPLIED


def test_a_value_without_a_number_is_compared_by_itself_alone() -> None:
    change = FieldChange(base_version=0, base="a", new="b")
    assert merged(change, "c", 0, Stakes.HIGH).outcome is Outcome.CONFLICT


@pytest.mark.parametrize("field", sorted(RESTRICTIVENESS))
def test_two_restrictive_edits_come_to_the_same_in_either_order(field: str) -> None:
    order = RESTRICTIVENESS[field]
    for one in order:
        for other in order:
            strict = max(one, other, key=order.index)
            change = FieldChange(base="something else", new=other)
            result = merge_field(field, change, current=one, version=2, stakes=Stakes.RESTRICTIVE)
            assert result.value == strict
            assert more_restrictive(field, one, other) == strict
            assert more_restrictive(field, other, one) == strict


@given(texts, texts)
def test_an_edit_by_one_side_alone_is_taken_as_it_is(base: str, edited: str) -> None:
    assert merge_text(base, edited, base) == edited
    assert merge_text(base, base, edited) == edited
    assert merge_text(base, edited, edited) == edited


@given(lines, lines, lines)
def test_which_side_is_which_does_not_matter(base: str, mine: str, theirs: str) -> None:
    assert merge_text(base, mine, theirs) == merge_text(base, theirs, mine)


@given(lines, lines, lines)
def test_no_line_that_anybody_typed_disappears(base: str, mine: str, theirs: str) -> None:
    result = merge_text(base, mine, theirs)
    if result is not None:
        there = Counter(result.split("\n"))
        for side in (mine, theirs):
            typed = Counter(side.split("\n")) - Counter(base.split("\n"))
            assert typed <= there


@given(lines, lines, lines)
def test_a_merge_that_arrives_again_adds_nothing(base: str, mine: str, theirs: str) -> None:
    result = merge_text(base, mine, theirs)
    if result is not None:
        assert merge_text(result, result, theirs) == theirs
        assert merge_text(theirs, result, theirs) == result


def test_edits_of_different_lines_are_both_in_the_text() -> None:
    base = "Likes tea.\nCalls on Mondays.\nHas a dog."
    mine = "Likes tea.\nCalls on Mondays.\nHas a dog, Rex."
    theirs = "Likes green tea.\nCalls on Mondays.\nHas a dog."
    assert merge_text(base, mine, theirs) == "Likes green tea.\nCalls on Mondays.\nHas a dog, Rex."


@pytest.mark.parametrize(
    ("base", "mine", "theirs"),
    [
        ("one", "two", "three"),
        ("", "one", "two"),
        ("a\nb", "a\nb\nmine", "a\nb\ntheirs"),
        ("a\nb\nc", "a\nc", "a\nB\nc"),
    ],
)
def test_edits_of_the_same_place_are_not_merged(base: str, mine: str, theirs: str) -> None:
    assert merge_text(base, mine, theirs) is None


def test_a_text_of_very_many_lines_is_not_merged() -> None:
    base = "\n" * 5_000
    assert merge_text(base, "mine" + base, base + "theirs") is None


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], Outcome.APPLIED),
        ([Outcome.APPLIED, Outcome.MERGED], Outcome.MERGED),
        ([Outcome.CONFLICT, Outcome.MERGED, Outcome.APPLIED], Outcome.CONFLICT),
    ],
)
def test_a_mutation_is_as_contested_as_its_most_contested_part(
    outcomes: list[Outcome], expected: Outcome
) -> None:
    assert worst(outcomes) is expected
