"""Numbers as the viewer reads them: counts, rates, and how long something still takes."""

from __future__ import annotations

from babel.numbers import format_decimal

from agentdesk.i18n import tr, trn
from agentdesk.views.times import locale_of

_A_FEW_S = 10
_STEP_S = 5
_IN_SECONDS = 90
_MINUTE_S = 60
_HOUR_S = 3600
_IN_MINUTES_S = 90 * _MINUTE_S


def count(n: int, language: str) -> str:
    """Return a count with its thousands apart, as the language does: "600,000"."""
    return str(format_decimal(n, locale=locale_of(language)))


def time_left(seconds: float) -> str:
    """Return how long something still takes, in steps that do not flicker while one looks."""
    if seconds < _A_FEW_S:
        return tr("a few seconds left")
    if seconds < _IN_SECONDS:
        return tr("%(n)d s left", n=round(seconds / _STEP_S) * _STEP_S)
    if seconds < _IN_MINUTES_S:
        minutes = round(seconds / _MINUTE_S)
        return trn("%(n)d min left", "%(n)d min left", minutes)
    hours = round(seconds / _HOUR_S)
    return trn("%(n)d h left", "%(n)d h left", hours)
