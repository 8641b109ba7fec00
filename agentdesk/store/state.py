"""Small values that the desk keeps: where synchronisation stands, settings, drafts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from agentdesk.domain.draft import Draft
from agentdesk.domain.moments import now, to_text
from agentdesk.store.tables import draft, setting, sync_state


def get_state(connection: sa.Connection, key: str) -> Any:
    """Return the value kept under `key`, or None."""
    return connection.execute(sa.select(sync_state.c.value).where(sync_state.c.key == key)).scalar()


def get_states(connection: sa.Connection, keys: Iterable[str]) -> dict[str, Any]:
    """Return the values kept under `keys`, None for those that are not there."""
    wanted = list(keys)
    rows = connection.execute(
        sa.select(sync_state.c.key, sync_state.c.value).where(sync_state.c.key.in_(wanted))
    )
    return dict.fromkeys(wanted) | {row.key: row.value for row in rows}


def set_state(connection: sa.Connection, **values: Any) -> None:
    """Keep each of `values` under its name; None forgets it."""
    _put(connection, sync_state, values)


def get_all_states(connection: sa.Connection) -> dict[str, Any]:
    """Return everything that is kept of synchronisation."""
    return {row.key: row.value for row in connection.execute(sa.select(sync_state))}


def get_settings(connection: sa.Connection) -> dict[str, Any]:
    """Return all settings that differ from their defaults."""
    return {row.key: row.value for row in connection.execute(sa.select(setting))}


def set_setting(connection: sa.Connection, key: str, value: Any) -> None:
    """Keep a setting; None returns it to its default."""
    _put(connection, setting, {key: value})


def _put(connection: sa.Connection, table: sa.Table, values: dict[str, Any]) -> None:
    for key, value in values.items():
        if value is None:
            connection.execute(table.delete().where(table.c.key == key))
            continue
        added = insert(table).values(key=key, value=value)
        connection.execute(
            added.on_conflict_do_update(index_elements=["key"], set_={"value": value})
        )


def save_draft(connection: sa.Connection, kept: Draft, author_id: str) -> None:
    """Keep the author's draft as it is now; an empty one is forgotten."""
    if not kept.text.strip():
        own = (draft.c.id == kept.id) & (draft.c.author_id == author_id)
        connection.execute(draft.delete().where(own))
        return
    values = msgspec.structs.asdict(kept) | {
        "author_id": author_id,
        "updated_at": to_text(now()),
    }
    connection.execute(
        insert(draft)
        .values(values)
        .on_conflict_do_update(index_elements=["id", "author_id"], set_=values)
    )


def load_draft(connection: sa.Connection, draft_id: str, author_id: str) -> Draft | None:
    """Return the author's draft with this id."""
    row = connection.execute(_DRAFT, {"id": draft_id, "author_id": author_id}).first()
    return None if row is None else Draft(**row._mapping)


def list_drafts(connection: sa.Connection, author_id: str) -> list[Draft]:
    """Return the author's drafts, the latest first: nobody goes on typing as somebody else."""
    own = _DRAFTS.where(draft.c.author_id == author_id)
    rows = connection.execute(own.order_by(draft.c.updated_at.desc()))
    return [Draft(**row._mapping) for row in rows]


_DRAFTS = sa.select(draft.c.id, draft.c.text, draft.c.customer_id, draft.c.call_id)
_DRAFT = _DRAFTS.where(
    draft.c.id == sa.bindparam("id"), draft.c.author_id == sa.bindparam("author_id")
)
