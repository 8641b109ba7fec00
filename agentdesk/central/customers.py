"""Making two customers one, and taking that back."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.operations import NOTHING_ELSE, Act, Effect, conflict, existing
from agentdesk.central.records import Record
from agentdesk.central.rows import Refusal, stored_value
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KINDS, KindName, Stakes
from agentdesk.errors import Code
from agentdesk.sync import protocol as p
from agentdesk.sync.merge import more_restrictive

_RULES = KINDS[KindName.CUSTOMER]


class Snapshot(msgspec.Struct, frozen=True):
    """What a merge did: the winner's fields before and after, and what came from the loser."""

    written: dict[str, tuple[Any, Any]]
    children: list[tuple[KindName, str]]
    aliases: list[str]


def merge_customers(act: Act, operation: p.MergeCustomers) -> Effect:
    """Give the winner all that belongs to the loser, and the loser a successor.

    Where nobody chose, the winner's value stands, an empty one is filled from the loser, and of
    two restrictive ones the more restrictive wins.
    """
    existing(act, KindName.CUSTOMER, operation.winner)
    existing(act, KindName.CUSTOMER, operation.loser)
    winner = act.book.customer(operation.winner)
    loser = act.book.customer(operation.loser)
    if winner is None or loser is None:
        raise Refusal(Code.NOT_FOUND)
    if winner is loser:
        return NOTHING_ELSE
    if winner.is_removed or loser.is_removed:
        return conflict(p.Reason.REMOVED)
    chosen = _chosen(operation.keep)
    written = {}
    for name in sorted(winner.fields.keys() | loser.fields.keys() | chosen.keys()):
        before = winner.fields.get(name)
        after = chosen[name] if name in chosen else _joined(name, before, loser.fields.get(name))
        if after != before:
            written[name] = (before, after)
            act.book.write(winner, name, after, act.origin)
    children = act.book.owned_by(loser.id)
    for child in children:
        act.book.write(child, "customer_id", winner.id, act.origin)
    aliases = act.book.merged_into(loser.id)
    for alias in aliases:
        act.book.redirect(alias, winner.id)
    act.book.remove(loser, act.origin, p.GoneReason.MERGED)
    act.book.redirect(loser, winner.id)
    _log(act, winner, loser, Snapshot(written, _keys(children), [a.id for a in aliases]))
    return NOTHING_ELSE


def unmerge(act: Act, operation: p.Unmerge) -> Effect:
    """Make the loser a customer again, with what it had; what changed since then stays."""
    loser = existing(act, KindName.CUSTOMER, operation.loser)
    if loser.merged_into is None:
        return NOTHING_ELSE
    log = _last_merge(act, loser.id)
    snapshot = msgspec.json.decode(log.snapshot, type=Snapshot)
    successor_id = loser.merged_into
    act.book.restore(loser)
    for kind, record_id in snapshot.children:
        child = act.book.get(kind, record_id)
        if child is not None and child.fields.get("customer_id") == successor_id:
            act.book.write(child, "customer_id", loser.id, act.origin)
    for alias_id in snapshot.aliases:
        alias = act.book.get(KindName.CUSTOMER, alias_id)
        if alias is not None and alias.merged_into == successor_id:
            act.book.redirect(alias, loser.id)
    winner = act.book.get(KindName.CUSTOMER, log.winner_id)
    for name, (before, after) in snapshot.written.items():
        if winner is not None and winner.fields.get(name) == after:
            act.book.write(winner, name, before, act.origin)
    act.book.also(
        sa.update(t.merge_log)
        .where(t.merge_log.c.org_id == act.caller.org_id, t.merge_log.c.id == log.id)
        .values(undone_at=act.received_at)
    )
    return NOTHING_ELSE


def _chosen(keep: dict[str, Any]) -> dict[str, Any]:
    if _RULES.fixed & keep.keys():
        raise Refusal(Code.NO_PERMISSION)
    if not keep.keys() <= set(_RULES.fields):
        raise Refusal(Code.BAD_FIELD)
    return {name: stored_value(KindName.CUSTOMER, name, value) for name, value in keep.items()}


def _joined(name: str, winners: Any, losers: Any) -> Any:
    # Having no team is no gap: it says that the customer is everybody's.
    if name in _RULES.fixed or name == "team_id":
        return winners
    if _RULES.stakes_of(name) is Stakes.RESTRICTIVE:
        return more_restrictive(name, winners, losers)
    return losers if winners is None else winners


def _keys(records: list[Record]) -> list[tuple[KindName, str]]:
    return [(record.kind, record.id) for record in records]


def _log(act: Act, winner: Record, loser: Record, snapshot: Snapshot) -> None:
    act.book.also(
        sa.insert(t.merge_log).values(
            org_id=act.caller.org_id,
            id=new_id(),
            winner_id=winner.id,
            loser_id=loser.id,
            snapshot=msgspec.json.encode(snapshot).decode(),
            merged_by=act.caller.user_id,
            merged_at=act.received_at,
        )
    )


def _last_merge(act: Act, loser_id: str) -> sa.Row[Any]:
    log = act.connection.execute(
        sa.select(t.merge_log)
        .where(
            t.merge_log.c.org_id == act.caller.org_id,
            t.merge_log.c.loser_id == loser_id,
            t.merge_log.c.undone_at.is_(None),
        )
        .order_by(t.merge_log.c.id.desc())
        .limit(1)
    ).one_or_none()
    if log is None:
        raise Refusal(Code.NOT_FOUND)
    return log
