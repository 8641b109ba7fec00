"""What Central merged by its rules without asking, with the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from agentdesk.decoding import decode_json
from agentdesk.domain.changes import Changed, ChangeSet
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now, to_text
from agentdesk.errors import Code, UserError
from agentdesk.store import outbox
from agentdesk.store import tables as t
from agentdesk.store.aliases import successor
from agentdesk.store.rows import get_row
from agentdesk.sync.edits import Edits
from agentdesk.sync.protocol import Append, Mutation, Reason
from agentdesk.sync.verdicts import REDIRECTED_TO

MOST = 500

FOLLOWING = frozenset(
    {
        *("confirmed_at", "confirmed_by", "learned_at", "learned_by", "chosen_at", "updated_at"),
        *("settled_at", "customer_type_source", "shared", "e164", "extension"),
    }
)
"""Fields that follow from what somebody did to another one: not told of by themselves."""


@dataclass(frozen=True, slots=True)
class MergedField:
    """A field that two people changed and that the rules decided.

    `reason` is a `Reason`: `LATER` (ours came later and stands), `RESTRICTIVE` (what permits less
    stands), `TEXT_MERGED` (both are in the text) or `REDIRECTED` (the customer has been merged;
    `theirs` is who received it, or what stood there before). `stands` is what Central has made of
    it. `made_at` is when ours was typed, `changed_at` when theirs was. `can_undo` is False once
    somebody has changed it again.
    """

    id: str
    n: int
    kind: KindName
    record_id: str
    customer_id: str | None
    customer_name: str | None
    field: str
    reason: str
    base: Any
    mine: Any
    theirs: Any
    stands: Any
    their_author: str | None
    changed_at: datetime | None
    made_at: datetime
    merged_at: datetime
    can_undo: bool = True


def list_merged(connection: sa.Connection, author_id: str) -> tuple[MergedField, ...]:
    """Return what was merged of the author's and not dismissed, the newest first."""
    c = t.merged.c
    told = (c.author_id == author_id) & c.seen_at.is_(None) & c.field.not_in(FOLLOWING)
    return tuple(_entry(connection, row) for row in _rows(connection, told))


def undo_merged(
    connection: sa.Connection, merged_id: str, author_id: str, *, mine: bool = False
) -> ChangeSet:
    """Take back what the rules decided, with an edit from what stands to what does not.

    That is the other person's value where ours stands, and ours where theirs does: as the person
    has seen both, it is a knowing change, also of a consent. Of a merged text it is their text, or
    ours as it was typed if `mine`. What was redirected to another customer is taken away from them.
    Raises `UserError(CHANGED_SINCE)` if what stands is not what was merged any more, and
    `UserError(NOT_FOUND)` for what is unknown or undone already.
    """
    c = t.merged.c
    rows = _rows(connection, c.id == merged_id, c.author_id == author_id, c.undone_at.is_(None))
    if not rows:
        raise UserError(Code.NOT_FOUND)
    if not _still_stands(connection, rows[0]):
        raise UserError(Code.CHANGED_SINCE)
    related = _with_following(connection, rows[0])
    edits = Edits(connection, author_id)
    _undo(connection, edits, related, mine=mine)
    at = to_text(now())
    _mark(connection, [row["id"] for row in related], undone_at=at, seen_at=at)
    return _touched(related) | edits.finish()


def dismiss_merged(
    connection: sa.Connection, author_id: str, merged_ids: Sequence[str] | None = None
) -> ChangeSet:
    """Take entries off the list as seen, all of the author's if none are named."""
    c = t.merged.c
    chosen = [c.author_id == author_id, c.seen_at.is_(None)]
    if merged_ids is not None:
        chosen.append(c.id.in_(list(merged_ids)))
    rows = connection.execute(
        t.merged.update()
        .where(*chosen)
        .values(seen_at=to_text(now()))
        .returning(c.kind, c.record_id, c.owner_id)
    ).mappings()
    return _touched(rows.all())


def _rows(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> list[sa.RowMapping]:
    author = t.user.alias("author")
    c = t.merged.c
    return list(
        connection.execute(
            sa.select(t.merged, t.customer.c.full_name, author.c.name.label("author_name"))
            .outerjoin(t.customer, t.customer.c.id == c.owner_id)
            .outerjoin(author, author.c.id == c.their_author)
            .where(*conditions)
            .order_by(c.merged_at.desc(), c.id.desc())
            .limit(MOST)
        ).mappings()
    )


def _entry(connection: sa.Connection, row: sa.RowMapping) -> MergedField:
    return MergedField(
        id=row["id"],
        n=row["n"],
        kind=KindName(row["kind"]),
        record_id=row["record_id"],
        customer_id=row["owner_id"],
        customer_name=row["full_name"],
        field=row["field"],
        reason=row["reason"],
        base=row["base"],
        mine=row["mine"],
        theirs=row["theirs"],
        stands=row["stands"],
        their_author=row["author_name"],
        changed_at=datetime.fromisoformat(row["changed_at"]) if row["changed_at"] else None,
        made_at=datetime.fromisoformat(row["made_at"]),
        merged_at=datetime.fromisoformat(row["merged_at"]),
        can_undo=_still_stands(connection, row),
    )


def _still_stands(connection: sa.Connection, row: sa.RowMapping) -> bool:
    """Tell whether what was merged stands unchanged, as far as this desk knows."""
    kind, record_id = KindName(row["kind"]), row["record_id"]
    if kind is KindName.CUSTOMER:
        if row["field"] == REDIRECTED_TO:
            return False
        record_id = successor(connection, record_id)
    if outbox.of_record(connection, kind, record_id):
        # What is shown is what waits here; Central compares when it gets the edit.
        return True
    shown = get_row(connection, kind, record_id)
    return shown is not None and shown.fields.get(row["field"]) == row["stands"]


def _with_following(connection: sa.Connection, row: sa.RowMapping) -> list[sa.RowMapping]:
    """Return the entry, and those of its edit's fields that follow from it."""
    c = t.merged.c
    following = _rows(
        connection,
        c.n == row["n"],
        c.record_id == row["record_id"],
        c.field.in_(FOLLOWING),
        c.undone_at.is_(None),
    )
    return [row, *(f for f in following if f["id"] != row["id"])]


def _undo(
    connection: sa.Connection, edits: Edits, rows: Sequence[sa.RowMapping], *, mine: bool
) -> None:
    first = rows[0]
    kind, record_id = KindName(first["kind"]), first["record_id"]
    if first["field"] == REDIRECTED_TO and first["reason"] == Reason.REDIRECTED:
        if _was_added(connection, first["n"]):
            edits.remove(kind, record_id)
            return
        raise UserError(Code.CHANGED_SINCE)
    changes = {row["field"]: (row["stands"], _other(row, mine=mine)) for row in rows}
    edits.change(kind, record_id, **changes)


def _was_added(connection: sa.Connection, n: int) -> bool:
    payload = outbox.payload_of(connection, n)
    if payload is None:
        return False
    return isinstance(decode_json(payload, Mutation).operation, Append)


def _other(row: sa.RowMapping, *, mine: bool) -> Any:
    """Return the value that does not stand."""
    if row["reason"] == Reason.TEXT_MERGED:
        return row["mine"] if mine else row["theirs"]
    return row["theirs"] if row["stands"] == row["mine"] else row["mine"]


def _mark(connection: sa.Connection, ids: Sequence[str], **values: Any) -> None:
    connection.execute(t.merged.update().where(t.merged.c.id.in_(ids)).values(values))


def _touched(rows: Sequence[sa.RowMapping]) -> ChangeSet:
    return ChangeSet.of(
        Changed(KindName(row["kind"]), row["record_id"], row["owner_id"]) for row in rows
    )
