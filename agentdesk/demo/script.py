"""Reads the lines in which the hand-made people's histories are written.

One record a line, parts between bars, `0 08:05` being today at five past eight:

    contact   -12 10:40 | call-in | service | nadia | subject | text | solved content 5 #case
    fact      -12 10:40 | team | text | nadia | -30 09:00 | sensitive
    promise   -1 16:40 | 1 12:00 | call | open | nadia | text
    step      -3 12:00 | #case | text | outcome
    purchase  -400 | Brook 9 | 429.00 | call
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from agentdesk.demo.chance import Chance
from agentdesk.demo.library import via
from agentdesk.demo.staff import BY_NICKNAME
from agentdesk.domain import entities as e

_MINUTES = {e.Channel.CALL: (1, 12), e.Channel.CHAT: (3, 15), e.Channel.VISIT: (25, 90)}


class When(NamedTuple):
    """A day before (negative), on or after today, and a time in UTC."""

    day: int
    hour: int
    minute: int


class Contact(msgspec.Struct, frozen=True):
    """One contact."""

    at: When
    channel: e.Channel
    direction: e.Direction
    department: str
    user_id: str | None
    subject: str
    text: str
    disposition: e.Disposition
    mood: e.Mood | None
    stars: int | None
    case: str | None

    def seconds(self, luck: Chance) -> int | None:
        """Return how long it took, if it is of the kind that takes time."""
        minutes = _MINUTES.get(self.channel)
        if minutes is None or self.disposition is e.Disposition.MISSED:
            return None
        return luck.between(minutes[0] * 60, minutes[1] * 60)


class FactLine(msgspec.Struct, frozen=True):
    """One fact."""

    at: When
    kind: e.FactKind
    text: str
    user_id: str | None
    confirmed: When | None
    sensitive: bool


class PromiseLine(msgspec.Struct, frozen=True):
    """One promise."""

    made: When
    due: When
    channel: e.Channel
    state: e.PromiseState
    user_id: str | None
    text: str


class Step(msgspec.Struct, frozen=True):
    """Something the customer has tried."""

    at: When
    case: str | None
    text: str
    outcome: str | None


class PurchaseLine(msgspec.Struct, frozen=True):
    """Something the customer bought."""

    day: int
    product: str
    amount_minor: int
    channel: e.Channel | None


def user_id(nickname: str) -> str | None:
    """Return the id of a colleague by nickname; `-` is nobody."""
    return None if nickname == "-" else BY_NICKNAME[nickname].id


def contacts(block: str) -> Iterator[Contact]:
    """Read lines of contacts."""
    for at, how, department, nickname, subject, text, outcome in _lines(block):
        channel, direction = via(how)
        words = outcome.split()
        yield Contact(
            at=_when(at),
            channel=channel,
            direction=direction,
            department=department,
            user_id=user_id(nickname),
            subject=subject,
            text=text,
            disposition=e.Disposition(words[0]),
            mood=next((e.Mood(w) for w in words[1:] if w in set(e.Mood)), None),
            stars=next((int(w) for w in words[1:] if w.isdigit()), None),
            case=next((w[1:] for w in words[1:] if w.startswith("#")), None),
        )


def facts(block: str) -> Iterator[FactLine]:
    """Read lines of facts; the last two parts may be missing."""
    for at, kind, text, nickname, *more in _lines(block):
        confirmed = next((part for part in more if part != "sensitive"), None)
        yield FactLine(
            at=_when(at),
            kind=e.FactKind(kind),
            text=text,
            user_id=user_id(nickname),
            confirmed=_when(confirmed) if confirmed else None,
            sensitive="sensitive" in more,
        )


def promises(block: str) -> Iterator[PromiseLine]:
    """Read lines of promises."""
    for made, due, channel, state, nickname, text in _lines(block):
        yield PromiseLine(
            made=_when(made),
            due=_when(due),
            channel=e.Channel(channel),
            state=e.PromiseState(state),
            user_id=user_id(nickname),
            text=text,
        )


def steps(block: str) -> Iterator[Step]:
    """Read lines of steps tried."""
    for at, case, text, outcome in _lines(block):
        yield Step(_when(at), case[1:] or None, text, outcome or None)


def purchases(block: str) -> Iterator[PurchaseLine]:
    """Read lines of purchases, amounts in pounds."""
    for day, product, amount, channel in _lines(block):
        pounds, pence = amount.split(".")
        yield PurchaseLine(
            int(day), product, int(pounds) * 100 + int(pence), e.Channel(channel) or None
        )


def _lines(block: str) -> Iterator[list[str]]:
    for line in block.splitlines():
        if line.strip():
            yield [part.strip() for part in line.split("|")]


def _when(text: str) -> When:
    day, clock = text.split()
    hour, minute = clock.split(":")
    return When(int(day), int(hour), int(minute))
