"""Calls that telephone systems tell of: who is to hear of each step, and what is kept of a call.

An event that is told twice has one effect. While a call goes on, its number is kept, so that a
desk that connects in the middle hears of it; once it is over, nothing but that its id has been
used. Of a call that no desk took an interaction remains: number, time and outcome.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.lookups import customers_of
from agentdesk.central.phone_events import EventName, PhoneEvent
from agentdesk.central.phone_lines import Line, users_meant
from agentdesk.central.records import Origin, RecordBook
from agentdesk.decoding import decode_json
from agentdesk.domain.entities import Channel, Direction, Disposition, Interaction
from agentdesk.domain.ids import derived_id, new_id
from agentdesk.domain.kinds import KindName, to_row
from agentdesk.domain.moments import from_text, to_text
from agentdesk.domain.phone import parse_number
from agentdesk.i18n import mark, tr_in
from agentdesk.sync.protocol import CallSignal
from agentdesk.telephony.events import Step, in_region

LONGEST = timedelta(hours=12)
"""A call that rang longer ago is over, whether its end was told or not."""
REMEMBERED = timedelta(days=2)
"""For how long the id of a call that is over is known again."""

NOBODY = ""
"""Who has a call that was taken by somebody without a desk."""

_MISSED = mark("Missed call")
_TAKEN = mark("Call taken without a desk")


@dataclass(frozen=True, slots=True)
class Told:
    """What follows from an event: signals by user, and whether something has been kept."""

    signals: tuple[tuple[str, CallSignal], ...] = ()
    kept: bool = False


class _Desks(msgspec.Struct, kw_only=True):
    """At whose desks it rings or has been taken, and who has passed it on, in order."""

    rung: list[str] = []
    had: list[str] = []


@dataclass(slots=True)
class _Call:
    """A call in the course of an event."""

    key: str
    line_id: str
    record_id: str
    number: str
    line: str | None
    queue: str | None
    rang_at: str
    desks: _Desks
    holder: str | None = None
    passed_on_by: str | None = None
    answered_at: str | None = None
    ended_at: str | None = None
    is_new: bool = False

    @property
    def ended(self) -> bool:
        return self.ended_at is not None

    def passer(self, step: Step) -> str | None:
        """Return who passes the call on: while it rings on, whoever has it."""
        return self.holder if step is Step.RINGING and self.holder else self.passed_on_by


class _Event:
    """One event in one transaction."""

    def __init__(
        self, connection: sa.Connection, line: Line, event: PhoneEvent, now: datetime
    ) -> None:
        self._connection = connection
        self._line = line
        self._event = event
        self._now = now
        self._signals: list[tuple[str, CallSignal]] = []
        self._names: dict[str, str | None] = {}

    def take(self) -> Told:
        """Do what the event means."""
        call = self._load()
        if call.ended:
            return Told()
        kept = False
        match self._event.name:
            case EventName.NEW_CALL:
                self._rings(call)
            case EventName.ANSWER:
                self._answered(call)
            case EventName.HANGUP:
                kept = self._hung_up(call)
        self._save(call)
        if kept:
            # Numbers of the feed are the last thing that a transaction takes.
            self._keep(call)
            call.number = ""
        return Told(tuple(self._signals), kept)

    # --- What events mean ---------------------------------------------------------------------

    def _rings(self, call: _Call) -> None:
        before = set(call.desks.rung)
        for user in self._users():
            if user not in before and user != call.holder:
                call.desks.rung.append(user)
                self._tell(user, Step.RINGING, call)

    def _answered(self, call: _Call) -> None:
        holder = next(iter(self._users()), NOBODY)
        if call.holder == holder:
            return
        former, call.holder = call.holder, holder
        call.answered_at = call.answered_at or to_text(self._now)
        if former:
            self._tell(former, Step.PASSED_ON, call, by=holder)
            call.passed_on_by = former
            call.desks.had.append(former)
        if holder:
            self._tell(holder, Step.ANSWERED, call)
        for user in call.desks.rung:
            if user not in (holder, former):
                self._tell(user, Step.STOPPED, call, by=holder)
        # At whose desk it has stopped, it may ring again.
        call.desks.rung = [holder] if holder else []

    def _hung_up(self, call: _Call) -> bool:
        call.ended_at = to_text(self._now)
        missed = call.holder is None
        for user in call.desks.rung:
            if user != call.holder:
                self._tell(user, Step.MISSED if missed else Step.STOPPED, call)
        if call.holder:
            self._tell(call.holder, Step.ENDED, call)
        return not call.is_new and not call.holder

    # --- Beneath --------------------------------------------------------------------------------

    def _users(self) -> list[str]:
        meant = users_meant(self._connection, self._line.org_id, self._event.users)
        return list(dict.fromkeys(user for user in meant.values() if user is not None))

    def _tell(self, user: str, step: Step, call: _Call, *, by: str | None = None) -> None:
        passer = self._name(call.passer(step))
        signal = _signal(call, user, step, passer, self._name(by))
        self._signals.append((user, signal))

    def _name(self, user_id: str | None) -> str | None:
        if not user_id:
            return None
        if user_id not in self._names:
            self._names[user_id] = _user_name(self._connection, self._line.org_id, user_id)
        return self._names[user_id]

    def _load(self) -> _Call:
        told = f"{self._line.line_id}\n{self._event.call_id}"
        key = hashlib.sha256(told.encode()).hexdigest()
        c = t.phone_call.c
        row = self._connection.execute(
            sa.select(t.phone_call)
            .where(c.org_id == self._line.org_id, c.call_key == key)
            .with_for_update()
        ).one_or_none()
        if row is not None:
            return _from_row(row)
        return _Call(
            key=key,
            line_id=self._line.line_id,
            record_id=new_id(),
            number=self._number(),
            line=self._event.called,
            queue=self._event.queue,
            rang_at=to_text(self._now),
            desks=_Desks(),
            is_new=True,
        )

    def _number(self) -> str:
        told, region = self._event.caller, self._line.region
        return in_region(told, region) if region else told

    def _save(self, call: _Call) -> None:
        values = {
            # Nobody needs the number of a call that is over.
            "number": "" if call.ended else call.number,
            "line": None if call.ended else call.line,
            "queue": None if call.ended else call.queue,
            "users": msgspec.json.encode(_Desks() if call.ended else call.desks).decode(),
            "holder": call.holder,
            "passed_on_by": call.passed_on_by,
            "answered_at": call.answered_at,
            "ended_at": call.ended_at,
        }
        mine = {"org_id": self._line.org_id, "call_key": call.key}
        if call.is_new:
            fixed = {"line_id": call.line_id, "record_id": call.record_id, "rang_at": call.rang_at}
            self._connection.execute(sa.insert(t.phone_call).values(**mine, **fixed, **values))
        else:
            c = t.phone_call.c
            which = (c.org_id == self._line.org_id, c.call_key == call.key)
            self._connection.execute(sa.update(t.phone_call).where(*which).values(**values))

    def _keep(self, call: _Call) -> None:
        """Keep number, time and outcome of a call that no desk took."""
        org_id = self._line.org_id
        book = RecordBook(self._connection, org_id)
        organisation = book.get(KindName.ORGANISATION, org_id)
        about = organisation.fields if organisation is not None else {}
        number = parse_number(call.number, self._line.region or str(about.get("region") or ""))
        found = customers_of(self._connection, org_id, number.e164) if number.e164 else []
        missed = call.holder is None
        interaction = Interaction(
            id=call.record_id,
            # Several people at one line: who it was, nobody knows.
            customer_id=found[0] if len(found) == 1 else None,
            channel=Channel.CALL,
            direction=Direction.INBOUND,
            occurred_at=from_text(call.rang_at),
            subject=tr_in(str(about.get("language") or "en"), _MISSED if missed else _TAKEN),
            disposition=Disposition.MISSED if missed else Disposition.OTHER,
            e164=number.e164,
            extension=number.extension,
        )
        fields = to_row(interaction)
        del fields["id"]
        origin = Origin(None, None, None, to_text(self._now))
        book.add(KindName.INTERACTION, interaction.id, fields, origin)
        book.write_all()


def take_event(connection: sa.Connection, line: Line, event: PhoneEvent, now: datetime) -> Told:
    """Do what an event means, once; the last thing to do in a transaction.

    Calls that we make are nobody's to answer here: nothing follows from them.
    """
    c = t.phone_line.c
    connection.execute(
        sa.update(t.phone_line)
        .where(c.org_id == line.org_id, c.line_id == line.line_id)
        .values(heard_at=to_text(now))
    )
    return Told() if event.outbound else _Event(connection, line, event, now).take()


def going_on(
    connection: sa.Connection, org_id: str, user_id: str, now: datetime
) -> list[CallSignal]:
    """Return what a desk of this user, which connects now, has to know of the calls at it."""
    c = t.phone_call.c
    rows = connection.execute(
        sa.select(t.phone_call)
        .where(c.org_id == org_id, c.ended_at.is_(None), c.rang_at > to_text(now - LONGEST))
        .order_by(c.rang_at)
    ).all()
    signals = []
    for call in map(_from_row, rows):
        if call.holder == user_id:
            step = Step.ANSWERED
        elif user_id in call.desks.rung:
            step = Step.RINGING
        else:
            continue
        passer = call.passer(step)
        name = _user_name(connection, org_id, passer) if passer else None
        signals.append(_signal(call, user_id, step, name, None))
    return signals


def forget_calls(connection: sa.Connection, org_id: str, now: datetime) -> int:
    """Forget calls that are long over; returns how many."""
    c = t.phone_call.c
    old = (c.org_id == org_id, c.rang_at < to_text(now - REMEMBERED))
    return connection.execute(sa.delete(t.phone_call).where(*old)).rowcount


def _signal(
    call: _Call, user_id: str, step: Step, passed_on_by: str | None, by: str | None
) -> CallSignal:
    return CallSignal(
        step=step.value,
        # Each person who has had a call keeps what came of it for themselves.
        # So they do when it comes back to them.
        call_id=derived_id(call.record_id, user_id, str(call.desks.had.count(user_id))),
        number=call.number,
        line=call.line,
        queue=call.queue,
        rang_at=from_text(call.rang_at),
        passed_on_by=passed_on_by,
        by=by,
    )


def _from_row(row: sa.Row[Any]) -> _Call:
    return _Call(
        key=row.call_key,
        line_id=row.line_id,
        record_id=row.record_id,
        number=row.number,
        line=row.line,
        queue=row.queue,
        rang_at=row.rang_at,
        desks=decode_json(row.users, _Desks),
        holder=row.holder,
        passed_on_by=row.passed_on_by,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
    )


def _user_name(connection: sa.Connection, org_id: str, user_id: str) -> str | None:
    user = RecordBook(connection, org_id).get(KindName.USER, user_id)
    return str(user.fields.get("name") or "") or None if user is not None else None


def encoded(signals: Iterable[CallSignal]) -> list[bytes]:
    """Return signals as server-sent events; JSON has no line breaks of its own."""
    return [b"event: call\ndata: " + msgspec.json.encode(one) + b"\n\n" for one in signals]
