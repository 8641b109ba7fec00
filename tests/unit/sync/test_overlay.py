"""A record is shown as Central has it with the desk's own edits on top."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agentdesk.domain.kinds import KindName
from agentdesk.sync.overlay import overlay
from agentdesk.sync.protocol import (
    Append,
    FieldChange,
    MergeCustomers,
    Mutation,
    NoteEdit,
    Operation,
    Patch,
    Remove,
    Restore,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ANNA = {"full_name": "Anna Blunt", "company": None}
REMOVE = Remove(kind=KindName.CUSTOMER, id="1")
RESTORE = Restore(kind=KindName.CUSTOMER, id="1")


def patch(**new: Any) -> Patch:
    changes = {name: FieldChange(base="old", new=value) for name, value in new.items()}
    return Patch(kind=KindName.CUSTOMER, id="1", changes=changes)


def append(**fields: Any) -> Append:
    return Append(kind=KindName.CUSTOMER, id="1", fields=fields)


def pending(*operations: Operation) -> list[Mutation]:
    return [Mutation(n=n, operation=o, made_at=NOON) for n, o in enumerate(operations, 1)]


def shown(row: dict[str, Any] | None, *operations: Operation) -> dict[str, Any] | None:
    return overlay(row, pending(*operations))


def test_without_edits_central_is_shown() -> None:
    assert shown(ANNA) == ANNA
    assert shown(None) is None


def test_the_later_of_two_edits_of_a_field_is_shown_and_others_stay() -> None:
    row = shown(ANNA, patch(company="Acme"), patch(company="Mill", hometown="Leeds"))
    assert row == ANNA | {"company": "Mill", "hometown": "Leeds"}


def test_an_edit_stays_on_top_of_what_arrives_beneath() -> None:
    arrived = ANNA | {"company": "Forge", "hometown": "York"}
    assert shown(arrived, patch(company="Acme")) == arrived | {"company": "Acme"}


def test_a_new_record_is_shown_until_central_has_its_own() -> None:
    assert shown(None, append(full_name="Anna"), patch(vip=True)) == {
        "full_name": "Anna",
        "vip": True,
    }
    assert shown(ANNA, append(full_name="Anna")) == ANNA


def test_what_central_has_removed_is_not_shown_for_an_edits_sake() -> None:
    assert shown(None, patch(company="Acme")) is None
    edit = NoteEdit(id="1", base_revision=1, base_text="a", new_text="b")
    assert shown(None, edit) is None


def test_a_removal_hides_and_its_restoring_brings_back_every_edit() -> None:
    edited = ANNA | {"company": "Acme"}
    assert shown(ANNA, patch(company="Acme"), REMOVE) is None
    assert shown(ANNA, patch(company="Acme"), REMOVE, RESTORE) == edited
    assert shown(None, append(**ANNA), REMOVE, RESTORE, patch(company="Acme")) == edited
    assert shown(ANNA, REMOVE, RESTORE, REMOVE) is None
    assert shown(ANNA, REMOVE, REMOVE, RESTORE) == ANNA
    assert shown(ANNA, RESTORE) == ANNA
    assert shown(None, RESTORE) is None


def test_an_edited_note_shows_its_text_and_revision() -> None:
    row = {"text": "tea", "revision": 3, "updated_at": None}
    first = NoteEdit(id="1", base_revision=3, base_text="tea", new_text="green tea")
    second = NoteEdit(id="1", base_revision=4, base_text="green tea", new_text="no tea")
    assert shown(row, first, second) == {
        "text": "no tea",
        "revision": 5,
        "updated_at": "2026-11-21T12:00:00.000Z",
    }


def test_what_only_central_can_judge_leaves_the_row_alone() -> None:
    assert shown(ANNA, MergeCustomers(winner="2", loser="1")) == ANNA


operations = st.lists(
    st.one_of(
        st.builds(patch, company=st.sampled_from(["a", "b"])),
        st.just(REMOVE),
        st.just(RESTORE),
        st.builds(append, full_name=st.just("Appended")),
    ),
    max_size=6,
)
rows = st.sampled_from([None, ANNA])


@given(rows, operations, operations)
def test_edits_may_be_laid_on_in_portions_unless_something_is_hidden(
    row: dict[str, Any] | None, first: list[Operation], then: list[Operation]
) -> None:
    between = shown(row, *first)
    if between is not None and RESTORE not in then:
        assert shown(between, *then) == shown(row, *first, *then)


@given(rows, operations)
def test_neither_the_row_nor_an_edit_is_altered(
    row: dict[str, Any] | None, edits: list[Operation]
) -> None:
    before = deepcopy((row, edits))
    result = shown(row, *edits)
    if result is not None:
        result["company"] = "scribbled on"
    assert (row, edits) == before
