"""What the desk shows without a call: calls to return, promises due, recent people, one joy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from agentdesk.domain.entities import Customer, Disposition, Promise, PromiseState
from agentdesk.domain.moments import to_text
from agentdesk.store import tables as t
from agentdesk.store.rows import get_entity, select_entities

_MISSED_WITHIN = timedelta(days=3)
_DUE_WITHIN = timedelta(days=2)
MOST = 12
"""At most so many lines are shown of each kind."""


@dataclass(frozen=True, slots=True)
class MissedCall:
    """A call that nobody took and nobody has returned since."""

    interaction_id: str
    at: datetime
    e164: str | None
    customer_id: str | None
    name: str | None
    times: int


@dataclass(frozen=True, slots=True)
class DuePromise:
    """A promise that is due soon or late."""

    promise: Promise
    name: str
    late: bool


@dataclass(frozen=True, slots=True)
class RecentPerson:
    """Somebody this operator was in touch with."""

    customer_id: str
    name: str
    at: datetime
    subject: str


@dataclass(frozen=True, slots=True)
class GoodThing:
    """One good thing from this week: praise that a customer gave, or promises kept."""

    customer_id: str | None = None
    name: str | None = None
    praise: str | None = None
    promises_kept: int = 0
    people_helped: int = 0


@dataclass(frozen=True, slots=True)
class Home:
    """Everything on the desk without a call."""

    missed: tuple[MissedCall, ...] = ()
    due: tuple[DuePromise, ...] = ()
    recent: tuple[RecentPerson, ...] = ()
    good: GoodThing | None = None


def load_home(connection: sa.Connection, user_id: str, moment: datetime) -> Home:
    """Return what a user sees at `moment` while no call is there."""
    return Home(
        _missed(connection, moment),
        _due(connection, moment),
        _recent(connection, user_id),
        _good(connection, user_id, moment),
    )


def _missed(connection: sa.Connection, moment: datetime) -> tuple[MissedCall, ...]:
    """Return missed calls by number, without those that were followed by a contact."""
    i = t.interaction.c
    since = to_text(moment - _MISSED_WITHIN)
    rows = connection.execute(
        sa.select(i.id, i.occurred_at, i.e164, i.customer_id, t.customer.c.full_name)
        .outerjoin(t.customer, t.customer.c.id == i.customer_id)
        .where(i.disposition == Disposition.MISSED, i.occurred_at >= since)
        .order_by(i.occurred_at.desc())
    ).all()
    answered = _answered_since(connection, since)
    calls: dict[str, MissedCall] = {}
    for row in rows:
        key = row.e164 or row.customer_id or row.id
        later = max(answered.get(row.e164 or "", ""), answered.get(row.customer_id or "", ""))
        if later > row.occurred_at:
            continue
        at = datetime.fromisoformat(row.occurred_at)
        first = calls.get(key)
        calls[key] = (
            MissedCall(row.id, at, row.e164, row.customer_id, row.full_name, 1)
            if first is None
            else MissedCall(
                first.interaction_id,
                first.at,
                first.e164,
                first.customer_id,
                first.name,
                first.times + 1,
            )
        )
    return tuple(calls.values())[:MOST]


def _answered_since(connection: sa.Connection, since: str) -> dict[str, str]:
    """Return when each number and each customer was last really spoken with."""
    i = t.interaction.c
    nobody = (Disposition.MISSED, Disposition.NO_ANSWER)
    spoken = (i.occurred_at >= since) & (i.disposition.is_(None) | i.disposition.not_in(nobody))
    latest: dict[str, str] = {}
    rows = connection.execute(
        sa.select(i.e164, i.customer_id, sa.func.max(i.occurred_at).label("at"))
        .where(spoken)
        .group_by(i.e164, i.customer_id)
    )
    for row in rows:
        for key in (row.e164, row.customer_id):
            if key:
                latest[key] = max(latest.get(key, ""), row.at)
    return latest


def _due(connection: sa.Connection, moment: datetime) -> tuple[DuePromise, ...]:
    p = t.promise.c
    promises = select_entities(
        connection,
        Promise,
        p.state == PromiseState.OPEN,
        p.due_at <= to_text(moment + _DUE_WITHIN),
        order=[p.due_at],
        limit=MOST,
    )
    found = []
    for promise in promises:
        customer = get_entity(connection, Customer, promise.customer_id)
        if customer is not None:
            found.append(DuePromise(promise, customer.full_name, promise.due_at < moment))
    return tuple(found)


def _recent(connection: sa.Connection, user_id: str) -> tuple[RecentPerson, ...]:
    i = t.interaction.c
    rows = connection.execute(
        sa.select(i.customer_id, i.occurred_at, i.subject, t.customer.c.full_name)
        .join(t.customer, t.customer.c.id == i.customer_id)
        .where(i.user_id == user_id)
        .order_by(i.occurred_at.desc())
        .limit(MOST * 4)
    )
    people: dict[str, RecentPerson] = {}
    for row in rows:
        at = datetime.fromisoformat(row.occurred_at)
        people.setdefault(
            row.customer_id, RecentPerson(row.customer_id, row.full_name, at, row.subject)
        )
    return tuple(people.values())[:MOST]


def _good(connection: sa.Connection, user_id: str, moment: datetime) -> GoodThing | None:
    """Return the warmest thing of the last seven days, or None if there was none."""
    i, p = t.interaction.c, t.promise.c
    week_ago = to_text(moment - timedelta(days=7))
    mine = (i.user_id == user_id) & (i.occurred_at >= week_ago)
    helped = connection.execute(
        sa.select(sa.func.count(sa.distinct(i.customer_id))).where(mine)
    ).scalar_one()
    kept = connection.execute(
        sa.select(sa.func.count()).where(
            p.made_by == user_id, p.state == PromiseState.KEPT, p.settled_at >= week_ago
        )
    ).scalar_one()
    praise = connection.execute(
        sa.select(i.customer_id, i.summary, t.customer.c.full_name)
        .join(t.customer, t.customer.c.id == i.customer_id)
        .where(mine, i.satisfaction == 5, i.summary.is_not(None))
        .order_by(i.occurred_at.desc())
        .limit(1)
    ).first()
    if not helped and not kept and praise is None:
        return None
    return GoodThing(
        customer_id=praise.customer_id if praise else None,
        name=praise.full_name if praise else None,
        praise=praise.summary if praise else None,
        promises_kept=kept,
        people_helped=helped,
    )
