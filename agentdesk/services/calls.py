"""What a call leaves behind: the interaction, its note and facts, and what was promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from agentdesk.domain.changes import ChangeSet
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
from agentdesk.errors import Code, UserError
from agentdesk.services.notes import add_note
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

    The call's id becomes the interaction's, so that wrapping up twice saves once.
    """
    if call.promise is not None and not call.promise.text.strip():
        raise UserError(Code.BAD_VALUE, field="promise", reason="empty")
    summary = call.summary.strip()[:MOST_SUMMARY_CHARS]
    edits = Edits(connection, author_id)
    interaction = edits.append(
        Interaction(
            id=call.call_id,
            customer_id=call.customer_id,
            channel=Channel.CALL,
            direction=call.direction,
            occurred_at=cut_to_ms(call.began_at),
            subject=call.subject.strip() or summary[:80],
            summary=summary or None,
            department=call.department,
            disposition=call.disposition,
            mood=call.mood,
            case_id=call.case_id,
            user_id=author_id,
            duration_s=max(0, round((call.ended_at - call.began_at).total_seconds())),
            e164=call.e164,
            extension=call.extension,
        )
    )
    if call.promise is not None and call.customer_id is not None:
        edits.append(
            Promise(
                id=new_id(),
                customer_id=call.customer_id,
                text=call.promise.text.strip(),
                due_at=cut_to_ms(call.promise.due_at),
                channel=call.promise.channel,
                interaction_id=interaction.id,
                made_by=author_id,
                made_at=edits.made_at,
            )
        )
    changes = edits.finish()
    if call.note.strip() and call.customer_id is not None:
        _note, more = add_note(
            connection,
            call.customer_id,
            call.note,
            author_id,
            interaction_id=interaction.id,
            draft_id=call.draft_id,
        )
        changes |= more
    return interaction, changes


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
) -> ChangeSet:
    """Keep that a call came and nobody took it; `subject` is what the timeline says of it."""
    edits = Edits(connection, author_id)
    edits.append(
        Interaction(
            id=call_id,
            customer_id=customer_id,
            channel=Channel.CALL,
            direction=Direction.INBOUND,
            occurred_at=cut_to_ms(began_at),
            subject=subject,
            disposition=Disposition.MISSED,
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
