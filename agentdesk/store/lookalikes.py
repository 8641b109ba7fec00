"""Customers who may be one: reading what is compared, keeping what was found, who is known as two.

Pairs of ids are ordered, the lesser first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from agentdesk.domain.entities import ContactKind, ContactPoint, Customer
from agentdesk.domain.sameness import Rarity, Trait, Traits, traits_of
from agentdesk.store.aliases import has_aliases
from agentdesk.store.state import get_state, set_state
from agentdesk.store.tables import (
    alias,
    contact_point,
    customer,
    distinct_pair,
    lookalike,
)

Pair = tuple[str, str]

_PAGE = 2_000
_BATCH = 500
_RARITY = "lookalike_rarity"
_COUNTED_FROM = 4
"""A value that fewer customers have is rare without being counted."""
_COMPARED = ("id", "full_name", "given_name", "family_name", "birthday", "hometown", "company")


def ordered(one: str, other: str) -> Pair:
    """Return two ids as a pair."""
    return (one, other) if one < other else (other, one)


# --- What is compared ---------------------------------------------------------------------------


def traits_page(connection: sa.Connection, after: str = "", limit: int = _PAGE) -> list[Traits]:
    """Return what is compared of the next customers by id, behind `after`."""
    query = _people().where(customer.c.id > after).order_by(customer.c.id).limit(limit)
    rows = connection.execute(query).all()
    if not rows:
        return []
    c = contact_point.c
    points = _points(connection, c.customer_id.between(rows[0].id, rows[-1].id))
    return [traits_of(_customer(row), points[row.id]) for row in rows]


def traits_by_id(connection: sa.Connection, ids: Iterable[str]) -> dict[str, Traits]:
    """Return what is compared of these customers, as far as they are there."""
    found: dict[str, Traits] = {}
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), _BATCH):
        part = wanted[start : start + _BATCH]
        points = _points(connection, contact_point.c.customer_id.in_(part))
        for row in connection.execute(_people().where(customer.c.id.in_(part))):
            found[row.id] = traits_of(_customer(row), points[row.id])
    return found


def _people() -> sa.Select[Any]:
    return sa.select(*(customer.c[name] for name in _COMPARED))


def _customer(row: sa.Row[Any]) -> Customer:
    return Customer(**dict(zip(_COMPARED, row, strict=True)))


def _points(
    connection: sa.Connection, condition: sa.ColumnElement[bool]
) -> dict[str, list[ContactPoint]]:
    c = contact_point.c
    found: dict[str, list[ContactPoint]] = defaultdict(list)
    query = sa.select(c.id, c.customer_id, c.kind, c.value, c.e164, c.extension, c.shared)
    reached = c.kind.in_([ContactKind.PHONE.value, ContactKind.EMAIL.value])
    for row in connection.execute(query.where(condition, reached)):
        found[row[1]].append(
            ContactPoint(
                id=row[0],
                customer_id=row[1],
                kind=ContactKind.PHONE if row[2] == "phone" else ContactKind.EMAIL,
                value=row[3],
                e164=row[4],
                extension=row[5],
                shared=bool(row[6]),
            )
        )
    return found


def on_lines(connection: sa.Connection, lines: Iterable[str]) -> dict[str, int]:
    """Return how many customers each of these numbers (E.164) reaches."""
    wanted = sorted(set(lines))
    counts: dict[str, int] = {}
    for start in range(0, len(wanted), _BATCH):
        c = contact_point.c
        query = (
            sa.select(c.e164, sa.func.count(c.customer_id.distinct()))
            .where(c.e164.in_(wanted[start : start + _BATCH]))
            .group_by(c.e164)
        )
        counts |= {row[0]: row[1] for row in connection.execute(query)}
    return counts


def neighbours(connection: sa.Connection, who: Traits, limit: int = 20) -> set[str]:
    """Return customers who share a number, an e-mail address or the birthday with `who`."""
    c = contact_point.c
    queries: list[sa.Select[Any]] = []
    if who.lines:
        queries.append(sa.select(c.customer_id).where(c.e164.in_(sorted(who.lines))))
    if who.emails:
        mail = c.kind == ContactKind.EMAIL.value
        queries.append(sa.select(c.customer_id).where(mail, c.value.in_(sorted(who.emails))))
    if who.birthday:
        queries.append(
            sa.select(customer.c.id.label("customer_id")).where(customer.c.birthday == who.birthday)
        )
    found: set[str] = set()
    for query in queries:
        found |= {row.customer_id for row in connection.execute(query.limit(limit))}
    return found - {who.id}


# --- What was found -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FoundPair:
    """Two customers who were found to be alike; `put_off` says that somebody wants to see later."""

    first: str
    second: str
    weight: float
    put_off: bool = False


def keep_found(
    connection: sa.Connection, found: Iterable[tuple[Pair, float]], rarity: Rarity, at: str
) -> None:
    """Put what a whole search has found in the place of what an earlier one had."""
    c = lookalike.c
    query = sa.select(c.first_id, c.second_id, c.put_off_at).where(c.put_off_at.is_not(None))
    put_off = {(one, other): when for one, other, when in connection.execute(query)}
    connection.execute(lookalike.delete())
    rows = [
        {
            "first_id": pair[0],
            "second_id": pair[1],
            "weight": weight,
            "found_at": at,
            "put_off_at": put_off.get(pair),
        }
        for pair, weight in found
    ]
    if rows:
        connection.execute(lookalike.insert(), rows)
    counts = {
        trait.value: {v: n for v, n in values.items() if n >= _COUNTED_FROM}
        for trait, values in rarity.counts.items()
    }
    set_state(connection, **{_RARITY: {"size": rarity.size, "counts": counts, "at": at}})


def last_search(connection: sa.Connection) -> tuple[str | None, Rarity]:
    """Return when the whole base was last searched, and how rare values were then."""
    kept = get_state(connection, _RARITY)
    if not kept:
        return None, Rarity()
    counts = {Trait(trait): values for trait, values in kept["counts"].items()}
    return kept["at"], Rarity(kept["size"], counts)


def found_pairs(connection: sa.Connection) -> Iterator[FoundPair]:
    """Yield what was found, the surest first, what was put off last."""
    c = lookalike.c
    query = sa.select(c.first_id, c.second_id, c.weight, c.put_off_at).order_by(
        c.put_off_at.is_not(None), c.put_off_at, c.weight.desc(), c.first_id, c.second_id
    )
    for row in connection.execute(query):
        yield FoundPair(row[0], row[1], row[2], row[3] is not None)


def put_off(connection: sa.Connection, pair: Pair, at: str | None) -> None:
    """Move a pair to the end of the list, or back to its place if `at` is None."""
    c = lookalike.c
    here = (c.first_id == pair[0]) & (c.second_id == pair[1])
    connection.execute(lookalike.update().where(here).values(put_off_at=at))


def note_found(connection: sa.Connection, pair: Pair, weight: float, at: str) -> None:
    """Add a pair that was come across without a search of everything."""
    row = insert(lookalike).values(
        first_id=pair[0], second_id=pair[1], weight=weight, found_at=at, put_off_at=None
    )
    connection.execute(row.on_conflict_do_nothing())


# --- Who is not to be suggested -----------------------------------------------------------------


def distinct_pairs(
    connection: sa.Connection, ids: Sequence[str] | None = None
) -> dict[Pair, list[str]]:
    """Return the pairs that are known to be two people, with the records that say so.

    Whoever was merged since is meant as whom they have become. With `ids`, those about any of them.
    """
    c = distinct_pair.c
    query = sa.select(c.id, c.customer_id, c.other_id)
    merged: dict[str, str] = {}
    if has_aliases(connection):
        merged = {row.loser: row.winner for row in connection.execute(sa.select(alias))}
    if ids is not None and not merged:
        query = query.where(c.customer_id.in_(ids) | c.other_id.in_(ids))
    said: dict[Pair, list[str]] = defaultdict(list)
    for record_id, one, other in connection.execute(query):
        one, other = merged.get(one, one), merged.get(other, other)
        if one != other:
            said[ordered(one, other)].append(record_id)
    return dict(said)
