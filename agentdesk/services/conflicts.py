"""Conflicts: what two people changed without knowing of each other, for a person to settle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from agentdesk.decoding import decode_json
from agentdesk.domain.changes import Changed, ChangeSet
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now, to_text
from agentdesk.errors import Code, UserError
from agentdesk.services.written import checked_anew
from agentdesk.store import outbox
from agentdesk.store import tables as t
from agentdesk.store.aliases import successor
from agentdesk.store.rows import get_row
from agentdesk.sync.edits import Edits
from agentdesk.sync.protocol import Mutation, Reason, Remove, Verdict
from agentdesk.sync.verdicts import REDIRECTED_TO

MOST = 500

_Pairs = dict[str, tuple[Any, Any]]
"""By field, what stands at Central and what is to stand."""


class Choice(StrEnum):
    """How a person settles a conflict."""

    MINE = "mine"
    """What was typed here; of a removal: it stays removed, of a removed record: it comes back."""
    THEIRS = "theirs"
    """What Central has; of a removal: it comes back as they left it."""
    ANEW = "anew"
    """A newly written value in the place of both."""
    BOTH = "both"
    """Of a note that became two: both stay."""


CHOICES: Mapping[str, tuple[Choice, ...]] = MappingProxyType(
    {
        Reason.CONTESTED: (Choice.MINE, Choice.THEIRS, Choice.ANEW),
        Reason.TEXT_COPIED: (Choice.MINE, Choice.THEIRS, Choice.ANEW, Choice.BOTH),
        Reason.REMOVED: (Choice.MINE, Choice.THEIRS),
        Reason.EDITED: (Choice.MINE, Choice.THEIRS),
    }
)
"""What can be chosen, by the reason of a conflict."""

_COMPANIONS: Mapping[tuple[KindName, str], frozenset[str]] = MappingProxyType(
    {
        (KindName.CONTACT_POINT, "value"): frozenset({"e164", "extension", "kind", "shared"}),
        (KindName.CUSTOMER, "customer_type"): frozenset({"customer_type_source"}),
        (KindName.FACT, "text"): frozenset({"confirmed_at", "confirmed_by"}),
    }
)
"""Fields that follow from another one and are settled with it."""


@dataclass(frozen=True, slots=True)
class ContestedValue:
    """One field's three values."""

    field: str
    base: Any
    mine: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class ContestedField:
    """A field on which Central kept another value than ours, for a person to decide.

    `reason` is a `Reason`: `CONTESTED`, `TEXT_COPIED` (ours became a note of its own), `REMOVED`
    (they removed what we changed; author and time are the removal's) or `EDITED` (we removed what
    they changed). `made_at` is when ours was typed, `changed_at` when theirs was. `also` holds
    further fields that are settled together with this one.
    """

    id: str
    kind: KindName
    record_id: str
    customer_id: str | None
    customer_name: str | None
    field: str
    base: Any
    mine: Any
    theirs: Any
    their_author: str | None
    changed_at: datetime | None
    n: int = 0
    reason: str = Reason.CONTESTED
    made_at: datetime | None = None
    also: tuple[ContestedValue, ...] = ()

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What a person can choose."""
        return CHOICES.get(self.reason, CHOICES[Reason.CONTESTED])


def list_conflicts(connection: sa.Connection, author_id: str) -> tuple[ContestedField, ...]:
    """Return the author's open conflicts, the oldest first, at most `MOST`."""
    return tuple(_cards(_rows(connection, _open_of(author_id))))[:MOST]


def _open_of(author_id: str) -> sa.ColumnElement[bool]:
    # Whose an old conflict is may not be known: then it is everybody's.
    c = t.conflict.c
    return c.settled_at.is_(None) & sa.or_(c.author_id == author_id, c.author_id.is_(None))


def _rows(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> list[sa.RowMapping]:
    author = t.user.alias("author")
    c = t.conflict.c
    return list(
        connection.execute(
            sa.select(t.conflict, t.customer.c.full_name, author.c.name.label("author_name"))
            .outerjoin(t.customer, t.customer.c.id == c.owner_id)
            .outerjoin(author, author.c.id == c.their_author)
            .where(*conditions)
            # What was typed comes before when that was.
            .order_by(c.raised_at, c.n, c.record_id, c.field.endswith("_at", autoescape=True))
            .order_by(c.field)
            .limit(MOST * 8)
        ).mappings()
    )


def _cards(rows: Iterable[sa.RowMapping]) -> Iterable[ContestedField]:
    for _key, of_one in groupby(rows, lambda row: (row["n"], row["record_id"])):
        for first, *further in _settled_together(list(of_one)):
            yield replace(_card(first), also=tuple(_value(row) for row in further))


def _settled_together(rows: Sequence[sa.RowMapping]) -> list[list[sa.RowMapping]]:
    """Part the contested fields of one edit into those that are settled together."""
    if rows[0]["reason"] in (Reason.REMOVED, Reason.EDITED):
        return [list(rows)]
    kind = KindName(rows[0]["kind"])
    fields = {row["field"] for row in rows}
    follows = {
        companion: main
        for (of_kind, main), companions in _COMPANIONS.items()
        if of_kind is kind and main in fields
        for companion in companions
    }
    parts = {row["field"]: [row] for row in rows if row["field"] not in follows}
    for row in rows:
        if row["field"] in follows:
            parts[follows[row["field"]]].append(row)
    return list(parts.values())


def _card(row: sa.RowMapping) -> ContestedField:
    return ContestedField(
        id=row["id"],
        kind=KindName(row["kind"]),
        record_id=row["record_id"],
        customer_id=row["owner_id"],
        customer_name=row["full_name"],
        field=row["field"],
        base=row["base"],
        mine=row["mine"],
        theirs=row["theirs"],
        their_author=row["author_name"],
        changed_at=datetime.fromisoformat(row["changed_at"]) if row["changed_at"] else None,
        n=row["n"],
        reason=row["reason"] or Reason.CONTESTED,
        made_at=datetime.fromisoformat(row["made_at"]) if row["made_at"] else None,
    )


def _value(row: sa.RowMapping) -> ContestedValue:
    return ContestedValue(row["field"], row["base"], row["mine"], row["theirs"])


def settle_conflict(
    connection: sa.Connection,
    conflict_id: str,
    choice: Choice,
    author_id: str,
    *,
    region: str,
    value: Any = None,
) -> ChangeSet:
    """Settle a conflict as its author chooses; `value` is what was written anew.

    Raises `UserError(NOT_FOUND)` for one that is settled already, or somebody else's, and
    `UserError(BAD_VALUE)` for a choice or a value that is not possible.
    """
    rows = _part(connection, conflict_id, t.conflict.c.settled_at.is_(None), author_id)
    first = rows[0]
    if choice not in CHOICES.get(_reason(connection, first), ()):
        raise UserError(Code.BAD_VALUE, field=first["field"], reason="not allowed")
    changes = _pairs(connection, rows, _chosen(connection, rows, choice, value, region))
    edits = Edits(connection, author_id)
    _apply(connection, edits, rows, choice, changes)
    _mark(connection, rows, settled_at=to_text(now()), settled_how=choice, settled_value=changes)
    return _touched(rows) | edits.finish()


def reopen_conflict(connection: sa.Connection, conflict_id: str, author_id: str) -> ChangeSet:
    """Take the settling of a conflict back, with a new edit where one was made.

    Raises `UserError(NOT_FOUND)` for one that is not settled.
    """
    rows = _part(connection, conflict_id, t.conflict.c.settled_at.is_not(None), author_id)
    edits = Edits(connection, author_id)
    _take_back(connection, edits, rows)
    _mark(connection, rows, settled_at=None, settled_how=None, settled_value=None)
    return _touched(rows) | edits.finish()


def _part(
    connection: sa.Connection, conflict_id: str, state: sa.ColumnElement[bool], author_id: str
) -> list[sa.RowMapping]:
    """Return the row of a conflict, and those that are settled with it."""
    c = t.conflict.c
    found = connection.execute(sa.select(c.n, c.record_id).where(c.id == conflict_id)).first()
    own = sa.or_(c.author_id == author_id, c.author_id.is_(None))
    if found is not None:
        same = _rows(connection, c.n == found.n, c.record_id == found.record_id, own, state)
        for part in _settled_together(same) if same else ():
            if any(row["id"] == conflict_id for row in part):
                return part
    raise UserError(Code.NOT_FOUND)


def _reason(connection: sa.Connection, row: sa.RowMapping) -> str:
    """Return why there is a conflict; those of an older program do not say."""
    if row["reason"]:
        return str(row["reason"])
    payload = outbox.payload_of(connection, row["n"])
    removal = payload is not None and isinstance(decode_json(payload, Mutation).operation, Remove)
    return Reason.EDITED if removal else Reason.CONTESTED


def _chosen(
    connection: sa.Connection,
    rows: Sequence[sa.RowMapping],
    choice: Choice,
    value: Any,
    region: str,
) -> dict[str, Any]:
    """Return the values that are to stand, by field; none where Central's stay."""
    if choice is Choice.MINE:
        return {row["field"]: row["mine"] for row in rows}
    if choice is Choice.ANEW:
        first = rows[0]
        kind = KindName(first["kind"])
        shown = get_row(connection, kind, first["record_id"])
        of_point = shown.fields.get("kind") if shown else None
        return checked_anew(kind, first["field"], value, region=region, of_point=of_point)
    return {}


def _apply(
    connection: sa.Connection,
    edits: Edits,
    rows: Sequence[sa.RowMapping],
    choice: Choice,
    changes: _Pairs,
) -> None:
    kind, record_id = KindName(rows[0]["kind"]), rows[0]["record_id"]
    reason = _reason(connection, rows[0])
    if reason == Reason.EDITED:
        if choice is Choice.THEIRS:
            edits.restore(kind, record_id)
        return
    if reason == Reason.REMOVED:
        if choice is Choice.MINE:
            _bring_back(edits, rows, changes)
        return
    if changes:
        if is_gone(connection, kind, record_id):
            edits.bring_back(kind, record_id, **changes)
        else:
            edits.change(kind, record_id, **changes)
    if reason == Reason.TEXT_COPIED and choice is not Choice.BOTH and rows[0]["copy_id"]:
        edits.remove_unseen(KindName.NOTE, rows[0]["copy_id"])


def _bring_back(edits: Edits, rows: Sequence[sa.RowMapping], changes: _Pairs) -> None:
    kind, record_id = _removed(rows)
    if record_id == rows[0]["record_id"]:
        edits.bring_back(kind, record_id, **changes)
    else:
        edits.restore(kind, record_id)


def _removed(rows: Sequence[sa.RowMapping]) -> tuple[KindName, str]:
    """Return what had been removed: the record, or the customer that it was added to."""
    kind, record_id = KindName(rows[0]["kind"]), rows[0]["record_id"]
    if rows[0]["field"] == REDIRECTED_TO and kind is not KindName.CUSTOMER:
        return KindName.CUSTOMER, rows[0]["mine"]
    return kind, record_id


def _take_back(connection: sa.Connection, edits: Edits, rows: Sequence[sa.RowMapping]) -> None:
    """Do the opposite of what settling did."""
    kind, record_id = KindName(rows[0]["kind"]), rows[0]["record_id"]
    reason, how = _reason(connection, rows[0]), rows[0]["settled_how"]
    if reason == Reason.EDITED:
        if how == Choice.THEIRS:
            edits.remove_unseen(kind, record_id, seen=_seen(connection, rows))
        return
    if reason == Reason.REMOVED:
        if how == Choice.MINE:
            edits.remove_unseen(*_removed(rows), seen=_seen(connection, rows))
        return
    changes = rows[0]["settled_value"] or {}
    if changes:
        edits.change(kind, record_id, **{name: (new, old) for name, (old, new) in changes.items()})
    if reason == Reason.TEXT_COPIED and how != Choice.BOTH and rows[0]["copy_id"]:
        edits.restore(KindName.NOTE, rows[0]["copy_id"])


def _seen(connection: sa.Connection, rows: Sequence[sa.RowMapping]) -> int:
    """Return as of which number of the feed the person knows the record: as of the verdict."""
    verdict = outbox.verdict_of(connection, rows[0]["n"])
    return 0 if verdict is None else decode_json(verdict, Verdict).seq


def _pairs(
    connection: sa.Connection, rows: Sequence[sa.RowMapping], chosen: Mapping[str, Any]
) -> _Pairs:
    """Return what stands at Central and what is to stand, by field.

    A field that was not contested itself stands as it is shown.
    """
    theirs = {row["field"]: row["theirs"] for row in rows}
    shown = get_row(connection, KindName(rows[0]["kind"]), rows[0]["record_id"])
    fields = shown.fields if shown else {}
    return {name: (theirs.get(name, fields.get(name)), new) for name, new in chosen.items()}


def is_gone(connection: sa.Connection, kind: KindName, record_id: str) -> bool:
    """Tell whether the cache shows a record no more, whoever removed it."""
    if kind is KindName.CUSTOMER:
        record_id = successor(connection, record_id)
    return get_row(connection, kind, record_id) is None


def _mark(connection: sa.Connection, rows: Sequence[sa.RowMapping], **values: Any) -> None:
    ids = [row["id"] for row in rows]
    connection.execute(t.conflict.update().where(t.conflict.c.id.in_(ids)).values(values))


def _touched(rows: Sequence[sa.RowMapping]) -> ChangeSet:
    return ChangeSet.of(
        Changed(KindName(row["kind"]), row["record_id"], row["owner_id"]) for row in rows
    )
