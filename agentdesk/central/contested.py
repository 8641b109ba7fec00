"""What a desk is told of a field that met somebody else's change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from agentdesk.central.records import Record
from agentdesk.domain.moments import from_text
from agentdesk.sync.protocol import Contested, Reason


def contested_field(record: Record, name: str, base: Any, mine: Any, reason: Reason) -> Contested:
    """Return the values of a field before anything is written, and who wrote Central's."""
    origin = record.origin_of(name)
    return Contested(
        field=name,
        reason=reason,
        base=base,
        mine=mine,
        theirs=record.fields.get(name),
        their_version=record.version_of(name),
        their_author=origin.user_id,
        changed_at=from_text(origin.at),
    )


def of_removed(record: Record, name: str, base: Any, mine: Any) -> Contested:
    """Contest a field of a removed record: the others are those who removed it."""
    return replace(
        contested_field(record, name, base, mine, Reason.REMOVED),
        their_author=record.removed_by,
        changed_at=_moment(record.removed_at),
    )


def of_removed_owner(owner: Record) -> Contested:
    """Tell that the customer whom a record belongs to has been removed."""
    return Contested(
        field="customer_id",
        reason=Reason.REMOVED,
        base=owner.id,
        mine=owner.id,
        their_author=owner.removed_by,
        changed_at=_moment(owner.removed_at),
    )


def redirection(loser: Record | None, successor: Record) -> Contested:
    """Tell that a change went to whom its customer, `loser`, has been merged into."""
    meant_for = None if loser is None else loser.id
    return Contested(
        field="customer_id",
        reason=Reason.REDIRECTED,
        base=meant_for,
        mine=meant_for,
        theirs=successor.id,
        their_author=None if loser is None else loser.removed_by,
        changed_at=None if loser is None else _moment(loser.removed_at),
    )


def _moment(at: str | None) -> datetime | None:
    return None if at is None else from_text(at)
