"""Where a record is counted, and whose it is: its bucket, check, team and former teams; pure.

These columns of `record` follow from the others. Whoever changes a record's number or customer
writes them anew in the same statement.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from agentdesk.sync.digests import bucket_of, check_of

EVERYBODY = ""
"""Stands among former teams for the time in which a record was everybody's."""


def place(kind: str, record_id: str, owner_id: str | None, seq: int) -> dict[str, Any]:
    """Return the columns by which digests count a record that now has the number `seq`."""
    return {
        "bucket": bucket_of(owner_id or record_id),
        "check_sum": check_of(kind, record_id, seq),
    }


def moved(former: Collection[str], before: str | None, after: str | None) -> tuple[str, ...]:
    """Return in which teams a record has been that goes from team `before` to `after`.

    It is not told when it left: every later change of the record reaches, as `left_scope`, all
    whom it once was of. They may have passed over the very change with which it left.
    """
    if before == after:
        return tuple(former)
    return tuple(sorted({*former, EVERYBODY if before is None else before}))


def former_text(former: Collection[str]) -> str:
    """Return former teams as they are stored."""
    return msgspec.json.encode(list(former)).decode()


def former_mark(team_id: str) -> str:
    """Return what stands in the stored text if, and only if, the team is a former one."""
    return msgspec.json.encode(team_id).decode()
