"""Points in time: aware UTC in memory, fixed-width RFC 3339 text on disk and on the wire.

The text form is always `2026-11-21T18:15:19.042Z`, 24 characters, so that text order is time
order in SQL, and a row needs no conversion between wire, Central and cache.
"""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment, cut to the milliseconds that are stored."""
    return cut_to_ms(datetime.now(UTC))


def cut_to_ms(moment: datetime) -> datetime:
    """Return `moment` in UTC without what lies below a millisecond."""
    utc = moment.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def to_text(moment: datetime) -> str:
    """Return the 24-character stored form of an aware `moment`."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """Return the moment written in `text`, any RFC 3339 form."""
    return datetime.fromisoformat(text)
