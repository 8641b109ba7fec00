"""What each operation of a desk does to the records, and what the desk is told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

from agentdesk.central import tables as t
from agentdesk.central.contested import (
    contested_field,
    of_removed,
    of_removed_owner,
    redirection,
)
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
from agentdesk.domain.history import Event
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KINDS, Kind, KindName, Stakes
from agentdesk.errors import Code
from agentdesk.sync import protocol as p
from agentdesk.sync.merge import FieldMerge, merge_field, merge_text, worst

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
    known = act.book.get(operation.kind, operation.id)
    if known is not None:
        _refuse_erased(known)
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
        _refuse_erased(owner)
        if owner.is_removed:
            effect = conflict(p.Reason.REMOVED, of_removed_owner(owner))
        elif owner.id != owner_id:
            told = redirection(act.book.get(KindName.CUSTOMER, owner_id), owner)
            effect = Effect(p.Outcome.MERGED, p.Reason.REDIRECTED, (told,))
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
        return _patchof_removed(act, record, changes)
    is_redirected = record.id != operation.id
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
        reason = _reason_of(rules, name, merged, is_redirected=is_redirected)
        if reason is not None:
            contested.append(contested_field(record, name, change.base, change.new, reason))
        if merged.writes:
            act.book.write(record, name, merged.value, act.origin)
        elif merged.loses:
            act.book.lose(record, name, merged.lost, act.origin)
    effect = _effect_of_patch(outcomes, contested)
    if is_redirected:
        told = redirection(act.book.get(KindName.CUSTOMER, operation.id), record)
        if effect.outcome is p.Outcome.APPLIED:
            effect = Effect(p.Outcome.MERGED, p.Reason.REDIRECTED, effect.contested)
        return Effect(effect.outcome, effect.reason, (*effect.contested, told))
    return effect if effect != NOTHING_ELSE else _owner_removed(act, record)


def note_edit(act: Act, operation: p.NoteEdit) -> Effect:
    """Change a note's text; what it said before becomes a version of its own."""
    note = existing(act, KindName.NOTE, operation.id)
    new: str = stored_value(KindName.NOTE, "text", operation.new_text)
    current: str = note.fields["text"]
    if note.is_removed:
        act.book.lose(note, "text", new, act.origin)
        contested = of_removed(note, "text", operation.base_text, new)
        return conflict(p.Reason.REMOVED, contested)
    if current == new:
        return NOTHING_ELSE
    # The text alone tells: a desk numbers its own unsent revisions, and a colleague's may have the
    # same number.
    if current == operation.base_text:
        _rewrite(act, note, new)
        return _owner_removed(act, note)
    merged = merge_text(operation.base_text, new, current)
    reason = p.Reason.TEXT_COPIED if merged is None else p.Reason.TEXT_MERGED
    contested = contested_field(note, "text", operation.base_text, new, reason)
    if merged is None:
        copy = _copy(act, note, new)
        return conflict(reason, replace(contested, copy_id=copy.id))
    if merged != current:
        _rewrite(act, note, merged)
    return Effect(p.Outcome.MERGED, reason, (contested,))


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
        contested_field(record, name, None, None, p.Reason.EDITED)
        for name, version in sorted(record.versions.items())
        if (version > operation.base_version or version == UNNUMBERED)
        # Whose it is changes when customers are merged: nobody has edited it then.
        and name != "customer_id"
        and record.origin_of(name).device_id != act.caller.device_id
    ]
    act.book.keep(record, Event.REMOVED, _as_it_was(record), record.created, act.origin)
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
        removal = Origin(record.removed_by, None, None, record.removed_at or act.received_at)
        act.book.keep(record, Event.RESTORED, None, removal, act.origin)
        act.book.restore(record)
    return NOTHING_ELSE


def was_refused(act: Act, record_id: str) -> bool:
    """Say whether a desk tried to add this record, and Central has never taken it."""
    if not may_be_id(record_id) or act.book.holds(record_id):
        return False
    if record_id not in act.book.refused:
        judged = t.processed.c
        query = sa.select(judged.outcome).where(
            judged.org_id == act.caller.org_id,
            judged.record_id == record_id,
            judged.op == "append",
        )
        outcomes = set(act.connection.execute(query).scalars())
        refused = {p.Outcome.REJECTED.value, p.Outcome.BLOCKED.value}
        act.book.refused[record_id] = (
            bool(outcomes) and outcomes <= refused and not act.book.has(record_id)
        )
    return act.book.refused[record_id]


def existing(act: Act, kind: KindName, record_id: str) -> Record:
    """Return a record; raises `Blocked` if its own arrival was refused, `Refusal` if unknown."""
    record = act.book.get(kind, record_id)
    if record is None:
        if was_refused(act, record_id):
            raise Blocked
        raise Refusal(Code.NOT_FOUND)
    _refuse_erased(record)
    return record


def _refuse_erased(record: Record) -> None:
    """Discard what a desk still wrote about somebody who has been erased by law."""
    if record.removed_reason is p.GoneReason.ERASED:
        raise Refusal(Code.ERASED)


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


def _patchof_removed(act: Act, record: Record, changes: dict[str, p.FieldChange]) -> Effect:
    contested = []
    for name, change in changes.items():
        if record.fields.get(name) != change.new:
            act.book.lose(record, name, change.new, act.origin)
            contested.append(of_removed(record, name, change.base, change.new))
    return conflict(p.Reason.REMOVED, *contested) if contested else NOTHING_ELSE


def _reason_of(
    rules: Kind, name: str, merged: FieldMerge, *, is_redirected: bool
) -> p.Reason | None:
    """Return what a person has to be told of a field, if anything."""
    if merged.outcome is p.Outcome.CONFLICT:
        return p.Reason.CONTESTED
    if merged.outcome is p.Outcome.MERGED:
        low = rules.stakes_of(name) is Stakes.LOW
        return p.Reason.LATER if low else p.Reason.RESTRICTIVE
    return p.Reason.REDIRECTED if is_redirected and merged.writes else None


def _effect_of_patch(outcomes: list[p.Outcome], contested: list[p.Contested]) -> Effect:
    outcome = worst(outcomes)
    if outcome is p.Outcome.APPLIED:
        return Effect(contested=tuple(contested)) if contested else NOTHING_ELSE
    if outcome is p.Outcome.CONFLICT:
        return conflict(p.Reason.CONTESTED, *contested)
    reasons = {c.reason for c in contested}
    reason = p.Reason.LATER if p.Reason.LATER in reasons else p.Reason.RESTRICTIVE
    return Effect(outcome, reason, tuple(contested))


def _owner_removed(act: Act, record: Record) -> Effect:
    """Tell whoever changes what belongs to a removed customer; the change itself stands."""
    owner_id = record.fields.get("customer_id")
    owner = act.book.customer(owner_id) if owner_id else None
    if owner is None or not owner.is_removed:
        return NOTHING_ELSE
    return conflict(p.Reason.REMOVED, of_removed_owner(owner))


def _as_it_was(record: Record) -> dict[str, Any]:
    """Return what a removed record said, without what is too large to be read."""
    return {
        name: value
        for name, value in record.fields.items()
        if value is not None and name != "data" and not name.endswith("_id")
    }


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
            "replaced_by": act.caller.user_id,
            "replaced_at": act.received_at,
        },
        act.origin,
    )
    act.book.set(note, "text", text, act.origin)
    act.book.set(note, "revision", note.fields["revision"] + 1, act.origin)
    act.book.set(note, "updated_at", act.made_at, act.origin)


def _copy(act: Act, note: Record, text: str) -> Record:
    return act.book.add(
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
