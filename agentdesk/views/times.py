"""Dates and times as the viewer reads them: in their zone, in the manner of their language."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import DateTimePattern, format_date, format_time, match_skeleton

from agentdesk.i18n import tr, trn

_JUST_NOW = timedelta(minutes=1)
_MINUTES_COUNT = timedelta(minutes=60)


@lru_cache(maxsize=8)
def locale_of(language: str) -> Locale:
    """Return the locale for `language`; plain English writes the day before the month."""
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    if locale.language == "en" and locale.territory is None:
        return Locale("en", "GB")
    return locale


def clock(moment: datetime, language: str) -> str:
    """Return the time of day of an aware `moment` in the viewer's zone: "14:05"."""
    return str(format_time(moment.astimezone(), "short", locale=locale_of(language)))


@lru_cache(maxsize=64)
def _pattern(language: str, skeleton: str) -> DateTimePattern:
    """Return the locale's pattern for a skeleton; finding it is the costly part of formatting."""
    known = locale_of(language).datetime_skeletons
    key = skeleton if skeleton in known else match_skeleton(skeleton, known)
    pattern: DateTimePattern = known[key or "yMMMd"]
    return pattern


@lru_cache(maxsize=4096)
def _date_words(on: date, language: str, skeleton: str) -> str:
    return _pattern(language, skeleton).apply(on, locale_of(language))


@lru_cache(maxsize=512)
def _weekday(on: date, language: str) -> str:
    return str(format_date(on, "EEEE", locale=locale_of(language)))


def day(on: date, language: str, today: date, *, weekday: bool = False) -> str:
    """Return a date in words, with the year only if it is not this one."""
    words = _date_words(on, language, "MMMMd" if on.year == today.year else "yMMMMd")
    if weekday:
        name = _weekday(on, language)
        return tr("%(weekday)s, %(date)s", weekday=name[:1].upper() + name[1:], date=words)
    return words


def day_header(on: date, language: str, today: date) -> str:
    """Return the words over a day of the timeline: "Today", "Yesterday", "Tuesday, 3 May"."""
    words = day(on, language, today, weekday=True)
    if on == today:
        return tr("Today · %(date)s", date=words)
    if on == today - timedelta(days=1):
        return tr("Yesterday · %(date)s", date=words)
    return words


def relative(moment: datetime, now: datetime, language: str) -> str:
    """Return how long ago `moment` was in the shortest words that are exact enough."""
    ago = now - moment
    if timedelta(0) <= ago < _JUST_NOW:
        return tr("just now")
    if _JUST_NOW <= ago < _MINUTES_COUNT:
        minutes = int(ago.total_seconds() // 60)
        return trn("%(n)d min ago", "%(n)d min ago", minutes)
    return clock(moment, language)


def short_ago(moment: datetime, now: datetime, language: str) -> str:
    """Return when `moment` was, for lists over many days: "14:05", "yesterday", "3 May"."""
    here, today = moment.astimezone(), now.astimezone().date()
    if here.date() == today:
        return relative(moment, now, language)
    if here.date() == today - timedelta(days=1):
        return tr("yesterday %(time)s", time=clock(moment, language))
    return day(here.date(), language, today)


def exact(moment: datetime, language: str) -> str:
    """Return day and time in full, for tool tips."""
    here = moment.astimezone()
    on = _date_words(here.date(), language, "yMMMMd")
    return tr("%(date)s, %(time)s", date=on, time=clock(moment, language))


def due(moment: datetime, now: datetime, language: str) -> str:
    """Return when something is due: "today 17:00", "tomorrow 10:00", "12 June, 15:00"."""
    on, today = moment.astimezone().date(), now.astimezone().date()
    time = clock(moment, language)
    if on == today:
        return tr("today %(time)s", time=time)
    if on == today + timedelta(days=1):
        return tr("tomorrow %(time)s", time=time)
    if on == today - timedelta(days=1):
        return tr("yesterday %(time)s", time=time)
    return tr("%(date)s, %(time)s", date=day(on, language, today), time=time)


def duration(seconds: int) -> str:
    """Return a length as m:ss, or h:mm:ss."""
    minutes, rest = divmod(max(seconds, 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
