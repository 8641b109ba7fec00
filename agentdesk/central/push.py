"""Receiving mutations: each has exactly one effect, however often it arrives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.customers import merge_customers, unmerge
from agentdesk.central.database import Database
from agentdesk.central.operations import (
    Act,
    Blocked,
    Caller,
    Effect,
    append,
    note_edit,
    patch,
    remove,
    restore,
)
from agentdesk.central.records import UNNUMBERED, RecordBook, Written
from agentdesk.central.rows import Refusal, may_be_id
from agentdesk.central.sequencer import number_all
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import cut_to_ms, to_text
from agentdesk.errors import Code, UserError
from agentdesk.sync import protocol as p

MAX_MUTATION_BYTES = 1024 * 1024


class _Numbered(msgspec.Struct, frozen=True):
    n: Annotated[int, msgspec.Meta(ge=1, le=2**53)]


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A mutation as it came; `mutation` is None if it cannot be read."""

    n: int
    raw: bytes
    digest: str
    mutation: p.Mutation | None


def push(
    database: Database, caller: Caller, request: p.PushRequest, *, received_at: datetime
) -> p.PushResponse:
    """Apply the groups in order, each in a transaction of its own.

    From the first gap in the numbers on everything is answered `retry`. Raises `UserError`:
    `DEVICE_FORKED` if a number comes with another content than before; what was committed by
    then stays.
    """
    verdicts: list[p.Verdict] = []
    last_n = 0
    for at, group in enumerate(request.groups):
        answered = database.write(_receive, caller, received_at, group)
        verdicts += answered.verdicts
        last_n = answered.last_n
        if answered.gap:
            for later in request.groups[at + 1 :]:
                arrivals = _arrivals(later.mutations, verdicts[-1].n)
                verdicts += [p.Verdict(n=a.n, outcome=p.Outcome.RETRY) for a in arrivals]
            break
    verdicts = _placed(database, caller, verdicts)
    if not request.groups:
        last_n = database.read(last_number, caller.org_id, caller.device_id)
    return p.PushResponse(verdicts=verdicts, last_n=last_n, server_time=received_at)


def _placed(database: Database, caller: Caller, verdicts: Sequence[p.Verdict]) -> list[p.Verdict]:
    """Have the sequencer number what these verdicts are about, and add where in the feed it is.

    What cannot be numbered yet, because somebody is just changing it, comes without.
    """
    if all(v.seq != UNNUMBERED or v.outcome is p.Outcome.RETRY for v in verdicts):
        return list(verdicts)
    number_all(database, caller.org_id)
    places = database.read(_places, caller, [v.n for v in verdicts if v.seq == UNNUMBERED])
    return [
        v if v.seq != UNNUMBERED else msgspec.structs.replace(v, seq=places.get(v.n, UNNUMBERED))
        for v in verdicts
    ]


def _places(connection: sa.Connection, caller: Caller, numbers: Sequence[int]) -> dict[int, int]:
    rows = connection.execute(
        sa.select(t.processed.c.n, t.processed.c.seq).where(
            t.processed.c.org_id == caller.org_id,
            t.processed.c.device_id == caller.device_id,
            t.processed.c.n.in_(numbers),
        )
    )
    return {row.n: row.seq for row in rows}


def settled_number(connection: sa.Connection, org_id: str, device_id: str) -> int:
    """Return the highest number up to which it is known where the device's mutations are."""
    group = t.pending_group
    waiting = connection.execute(
        sa.select(sa.func.min(group.c.first_n)).where(
            group.c.org_id == org_id, group.c.device_id == device_id
        )
    ).scalar_one()
    return last_number(connection, org_id, device_id) if waiting is None else waiting - 1


def last_number(connection: sa.Connection, org_id: str, device_id: str) -> int:
    """Return the highest number processed from a device, 0 if none."""
    return (
        connection.execute(
            sa.select(t.device.c.last_n).where(
                t.device.c.org_id == org_id, t.device.c.device_id == device_id
            )
        ).scalar_one_or_none()
        or 0
    )


@dataclass(frozen=True, slots=True)
class _Answered:
    verdicts: list[p.Verdict]
    last_n: int
    gap: bool


def _receive(
    connection: sa.Connection, caller: Caller, received_at: datetime, group: p.Group
) -> _Answered:
    """Apply a group once; done again, return the verdicts that it was given."""
    return _GroupPush(connection, caller, received_at).receive(group)


class _GroupPush:
    """One group in its transaction."""

    def __init__(self, connection: sa.Connection, caller: Caller, received_at: datetime) -> None:
        self._connection = connection
        self._caller = caller
        self._received_at = to_text(cut_to_ms(received_at))

    def receive(self, group: p.Group) -> _Answered:
        last_n = self._lock_device()
        arrivals = _arrivals(group.mutations, last_n, self._earlier_number)
        again = [a for a in arrivals if a.n <= last_n]
        fresh = arrivals[len(again) :]
        verdicts = self._earlier_verdicts(again)
        expected = list(range(last_n + 1, last_n + 1 + len(fresh)))
        if [a.n for a in arrivals] != [a.n for a in again] + expected:
            late = [a for a in arrivals if a.n > last_n]
            verdicts += [p.Verdict(n=a.n, outcome=p.Outcome.RETRY) for a in late]
            return _Answered(verdicts, last_n, gap=True)
        if fresh:
            verdicts += self._process(group.id, fresh)
            last_n = fresh[-1].n
        return _Answered(verdicts, last_n, gap=False)

    def _lock_device(self) -> int:
        last_n: int = self._connection.execute(
            sa.select(t.device.c.last_n)
            .where(
                t.device.c.org_id == self._caller.org_id,
                t.device.c.device_id == self._caller.device_id,
            )
            .with_for_update()
        ).scalar_one()
        return last_n

    def _earlier_number(self, digest: str) -> int | None:
        """Return the number that a mutation without one was given when it came before."""
        return self._connection.execute(
            sa.select(t.processed.c.n)
            .where(
                t.processed.c.org_id == self._caller.org_id,
                t.processed.c.device_id == self._caller.device_id,
                t.processed.c.digest == digest,
            )
            .limit(1)
        ).scalar_one_or_none()

    def _earlier_verdicts(self, arrivals: Sequence[_Arrival]) -> list[p.Verdict]:
        if not arrivals:
            return []
        rows = self._connection.execute(
            sa.select(t.processed.c.n, t.processed.c.digest, t.processed.c.verdict).where(
                t.processed.c.org_id == self._caller.org_id,
                t.processed.c.device_id == self._caller.device_id,
                t.processed.c.n.in_([a.n for a in arrivals]),
            )
        )
        known = {row.n: row for row in rows}
        verdicts = []
        for arrival in arrivals:
            row = known.get(arrival.n)
            if row is None or row.digest != arrival.digest:
                raise UserError(Code.DEVICE_FORKED)
            verdicts.append(msgspec.json.decode(row.verdict, type=p.Verdict))
        return verdicts

    def _process(self, group_id: str, arrivals: Sequence[_Arrival]) -> list[p.Verdict]:
        book = RecordBook(self._connection, self._caller.org_id)
        book.prepare(key for arrival in arrivals for key in _named(arrival.mutation))
        effects: list[Effect] = []
        refused: tuple[int, p.Outcome, Code | None] | None = None
        for arrival in arrivals:
            try:
                effects.append(self._apply(book, arrival))
            except Refusal as refusal:
                refused = (arrival.n, p.Outcome.REJECTED, refusal.code)
                break
            except Blocked:
                refused = (arrival.n, p.Outcome.BLOCKED, None)
                break
        if refused is not None:
            # Drops all that the group did so far.
            book = RecordBook(self._connection, self._caller.org_id)
        written = book.write_all()
        if refused is None:
            pairs = zip(arrivals, effects, strict=True)
            verdicts = [_verdict(a.n, e, written.after) for a, e in pairs]
        else:
            verdicts = [_refusal(a.n, refused, written.after) for a in arrivals]
        self._store(group_id, arrivals, verdicts, written)
        return verdicts

    def _apply(self, book: RecordBook, arrival: _Arrival) -> Effect:
        if arrival.mutation is None:
            raise Refusal(Code.INVALID_REQUEST)
        act = Act(
            connection=self._connection,
            book=book,
            caller=self._caller,
            n=arrival.n,
            made_at=_made_at(arrival.mutation),
            received_at=self._received_at,
        )
        match arrival.mutation.operation:
            case p.Append() as operation:
                return append(act, operation)
            case p.Patch() as operation:
                return patch(act, operation)
            case p.NoteEdit() as operation:
                return note_edit(act, operation)
            case p.Remove() as operation:
                return remove(act, operation)
            case p.Restore() as operation:
                return restore(act, operation)
            case p.MergeCustomers() as operation:
                return merge_customers(act, operation)
            case p.Unmerge() as operation:
                return unmerge(act, operation)

    def _store(
        self,
        group_id: str,
        arrivals: Sequence[_Arrival],
        verdicts: Sequence[p.Verdict],
        written: Written,
    ) -> None:
        self._connection.execute(
            sa.insert(t.processed),
            [
                self._processed_row(group_id, arrival, verdict, written.before)
                for arrival, verdict in zip(arrivals, verdicts, strict=True)
            ],
        )
        if written.batch is not None:
            self._connection.execute(
                sa.insert(t.pending_group).values(
                    org_id=self._caller.org_id,
                    batch=written.batch,
                    device_id=self._caller.device_id,
                    first_n=arrivals[0].n,
                    last_n=arrivals[-1].n,
                )
            )
        rejected = [
            (a, v)
            for a, v in zip(arrivals, verdicts, strict=True)
            if v.outcome is p.Outcome.REJECTED
        ]
        for arrival, verdict in rejected:
            self._connection.execute(
                sa.insert(t.quarantine).values(
                    org_id=self._caller.org_id,
                    device_id=self._caller.device_id,
                    n=arrival.n,
                    user_id=self._caller.user_id,
                    # Of a person who was erased nothing is kept, in quarantine neither.
                    payload=b"" if verdict.reason == Code.ERASED else arrival.raw,
                    reason=verdict.reason,
                    quarantined_at=self._received_at,
                )
            )
        self._connection.execute(
            sa.update(t.device)
            .where(
                t.device.c.org_id == self._caller.org_id,
                t.device.c.device_id == self._caller.device_id,
            )
            .values(last_n=arrivals[-1].n, last_seen_at=self._received_at)
        )

    def _processed_row(
        self, group_id: str, arrival: _Arrival, verdict: p.Verdict, before: int
    ) -> dict[str, Any]:
        op, kind, record_id = _target(arrival.mutation) or (None, None, None)
        return {
            "org_id": self._caller.org_id,
            "device_id": self._caller.device_id,
            "n": arrival.n,
            "digest": arrival.digest,
            "group_id": group_id[:64] if may_be_id(group_id[:64]) else "",
            "user_id": self._caller.user_id,
            "op": op,
            "kind": kind and kind.value,
            "record_id": record_id if may_be_id(record_id) else None,
            "outcome": verdict.outcome.value,
            "verdict": msgspec.json.encode(verdict).decode(),
            "seq_before": before,
            "seq": verdict.seq,
            "processed_at": self._received_at,
        }


def _arrivals(
    mutations: Sequence[msgspec.Raw],
    last_n: int,
    earlier_number: Callable[[str], int | None] = lambda _digest: None,
) -> list[_Arrival]:
    """Read mutations; one whose number cannot be read has the number that is its turn."""
    arrivals: list[_Arrival] = []
    for encoded in mutations:
        raw = bytes(encoded)
        digest = hashlib.sha256(raw).hexdigest()
        turn = (arrivals[-1].n if arrivals else last_n) + 1
        n = _number(raw) or earlier_number(digest) or turn
        arrivals.append(_Arrival(n, raw, digest, _decoded(raw, n)))
    return arrivals


def _number(raw: bytes) -> int | None:
    try:
        return msgspec.json.decode(raw, type=_Numbered).n
    except msgspec.ValidationError:
        return None


def _decoded(raw: bytes, n: int) -> p.Mutation | None:
    if len(raw) > MAX_MUTATION_BYTES:
        return None
    try:
        mutation = msgspec.json.decode(raw, type=p.Mutation)
    except msgspec.ValidationError:
        return None
    return mutation if mutation.n == n else None


def _made_at(mutation: p.Mutation) -> str:
    try:
        return to_text(mutation.made_at)
    except ValueError as error:
        raise Refusal(Code.BAD_VALUE) from error


def _target(mutation: p.Mutation | None) -> tuple[str, KindName, str] | None:
    """Return the operation's name, and the kind and id of the record that it is about."""
    match None if mutation is None else mutation.operation:
        case None:
            return None
        case p.NoteEdit() as operation:
            return "note_edit", KindName.NOTE, operation.id
        case p.MergeCustomers() as operation:
            return "merge_customers", KindName.CUSTOMER, operation.winner
        case p.Unmerge() as operation:
            return "unmerge", KindName.CUSTOMER, operation.loser
        case operation:
            return str(operation.__struct_config__.tag), operation.kind, operation.id


def _named(mutation: p.Mutation | None) -> Iterator[tuple[KindName, str]]:
    """Yield the records that a mutation names."""
    target = _target(mutation)
    if mutation is None or target is None:
        return
    yield target[1:]
    others: list[Any] = []
    match mutation.operation:
        case p.Append() as operation:
            others.append(operation.fields.get("customer_id"))
        case p.Patch() as operation if "customer_id" in operation.changes:
            others.append(operation.changes["customer_id"].new)
        case p.MergeCustomers() as operation:
            others.append(operation.loser)
        case p.Unmerge() as operation:
            others.append(operation.winner)
        case _:
            pass
    for customer_id in others:
        if may_be_id(customer_id):
            yield KindName.CUSTOMER, customer_id


def _verdict(n: int, effect: Effect, seq: int) -> p.Verdict:
    return p.Verdict(
        n=n,
        outcome=effect.outcome,
        seq=seq,
        reason=effect.reason,
        contested=list(effect.contested),
    )


def _refusal(n: int, refused: tuple[int, p.Outcome, Code | None], seq: int) -> p.Verdict:
    at, outcome, code = refused
    if n != at:
        return p.Verdict(n=n, outcome=p.Outcome.BLOCKED, seq=seq)
    return p.Verdict(n=n, outcome=outcome, seq=seq, reason=code)
