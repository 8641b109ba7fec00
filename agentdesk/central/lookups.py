"""Finding the customers of a number, whatever the caller's scope, and keeping a record of that."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.operations import Caller
from agentdesk.central.throttle import check_pace
from agentdesk.decoding import decode_json
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import to_text
from agentdesk.domain.renumbering import spellings
from agentdesk.errors import Code, UserError
from agentdesk.sync.protocol import LookupAnswer, PageRow

PER_MINUTE = 20
PER_DAY = 1_000
"""Nobody takes as many calls from strangers; whoever tries out numbers gets no further."""

MOST_CUSTOMERS = 25
_MOST_HOPS = 8
_E164 = re.compile(r"\+[0-9]{3,15}")
_AUTHORS = re.compile(r'"(?:[a-z_]+_by|user_id|author_id)":"([A-Za-z0-9_-]{1,64})"')


def look_up(connection: sa.Connection, caller: Caller, e164: str, now: datetime) -> LookupAnswer:
    """Return the customers who have a number (E.164), whole.

    Raises `UserError(INVALID_REQUEST)` if it is no such number, `NotNowError` for a device that
    asks too often.
    """
    # A plus sign that was not escaped in the query reads as a space.
    number = "+" + e164[1:] if e164.startswith(" ") else e164
    if not _E164.fullmatch(number):
        raise UserError(Code.INVALID_REQUEST)
    return _answer(connection, caller, lambda: customers_of(connection, caller.org_id, number), now)


def look_up_customer(
    connection: sa.Connection, caller: Caller, customer_id: str, now: datetime
) -> LookupAnswer:
    """Return a customer whole, whom a search has named; nobody if they are gone."""
    return _answer(
        connection, caller, lambda: _living(connection, caller.org_id, {customer_id}), now
    )


def _answer(
    connection: sa.Connection, caller: Caller, who: Callable[[], list[str]], now: datetime
) -> LookupAnswer:
    asked = sa.select(sa.func.count()).where(
        t.lookup.c.org_id == caller.org_id, t.lookup.c.device_id == caller.device_id
    )
    check_pace(
        connection, asked, t.lookup.c.looked_up_at, now, per_minute=PER_MINUTE, per_day=PER_DAY
    )
    customers = who()
    rows = _whole(connection, caller.org_id, customers)
    connection.execute(
        sa.insert(t.lookup).values(
            org_id=caller.org_id,
            id=new_id(),
            user_id=caller.user_id,
            device_id=caller.device_id,
            looked_up_at=to_text(now),
            found=len(customers),
        )
    )
    return LookupAnswer(rows=rows)


def customers_of(connection: sa.Connection, org_id: str, number: str) -> list[str]:
    """Return the ids of the customers of a number, those touched last first."""
    named = set(
        connection.execute(
            sa.select(t.phone_index.c.customer_id).where(
                t.phone_index.c.org_id == org_id, t.phone_index.c.e164.in_(spellings(number))
            )
        ).scalars()
    )
    return _living(connection, org_id, named)


def _living(connection: sa.Connection, org_id: str, named: set[str]) -> list[str]:
    """Return the customers that `named` are now, those touched last first."""
    living: dict[str, int] = {}
    for _hop in range(_MOST_HOPS):
        if not named:
            break
        found = connection.execute(
            sa.select(
                t.record.c.id, t.record.c.seq, t.record.c.removed_reason, t.record.c.merged_into
            ).where(
                t.record.c.org_id == org_id,
                t.record.c.kind == KindName.CUSTOMER.value,
                t.record.c.id.in_(named),
            )
        ).all()
        living |= {row.id: row.seq for row in found if row.removed_reason is None}
        named = {row.merged_into for row in found if row.merged_into is not None}
    return sorted(living, key=lambda one: living[one], reverse=True)[:MOST_CUSTOMERS]


def _whole(connection: sa.Connection, org_id: str, customers: list[str]) -> list[PageRow]:
    columns = (
        t.record.c.kind,
        t.record.c.id,
        t.record.c.seq,
        t.record.c.created_seq,
        t.record.c.fields,
        t.record.c.versions,
    )
    live = (t.record.c.org_id == org_id, t.record.c.removed_reason.is_(None))
    query: sa.Select[Any] = sa.select(*columns).where(*live)
    owned = connection.execute(query.where(t.record.c.owner_id.in_(customers))).all()
    # A desk expects an owner before what belongs to it.
    first = sorted(owned, key=lambda row: (row.kind != KindName.CUSTOMER.value, row.seq))
    authors = {name for row in owned for name in _AUTHORS.findall(row.fields)}
    users = connection.execute(
        query.where(t.record.c.kind == KindName.USER.value, t.record.c.id.in_(sorted(authors)))
    ).all()
    return [
        PageRow(
            kind=row.kind,
            id=row.id,
            seq=row.seq,
            created_seq=row.created_seq,
            fields=decode_json(row.fields),
            versions=decode_json(row.versions),
        )
        for row in (*users, *first)
    ]
