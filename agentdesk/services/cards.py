"""The card: everything about one person that an operator needs while the call rings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from agentdesk.domain.alerts import Alert, alerts_for
from agentdesk.domain.areas import Area
from agentdesk.domain.customer_type import Suggestion, suggest
from agentdesk.domain.entities import (
    Case,
    CaseState,
    ContactPoint,
    Customer,
    Disposition,
    Fact,
    FactKind,
    Interaction,
    Photo,
    Promise,
    PromiseState,
    Purchase,
    StepTried,
    User,
)
from agentdesk.domain.names import search_forms, search_tokens
from agentdesk.domain.playbook import Playbook
from agentdesk.services.evidence import gather_evidence
from agentdesk.services.twins import without_twins
from agentdesk.store import tables as t
from agentdesk.store.rows import EntityQuery, get_entity
from agentdesk.sync.outside import area_of

_RECENT_CONTACTS = 60

_CUSTOMER_ID: sa.BindParameter[str] = sa.bindparam("customer_id")
_CONTACT_POINTS = EntityQuery(ContactPoint, t.contact_point.c.customer_id == _CUSTOMER_ID)
_FACTS = EntityQuery(Fact, t.fact.c.customer_id == _CUSTOMER_ID)
_RECENT = EntityQuery(
    Interaction,
    t.interaction.c.customer_id == _CUSTOMER_ID,
    order=[t.interaction.c.occurred_at.desc(), t.interaction.c.id.desc()],
    limit=_RECENT_CONTACTS,
)
_CASES = EntityQuery(Case, t.case.c.customer_id == _CUSTOMER_ID, order=[t.case.c.opened_at.desc()])
_OPEN_PROMISES = EntityQuery(
    Promise,
    t.promise.c.customer_id == _CUSTOMER_ID,
    t.promise.c.state == PromiseState.OPEN,
    order=[t.promise.c.due_at],
)
_PURCHASES = EntityQuery(
    Purchase,
    t.purchase.c.customer_id == _CUSTOMER_ID,
    order=[t.purchase.c.purchased_at.desc()],
    limit=50,
)
_STEPS = EntityQuery(
    StepTried,
    t.step_tried.c.customer_id == _CUSTOMER_ID,
    order=[t.step_tried.c.tried_at.desc()],
)
_PHOTO = EntityQuery(
    Photo, t.photo.c.customer_id == _CUSTOMER_ID, order=[t.photo.c.id.desc()], limit=1
)
_CONTACT_COUNT = sa.select(sa.func.count(), sa.func.min(t.interaction.c.occurred_at)).where(
    t.interaction.c.customer_id == _CUSTOMER_ID
)
_PENDING = sa.select(sa.literal(1)).where(t.outbox.c.owner_id == _CUSTOMER_ID).limit(1)


@dataclass(frozen=True, slots=True)
class CommonGround:
    """Something that this operator and this customer share; `what` is in the customer's words."""

    kind: FactKind
    what: str


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """How the customer rated us lately, 1 to 5, the latest first, and how it ended last time."""

    ratings: tuple[int, ...] = ()
    last_mood: str | None = None

    @property
    def mean(self) -> float | None:
        """The mean of the ratings, or None without any."""
        return sum(self.ratings) / len(self.ratings) if self.ratings else None


@dataclass(frozen=True, slots=True)
class Card:
    """A person, as one state of the cache tells them.

    `suggestions` are the customer types, the likeliest first; `last_contact` is the latest
    interaction, `contacts` the number of all of them.
    """

    customer: Customer
    contact_points: tuple[ContactPoint, ...] = ()
    facts: tuple[Fact, ...] = ()
    alerts: tuple[Alert, ...] = ()
    common_ground: tuple[CommonGround, ...] = ()
    steps_tried: tuple[StepTried, ...] = ()
    open_cases: tuple[Case, ...] = ()
    open_promises: tuple[Promise, ...] = ()
    last_purchase: Purchase | None = None
    satisfaction: Satisfaction = Satisfaction()
    last_contact: Interaction | None = None
    contacts: int = 0
    suggestions: tuple[Suggestion, ...] = ()
    photo: Photo | None = None
    customer_since: datetime | None = None
    pending: bool = False
    area: Area = Area.INSIDE


def load_card(
    connection: sa.Connection,
    customer_id: str,
    *,
    operator: User,
    playbooks: Sequence[Playbook],
    moment: datetime,
    today: date,
) -> Card | None:
    """Return the card of a customer at `moment`, or None if the cache does not have them.

    `playbooks` are those of the viewer's language first; `today` is the viewer's date.
    """
    customer = get_entity(connection, Customer, customer_id)
    if customer is None:
        return None
    facts = _facts(connection, customer_id)
    recent = _RECENT(connection, customer_id=customer_id)
    cases = _CASES(connection, customer_id=customer_id)
    promises = _OPEN_PROMISES(connection, customer_id=customer_id)
    purchases = _PURCHASES(connection, customer_id=customer_id)
    contacts, first_at = _contact_count(connection, customer_id)
    since = min(filter(None, [customer.created_at, first_at]), default=None)
    evidence = gather_evidence(
        connection, customer, recent, cases, purchases, since=since, moment=moment
    )
    return Card(
        customer=customer,
        contact_points=tuple(without_twins(_CONTACT_POINTS(connection, customer_id=customer_id))),
        facts=tuple(facts),
        alerts=alerts_for(
            customer,
            promises=promises,
            cases=cases,
            recent=recent,
            facts=facts,
            moment=moment,
            today=today,
        ),
        common_ground=_common_ground(customer, facts, operator),
        steps_tried=_steps(connection, customer_id, cases),
        open_cases=tuple(case for case in cases if case.state is not CaseState.SOLVED),
        open_promises=tuple(promises),
        last_purchase=purchases[0] if purchases else None,
        satisfaction=_satisfaction(recent),
        last_contact=next((i for i in recent if i.disposition is not Disposition.MISSED), None),
        contacts=contacts,
        suggestions=suggest(evidence, playbooks),
        photo=next(iter(_PHOTO(connection, customer_id=customer_id)), None),
        customer_since=since,
        pending=connection.execute(_PENDING, {"customer_id": customer_id}).first() is not None,
        area=area_of(connection, customer_id),
    )


def _facts(connection: sa.Connection, customer_id: str) -> list[Fact]:
    order = list(FactKind)
    facts = without_twins(_FACTS(connection, customer_id=customer_id))
    facts.sort(key=lambda fact: (order.index(fact.kind), fact.id))
    return facts


def _satisfaction(recent: Sequence[Interaction]) -> Satisfaction:
    return Satisfaction(
        tuple(i.satisfaction for i in recent if i.satisfaction)[:5],
        next((i.mood for i in recent if i.mood), None),
    )


def _contact_count(connection: sa.Connection, customer_id: str) -> tuple[int, datetime | None]:
    count, first = connection.execute(_CONTACT_COUNT, {"customer_id": customer_id}).one()
    return count, datetime.fromisoformat(first) if first else None


def _steps(
    connection: sa.Connection, customer_id: str, cases: Sequence[Case]
) -> tuple[StepTried, ...]:
    """Return what was tried for open cases, or without any case, the latest first."""
    solved = {case.id for case in cases if case.state is CaseState.SOLVED}
    steps = _STEPS(connection, customer_id=customer_id)
    return tuple(step for step in steps if step.case_id not in solved)


def _common_ground(
    customer: Customer, facts: Sequence[Fact], operator: User
) -> tuple[CommonGround, ...]:
    """Return what both share: the hometown, and interests named in the customer's facts.

    What is sensitive stays masked, so it is not even hinted at here.
    """
    open_facts = [fact for fact in facts if not fact.sensitive]
    shared: list[CommonGround] = []
    home = (operator.hometown or "").partition(",")[0]
    towns = [customer.hometown, *(f.text for f in open_facts if f.kind is FactKind.HOMETOWN)]
    if any(town and _mentions(town, home) for town in towns):
        shared.append(CommonGround(FactKind.HOMETOWN, operator.hometown or ""))
    liked = [fact for fact in open_facts if fact.kind is not FactKind.DISLIKES]
    for interest in operator.interests:
        match = next((fact for fact in liked if _mentions(fact.text, interest)), None)
        if match is not None:
            shared.append(CommonGround(match.kind, match.text))
    return tuple(dict.fromkeys(shared))


def _mentions(text: str, what: str) -> bool:
    """Tell whether every word of `what` stands in `text`, in whichever alphabet."""
    words = search_forms(what)
    there = frozenset(search_tokens(text))
    return bool(words) and all(not there.isdisjoint(forms) for forms in words)
