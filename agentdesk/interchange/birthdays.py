"""Birthdays in the many ways that files write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from enum import Enum

_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_ISO = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})")
_NO_YEAR = re.compile(r"--(\d{2})-?(\d{2})")
_NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})(?:\2(\d{4}))?\.?")
_TIME = re.compile(r"[T ]\d{1,2}:?\d{2}.*$")

_APPLE_OMITTED_YEAR = 1604


class DayOrder(Enum):
    """Which comes first in dates such as 03/04/1984."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"
    UNKNOWN = "unknown"


def birthday(text: str, order: DayOrder = DayOrder.UNKNOWN, omitted_year: str = "") -> str | None:
    """Return `text` as `1984-03-07` or `--03-07`, or None if it is no full day.

    `omitted_year` is the stand-in of X-APPLE-OMIT-YEAR. A dot between the numbers means that the
    day comes first; with slashes and hyphens `order` decides unless a number above 12 does, and
    what stays ambiguous is not guessed.
    """
    bare = _TIME.sub("", text.strip())
    if found := _NO_YEAR.fullmatch(bare):
        return _day(None, int(found[1]), int(found[2]))
    if found := _COMPACT.fullmatch(bare) or _ISO.fullmatch(bare):
        year = int(found[1])
        omitted = {str(_APPLE_OMITTED_YEAR), omitted_year}
        return _day(None if found[1] in omitted else year, int(found[2]), int(found[3]))
    if found := _NUMBERS.fullmatch(bare):
        first, second = int(found[1]), int(found[3])
        known = DayOrder.DAY_FIRST if found[2] == "." else _order_of(first, second)
        known = order if known is DayOrder.UNKNOWN else known
        if known is DayOrder.UNKNOWN and first != second:
            return None
        day, month = (second, first) if known is DayOrder.MONTH_FIRST else (first, second)
        return _day(int(found[4]) if found[4] else None, month, day)
    return None


def order_of(texts: Iterable[str]) -> DayOrder:
    """Return the order that the dates in `texts` share, as far as one of them shows it."""
    orders = set()
    for text in texts:
        found = _NUMBERS.fullmatch(_TIME.sub("", text.strip()))
        if found and found[2] != ".":
            orders.add(_order_of(int(found[1]), int(found[3])))
    orders.discard(DayOrder.UNKNOWN)
    return orders.pop() if len(orders) == 1 else DayOrder.UNKNOWN


def _order_of(first: int, second: int) -> DayOrder:
    if first > 12 >= second:
        return DayOrder.DAY_FIRST
    return DayOrder.MONTH_FIRST if second > 12 >= first else DayOrder.UNKNOWN


def _day(year: int | None, month: int, day: int) -> str | None:
    try:
        # A leap year, so that 29 February is a birthday without a year.
        date(2000 if year is None else year, month, day)
    except ValueError:
        return None
    return f"--{month:02}-{day:02}" if year is None else f"{year:04}-{month:02}-{day:02}"
