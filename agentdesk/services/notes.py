"""Notes and facts: what operators write down about a person."""

from __future__ import annotations

import sqlalchemy as sa

from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.draft import Draft
from agentdesk.domain.entities import Fact, FactKind, Note
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now
from agentdesk.domain.names import storable
from agentdesk.errors import Code, UserError
from agentdesk.services.twins import twins_of
from agentdesk.store.rows import StoredRow
from agentdesk.store.state import save_draft
from agentdesk.sync.edits import Edits

MOST_NOTE_CHARS = 20_000
MOST_FACT_CHARS = 500


def add_note(
    connection: sa.Connection,
    customer_id: str,
    text: str,
    author_id: str,
    *,
    interaction_id: str | None = None,
    draft_id: str | None = None,
) -> tuple[Note, ChangeSet]:
    """Save a note; the draft it came from is forgotten in the same transaction."""
    text = _checked(text, MOST_NOTE_CHARS)
    edits = Edits(connection, author_id)
    note = edits.append(
        Note(
            id=new_id(),
            customer_id=customer_id,
            text=text,
            author_id=author_id,
            interaction_id=interaction_id,
            created_at=edits.made_at,
        )
    )
    if draft_id is not None:
        save_draft(connection, Draft(id=draft_id, text=""), author_id)
    return note, edits.finish()


def edit_note(connection: sa.Connection, note_id: str, text: str, author_id: str) -> ChangeSet:
    """Change what a note says; earlier versions stay in its history."""
    edits = Edits(connection, author_id)
    edits.edit_note(note_id, _checked(text, MOST_NOTE_CHARS))
    return edits.finish()


def add_fact(
    connection: sa.Connection,
    customer_id: str,
    kind: FactKind,
    text: str,
    author_id: str,
    *,
    interaction_id: str | None = None,
    sensitive: bool = False,
) -> tuple[Fact, ChangeSet]:
    """File one small thing about a person, as confirmed now by whoever heard it."""
    edits = Edits(connection, author_id)
    fact = edits.append(
        Fact(
            id=new_id(),
            customer_id=customer_id,
            kind=kind,
            text=_checked(" ".join(text.split()), MOST_FACT_CHARS),
            sensitive=sensitive,
            learned_by=author_id,
            learned_at=edits.made_at,
            interaction_id=interaction_id,
            confirmed_at=edits.made_at,
            confirmed_by=author_id,
        )
    )
    return fact, edits.finish()


def confirm_fact(connection: sa.Connection, fact_id: str, author_id: str) -> ChangeSet:
    """Say that a fact is still true."""
    edits = Edits(connection, author_id)
    edits.patch(KindName.FACT, fact_id, confirmed_at=now(), confirmed_by=author_id)
    return edits.finish()


def unconfirm_fact(connection: sa.Connection, before: Fact, author_id: str) -> ChangeSet:
    """Take a confirmation back: when and by whom it had been confirmed stands as in `before`."""
    edits = Edits(connection, author_id)
    edits.patch(
        KindName.FACT,
        before.id,
        confirmed_at=before.confirmed_at,
        confirmed_by=before.confirmed_by,
    )
    return edits.finish()


def edit_fact(connection: sa.Connection, fact_id: str, text: str, author_id: str) -> ChangeSet:
    """Correct a fact; whoever corrects it also confirms it."""
    edits = Edits(connection, author_id)
    for twin in twins_of(connection, KindName.FACT, fact_id):
        edits.remove(KindName.FACT, twin)
    edits.patch(
        KindName.FACT,
        fact_id,
        text=_checked(" ".join(text.split()), MOST_FACT_CHARS),
        confirmed_at=now(),
        confirmed_by=author_id,
    )
    return edits.finish()


def remove_record(
    connection: sa.Connection, kind: KindName, record_id: str, author_id: str
) -> tuple[StoredRow, ChangeSet]:
    """Remove a note, fact or contact point; `restore_record` takes it back.

    What says the same a second time goes with it.
    """
    edits = Edits(connection, author_id)
    twins = twins_of(connection, kind, record_id)
    removed = edits.remove(kind, record_id)
    for twin in twins:
        edits.remove(kind, twin)
    return removed, edits.finish()


def restore_record(
    connection: sa.Connection,
    kind: KindName,
    record_id: str,
    author_id: str,
    removed: StoredRow | None = None,
) -> ChangeSet:
    """Take a removal back; `removed` is what `remove_record` returned, if it is still known."""
    edits = Edits(connection, author_id)
    edits.restore(kind, record_id, removed)
    return edits.finish()


def _checked(text: str, most: int) -> str:
    text = storable(text).strip()
    if not text:
        raise UserError(Code.BAD_VALUE, field="text", reason="empty")
    if len(text) > most:
        raise UserError(Code.BAD_VALUE, field="text", reason="too long", most=most)
    return text
