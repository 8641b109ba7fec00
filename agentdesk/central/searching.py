"""Finding customers by name outside the caller's scope, on record and at a human pace.

Simpler than the desk's own search: each word as a beginning, or by its sound; what a desk holds
itself is left out.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.lookups import look_up_customer
from agentdesk.central.name_index import LONGEST_WORD, SOUND
from agentdesk.central.operations import Caller
from agentdesk.central.scopes import ScopeName, scope_of
from agentdesk.central.throttle import check_pace
from agentdesk.decoding import decode_json
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import to_text
from agentdesk.domain.names import search_forms, storable
from agentdesk.domain.sounds import sound
from agentdesk.errors import Code, UserError
from agentdesk.sync.protocol import FoundCustomer, LookupAnswer, SearchAnswer

PER_MINUTE = 30
PER_DAY = 2_000
"""A box asks when somebody has stopped typing; nobody searches more than that by hand."""

SHORTEST = 3
"""A single word has to have so many letters: a search is not a list."""

MOST_FOUND = 20
_MOST_CHARS = 100
_MOST_WORDS = 4
_LAST_CHARACTER = "\U0010ffff"


def search(connection: sa.Connection, caller: Caller, text: str, now: datetime) -> SearchAnswer:
    """Return customers outside the caller's scope whose names have all words of `text`.

    Raises `UserError(INVALID_REQUEST)` for less than `SHORTEST` letters, `NotNowError` for a
    device that asks too often.
    """
    words = [forms[-1] for forms in search_forms(storable(text[:_MOST_CHARS]))][:_MOST_WORDS]
    if not words or max(map(len, words)) < SHORTEST:
        raise UserError(Code.INVALID_REQUEST)
    scope = scope_of(connection, caller.org_id, caller.user_id)
    if scope.name is ScopeName.ALL:
        return SearchAnswer(found=[], all_held=True)
    asked = sa.select(sa.func.count()).where(
        t.search_log.c.org_id == caller.org_id, t.search_log.c.device_id == caller.device_id
    )
    check_pace(
        connection, asked, t.search_log.c.searched_at, now, per_minute=PER_MINUTE, per_day=PER_DAY
    )
    rows = connection.execute(
        sa.select(t.record.c.id, t.record.c.fields)
        .where(
            t.record.c.org_id == caller.org_id,
            t.record.c.kind == KindName.CUSTOMER.value,
            t.record.c.removed_reason.is_(None),
            sa.not_(scope.holds()),
            *(t.record.c.id.in_(_having(caller.org_id, word)) for word in words),
        )
        .order_by(t.record.c.seq.desc())
        .limit(MOST_FOUND)
    ).all()
    connection.execute(
        sa.insert(t.search_log).values(
            org_id=caller.org_id,
            id=new_id(),
            user_id=caller.user_id,
            device_id=caller.device_id,
            searched_at=to_text(now),
            found=len(rows),
        )
    )
    return SearchAnswer(found=[_found(row.id, row.fields) for row in rows])


def visit(
    connection: sa.Connection, caller: Caller, customer_id: str, now: datetime
) -> LookupAnswer:
    """Return a customer whole, whatever the caller's scope; on record and paced as lookups are."""
    return look_up_customer(connection, caller, customer_id, now)


def _having(org_id: str, word: str) -> sa.Select[tuple[str]]:
    """Return the customers with a word that begins with `word`, or sounds like it."""
    index = t.name_index.c
    word = word[:LONGEST_WORD]
    ways: list[sa.ColumnElement[bool]] = [
        sa.and_(index.word >= word, index.word < word + _LAST_CHARACTER)
    ]
    if word.isascii() and len(word) > 2:
        ways.append(index.word == SOUND + sound(word))
    return sa.select(index.customer_id).where(index.org_id == org_id, sa.or_(*ways))


def _found(customer_id: str, encoded: str) -> FoundCustomer:
    fields = decode_json(encoded)
    return FoundCustomer(
        id=customer_id,
        full_name=fields.get("full_name") or "",
        company=fields.get("company"),
        hometown=fields.get("hometown"),
    )
