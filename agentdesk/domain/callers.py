"""How a caller was found, in words that the operator can judge."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec
from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton

from agentdesk.domain.entities import Channel
from agentdesk.domain.kinds import KindName
from agentdesk.i18n import tr, trn


class MatchKind(StrEnum):
    """How sure it is who calls; the values are also those of `agentdesk lookup --json`."""

    EXACT = "exact"
    """One person has this number."""
    EXTENSION = "extension"
    """One person has this number with this extension."""
    SHARED = "shared"
    """Several people are reached by this line."""
    MENTIONED = "mentioned"
    """Nobody has the number, but somebody wrote it or it was written about them."""
    UNKNOWN = "unknown"
    """Nobody here knows the number."""
    INTERNAL = "internal"
    """An extension of the company's own telephone system."""
    SHORT = "short"
    """An emergency, service or short-message number: nobody's own."""
    WITHHELD = "withheld"
    """The number was not passed on."""


NOBODYS = frozenset({MatchKind.WITHHELD, MatchKind.INTERNAL, MatchKind.SHORT})
"""Calls that no customer has made, or none that can be told: nothing is made of their number."""


class CallerMatch(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be explained.

    `extension` is the person's, or the caller's where the person has none; `called_from` is the
    caller's where it is another one. `people` and `last_caller` (a name fit for display) matter
    for shared lines, `mentioned_kind`, `mentioned_in` (an interaction's channel) and
    `mentioned_on` (the viewer's date) for mentions.
    """

    kind: MatchKind
    extension: str | None = None
    called_from: str | None = None
    mentioned_kind: KindName = KindName.INTERACTION
    people: int = 1
    last_caller: str | None = None
    mentioned_in: Channel | None = None
    mentioned_on: date | None = None


def explain(match: CallerMatch, *, language: str, today: date) -> str:
    """Return `match` in the words of the active translation; dates in the manner of `language`.

    The year is told only if it is not that of `today`.
    """
    match match.kind:
        case MatchKind.EXACT:
            return tr("exact number")
        case MatchKind.EXTENSION if match.called_from:
            return tr(
                "same number, extension %(extension)s; this call is from %(other)s",
                extension=match.extension or "",
                other=match.called_from,
            )
        case MatchKind.EXTENSION:
            return tr("same number, extension %(extension)s", extension=match.extension or "")
        case MatchKind.SHARED:
            return _shared(match)
        case MatchKind.MENTIONED:
            return _mentioned(match, language, today)
        case MatchKind.INTERNAL:
            return tr("internal extension %(extension)s", extension=match.extension or "")
        case MatchKind.SHORT:
            return tr("service number, nobody's own")
        case MatchKind.WITHHELD:
            return tr("number withheld")
        case MatchKind.UNKNOWN:
            return tr("unknown")


def _shared(match: CallerMatch) -> str:
    if match.last_caller:
        return trn(
            "shared line: %(n)d person, last caller %(name)s",
            "shared line: %(n)d people, last caller %(name)s",
            match.people,
            name=match.last_caller,
        )
    return trn("shared line: %(n)d person", "shared line: %(n)d people", match.people)


def _mentioned(match: CallerMatch, language: str, today: date) -> str:
    if match.mentioned_on is None:
        return tr("number mentioned earlier")
    on = _day(match.mentioned_on, language, today)
    if match.mentioned_kind is KindName.FACT:
        return tr("number mentioned in a personal note of %(date)s", date=on)
    if match.mentioned_kind is KindName.PROMISE:
        return tr("number mentioned in a promise of %(date)s", date=on)
    match match.mentioned_in:
        case Channel.EMAIL:
            return tr("number mentioned in an e-mail of %(date)s", date=on)
        case Channel.CALL:
            return tr("number mentioned in a call of %(date)s", date=on)
        case Channel.CHAT:
            return tr("number mentioned in a chat of %(date)s", date=on)
        case Channel.SMS:
            return tr("number mentioned in a text message of %(date)s", date=on)
        case Channel.POST:
            return tr("number mentioned in a letter of %(date)s", date=on)
        case Channel.SOCIAL:
            return tr("number mentioned in a post of %(date)s", date=on)
        case Channel.VISIT:
            return tr("number mentioned in a visit of %(date)s", date=on)
        case _:
            return tr("number mentioned in a note of %(date)s", date=on)


def _day(day: date, language: str, today: date) -> str:
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    if locale.language == "en" and locale.territory is None:
        # The day before the month, as in the rest of the English texts.
        locale = Locale("en", "GB")
    skeleton = "MMMMd" if day.year == today.year else "yMMMMd"
    return format_skeleton(skeleton, day, locale=locale)
