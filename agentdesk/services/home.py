"""What the desk shows without a call: calls to return, promises due, recent people, one joy."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from agentdesk.domain.entities import Customer, Promise, PromiseState
from agentdesk.domain.moments import to_text
from agentdesk.services.missed import MissedCallers, Recognise, missed_callers
from agentdesk.store import tables as t
from agentdesk.store.rows import get_entity, select_entities

_DUE_WITHIN = timedelta(days=2)
MOST = 12
"""At most so many lines are shown of each kind at first."""
MOST_MISSED = 60
"""At most so many callers to return are shown when all are asked for."""


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

    missed: MissedCallers = field(default_factory=MissedCallers)
    due: tuple[DuePromise, ...] = ()
    recent: tuple[RecentPerson, ...] = ()
    good: GoodThing | None = None


def load_home(
    connection: sa.Connection,
    user_id: str,
    moment: datetime,
    recognise: Recognise | None = None,
) -> Home:
    """Return what a user sees at `moment` while no call is there.

    `recognise` tells who unknown callers may be.
    """
    return Home(
        missed_callers(connection, moment, recognise=recognise, limit=MOST_MISSED),
        _due(connection, moment),
        _recent(connection, user_id),
        _good(connection, user_id, moment),
    )


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
            # The state is written out, for the index on nothing but kept promises.
            p.made_by == user_id,
            sa.text("promise.state = 'kept'"),
            p.settled_at >= week_ago,
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
