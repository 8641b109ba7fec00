"""What each operation of a desk does to the records, and what the desk is told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.records import UNNUMBERED, Origin, Record, RecordBook
from agentdesk.central.rows import (
    Refusal,
    check_id,
    may_be_id,
    stored_base,
    stored_fields,
    stored_value,
)
from agentdesk.domain.entities import Role
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KINDS, Kind, KindName
from agentdesk.domain.moments import from_text
from agentdesk.errors import Code
from agentdesk.sync import protocol as p
from agentdesk.sync.merge import merge_field, merge_text, worst

LEADS = frozenset({Role.LEAD, Role.ADMIN})
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,63}")
_NOTE_TEXT = frozenset({"text", "revision", "updated_at"})
"""What only `note_edit` changes, so that no text is replaced unseen."""


class Blocked(Exception):  # noqa: N818 - an answer, not a fault of the program
    """A mutation builds on a record that Central has refused."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, on which device."""

    org_id: str
    user_id: str
    role: Role
    device_id: str
    session_id: str

    @property
    def leads(self) -> bool:
        """Whether the caller may do what is left to leads."""
        return self.role in LEADS


@dataclass(frozen=True, slots=True)
class Act:
    """One mutation in the course of being applied."""

    connection: sa.Connection
    book: RecordBook
    caller: Caller
    n: int
    made_at: str
    received_at: str

    @property
    def origin(self) -> Origin:
        """Where the values that it writes come from."""
        return Origin(self.caller.user_id, self.caller.device_id, self.n, self.received_at)


@dataclass(frozen=True, slots=True)
class Effect:
    """What became of a mutation."""

    outcome: p.Outcome = p.Outcome.APPLIED
    reason: p.Reason | None = None
    contested: tuple[p.Contested, ...] = ()


NOTHING_ELSE = Effect()


def conflict(reason: p.Reason, *contested: p.Contested) -> Effect:
    """Return the effect of a mutation that a person has to look at."""
    return Effect(p.Outcome.CONFLICT, reason, contested)


def append(act: Act, operation: p.Append) -> Effect:
    """Add a record, unless it is there already."""
    rules = KINDS[operation.kind]
    _permit(act.caller, rules, allowed=rules.desk_appends)
    check_id(operation.id)
    if not all(_FIELD.fullmatch(name) for name in operation.fields):
        raise Refusal(Code.BAD_FIELD)
    fields = stored_fields(operation.kind, operation.id, operation.fields)
    if act.book.get(operation.kind, operation.id) is not None:
        return NOTHING_ELSE
    for name, value in fields.items():
        if name.endswith("_id") and isinstance(value, str) and was_refused(act, value):
            raise Blocked
    effect = NOTHING_ELSE
    owner_id = fields.get("customer_id") if rules.owner == "customer_id" else None
    if owner_id is not None:
        owner = act.book.customer(owner_id)
        if owner is None:
            raise Refusal(Code.NOT_FOUND)
        if owner.is_removed:
            effect = conflict(p.Reason.REMOVED)
        elif owner.id != owner_id:
            effect = Effect(p.Outcome.MERGED, p.Reason.REDIRECTED)
        fields["customer_id"] = owner.id
    act.book.add(operation.kind, operation.id, fields, act.origin)
    return effect


def patch(act: Act, operation: p.Patch) -> Effect:
    """Change fields, each by the rules of its stakes."""
    rules = KINDS[operation.kind]
    _permit_patch(act.caller, rules, operation)
    record = existing(act, operation.kind, operation.id)
    if operation.kind is KindName.CUSTOMER:
        record = act.book.customer(record.id) or record
    changes = {
        name: _checked_change(act, operation.kind, name, change)
        for name, change in operation.changes.items()
    }
    if record.is_removed:
        return _patch_of_removed(act, record, changes)
    outcomes: list[p.Outcome] = []
    contested: list[p.Contested] = []
    for name, change in changes.items():
        merged = merge_field(
            name,
            change,
            current=record.fields.get(name),
            version=record.version_of(name),
            stakes=rules.stakes_of(name),
        )
        outcomes.append(merged.outcome)
        if merged.outcome is p.Outcome.CONFLICT:
            contested.append(_contested(record, name, change.base, change.new))
        if merged.writes:
            act.book.write(record, name, merged.value, act.origin)
        elif merged.loses:
            act.book.lose(record, name, merged.lost, act.origin)
    return _effect_of_patch(
        rules, changes, outcomes, contested, redirected=record.id != operation.id
    )


def note_edit(act: Act, operation: p.NoteEdit) -> Effect:
    """Change a note's text; what it said before becomes a version of its own."""
    note = existing(act, KindName.NOTE, operation.id)
    new: str = stored_value(KindName.NOTE, "text", operation.new_text)
    current: str = note.fields["text"]
    if note.is_removed:
        act.book.lose(note, "text", new, act.origin)
        return conflict(p.Reason.REMOVED, _contested(note, "text", operation.base_text, new))
    if current == new:
        return NOTHING_ELSE
    # The text alone tells: a desk numbers its own unsent revisions, and a colleague's may have the
    # same number.
    if current == operation.base_text:
        _rewrite(act, note, new)
        return NOTHING_ELSE
    merged = merge_text(operation.base_text, new, current)
    if merged is None:
        contested = _contested(note, "text", operation.base_text, new)
        _copy(act, note, new)
        return conflict(p.Reason.TEXT_COPIED, contested)
    if merged != current:
        _rewrite(act, note, merged)
    return Effect(p.Outcome.MERGED, p.Reason.TEXT_MERGED)


def remove(act: Act, operation: p.Remove) -> Effect:
    """Remove a record softly, and tell of edits that the person cannot have seen."""
    rules = KINDS[operation.kind]
    _permit(act.caller, rules, allowed=rules.desk_removes)
    record = act.book.get(operation.kind, operation.id)
    if record is None:
        if was_refused(act, operation.id):
            raise Blocked
        return NOTHING_ELSE
    if record.merged_into is not None:
        # Who removed the one has not seen the other, which it has become.
        return conflict(p.Reason.MERGED)
    if record.is_removed:
        return NOTHING_ELSE
    unseen = [
        _contested(record, name, None, None)
        for name, version in sorted(record.versions.items())
        if (version > operation.base_version or version == UNNUMBERED)
        and record.origin_of(name).device_id != act.caller.device_id
    ]
    act.book.remove(record, act.origin, p.GoneReason.REMOVED)
    return conflict(p.Reason.EDITED, *unseen) if unseen else NOTHING_ELSE


def restore(act: Act, operation: p.Restore) -> Effect:
    """Bring a removed record back."""
    rules = KINDS[operation.kind]
    _permit(act.caller, rules, allowed=rules.desk_removes)
    record = existing(act, operation.kind, operation.id)
    if record.merged_into is not None:
        raise Refusal(Code.INVALID_REQUEST)
    if record.is_removed:
        act.book.restore(record)
    return NOTHING_ELSE


def was_refused(act: Act, record_id: str) -> bool:
    """Say whether a desk tried to add this record, and Central did not take it."""
    if not may_be_id(record_id):
        return False
    refused = act.connection.execute(
        sa.select(t.processed.c.n)
        .where(
            t.processed.c.org_id == act.caller.org_id,
            t.processed.c.record_id == record_id,
            t.processed.c.op == "append",
            t.processed.c.outcome.in_([p.Outcome.REJECTED.value, p.Outcome.BLOCKED.value]),
        )
        .limit(1)
    ).first()
    return refused is not None


def existing(act: Act, kind: KindName, record_id: str) -> Record:
    """Return a record; raises `Blocked` if its own arrival was refused, `Refusal` if unknown."""
    record = act.book.get(kind, record_id)
    if record is None:
        if was_refused(act, record_id):
            raise Blocked
        raise Refusal(Code.NOT_FOUND)
    return record


def _permit(caller: Caller, rules: Kind, *, allowed: bool) -> None:
    if not allowed or (rules.lead_only and not caller.leads):
        raise Refusal(Code.NO_PERMISSION)


def _permit_patch(caller: Caller, rules: Kind, operation: p.Patch) -> None:
    _permit(caller, rules, allowed=rules.desk_patches)
    if rules.fixed & operation.changes.keys():
        raise Refusal(Code.NO_PERMISSION)
    if rules.name is KindName.USER and operation.id != caller.user_id and not caller.leads:
        raise Refusal(Code.NO_PERMISSION)
    if rules.name is KindName.NOTE and _NOTE_TEXT & operation.changes.keys():
        raise Refusal(Code.INVALID_REQUEST)
    if not all(_FIELD.fullmatch(name) and name != "id" for name in operation.changes):
        raise Refusal(Code.BAD_FIELD)


def _checked_change(act: Act, kind: KindName, name: str, change: p.FieldChange) -> p.FieldChange:
    new = stored_value(kind, name, change.new)
    if name == "customer_id" and new is not None:
        owner = act.book.customer(new)
        if owner is None:
            if was_refused(act, new):
                raise Blocked
            raise Refusal(Code.NOT_FOUND)
        new = owner.id
    base = stored_base(kind, name, change.base)
    return p.FieldChange(base_version=change.base_version, base=base, new=new)


def _patch_of_removed(act: Act, record: Record, changes: dict[str, p.FieldChange]) -> Effect:
    contested = []
    for name, change in changes.items():
        if record.fields.get(name) != change.new:
            act.book.lose(record, name, change.new, act.origin)
            contested.append(_contested(record, name, change.base, change.new))
    return conflict(p.Reason.REMOVED, *contested) if contested else NOTHING_ELSE


def _effect_of_patch(
    rules: Kind,
    changes: dict[str, p.FieldChange],
    outcomes: list[p.Outcome],
    contested: list[p.Contested],
    *,
    redirected: bool,
) -> Effect:
    outcome = worst(outcomes)
    if outcome is p.Outcome.CONFLICT:
        return conflict(p.Reason.CONTESTED, *contested)
    if outcome is p.Outcome.MERGED:
        of_low_stakes = any(
            came is p.Outcome.MERGED and name not in rules.stakes
            for name, came in zip(changes, outcomes, strict=True)
        )
        return Effect(outcome, p.Reason.LATER if of_low_stakes else p.Reason.RESTRICTIVE)
    if redirected:
        return Effect(p.Outcome.MERGED, p.Reason.REDIRECTED)
    return NOTHING_ELSE


def _contested(record: Record, name: str, base: Any, mine: Any) -> p.Contested:
    origin = record.origin_of(name)
    return p.Contested(
        field=name,
        base=base,
        mine=mine,
        theirs=record.fields.get(name),
        their_version=record.version_of(name),
        their_author=origin.user_id,
        changed_at=from_text(origin.at),
    )


def _rewrite(act: Act, note: Record, text: str) -> None:
    author = note.origins.get("text")
    written_at = note.fields.get("updated_at") or note.fields["created_at"]
    act.book.add(
        KindName.NOTE_VERSION,
        new_id(),
        {
            "customer_id": note.fields["customer_id"],
            "note_id": note.id,
            "revision": note.fields["revision"],
            "text": note.fields["text"],
            "author_id": note.fields.get("author_id") if author is None else author.user_id,
            "written_at": written_at,
        },
        act.origin,
    )
    act.book.write(note, "text", text, act.origin)
    act.book.write(note, "revision", note.fields["revision"] + 1, act.origin)
    act.book.write(note, "updated_at", act.made_at, act.origin)


def _copy(act: Act, note: Record, text: str) -> None:
    act.book.add(
        KindName.NOTE,
        new_id(),
        note.fields
        | {
            "text": text,
            "revision": 1,
            "author_id": act.caller.user_id,
            "created_at": act.made_at,
            "updated_at": None,
        },
        act.origin,
    )
