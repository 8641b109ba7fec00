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
from agentdesk.central.feed import insert_many
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
from agentdesk.central.standing import last_number
from agentdesk.decoding import decode_json
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import cut_to_ms, to_text
from agentdesk.errors import Code, UserError
from agentdesk.sync import protocol as p

MAX_MUTATION_BYTES = 1024 * 1024

RUN_GROUPS = 100
"""At most so many groups share a transaction: others want to write in between."""

_REACHES_FAR = (p.MergeCustomers, p.Unmerge, p.Remove, p.Restore)
"""What concerns more records than it names."""


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
    """Apply the groups in order, each whole or not at all.

    Groups that have nothing to do with each other share a transaction: a disk confirms a hundred
    as fast as one. From the first gap in the numbers on everything is answered `retry`. Raises
    `UserError`: `DEVICE_FORKED` if a number comes with another content than before; what was
    committed by then stays.
    """
    verdicts: list[p.Verdict] = []
    last_n = 0
    waiting = list(request.groups)
    most = RUN_GROUPS
    while waiting:
        try:
            answered = database.write(_receive, caller, received_at, waiting[:most])
        except _RefusedInRun as refused:
            most = max(1, refused.at)
            continue
        most = RUN_GROUPS
        verdicts += answered.verdicts
        last_n = answered.last_n
        del waiting[: answered.groups]
        if answered.gap:
            verdicts += _asked_again(waiting, verdicts[-1].n)
            break
    verdicts = _placed(database, caller, verdicts)
    if not request.groups:
        last_n = database.read(last_number, caller.org_id, caller.device_id)
    return p.PushResponse(verdicts=verdicts, last_n=last_n, server_time=received_at)


def _asked_again(groups: Sequence[p.Group], after_n: int) -> list[p.Verdict]:
    """Return for everything behind a gap that it shall be sent again."""
    numbers = (a.n for group in groups for a in _arrivals(group.mutations, after_n))
    return [p.Verdict(n=n, outcome=p.Outcome.RETRY) for n in numbers]


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


@dataclass(frozen=True, slots=True)
class _Answered:
    """What one transaction has judged: the verdicts on the first `groups` groups it was given."""

    verdicts: list[p.Verdict]
    last_n: int
    groups: int = 1
    gap: bool = False


class _RefusedInRun(Exception):  # noqa: N818 - a turn in the work, not a fault
    """One group among several is refused, so that none was applied; `at` is its place."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A group that is here for the first time, with its mutations in their turn."""

    group_id: str
    arrivals: list[_Arrival]


def _receive(
    connection: sa.Connection, caller: Caller, received_at: datetime, groups: Sequence[p.Group]
) -> _Answered:
    """Apply the first groups once; done again, return the verdicts that they were given.

    Raises `_RefusedInRun`, and nothing may be committed then.
    """
    work = _Push(connection, caller, received_at)
    last_n = work.lock_device()
    run = work.run_of(groups, last_n)
    if len(run) < 2:
        return work.receive_one(groups[0], last_n)
    verdicts = work.process(run)
    return _Answered(verdicts, verdicts[-1].n, len(run))


class _Push:
    """Groups in one transaction."""

    def __init__(self, connection: sa.Connection, caller: Caller, received_at: datetime) -> None:
        self._connection = connection
        self._caller = caller
        self._received_at = to_text(cut_to_ms(received_at))

    def run_of(self, groups: Sequence[p.Group], last_n: int) -> list[_Fresh]:
        """Return the first groups that can be applied together as if one came after the other.

        They are new and in their turn, and no two change the same record, so that every one keeps
        its own versions and its own history.
        """
        run: list[_Fresh] = []
        seen: set[tuple[KindName, str]] = set()
        for group in groups:
            arrivals = _arrivals(group.mutations, last_n)
            targets = {found[1:] for found in (_target(a.mutation) for a in arrivals) if found}
            in_turn = [a.n for a in arrivals] == list(range(last_n + 1, last_n + 1 + len(arrivals)))
            alone = any(
                a.mutation is None or isinstance(a.mutation.operation, _REACHES_FAR)
                for a in arrivals
            )
            if not in_turn or alone or seen & targets:
                break
            seen |= targets
            run.append(_Fresh(group.id, arrivals))
            last_n += len(arrivals)
        return run

    def receive_one(self, group: p.Group, last_n: int) -> _Answered:
        """Apply a group, or as much of it as is new, whatever there is to say of it."""
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
            verdicts += self.process([_Fresh(group.id, fresh)])
            last_n = fresh[-1].n
        return _Answered(verdicts, last_n)

    def lock_device(self) -> int:
        """Return the last number processed, and let nobody else process any."""
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
            verdicts.append(decode_json(row.verdict, p.Verdict))
        return verdicts

    def process(self, run: Sequence[_Fresh]) -> list[p.Verdict]:
        """Judge the groups of a run, and write what they come to.

        Raises `_RefusedInRun` if one of several is refused.
        """
        book = RecordBook(self._connection, self._caller.org_id)
        book.prepare(
            key for group in run for arrival in group.arrivals for key in _named(arrival.mutation)
        )
        effects: list[Effect] = []
        refused: tuple[int, p.Outcome, Code | None] | None = None
        for at, group in enumerate(run):
            for arrival in group.arrivals:
                try:
                    effects.append(self._apply(book, arrival))
                except Refusal as refusal:
                    refused = (arrival.n, p.Outcome.REJECTED, refusal.code)
                except Blocked:
                    refused = (arrival.n, p.Outcome.BLOCKED, None)
                if refused is not None:
                    break
            if refused is not None and len(run) > 1:
                raise _RefusedInRun(at)
        if refused is not None:
            # Drops all that the group did so far.
            book = RecordBook(self._connection, self._caller.org_id)
        written = book.write_all()
        arrivals = [arrival for group in run for arrival in group.arrivals]
        if refused is None:
            pairs = zip(arrivals, effects, strict=True)
            verdicts = [_verdict(a.n, e, written.after) for a, e in pairs]
        else:
            verdicts = [_refusal(a.n, refused, written.after) for a in arrivals]
        self._store(run, verdicts, written)
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
        self, run: Sequence[_Fresh], verdicts: Sequence[p.Verdict], written: Written
    ) -> None:
        of_group = [(group.group_id, arrival) for group in run for arrival in group.arrivals]
        insert_many(
            self._connection,
            t.processed,
            [
                self._processed_row(group_id, arrival, verdict, written.before)
                for (group_id, arrival), verdict in zip(of_group, verdicts, strict=True)
            ],
        )
        if written.batch is not None:
            self._connection.execute(
                sa.insert(t.pending_group).values(
                    org_id=self._caller.org_id,
                    batch=written.batch,
                    device_id=self._caller.device_id,
                    first_n=verdicts[0].n,
                    last_n=verdicts[-1].n,
                )
            )
        for (_, arrival), verdict in zip(of_group, verdicts, strict=True):
            if verdict.outcome is p.Outcome.REJECTED:
                self._quarantine(arrival, verdict)
        self._connection.execute(
            sa.update(t.device)
            .where(
                t.device.c.org_id == self._caller.org_id,
                t.device.c.device_id == self._caller.device_id,
            )
            .values(last_n=verdicts[-1].n, last_seen_at=self._received_at)
        )

    def _quarantine(self, arrival: _Arrival, verdict: p.Verdict) -> None:
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
        return decode_json(raw, _Numbered).n
    except msgspec.ValidationError:
        return None


def _decoded(raw: bytes, n: int) -> p.Mutation | None:
    if len(raw) > MAX_MUTATION_BYTES:
        return None
    try:
        mutation = decode_json(raw, p.Mutation)
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
