"""Where the demo company's luck and time come from: seeded draws and ids, one present."""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import accumulate
from typing import Generic, TypeVar

import msgspec

from agentdesk.domain.ids import new_id
from agentdesk.domain.moments import cut_to_ms, now

_T = TypeVar("_T")

_WORKDAY_STARTS = timedelta(hours=9)


class Weighted(Generic[_T]):
    """Values with weights, ready to be drawn from."""

    def __init__(self, values: Sequence[_T], weights: Sequence[float]) -> None:
        self.values = tuple(values)
        self.steps = tuple(accumulate(weights))


class Chance(random.Random):
    """Draws that depend on nothing but the text they were seeded with."""

    def one_of(self, values: Sequence[_T]) -> _T:
        """Return any of `values`, all equally likely."""
        return values[int(self.random() * len(values))]

    def drawn(self, values: Weighted[_T]) -> _T:
        """Return one of `values` by its weight."""
        steps = values.steps
        return values.values[bisect(steps, self.random() * steps[-1], 0, len(steps) - 1)]

    def odds(self, share: float) -> bool:
        """Tell whether something that happens to `share` (0 to 1) of all happens now."""
        return self.random() < share

    def between(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + int(self.random() * (high - low + 1))

    def id_at(self, moment: datetime) -> str:
        """Return an id as it would have been made at `moment`."""
        return new_id(at_ms=int(moment.timestamp() * 1000), entropy=self.randbytes(10))


def chance(*parts: object) -> Chance:
    """Return draws seeded by `parts`, the same in every process and Python version."""
    return Chance("/".join(map(str, parts)))


class Calendar(msgspec.Struct, frozen=True):
    """The demo's present: midnight of `today`, and `as_of`, after which nothing has happened."""

    today: datetime
    as_of: datetime

    @property
    def day_s(self) -> int:
        """Seconds of today that have passed at `as_of`."""
        return int((self.as_of - self.today).total_seconds())

    def day(self, offset: int, hour: int = 0, minute: int = 0) -> datetime:
        """Return a moment `offset` days from today."""
        return self.today + timedelta(days=offset, hours=hour, minutes=minute)


def calendar_for(today: datetime | None) -> Calendar:
    """Return the calendar of a demo that is shown on `today`.

    A time of day other than midnight UTC says what has happened by then; with midnight it is
    nine in the morning, and without `today` it is nine or the present moment, if that is earlier,
    so that a demo started at night shows no call from the future.
    """
    if today is None:
        present = now()
        midnight = datetime.combine(present.date(), time(tzinfo=UTC))
        return Calendar(midnight, min(midnight + _WORKDAY_STARTS, present))
    moment = cut_to_ms(today)
    midnight = datetime.combine(moment.date(), time(tzinfo=UTC))
    return Calendar(midnight, midnight + _WORKDAY_STARTS if moment == midnight else moment)
