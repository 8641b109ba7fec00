"""What speaks for one customer type or another: figures and words from a person's history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from agentdesk.domain.customer_type import Evidence
from agentdesk.domain.entities import (
    Case,
    CaseState,
    Channel,
    Customer,
    Direction,
    Interaction,
    LoyaltyStage,
    Note,
    Purchase,
)
from agentdesk.domain.moments import to_text
from agentdesk.store import tables as t
from agentdesk.store.rows import EntityQuery

_NOTES_READ = 12
_CONTACTS_READ = 20
_DIGITAL = frozenset({Channel.EMAIL, Channel.CHAT, Channel.SMS, Channel.SOCIAL})
_LOW_RATING, _HIGH_RATING = 2, 5

_CUSTOMER_ID: sa.BindParameter[str] = sa.bindparam("customer_id")
_NOTES = EntityQuery(
    Note,
    t.note.c.customer_id == _CUSTOMER_ID,
    order=[t.note.c.created_at.desc()],
    limit=_NOTES_READ,
)
_COUNT_SINCE = sa.select(sa.func.count()).where(
    t.interaction.c.customer_id == _CUSTOMER_ID,
    t.interaction.c.occurred_at >= sa.bindparam("since"),
)


def gather_evidence(
    connection: sa.Connection,
    customer: Customer,
    recent: Sequence[Interaction],
    cases: Sequence[Case],
    purchases: Sequence[Purchase],
    *,
    since: datetime | None,
    moment: datetime,
) -> Evidence:
    """Return the figures and texts by which a customer type is suggested.

    `recent` are the latest contacts, the latest first; `since` is when the customer came to us.
    """
    calls = [i for i in recent if i.channel is Channel.CALL]
    lengths = [i.duration_s for i in calls if i.duration_s]
    two_days_ago = moment - timedelta(hours=48)
    return Evidence(
        contacts_last_year=_count_since(connection, customer.id, moment - timedelta(days=365)),
        calls=len(calls),
        mean_call_s=sum(lengths) / len(lengths) if lengths else None,
        share_digital_channels=(
            sum(i.channel in _DIGITAL for i in recent) / len(recent) if recent else 0.0
        ),
        purchases=len(purchases),
        years_customer=(moment - since).days / 365.25 if since else None,
        open_complaints=sum(c.complaint and c.state is not CaseState.SOLVED for c in cases),
        repeat_contacts_48h=sum(
            i.direction is Direction.INBOUND and i.occurred_at >= two_days_ago for i in recent
        ),
        low_ratings=sum((i.satisfaction or 9) <= _LOW_RATING for i in recent),
        high_ratings=sum((i.satisfaction or 0) >= _HIGH_RATING for i in recent),
        technical_level=customer.technical_level,
        loyalty_stage=customer.loyalty_stage or LoyaltyStage.CUSTOMER,
        birth_year=_birth_year(customer.birthday),
        texts=_texts(connection, customer.id, recent),
    )


def _texts(
    connection: sa.Connection, customer_id: str, recent: Sequence[Interaction]
) -> tuple[str, ...]:
    notes = _NOTES(connection, customer_id=customer_id)
    contacts = [f"{i.subject}. {i.summary or ''}" for i in recent[:_CONTACTS_READ]]
    return tuple([note.text for note in notes] + contacts)


def _count_since(connection: sa.Connection, customer_id: str, since: datetime) -> int:
    values = {"customer_id": customer_id, "since": to_text(since)}
    return int(connection.execute(_COUNT_SINCE, values).scalar_one())


def _birth_year(birthday: str | None) -> int | None:
    return int(birthday[:4]) if birthday and birthday[:4].isdigit() else None
