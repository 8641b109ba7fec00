"""How a desk writes: the visible row and the intention, in one transaction.

Every change that a person makes goes through here, so that what the screen reports as saved is in
the outbox (invariant 1 of the protocol).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from agentdesk.decoding import decode_json
from agentdesk.domain.changes import Changed, ChangeSet
from agentdesk.domain.entities import Entity
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KINDS, NAME_OF, KindName, Row, to_row
from agentdesk.domain.moments import now, to_text
from agentdesk.errors import BugError, Code, UserError
from agentdesk.store import outbox
from agentdesk.store.aliases import has_aliases, successor
from agentdesk.store.rows import StoredRow, delete_rows, get_row, owner_of, put_rows
from agentdesk.store.search_index import reindex_customers
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
    Unmerge,
)

_E = TypeVar("_E", bound=Entity)

INDEXED = frozenset(
    {KindName.CUSTOMER, KindName.CONTACT_POINT, KindName.CASE, KindName.FIELD_VERSION}
)
"""The kinds whose records are part of a customer's entry in the search index."""


class Edits:
    """One person's changes within one writing transaction: a group for Central.

    Call `finish` last, in the same transaction; without it nothing of this may be committed.
    """

    def __init__(self, connection: sa.Connection, author_id: str) -> None:
        self._connection = connection
        self._author_id = author_id
        self._made_at = now()
        self._group_id = new_id()
        self._has_aliases = has_aliases(connection)
        self._intentions: list[tuple[KindName, str, str | None, Operation]] = []
        self._changed: set[Changed] = set()

    @property
    def made_at(self) -> datetime:
        """The moment that all changes of this group carry."""
        return self._made_at

    def append(self, entity: _E) -> _E:
        """Add a record and return it."""
        kind = NAME_OF[type(entity)]
        row = self._to_successor(to_row(entity))
        fields = {name: value for name, value in row.items() if name != "id"}
        # What is empty is not sent: the other side fills in the same defaults.
        sent = {name: value for name, value in fields.items() if value is not None}
        self._change(kind, entity.id, Append(kind=kind, id=entity.id, fields=sent))
        return entity

    def patch(self, kind: KindName, record_id: str, **values: Any) -> bool:
        """Set fields of a record; values are plain JSON values or moments.

        Returns False, and changes nothing, if every field has its value already. Raises
        `UserError(NOT_FOUND)` if the record is gone.
        """
        record_id = self._current(kind, record_id)
        shown = self._shown(kind, record_id)
        known = KINDS[kind]
        changes: dict[str, FieldChange] = {}
        for name, value in values.items():
            if name not in known.fields or name in known.fixed:
                raise BugError(Code.BAD_FIELD, field=name)
            plain = to_text(value) if isinstance(value, datetime) else msgspec.to_builtins(value)
            if isinstance(plain, tuple):
                plain = list(plain)
            if shown.fields.get(name) != plain:
                changes[name] = FieldChange(
                    base_version=shown.version_of(name), base=shown.fields.get(name), new=plain
                )
        if not changes:
            return False
        self._change(kind, record_id, Patch(kind=kind, id=record_id, changes=changes))
        return True

    def change(self, kind: KindName, record_id: str, **values: tuple[Any, Any]) -> None:
        """Change fields from what the person saw to what they want, each as (saw, wants).

        For a person who decides about a value of Central's that this desk may not show yet; the
        record need not be there. Central compares what they saw with what it holds.
        """
        record_id = self._current(kind, record_id)
        shown = get_row(self._connection, kind, record_id)
        if kind is KindName.NOTE and "text" in values:
            saw, wants = values.pop("text")
            revision = shown.fields["revision"] if shown else 0
            edit = NoteEdit(id=record_id, base_revision=revision, base_text=saw, new_text=wants)
            self._change(kind, record_id, edit)
        if values:
            changes = {n: FieldChange(base=saw, new=wants) for n, (saw, wants) in values.items()}
            self._change(kind, record_id, Patch(kind=kind, id=record_id, changes=changes))

    def repeat(self, operation: Operation) -> None:
        """Ask again for what was refused once, on top of what is shown now.

        Raises `UserError(NOT_FOUND)` if what it changes is gone.
        """
        if isinstance(operation, MergeCustomers):
            self.merge_customers(operation.winner, operation.loser, operation.keep)
        elif isinstance(operation, Unmerge):
            self.unmerge(operation.winner, operation.loser)
        elif isinstance(operation, NoteEdit):
            self.edit_note(operation.id, operation.new_text)
        elif isinstance(operation, Remove):
            self.remove(operation.kind, operation.id)
        elif isinstance(operation, Append):
            again = replace(operation, fields=self._to_successor(operation.fields))
            self._change(operation.kind, operation.id, again)
        elif isinstance(operation, Restore):
            self._change(operation.kind, operation.id, operation)
        else:
            self._patch_again(operation)

    def _patch_again(self, operation: Patch) -> None:
        record_id = self._current(operation.kind, operation.id)
        shown = self._shown(operation.kind, record_id)
        changes = {
            name: FieldChange(
                base_version=shown.version_of(name), base=shown.fields.get(name), new=change.new
            )
            for name, change in operation.changes.items()
            if shown.fields.get(name) != change.new
        }
        if changes:
            again = replace(operation, id=record_id, changes=changes)
            self._change(operation.kind, record_id, again)

    def merge_customers(self, winner: str, loser: str, keep: dict[str, Any] | None = None) -> None:
        """Make two customers one; it shows once Central's answer has come.

        `keep` holds the fields whose value the person chose, with that value.
        """
        winner, loser = (self._current(KindName.CUSTOMER, one) for one in (winner, loser))
        if winner != loser:
            merge = MergeCustomers(winner=winner, loser=loser, keep=keep or {})
            self._change(KindName.CUSTOMER, winner, merge)

    def unmerge(self, winner: str, loser: str) -> None:
        """Take a merge back; it shows once Central's answer has come."""
        self._change(KindName.CUSTOMER, winner, Unmerge(winner=winner, loser=loser))

    def edit_note(self, note_id: str, text: str) -> bool:
        """Put `text` in place of what the note says; False if it says so already."""
        shown = self._shown(KindName.NOTE, note_id)
        if shown.fields["text"] == text:
            return False
        self._change(
            KindName.NOTE,
            note_id,
            NoteEdit(
                id=note_id,
                base_revision=shown.fields["revision"],
                base_text=shown.fields["text"],
                new_text=text,
            ),
        )
        return True

    def remove(self, kind: KindName, record_id: str) -> StoredRow:
        """Remove a record and return it, for `restore`."""
        record_id = self._current(kind, record_id)
        shown = self._shown(kind, record_id)
        self._change(kind, record_id, Remove(kind=kind, id=record_id, base_version=shown.seq))
        return shown

    def remove_unseen(self, kind: KindName, record_id: str, *, seen: int = 0) -> None:
        """Remove a record that this desk may not have received yet; the person knows it `seen`."""
        shown = get_row(self._connection, kind, record_id)
        seen = max(seen, shown.seq if shown else 0)
        self._change(kind, record_id, Remove(kind=kind, id=record_id, base_version=seen))

    def restore(self, kind: KindName, record_id: str, removed: StoredRow | None = None) -> None:
        """Bring back what was removed here.

        It shows again at once if its removal is still on its way, or if `removed` is what
        `remove` returned; else when Central's answer has come.
        """
        fields = {} if removed is None else dict(removed.fields)
        self._change(kind, record_id, Restore(kind=kind, id=record_id, fields=fields))

    def bring_back(self, kind: KindName, record_id: str, **values: tuple[Any, Any]) -> None:
        """Restore what somebody else removed, and change it as `change` does.

        The record shows again once Central's answer has come.
        """
        self.restore(kind, record_id)
        if values:
            self.change(kind, record_id, **values)

    def finish(self) -> ChangeSet:
        """Put the group into the outbox and tell what changed."""
        first = outbox.take_numbers(self._connection, len(self._intentions))
        outbox.add_intentions(
            self._connection,
            [
                outbox.Intention(
                    n=n,
                    group_id=self._group_id,
                    kind=kind,
                    record_id=record_id,
                    owner_id=owner_id,
                    author_id=self._author_id,
                    payload=msgspec.json.encode(
                        Mutation(n=n, operation=operation, made_at=self._made_at)
                    ),
                    made_at=to_text(self._made_at),
                )
                for n, (kind, record_id, owner_id, operation) in enumerate(self._intentions, first)
            ],
        )
        reindex_customers(
            self._connection,
            {c.owner_id for c in self._changed if c.kind in INDEXED and c.owner_id},
        )
        return ChangeSet.of(self._changed)

    def _current(self, kind: KindName, record_id: str) -> str:
        """Return the id to change: a merged customer's edits are its successor's."""
        if kind is KindName.CUSTOMER and self._has_aliases:
            return successor(self._connection, record_id)
        return record_id

    def _to_successor(self, fields: Row) -> Row:
        owner = fields.get("customer_id")
        if owner is None or not self._has_aliases:
            return fields
        return fields | {"customer_id": successor(self._connection, owner)}

    def _shown(self, kind: KindName, record_id: str) -> StoredRow:
        row = get_row(self._connection, kind, record_id)
        if row is None:
            raise UserError(Code.NOT_FOUND)
        return row

    def _change(self, kind: KindName, record_id: str, operation: Operation) -> None:
        """Change the visible row by `operation` and remember the intention."""
        before = get_row(self._connection, kind, record_id)
        outbox.keep_shadow(self._connection, kind, record_id, before)
        fields = self._fields_after(kind, record_id, before, operation)
        owners = {
            owner_of(kind, record_id, row)
            for row in (before.fields if before else None, fields)
            if row is not None
        }
        if fields is None:
            delete_rows(self._connection, kind, [record_id])
        else:
            central = (
                before or outbox.get_shadow(self._connection, kind, record_id) or StoredRow({})
            )
            shown = StoredRow(fields, central.seq, central.created_seq, central.versions)
            put_rows(self._connection, kind, [(record_id, shown)])
        self._changed |= {Changed(kind, record_id, owner) for owner in owners or {None}}
        owner_id = next((owner for owner in owners if owner), None)
        self._intentions.append((kind, record_id, owner_id, operation))

    def _fields_after(
        self, kind: KindName, record_id: str, before: StoredRow | None, operation: Operation
    ) -> Row | None:
        mutation = Mutation(n=0, operation=operation, made_at=self._made_at)
        if isinstance(operation, Restore):
            # What was shown before the removal follows from Central's version and the outbox.
            below = outbox.get_shadow(self._connection, kind, record_id)
            earlier = [
                decode_json(i.payload, Mutation)
                for i in outbox.of_record(self._connection, kind, record_id)
            ]
            return overlay(below.fields if below else None, [*earlier, mutation])
        return overlay(before.fields if before else None, [mutation])
