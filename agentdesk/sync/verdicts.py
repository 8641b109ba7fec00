"""What a person is told of Central's answers: conflicts, refusals, and what was merged unasked."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import RESTRICTIVENESS
from agentdesk.domain.moments import now, to_text
from agentdesk.errors import Code
from agentdesk.store import outbox
from agentdesk.store.tables import attention, conflict, merged
from agentdesk.sync.erasure import bare_payload
from agentdesk.sync.merge import merge_text, more_restrictive
from agentdesk.sync.protocol import Contested, Outcome, Reason, Verdict

SILENT = frozenset({Reason.LATER, Reason.RESTRICTIVE, Reason.TEXT_MERGED, Reason.REDIRECTED})
"""What the rules of merging decide by themselves: told, and may be taken back."""

REDIRECTED_TO = "customer_id"
"""The contested field of a redirected change: whom it was meant for, and who received it."""


def tell_person(connection: sa.Connection, judged: outbox.Intention, verdict: Verdict) -> None:
    """Put before a person what Central refused or contests, and list what it merged."""
    if verdict.outcome in (Outcome.REJECTED, Outcome.BLOCKED):
        _call_attention(connection, judged, verdict)
        return
    silent = [c for c in verdict.contested if _reason_of(c, verdict) in SILENT]
    open_ = [c for c in verdict.contested if _reason_of(c, verdict) not in SILENT]
    if silent:
        connection.execute(merged.insert(), [_merged(judged, c, verdict) for c in silent])
    if verdict.outcome is not Outcome.CONFLICT:
        return
    if open_:
        connection.execute(conflict.insert(), [_conflict(judged, c, verdict) for c in open_])
    else:
        _call_attention(connection, judged, verdict)


def _reason_of(contested: Contested, verdict: Verdict) -> str:
    return contested.reason or verdict.reason or Reason.CONTESTED


def _conflict(judged: outbox.Intention, contested: Contested, verdict: Verdict) -> dict[str, Any]:
    return _common(judged, contested, verdict) | {
        "copy_id": contested.copy_id,
        "raised_at": to_text(now()),
    }


def _merged(judged: outbox.Intention, contested: Contested, verdict: Verdict) -> dict[str, Any]:
    row = _common(judged, contested, verdict)
    return row | {"stands": what_stands(row["reason"], contested), "merged_at": to_text(now())}


def _common(judged: outbox.Intention, contested: Contested, verdict: Verdict) -> dict[str, Any]:
    return {
        "id": new_id(),
        "n": judged.n,
        "kind": judged.kind.value,
        "record_id": judged.record_id,
        "owner_id": judged.owner_id,
        "author_id": judged.author_id,
        "made_at": judged.made_at,
        "field": contested.field,
        "reason": str(_reason_of(contested, verdict)),
        "base": contested.base,
        "mine": contested.mine,
        "theirs": contested.theirs,
        "their_author": contested.their_author,
        "changed_at": contested.changed_at and to_text(contested.changed_at),
    }


def what_stands(reason: str, contested: Contested) -> Any:
    """Return what the rules of merging made of both values; the same code decided at Central."""
    mine, theirs = contested.mine, contested.theirs
    if reason == Reason.RESTRICTIVE and contested.field in RESTRICTIVENESS:
        return more_restrictive(contested.field, theirs, mine)
    if reason == Reason.TEXT_MERGED:
        return merge_text(contested.base or "", mine or "", theirs or "")
    if reason == Reason.REDIRECTED and contested.field == REDIRECTED_TO:
        return theirs
    return mine


def _call_attention(connection: sa.Connection, judged: outbox.Intention, verdict: Verdict) -> None:
    payload = judged.payload
    if verdict.reason == Code.ERASED:
        # The person is told that it was discarded; what it said is kept nowhere.
        payload = bare_payload(payload)
        outbox.empty_judged(connection, judged.n, payload)
    connection.execute(
        attention.insert().values(
            n=judged.n,
            group_id=judged.group_id,
            kind=judged.kind.value,
            record_id=judged.record_id,
            owner_id=judged.owner_id,
            author_id=judged.author_id,
            payload=payload,
            reason=verdict.reason or verdict.outcome.value,
            raised_at=to_text(now()),
        )
    )
