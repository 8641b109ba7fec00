"""Customers that have been merged into others: who stands for whom, as far as the cache knows."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from agentdesk.domain.kinds import KindName
from agentdesk.store.tables import alias

_SUCCESSOR = sa.select(alias.c.winner).where(alias.c.loser == sa.bindparam("of_id"))
"""Built once: it is asked for every record that is shown again."""


def successor(connection: sa.Connection, customer_id: str) -> str:
    """Return the customer into whom this one has been merged, else this one."""
    return connection.execute(_SUCCESSOR, {"of_id": customer_id}).scalar() or customer_id


def has_aliases(connection: sa.Connection) -> bool:
    """Tell whether anybody has been merged at all."""
    return connection.execute(sa.select(alias.c.loser).limit(1)).first() is not None


def is_merged(connection: sa.Connection, kind: KindName, record_id: str) -> bool:
    """Tell whether a record is a customer for whom another one stands."""
    return kind is KindName.CUSTOMER and successor(connection, record_id) != record_id


def losers_of(connection: sa.Connection, customer_id: str) -> list[str]:
    """Return the customers that have been merged into this one."""
    query = sa.select(alias.c.loser).where(alias.c.winner == customer_id)
    return list(connection.execute(query).scalars())


def note_merge(connection: sa.Connection, loser: str, winner: str) -> None:
    """Remember who stands for `loser`; every path stays one step long."""
    winner = successor(connection, winner)
    if winner == loser:
        return
    row = insert(alias).values(loser=loser, winner=winner)
    connection.execute(row.on_conflict_do_update(index_elements=["loser"], set_={"winner": winner}))
    connection.execute(alias.update().where(alias.c.winner == loser).values(winner=winner))


def forget_merges(connection: sa.Connection, losers: Iterable[str]) -> dict[str, str]:
    """Forget who stood for customers that are there again; return who that was."""
    ids = list(losers)
    if not ids:
        return {}
    gone = alias.delete().where(alias.c.loser.in_(ids)).returning(alias.c.loser, alias.c.winner)
    return {row.loser: row.winner for row in connection.execute(gone)}
