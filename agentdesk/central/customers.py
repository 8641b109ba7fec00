"""Making two customers one, and taking that back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.operations import NOTHING_ELSE, Act, Effect, conflict, existing, patch
from agentdesk.central.records import Record
from agentdesk.central.rows import Refusal, stored_value
from agentdesk.decoding import decode_json
from agentdesk.domain.history import Event
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KINDS, KindName, Stakes
from agentdesk.errors import Code
from agentdesk.sync import protocol as p
from agentdesk.sync.merge import more_restrictive

_RULES = KINDS[KindName.CUSTOMER]
_VERSIONS = frozenset({KindName.FIELD_VERSION, KindName.NOTE_VERSION})
_ASKED_AT_ONCE = 500


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
    chosen = _chosen(operation.keep)
    if winner is loser:
        # Somebody has merged them meanwhile: what was chosen here is a change like any other.
        changes = {name: p.FieldChange(new=value) for name, value in chosen.items()}
        choice = p.Patch(kind=KindName.CUSTOMER, id=winner.id, changes=changes)
        return patch(act, choice) if changes else NOTHING_ELSE
    if winner.is_removed or loser.is_removed:
        for name, value in chosen.items():
            act.book.lose(winner, name, value, act.origin)
        return conflict(p.Reason.REMOVED)
    written = {}
    for name in sorted(winner.fields.keys() | loser.fields.keys() | chosen.keys()):
        before, losers = winner.fields.get(name), loser.fields.get(name)
        after = chosen[name] if name in chosen else _joined(name, before, losers)
        if after != before:
            written[name] = (before, after)
            act.book.write(winner, name, after, act.origin)
        if losers not in (None, after) and name not in _RULES.fixed:
            # It stands nowhere any more: whoever looks at the winner finds it in the history.
            author = loser.origin_of(name)
            act.book.keep(loser, name, losers, author, act.origin, owner_id=winner.id)
    children = act.book.owned_by(loser.id)
    for child in children:
        # The log of merges has where they were: no history of its own for each.
        act.book.set(child, "customer_id", winner.id, act.origin)
    aliases = act.book.merged_into(loser.id)
    for alias in aliases:
        act.book.redirect(alias, winner.id)
    _tell(act, Event.MERGED, loser, loser, winner.id)
    act.book.remove(loser, act.origin, p.GoneReason.MERGED)
    act.book.redirect(loser, winner.id)
    _log(act, winner, loser, Snapshot(written, _keys(children), [a.id for a in aliases]))
    return NOTHING_ELSE


def unmerge(act: Act, operation: p.Unmerge) -> Effect:
    """Make the loser a customer again, with what it had and what arrived for it since then.

    What was changed at the winner itself stays there.
    """
    loser = existing(act, KindName.CUSTOMER, operation.loser)
    if loser.merged_into is None:
        return NOTHING_ELSE
    log = _last_merge(act, loser.id)
    snapshot = decode_json(log.snapshot, Snapshot)
    successor_id = loser.merged_into
    meant = {loser.id, *snapshot.aliases}
    merged_seq = loser.removed_seq or 0
    act.book.restore(loser)
    returning = {record_id for _kind, record_id in snapshot.children}
    _give_back(act, successor_id, loser, meant, returning, merged_seq)
    for alias_id in snapshot.aliases:
        alias = act.book.get(KindName.CUSTOMER, alias_id)
        if alias is not None and alias.merged_into == successor_id:
            act.book.redirect(alias, loser.id)
    winner = act.book.get(KindName.CUSTOMER, log.winner_id)
    for name, (before, after) in snapshot.written.items():
        if winner is not None and winner.fields.get(name) == after:
            act.book.write(winner, name, before, act.origin)
    successor = act.book.get(KindName.CUSTOMER, successor_id)
    if successor is not None:
        _tell(act, Event.UNMERGED, loser, loser, successor_id)
        _tell(act, Event.UNMERGED, loser, successor, loser.id)
    act.book.also(
        sa.update(t.merge_log)
        .where(t.merge_log.c.org_id == act.caller.org_id, t.merge_log.c.id == log.id)
        .values(undone_at=act.received_at)
    )
    return NOTHING_ELSE


def _give_back(
    act: Act,
    successor_id: str,
    loser: Record,
    meant: set[str],
    returning: set[str],
    merged_seq: int,
) -> None:
    """Let what was the loser's, what arrived for them since and the history of both go back."""
    belongings = act.book.owned_by(successor_id)
    since = [r.id for r in belongings if r.created_seq > merged_seq]
    returning |= _redirected(act, meant, since)
    for record in belongings:
        about = record.fields.get("record_id") or record.fields.get("note_id")
        if record.id in returning or (record.kind in _VERSIONS and about in returning):
            act.book.set(record, "customer_id", loser.id, act.origin)
    successor = act.book.get(KindName.CUSTOMER, successor_id)
    for name, (stood, typed) in _redirected_fields(act, meant, merged_seq).items():
        act.book.write(loser, name, typed, act.origin)
        if successor is not None and successor.fields.get(name) == typed:
            act.book.write(successor, name, stood, act.origin)


def _redirected(act: Act, meant: set[str], record_ids: list[str]) -> set[str]:
    """Return which of these records were added for one of those customers, and redirected."""
    found: set[str] = set()
    for start in range(0, len(record_ids), _ASKED_AT_ONCE):
        part = t.processed.c.record_id.in_(record_ids[start : start + _ASKED_AT_ONCE])
        for record_id, contested in _judged(act, part, t.processed.c.op == "append"):
            if any(_is_redirection(one) and one.mine in meant for one in contested):
                found.add(record_id)
    return found


def _redirected_fields(act: Act, meant: set[str], merged_seq: int) -> dict[str, tuple[Any, Any]]:
    """Return what stood at the successor, and what was typed for the others, by field."""
    fields: dict[str, tuple[Any, Any]] = {}
    of_them = t.processed.c.record_id.in_(sorted(meant))
    since = t.processed.c.seq > merged_seq
    for _id, contested in _judged(act, of_them, since, t.processed.c.op == "patch"):
        for one in contested:
            if one.reason == p.Reason.REDIRECTED and not _is_redirection(one):
                stood = fields[one.field][0] if one.field in fields else one.theirs
                fields[one.field] = (stood, one.mine)
    return fields


def _is_redirection(contested: p.Contested) -> bool:
    return contested.reason == p.Reason.REDIRECTED and contested.field == "customer_id"


def _judged(
    act: Act, *conditions: sa.ColumnElement[bool]
) -> Iterator[tuple[str, list[p.Contested]]]:
    """Yield the records of mutations that were judged, with what was contested, in order."""
    judged = t.processed.c
    query = (
        sa.select(judged.record_id, judged.verdict)
        .where(judged.org_id == act.caller.org_id, *conditions)
        .order_by(judged.seq, judged.n)
    )
    for record_id, verdict in act.connection.execute(query):
        yield record_id, decode_json(verdict, p.Verdict).contested


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


def _tell(act: Act, event: Event, loser: Record, other: Record, owner_id: str) -> None:
    """Add to a customer's history that another has been merged into them, or taken out again."""
    about = {"id": other.id, "full_name": other.fields.get("full_name")}
    act.book.keep(loser, event, about, act.origin, act.origin, owner_id=owner_id)


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
