"""Calls that nobody took and nobody has returned: by number, until somebody is spoken with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from agentdesk.domain.callers import MatchKind
from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.entities import Direction, Disposition, Interaction, Review
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import to_text
from agentdesk.domain.names import for_display
from agentdesk.domain.renumbering import spellings
from agentdesk.errors import Code, UserError
from agentdesk.i18n import tr
from agentdesk.services.callers import Recognition
from agentdesk.store import tables as t
from agentdesk.store.rows import get_entity
from agentdesk.sync.edits import Edits

DEALT_WITH = "dealt-with"
"""The verdict of a review by which somebody takes a missed call off everybody's list."""

KEPT_FOR = timedelta(days=30)
"""Nobody returns a call of longer ago."""

MOST = 200
_MOST_CALLS = 2_000
_BATCH = 500
_NOBODY_REACHED = (Disposition.MISSED, Disposition.NO_ANSWER)

Recognise = Callable[[sa.Connection, str], Recognition]


@dataclass(frozen=True, slots=True)
class MissedCaller:
    """Somebody who called and was not answered.

    `interaction_id` is the last such call, at `at`; the first of the `times` was at `since`.
    `maybe` says in words who an unknown caller may be, "" if that is unknown too.
    """

    interaction_id: str
    at: datetime
    since: datetime
    e164: str | None
    customer_id: str | None
    name: str | None
    times: int
    maybe: str = ""


@dataclass(frozen=True, slots=True)
class MissedCallers:
    """The callers to return, the latest first; `total` counts also those that are left out."""

    callers: tuple[MissedCaller, ...] = ()
    total: int = 0


def missed_callers(
    connection: sa.Connection,
    moment: datetime,
    *,
    recognise: Recognise | None = None,
    limit: int = MOST,
) -> MissedCallers:
    """Return whom to call back at `moment`.

    A later contact with the number or the customer, on whatever channel, takes them off the list,
    unless nobody was reached; so does saying that it is dealt with. `recognise` tells who unknown
    callers may be.
    """
    calls = _calls(connection, moment)
    dealt_with = _dealt_with(connection, [row.id for row in calls])
    groups: dict[str, list[_Call]] = {}
    for row in calls:
        groups.setdefault(row.e164 or row.customer_id or row.id, []).append(row)
    spoken = _last_spoken(connection, calls)
    found = []
    for rows in groups.values():
        waiting = _still_open(rows, dealt_with, spoken)
        if waiting:
            found.append(_caller(waiting))
    shown = found[:limit]
    if recognise is not None:
        shown = [_with_maybe(connection, caller, recognise) for caller in shown]
    return MissedCallers(tuple(shown), len(found))


class _Call(NamedTuple):
    id: str
    occurred_at: str
    e164: str | None
    customer_id: str | None
    full_name: str | None


def _calls(connection: sa.Connection, moment: datetime) -> Sequence[_Call]:
    """Return the missed calls that may still be open, the latest first."""
    i = t.interaction.c
    query = (
        sa.select(i.id, i.occurred_at, i.e164, i.customer_id, t.customer.c.full_name)
        .outerjoin(t.customer, t.customer.c.id == i.customer_id)
        .where(
            # Written out, for the index on nothing but missed calls.
            sa.text("interaction.disposition = 'missed'"),
            i.occurred_at >= to_text(moment - KEPT_FOR),
            i.direction == Direction.INBOUND.value,
        )
        .order_by(i.occurred_at.desc(), i.id)
        .limit(_MOST_CALLS)
    )
    return [_Call(*row) for row in connection.execute(query)]


def _dealt_with(connection: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Return which of these calls somebody has taken off the list."""
    c = t.review.c
    found: set[str] = set()
    for start in range(0, len(ids), _BATCH):
        query = sa.select(c.subject_id).where(
            c.subject_id.in_(ids[start : start + _BATCH]), c.verdict == DEALT_WITH
        )
        found |= set(connection.execute(query).scalars())
    return found


def _still_open(rows: Sequence[_Call], dealt_with: set[str], spoken: dict[str, str]) -> list[_Call]:
    """Return the calls of one caller since which nothing has happened, the latest first."""
    waiting: list[_Call] = []
    for row in rows:
        if row.id in dealt_with:
            break
        waiting.append(row)
    of_whom = {one for row in waiting for one in (row.e164, row.customer_id) if one}
    last = max((spoken.get(one, "") for one in of_whom), default="")
    return [row for row in waiting if row.occurred_at > last]


def _last_spoken(connection: sa.Connection, calls: Sequence[_Call]) -> dict[str, str]:
    """Return when these callers were last really spoken with, by number and by customer."""
    if not calls:
        return {}
    i = t.interaction.c
    since = calls[-1].occurred_at
    forms = {
        form: one for one in {row.e164 for row in calls if row.e164} for form in spellings(one)
    }
    latest: dict[str, str] = {}
    for form, at in _latest(connection, i.e164, forms, since):
        latest[forms[form]] = max(at, latest.get(forms[form], ""))
    customers = {row.customer_id for row in calls if row.customer_id}
    return latest | dict(_latest(connection, i.customer_id, customers, since))


def _latest(
    connection: sa.Connection,
    column: sa.ColumnElement[str | None],
    values: Collection[str],
    since: str,
) -> Iterator[tuple[str, str]]:
    i = t.interaction.c
    wanted = sorted(values)
    reached = i.disposition.is_(None) | i.disposition.not_in(_NOBODY_REACHED)
    for start in range(0, len(wanted), _BATCH):
        query = (
            sa.select(column, sa.func.max(i.occurred_at))
            .where(column.in_(wanted[start : start + _BATCH]), i.occurred_at >= since, reached)
            .group_by(column)
        )
        for value, at in connection.execute(query):
            yield str(value), at


def _caller(rows: Sequence[_Call]) -> MissedCaller:
    last, first = rows[0], rows[-1]
    known = next((row for row in rows if row.customer_id), last)
    return MissedCaller(
        interaction_id=last.id,
        at=datetime.fromisoformat(last.occurred_at),
        since=datetime.fromisoformat(first.occurred_at),
        e164=last.e164,
        customer_id=known.customer_id,
        name=known.full_name,
        times=len(rows),
    )


def _with_maybe(
    connection: sa.Connection, caller: MissedCaller, recognise: Recognise
) -> MissedCaller:
    if caller.customer_id is not None or caller.e164 is None:
        return caller
    found = recognise(connection, caller.e164)
    if found.kind in (MatchKind.EXACT, MatchKind.EXTENSION) and len(found.candidates) == 1:
        # Central kept the call of a number that it knows nobody of, or knew nobody of then.
        one = found.candidates[0]
        return replace(caller, customer_id=one.customer_id, name=one.name)
    people = [one.name for one in found.candidates] + [one.name for one in found.mentioned]
    if people:
        name = for_display(people[0], 60)
        words = tr("perhaps %(name)s: %(why)s", name=name, why=found.explanation)
        return replace(caller, maybe=words)
    facts = found.facts
    abroad = facts is not None and facts.is_abroad
    return replace(caller, maybe=(facts.country or "") if facts is not None and abroad else "")


def deal_with(connection: sa.Connection, interaction_id: str, author_id: str) -> ChangeSet:
    """Take a missed call, with the caller's earlier ones, off the list of every desk.

    A later call of theirs is on it again. Raises `UserError(NOT_FOUND)` if there is no such call.
    """
    call = get_entity(connection, Interaction, interaction_id)
    if call is None or call.disposition is not Disposition.MISSED:
        raise UserError(Code.NOT_FOUND)
    edits = Edits(connection, author_id)
    if interaction_id not in _dealt_with(connection, [interaction_id]):
        edits.append(
            Review(
                id=new_id(),
                customer_id=call.customer_id,
                subject_id=interaction_id,
                verdict=DEALT_WITH,
                reviewer_id=author_id,
                reviewed_at=edits.made_at,
            )
        )
    return edits.finish()


def reopen(connection: sa.Connection, interaction_id: str, author_id: str) -> ChangeSet:
    """Take `deal_with` back, whoever said it."""
    c = t.review.c
    query = sa.select(c.id).where(c.subject_id == interaction_id, c.verdict == DEALT_WITH)
    edits = Edits(connection, author_id)
    for review_id in connection.execute(query).scalars().all():
        edits.remove(KindName.REVIEW, review_id)
    return edits.finish()
