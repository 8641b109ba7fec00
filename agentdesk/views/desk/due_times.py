"""Quick choices for when a promise is due, as an operator would say them."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from agentdesk.i18n import mark

IN_AN_HOUR, TODAY, TOMORROW, NEXT_WEEK, OTHER = "hour", "today", "tomorrow", "monday", "other"

CHOICES: tuple[tuple[str, str], ...] = (
    (IN_AN_HOUR, mark("In an hour")),
    (TODAY, mark("Today 17:00")),
    (TOMORROW, mark("Tomorrow 10:00")),
    (NEXT_WEEK, mark("Monday 10:00")),
    (OTHER, mark("Another time")),
)


def is_offered(choice: str, here: datetime) -> bool:
    """Tell whether a choice still makes sense at `here`, the viewer's local time."""
    return choice != TODAY or here.time() < time(16, 30)


def due_at(choice: str, here: datetime) -> datetime:
    """Return the local moment that a choice means at `here`; `OTHER` begins as tomorrow noon."""
    if choice == IN_AN_HOUR:
        return here + timedelta(hours=1)
    if choice == TODAY:
        return _at(here, 0, 17)
    if choice == NEXT_WEEK:
        return _at(here, 7 - here.weekday(), 10)
    return _at(here, 1, 10 if choice == TOMORROW else 12)


def _at(here: datetime, days: int, hour: int) -> datetime:
    """Return that hour of a later day by the viewer's clock, also over a change of clocks."""
    on = (here + timedelta(days=days)).date()
    return datetime.combine(on, time(hour)).astimezone()
