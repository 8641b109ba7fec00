"""What becomes of two edits that did not know of each other: values in, value out, no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from agentdesk.domain.kinds import RESTRICTIVENESS, Stakes
from agentdesk.sync.protocol import FieldChange, Outcome

_MAX_LINES = 2_000
"""Longer texts are not merged: comparing lines may take time by the square of their number."""


@dataclass(frozen=True, slots=True)
class FieldMerge:
    """What Central holds after a field's change has arrived.

    `value` differs from what it held before if `writes`. `lost` is the value that is no longer
    shown and belongs into history: the overwritten one if `writes`, else the one that arrived;
    `loses` says that there is one.
    """

    outcome: Outcome
    value: Any
    writes: bool
    loses: bool = False
    lost: Any = None


def merge_field(
    field: str, change: FieldChange, *, current: Any, version: int, stakes: Stakes
) -> FieldMerge:
    """Return what becomes of `field`, of which Central holds `current` since `version`.

    `version` is 0 for a value that has no number yet.

    Values are compared as well as versions, so that a change there and back collides with
    nothing, and a desk that edits on top of its own unsent edit does not either.
    """
    if current == change.new:
        return FieldMerge(Outcome.APPLIED, current, writes=False)
    if current == change.base or 0 < version == change.base_version:
        return _write(Outcome.APPLIED, change.new, current)
    if stakes is Stakes.HIGH:
        return _keep(Outcome.CONFLICT, current, change.new)
    if stakes is Stakes.LOW or _rank(field, change.new) > _rank(field, current):
        return _write(Outcome.MERGED, change.new, current)
    return _keep(Outcome.MERGED, current, change.new)


def merge_text(base: str, mine: str, theirs: str) -> str | None:
    """Return `base` with the edits of both sides, line by line, or None if they overlap.

    Three-way merge over the lines that neither side touched (Khanna, Kunal, Pierce: A Formal
    Investigation of Diff3, 2007). The result does not depend on which side is which.
    """
    if mine == theirs or theirs == base:
        return mine
    if mine == base:
        return theirs
    sides = base.split("\n"), mine.split("\n"), theirs.split("\n")
    if max(len(lines) for lines in sides) > _MAX_LINES:
        return None
    merged: list[str] = []
    for stable, in_base, in_mine, in_theirs in _chunks(*sides):
        if stable or in_theirs in (in_base, in_mine):
            merged += in_mine
        elif in_mine == in_base:
            merged += in_theirs
        else:
            return None
    return "\n".join(merged)


def worst(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the outcome of a mutation whose parts came to `outcomes`."""
    for outcome in (Outcome.CONFLICT, Outcome.MERGED):
        if outcome in outcomes:
            return outcome
    return Outcome.APPLIED


def more_restrictive(field: str, one: Any, other: Any) -> Any:
    """Return the value of the two that permits less; `one` if they permit the same."""
    return other if _rank(field, other) > _rank(field, one) else one


def _write(outcome: Outcome, new: Any, current: Any) -> FieldMerge:
    return FieldMerge(outcome, new, writes=True, loses=True, lost=current)


def _keep(outcome: Outcome, current: Any, new: Any) -> FieldMerge:
    return FieldMerge(outcome, current, writes=False, loses=True, lost=new)


def _rank(field: str, value: Any) -> int:
    order = RESTRICTIVENESS[field]
    return order.index(value) if value in order else -1


_Chunk = tuple[bool, list[str], list[str], list[str]]


def _chunks(base: list[str], mine: list[str], theirs: list[str]) -> Iterator[_Chunk]:
    """Cut the three texts into parts: whether all have it in common, and the part of each."""
    at_base = at_mine = at_theirs = 0
    for size, in_base, in_mine, in_theirs in _common(base, mine, theirs):
        yield (
            False,
            base[at_base:in_base],
            mine[at_mine:in_mine],
            theirs[at_theirs:in_theirs],
        )
        at_base, at_mine, at_theirs = in_base + size, in_mine + size, in_theirs + size
        unchanged = base[in_base:at_base]
        yield True, unchanged, unchanged, unchanged


def _common(
    base: list[str], mine: list[str], theirs: list[str]
) -> Iterator[tuple[int, int, int, int]]:
    """Find the runs of lines in all three texts: size, and start in each; last an empty one."""
    blocks_mine = SequenceMatcher(None, base, mine, autojunk=False).get_matching_blocks()
    blocks_theirs = SequenceMatcher(None, base, theirs, autojunk=False).get_matching_blocks()
    i = j = 0
    while i < len(blocks_mine) and j < len(blocks_theirs):
        one, other = blocks_mine[i], blocks_theirs[j]
        start = max(one.a, other.a)
        end = min(one.a + one.size, other.a + other.size)
        if start < end:
            yield end - start, start, one.b + start - one.a, other.b + start - other.a
        if one.a + one.size < other.a + other.size:
            i += 1
        else:
            j += 1
    yield 0, len(base), len(mine), len(theirs)
