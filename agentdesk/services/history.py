"""What was known of a customer before: every overwritten value, who wrote it, who replaced it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from agentdesk.decoding import decode_json
from agentdesk.domain.history import Event
from agentdesk.domain.kinds import KindName
from agentdesk.services.merged import FOLLOWING
from agentdesk.store import tables as t
from agentdesk.store.aliases import successor
from agentdesk.store.rows import get_row

_EVENTS = frozenset(event.value for event in Event)
_UNTOLD = FOLLOWING | {"customer_id", "revision"}


@dataclass(frozen=True, slots=True)
class HistoryPosition:
    """Where a page ended; the next one begins behind it."""

    at: str
    id: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A value that stood once, or that arrived and never did (`arrived_late`).

    For an event `field` is empty, and `value` says what it was about, see `Event`. `value` and
    `now` (what stood in its place afterwards) are plain JSON values; both are None where they are
    masked, as what is known of a sensitive fact is. Names are None for what nobody typed here.
    """

    id: str
    kind: KindName
    record_id: str
    field: str
    event: Event | None
    value: Any
    now: Any
    author: str | None
    written_at: datetime
    replaced_by: str | None
    replaced_at: datetime
    arrived_late: bool = False
    masked: bool = False


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Entries, the newest first; `after` is None once there are no more."""

    entries: tuple[HistoryEntry, ...] = ()
    after: HistoryPosition | None = None


def history_page(
    connection: sa.Connection,
    customer_id: str,
    after: HistoryPosition | None = None,
    limit: int = 100,
    *,
    field: str | None = None,
    everything: bool = False,
) -> HistoryPage:
    """Return a page of a customer's history, of one field alone if it is named.

    Fields that only follow from others are left out unless `everything` is asked for.
    """
    customer_id = successor(connection, customer_id)
    told = _told(customer_id, everything=everything)
    if field is not None:
        told = told.where(told.selected_columns.field == field)
    versions = told.subquery()
    author, replacer = t.user.alias("author"), t.user.alias("replacer")
    query = (
        sa.select(versions, author.c.name.label("author"), replacer.c.name.label("replacer"))
        .outerjoin(author, author.c.id == versions.c.author_id)
        .outerjoin(replacer, replacer.c.id == versions.c.replaced_by)
        .order_by(versions.c.replaced_at.desc(), versions.c.id.desc())
        .limit(limit)
    )
    if after is not None:
        position = sa.tuple_(versions.c.replaced_at, versions.c.id)
        query = query.where(position < sa.tuple_(after.at, after.id))
    rows = connection.execute(query).mappings().all()
    if not rows:
        return HistoryPage()
    stood = _Stood(connection, customer_id, versions, rows[-1]["replaced_at"])
    last = rows[-1] if len(rows) == limit else None
    return HistoryPage(
        tuple(_entry(row, stood) for row in rows),
        HistoryPosition(last["replaced_at"], last["id"]) if last else None,
    )


def _told(customer_id: str, *, everything: bool) -> sa.Select[Any]:
    """Select a customer's overwritten values, those of their notes among them."""
    v, n = t.field_version.c, t.note_version.c
    fields = sa.select(
        v.id,
        v.record_kind,
        v.record_id,
        v.field,
        v.value,
        v.author_id,
        v.written_at,
        v.replaced_by,
        v.replaced_at,
        v.arrived_late,
    ).where(v.customer_id == customer_id)
    if not everything:
        fields = fields.where(v.field.not_in(_UNTOLD))
    texts = sa.select(
        n.id,
        sa.literal(KindName.NOTE.value),
        n.note_id,
        sa.literal("text"),
        sa.func.json_quote(n.text),
        n.author_id,
        n.written_at,
        n.replaced_by,
        sa.func.coalesce(n.replaced_at, n.written_at),
        sa.literal(False),
    ).where(n.customer_id == customer_id)
    return sa.select(sa.union_all(fields, texts).subquery())


class _Stood:
    """What stood after each value of a page: the next that was overwritten, or what stands now."""

    def __init__(
        self, connection: sa.Connection, customer_id: str, versions: sa.Subquery, since: str
    ) -> None:
        self._connection = connection
        self._customer_id = customer_id
        self._rows: dict[tuple[str, str], dict[str, Any] | None] = {}
        self._later: dict[tuple[str, str, str], list[tuple[str, str, str]]] = defaultdict(list)
        v = versions.c
        query = (
            sa.select(v.record_kind, v.record_id, v.field, v.replaced_at, v.id, v.value)
            .where(v.replaced_at >= since, v.arrived_late.is_(False))
            .order_by(v.replaced_at, v.id)
        )
        for kind, record_id, field, at, version_id, value in connection.execute(query):
            self._later[kind, record_id, field].append((at, version_id, value))

    def after(self, row: sa.RowMapping) -> Any:
        """Return what stood in the place of a value."""
        later = self._later[row["record_kind"], row["record_id"], row["field"]]
        at = bisect_right(later, (row["replaced_at"], row["id"], "\U0010ffff"))
        if at < len(later):
            return decode_json(later[at][2])
        fields = self._fields(row["record_kind"], row["record_id"])
        return fields.get(row["field"]) if fields else None

    def is_sensitive(self, row: sa.RowMapping) -> bool:
        """Tell whether a value is masked: known of a sensitive fact, or of one that is gone."""
        if row["record_kind"] != KindName.FACT:
            return False
        fields = self._fields(row["record_kind"], row["record_id"])
        if fields is None:
            removals = self._later[row["record_kind"], row["record_id"], Event.REMOVED]
            fields = decode_json(removals[-1][2]) if removals else None
        return fields is None or bool(fields.get("sensitive"))

    def _fields(self, kind: str, record_id: str) -> dict[str, Any] | None:
        if kind == KindName.CUSTOMER:
            # What belonged to somebody who was merged into them stands there now.
            record_id = self._customer_id
        key = (kind, record_id)
        if key not in self._rows:
            row = get_row(self._connection, KindName(kind), record_id)
            self._rows[key] = dict(row.fields) if row else None
        return self._rows[key]


def _entry(row: sa.RowMapping, stood: _Stood) -> HistoryEntry:
    name = row["field"]
    event = Event(name) if name in _EVENTS else None
    masked = stood.is_sensitive(row) and name != "sensitive"
    return HistoryEntry(
        id=row["id"],
        kind=KindName(row["record_kind"]),
        record_id=row["record_id"],
        field="" if event else name,
        event=event,
        value=None if masked else decode_json(row["value"]),
        now=None if masked or event else stood.after(row),
        author=row["author"],
        written_at=datetime.fromisoformat(row["written_at"]),
        replaced_by=row["replacer"],
        replaced_at=datetime.fromisoformat(row["replaced_at"]),
        arrived_late=bool(row["arrived_late"]),
        masked=masked,
    )
