"""What a call leaves behind: the interaction, its note and facts, and what was promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.draft import Draft
from agentdesk.domain.entities import (
    Channel,
    Direction,
    Disposition,
    Interaction,
    Mood,
    Promise,
    PromiseState,
)
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import cut_to_ms, now
from agentdesk.domain.names import storable
from agentdesk.errors import Code, UserError
from agentdesk.services.notes import add_note
from agentdesk.store import tables as t
from agentdesk.store.rows import get_entity
from agentdesk.store.state import save_draft
from agentdesk.sync.edits import Edits

MOST_SUMMARY_CHARS = 500


@dataclass(frozen=True, slots=True)
class Promised:
    """What was promised during a call."""

    text: str
    due_at: datetime
    channel: Channel = Channel.CALL


@dataclass(frozen=True, slots=True)
class WrapUp:
    """How a call ended. `note` is what stood in the note box, if anything did."""

    call_id: str
    customer_id: str | None
    direction: Direction
    began_at: datetime
    ended_at: datetime
    disposition: Disposition
    summary: str = ""
    mood: Mood | None = None
    e164: str | None = None
    extension: str | None = None
    department: str | None = None
    case_id: str | None = None
    subject: str = ""
    promise: Promised | None = None
    note: str = ""
    draft_id: str | None = None


def wrap_up(
    connection: sa.Connection, call: WrapUp, author_id: str
) -> tuple[Interaction, ChangeSet]:
    """Save a call as an interaction, with its note and promise, all or nothing.

    The call's id becomes the interaction's, so that wrapping up twice saves once. Of a caller
    whom nobody knows, note and promise are kept in the summary: they come to light with the call
    once its number is attached to somebody.
    """
    promised = storable(call.promise.text).strip() if call.promise is not None else ""
    if call.promise is not None and not promised:
        raise UserError(Code.BAD_VALUE, field="promise", reason="empty")
    note = storable(call.note).strip()
    edits = Edits(connection, author_id)
    interaction = get_entity(connection, Interaction, call.call_id)
    if interaction is None:
        interaction = edits.append(_interaction(call, author_id, promised, note))
    if call.customer_id is None:
        if call.draft_id is not None:
            save_draft(connection, Draft(id=call.draft_id, text=""), author_id)
        return interaction, edits.finish()
    if call.promise is not None and not _has(connection, t.promise, call, promised):
        edits.append(
            Promise(
                id=new_id(),
                customer_id=call.customer_id,
                text=promised,
                due_at=cut_to_ms(call.promise.due_at),
                channel=call.promise.channel,
                interaction_id=interaction.id,
                made_by=author_id,
                made_at=edits.made_at,
            )
        )
    changes = edits.finish()
    if note and not _has(connection, t.note, call, note):
        _note, more = add_note(
            connection,
            call.customer_id,
            note,
            author_id,
            interaction_id=interaction.id,
            draft_id=call.draft_id,
        )
        changes |= more
    return interaction, changes


def _interaction(call: WrapUp, author_id: str, promised: str, note: str) -> Interaction:
    summary = storable(call.summary).strip()[:MOST_SUMMARY_CHARS]
    told = summary
    if call.customer_id is None:
        told = "\n".join(part for part in (summary, promised, note) if part)
    return Interaction(
        id=call.call_id,
        customer_id=call.customer_id,
        channel=Channel.CALL,
        direction=call.direction,
        occurred_at=cut_to_ms(call.began_at),
        subject=storable(call.subject).strip() or summary[:80],
        summary=told or None,
        department=call.department,
        disposition=call.disposition,
        mood=call.mood,
        case_id=call.case_id,
        user_id=author_id,
        duration_s=max(0, round((call.ended_at - call.began_at).total_seconds())),
        e164=call.e164,
        extension=call.extension,
    )


def _has(connection: sa.Connection, table: sa.Table, call: WrapUp, text: str) -> bool:
    """Tell whether a note or promise of this call says so already."""
    c = table.c
    alike = (c.customer_id == call.customer_id, c.interaction_id == call.call_id, c.text == text)
    return connection.execute(sa.select(c.id).where(*alike).limit(1)).first() is not None


def record_missed_call(
    connection: sa.Connection,
    call_id: str,
    author_id: str,
    *,
    customer_id: str | None,
    e164: str | None,
    extension: str | None,
    subject: str,
    began_at: datetime,
    direction: Direction = Direction.INBOUND,
) -> ChangeSet:
    """Keep that a call came and nobody took it; `subject` is what the timeline says of it.

    Other desks at which it rang keep it under the same id: what is known already stays. One of our
    own that nobody took is no missed call: nobody was reached.
    """
    if get_entity(connection, Interaction, call_id) is not None:
        return ChangeSet()
    edits = Edits(connection, author_id)
    edits.append(
        Interaction(
            id=call_id,
            customer_id=customer_id,
            channel=Channel.CALL,
            direction=direction,
            occurred_at=cut_to_ms(began_at),
            subject=subject,
            disposition=(
                Disposition.MISSED if direction is Direction.INBOUND else Disposition.NO_ANSWER
            ),
            e164=e164,
            extension=extension,
        )
    )
    return edits.finish()


def settle_promise(
    connection: sa.Connection, promise_id: str, state: PromiseState, author_id: str
) -> ChangeSet:
    """Say what became of a promise; `OPEN` takes that back."""
    edits = Edits(connection, author_id)
    settled_at = None if state is PromiseState.OPEN else now()
    edits.patch(KindName.PROMISE, promise_id, state=state, settled_at=settled_at)
    return edits.finish()
