"""Merging over whole histories: in any order, twice is once, and nothing typed is gone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentdesk.domain.kinds import KINDS, RESTRICTIVENESS, KindName, Stakes
from agentdesk.sync.merge import merge_field, merge_text, more_restrictive
from agentdesk.sync.overlay import overlay
from agentdesk.sync.protocol import (
    FieldChange,
    Mutation,
    NoteEdit,
    Outcome,
    Patch,
)

STAKES = {
    "hometown": Stakes.LOW,
    "company": Stakes.LOW,
    "full_name": Stakes.HIGH,
    "consent": Stakes.RESTRICTIVE,
}
AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
words = st.sampled_from(["a", "b", "c", None])
consents = st.sampled_from(RESTRICTIVENESS["consent"])
typed = st.one_of(
    st.tuples(st.sampled_from(["hometown", "company", "full_name"]), words),
    st.tuples(st.just("consent"), consents),
)
lines = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=6).map("\n".join)


@dataclass
class Row:
    """One record as Central keeps it: values, versions, what was lost and what is contested."""

    values: dict[str, Any] = field(
        default_factory=lambda: {
            "hometown": None, "company": None, "full_name": "x", "consent": "unknown"
        }
    )  # fmt: skip
    versions: dict[str, int] = field(default_factory=dict)
    history: list[tuple[str, Any]] = field(default_factory=list)
    contested: list[tuple[str, Any]] = field(default_factory=list)
    seq: int = 1

    def take(self, name: str, change: FieldChange) -> Outcome:
        """Merge a change as Central does."""
        self.seq += 1
        merged = merge_field(
            name,
            change,
            current=self.values[name],
            version=self.versions.get(name, 1),
            stakes=STAKES[name],
        )
        if merged.writes:
            self.values[name], self.versions[name] = merged.value, self.seq
        if merged.loses:
            self.history.append((name, merged.lost))
        if merged.outcome is Outcome.CONFLICT:
            self.contested.append((name, change.new))
        return merged.outcome


def changes_of(edits: list[tuple[str, Any]], seen: dict[str, Any]) -> list[tuple[str, FieldChange]]:
    """Return the changes of a desk that edits offline: each on top of its own last one."""
    shown = dict(seen)
    made = []
    for name, new in edits:
        made.append((name, FieldChange(base_version=1, base=shown[name], new=new)))
        shown[name] = new
    return made


@given(st.lists(typed, max_size=6), st.lists(typed, max_size=6))
def test_nothing_that_two_desks_typed_disappears(
    ann: list[tuple[str, Any]], ben: list[tuple[str, Any]]
) -> None:
    row = Row()
    seen = dict(row.values)
    for name, change in (*changes_of(ann, seen), *changes_of(ben, seen)):
        row.take(name, change)
    kept = {*row.values.items(), *row.history, *row.contested}
    assert {*ann, *ben} <= kept | set(seen.items())


@given(st.lists(typed, max_size=6))
def test_a_desk_alone_collides_with_nothing_and_ends_with_what_it_shows(
    edits: list[tuple[str, Any]],
) -> None:
    row = Row()
    made = changes_of(edits, row.values)
    pending = [
        Mutation(
            n=n,
            operation=Patch(kind=KindName.CUSTOMER, id="1", changes={name: change}),
            made_at=AT,
        )
        for n, (name, change) in enumerate(made, 1)
    ]
    shown = overlay(row.values, pending)
    assert {row.take(name, change) for name, change in made} <= {Outcome.APPLIED}
    assert row.values == shown


@given(st.lists(typed, max_size=4), st.data())
def test_independent_edits_come_to_the_same_in_any_order(
    edits: list[tuple[str, Any]], data: st.DataObject
) -> None:
    of_each = dict(edits)
    seen = Row().values
    made = changes_of(list(of_each.items()), seen)
    one, other = Row(), Row()
    for name, change in made:
        one.take(name, change)
    for name, change in data.draw(st.permutations(made)):
        other.take(name, change)
    assert one.values == other.values
    assert sorted(map(repr, one.history)) == sorted(map(repr, other.history))


@given(st.lists(typed, min_size=1, max_size=4), st.lists(typed, max_size=4))
def test_what_arrives_twice_in_a_row_changes_nothing_the_second_time(
    ann: list[tuple[str, Any]], ben: list[tuple[str, Any]]
) -> None:
    row = Row()
    seen = dict(row.values)
    for name, change in changes_of(ann, seen):
        row.take(name, change)
    for name, change in changes_of(ben, seen):
        row.take(name, change)
        before = dict(row.values)
        row.take(name, change)
        assert row.values == before


@pytest.mark.parametrize("name", sorted(RESTRICTIVENESS))
def test_restrictiveness_is_a_semilattice(name: str) -> None:
    values = RESTRICTIVENESS[name]
    for a in values:
        assert more_restrictive(name, a, a) == a
        for b in values:
            assert more_restrictive(name, a, b) == more_restrictive(name, b, a)
            for c in values:
                left = more_restrictive(name, more_restrictive(name, a, b), c)
                assert left == more_restrictive(name, a, more_restrictive(name, b, c))


@given(consents, consents, consents)
def test_of_consents_typed_at_once_the_strictest_stands_whoever_is_first(
    base: str, one: str, other: str
) -> None:
    results = []
    for first, second in ((one, other), (other, one)):
        row = Row()
        row.values["consent"] = base
        for new in (first, second):
            row.take("consent", FieldChange(base_version=1, base=base, new=new))
        results.append(row.values["consent"])
    if base not in (one, other):
        assert results[0] == results[1] == more_restrictive("consent", one, other)


@given(lines, lines, lines)
def test_a_merged_text_comes_to_the_same_on_both_sides_and_again(
    base: str, mine: str, theirs: str
) -> None:
    merged = merge_text(base, mine, theirs)
    assert merged == merge_text(base, theirs, mine)
    if merged is not None:
        assert merge_text(base, merged, merged) == merged
        assert merge_text(mine, mine, merged) == merged


@given(lines, lines, lines)
def test_a_note_shows_what_was_typed_last_whatever_arrives_beneath(
    base: str, mine: str, theirs: str
) -> None:
    edit = Mutation(
        n=1,
        operation=NoteEdit(id="1", base_revision=1, base_text=base, new_text=mine),
        made_at=AT,
    )
    shown = overlay({"text": theirs, "revision": 2}, [edit])
    assert shown is not None
    assert shown["text"] == mine
    assert overlay(shown, [edit]) == shown


def test_the_fields_here_have_the_stakes_that_customers_have() -> None:
    rules = KINDS[KindName.CUSTOMER]
    assert {name: rules.stakes_of(name) for name in STAKES} == STAKES
