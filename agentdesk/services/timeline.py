"""Everything that happened with one person, on every channel, in one list."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from agentdesk.domain.kinds import KindName
from agentdesk.domain.names import fold, storable
from agentdesk.store import tables as t


class ItemKind(StrEnum):
    """What a row of the timeline is."""

    INTERACTION = "interaction"
    NOTE = "note"
    PROMISE = "promise"
    PURCHASE = "purchase"


@dataclass(frozen=True, slots=True)
class TimelineFilter:
    """What to show; empty sets show everything.

    Every word of `text` is looked for in subject and summary, without regard to case and accents.
    """

    kinds: frozenset[ItemKind] = frozenset()
    channels: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    text: str = ""


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One row. `at` is what it is sorted by; `pending` says that Central does not have it yet.

    For purchases `amount_minor` and `currency` tell the price; for promises `disposition` holds
    their state.
    """

    id: str
    kind: ItemKind
    at: datetime
    subject: str
    summary: str | None = None
    channel: str | None = None
    direction: str | None = None
    department: str | None = None
    disposition: str | None = None
    mood: str | None = None
    satisfaction: int | None = None
    user_id: str | None = None
    user_name: str | None = None
    duration_s: int | None = None
    amount_minor: int | None = None
    currency: str | None = None
    revision: int | None = None
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended; the next one begins behind it."""

    at: str
    id: str


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Rows, the latest first; `after` is None once there are no more."""

    items: tuple[TimelineItem, ...] = ()
    after: Position | None = None
    facets: Facets | None = field(default=None)


@dataclass(frozen=True, slots=True)
class Facets:
    """What a person's timeline can be filtered by: channels and departments that occur in it."""

    channels: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    total: int = 0


SUMMARY_CHARS = 2_000
"""At how many characters pages cut the text of a row."""

_SOURCES: dict[ItemKind, tuple[sa.Table, sa.Column[Any], dict[str, sa.Column[Any]]]] = {
    ItemKind.INTERACTION: (
        t.interaction,
        t.interaction.c.occurred_at,
        {
            name: t.interaction.c[name]
            for name in (
                "subject",
                "summary",
                "channel",
                "direction",
                "department",
                "disposition",
                "mood",
                "satisfaction",
                "user_id",
                "duration_s",
            )
        },
    ),
    ItemKind.NOTE: (
        t.note,
        t.note.c.created_at,
        {"summary": t.note.c.text, "user_id": t.note.c.author_id, "revision": t.note.c.revision},
    ),
    ItemKind.PROMISE: (
        t.promise,
        t.promise.c.made_at,
        {
            "subject": t.promise.c.text,
            "channel": t.promise.c.channel,
            "disposition": t.promise.c.state,
            "user_id": t.promise.c.made_by,
            "summary": t.promise.c.due_at,
        },
    ),
    ItemKind.PURCHASE: (
        t.purchase,
        t.purchase.c.purchased_at,
        {
            "subject": t.purchase.c.product,
            "channel": t.purchase.c.channel,
            "amount_minor": t.purchase.c.amount_minor,
            "currency": t.purchase.c.currency,
        },
    ),
}

_TEXT_COLUMNS = (
    "subject",
    "summary",
    "channel",
    "direction",
    "department",
    "disposition",
    "mood",
    "user_id",
    "currency",
)
_SEARCHED = {
    ItemKind.INTERACTION: ("subject", "summary"),
    ItemKind.NOTE: ("summary",),
    ItemKind.PROMISE: ("subject",),
    ItemKind.PURCHASE: ("subject",),
}
_NUMBER_COLUMNS = ("satisfaction", "duration_s", "amount_minor", "revision")


def timeline_page(
    connection: sa.Connection,
    customer_id: str,
    shown: TimelineFilter | None = None,
    after: Position | None = None,
    limit: int = 100,
) -> TimelinePage:
    """Return at most `limit` rows of the person's timeline behind `after`, the latest first.

    Costs the same on row 100,000 as on the first: each source is read by its own index.
    """
    query = _page_query(shown or TimelineFilter(), after is not None)
    if query is None:
        return TimelinePage()
    values: dict[str, object] = {"customer_id": customer_id, "most": limit}
    if after is not None:
        values |= {"after_at": after.at, "after_id": after.id}
    rows = connection.execute(query, values).mappings().all()
    items = tuple(_item(dict(row)) for row in rows)
    last = rows[-1] if len(rows) == limit else None
    return TimelinePage(items, Position(last["at"], last["id"]) if last else None)


@lru_cache(maxsize=64)
def _page_query(shown: TimelineFilter, continued: bool) -> sa.Select[Any] | None:
    """Return the query for pages of a filter; building it costs more than running it.

    None if the filter leaves nothing to read.
    """
    parts = [_part(kind, shown, continued) for kind in ItemKind if _is_asked_for(kind, shown)]
    if not parts:
        return None
    union = sa.union_all(*parts).subquery()
    pending = (
        sa.select(sa.literal(1))
        .where(t.outbox.c.record_id == union.c.id, t.outbox.c.kind == union.c.kind)
        .exists()
    )
    return (
        sa.select(union, t.user.c.name.label("user_name"), pending.label("pending"))
        .outerjoin(t.user, t.user.c.id == union.c.user_id)
        .order_by(union.c.at.desc(), union.c.id.desc())
        .limit(sa.bindparam("most", type_=sa.Integer))
    )


def _is_asked_for(kind: ItemKind, shown: TimelineFilter) -> bool:
    if shown.kinds and kind not in shown.kinds:
        return False
    if shown.departments and kind is not ItemKind.INTERACTION:
        return False
    return not shown.channels or "channel" in _SOURCES[kind][2]


def _part(kind: ItemKind, shown: TimelineFilter, continued: bool) -> sa.Select[Any]:
    table, at, sources = _SOURCES[kind]
    columns: list[sa.ColumnElement[Any]] = [
        table.c.id.label("id"),
        sa.literal(kind.value).label("kind"),
        at.label("at"),
    ]
    for name in _TEXT_COLUMNS:
        columns.append(sources.get(name, sa.null()).label(name))  # noqa: PERF401 - reads better
    columns += [sources.get(name, sa.null()).label(name) for name in _NUMBER_COLUMNS]
    query = sa.select(*columns).where(table.c.customer_id == sa.bindparam("customer_id"))
    if shown.channels:
        query = query.where(sources["channel"].in_(shown.channels))
    if shown.departments:
        query = query.where(sources["department"].in_(shown.departments))
    if shown.text.strip():
        texts = [sources[name] for name in _SEARCHED[kind]]
        words = [fold(word) for word in storable(shown.text).split()]
        query = query.where(
            *(
                sa.or_(*(sa.func.folded(text).contains(word, autoescape=True) for text in texts))
                for word in words
            )
        )
    if continued:
        after = sa.tuple_(sa.bindparam("after_at"), sa.bindparam("after_id"))
        query = query.where(sa.tuple_(at, table.c.id) < after)
    most = sa.bindparam("most", type_=sa.Integer)
    page = query.order_by(at.desc(), table.c.id.desc()).limit(most).subquery()
    return sa.select(page)


def _item(row: dict[str, Any]) -> TimelineItem:
    row["at"] = datetime.fromisoformat(row["at"])
    row["kind"] = ItemKind(row["kind"])
    row["subject"] = row["subject"] or ""
    row["pending"] = bool(row["pending"])
    if row["summary"]:
        row["summary"] = row["summary"][:SUMMARY_CHARS]
    return TimelineItem(**row)


def entry_text(connection: sa.Connection, kind: ItemKind, record_id: str) -> str | None:
    """Return the whole text of a row, which pages cut at 2,000 characters; None if it is gone."""
    table, _at, sources = _SOURCES[kind]
    if "summary" not in sources:
        return None
    return connection.execute(
        sa.select(sources["summary"]).where(table.c.id == record_id)
    ).scalar_one_or_none()


def timeline_facets(connection: sa.Connection, customer_id: str) -> Facets:
    """Return what the person's timeline can be filtered by."""
    found = connection.execute(_FACETS, {"customer_id": customer_id}).all()
    return Facets(
        tuple(sorted({row.channel for row in found})),
        tuple(sorted({row.department for row in found if row.department is not None})),
        sum(row.contacts for row in found),
    )


_FACETS = (
    sa.select(
        t.interaction.c.channel, t.interaction.c.department, sa.func.count().label("contacts")
    )
    .where(t.interaction.c.customer_id == sa.bindparam("customer_id"))
    .group_by(t.interaction.c.channel, t.interaction.c.department)
)


KIND_OF: dict[ItemKind, KindName] = {kind: KindName(kind.value) for kind in ItemKind}
"""The kind of record behind each kind of row."""
