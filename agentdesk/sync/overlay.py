"""What a record looks like with a desk's pending edits on top of Central's version; pure."""

from __future__ import annotations

from collections.abc import Iterable

from agentdesk.domain.kinds import Row
from agentdesk.domain.moments import to_text
from agentdesk.sync.protocol import Append, Mutation, NoteEdit, Operation, Patch, Remove, Restore


def overlay(row: Row | None, pending: Iterable[Mutation]) -> Row | None:
    """Return Central's `row` (None where it has none) as the desk shows it.

    `pending` are the desk's mutations of this record in the order of their numbers. None means
    that the desk shows nothing.
    """
    shown = None if row is None else dict(row)
    hidden: Row | None = None
    for mutation in pending:
        operation = mutation.operation
        if isinstance(operation, Remove):
            hidden, shown = shown or hidden, None
        elif isinstance(operation, Restore):
            shown, hidden = shown or hidden or dict(operation.fields) or None, None
        else:
            shown = _with(shown, operation, mutation)
    return shown


def _with(row: Row | None, operation: Operation, mutation: Mutation) -> Row | None:
    if isinstance(operation, Append):
        return dict(operation.fields) if row is None else row
    if row is None:
        # Central has removed what was edited here; its verdict will say what becomes of it.
        return None
    if isinstance(operation, Patch):
        return row | {name: change.new for name, change in operation.changes.items()}
    if isinstance(operation, NoteEdit):
        return row | {
            "text": operation.new_text,
            "revision": operation.base_revision + 1,
            "updated_at": to_text(mutation.made_at),
        }
    return row
