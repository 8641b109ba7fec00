"""Forgetting a person whom Central has erased by law, also in what this desk keeps for itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from agentdesk.decoding import decode_json
from agentdesk.domain.kinds import KindName
from agentdesk.errors import Code
from agentdesk.store import mentions
from agentdesk.store import tables as t
from agentdesk.sync.protocol import GoneReason, Mutation, PageGone, PageRow, Patch, Verdict

_BATCH = 500


def forget(connection: sa.Connection, lines: Sequence[PageRow | PageGone]) -> None:
    """Empty what drafts, decisions and the journal say of whom a page tells as erased.

    Edits without a verdict stay: their numbers are due, and Central discards them. Of each the
    person is told, see `tell_person`.
    """
    erased = [
        line for line in lines if isinstance(line, PageGone) and line.reason is GoneReason.ERASED
    ]
    customers = [line.id for line in erased if line.kind == KindName.CUSTOMER]
    ids = [line.id for line in erased]
    for start in range(0, len(customers), _BATCH):
        part = customers[start : start + _BATCH]
        gone = sa.or_(t.draft.c.id.in_(part), t.draft.c.customer_id.in_(part))
        connection.execute(t.draft.delete().where(gone))
        mentions.erase(connection, part)
        _empty(connection, t.journal, t.journal.c.owner_id.in_(part))
        _empty(connection, t.attention, t.attention.c.owner_id.in_(part))
    for start in range(0, len(ids), _BATCH):
        part = ids[start : start + _BATCH]
        for table in (t.conflict, t.merged):
            about = sa.or_(table.c.record_id.in_(part), table.c.owner_id.in_(part))
            connection.execute(table.delete().where(about))
        judged = t.outbox.c.verdict.is_not(None)
        _empty(connection, t.outbox, t.outbox.c.record_id.in_(part), judged)
        _empty(connection, t.journal, t.journal.c.record_id.in_(part))
        _empty(connection, t.attention, t.attention.c.record_id.in_(part))


def bare_payload(payload: bytes) -> bytes:
    """Return an encoded mutation that says no more than what it was about."""
    mutation = decode_json(payload, Mutation)
    kind = getattr(mutation.operation, "kind", KindName.CUSTOMER)
    record_id = getattr(mutation.operation, "id", "")
    bare = Patch(kind=kind, id=record_id, changes={})
    return msgspec.json.encode(Mutation(n=mutation.n, operation=bare, made_at=mutation.made_at))


def _empty(connection: sa.Connection, table: sa.Table, *conditions: Any) -> None:
    """Empty the payloads and verdicts of these rows, and say why."""
    for row in connection.execute(sa.select(table).where(*conditions)).mappings().all():
        values: dict[str, object] = {"payload": bare_payload(row["payload"])}
        if "verdict" in row and row["verdict"] is not None:
            verdict = decode_json(row["verdict"], Verdict)
            bare = msgspec.structs.replace(verdict, contested=[])
            values["verdict"] = msgspec.json.encode(bare)
        if "reason" in row:
            values["reason"] = Code.ERASED.value
        connection.execute(table.update().where(table.c.n == row["n"]).values(values))
