"""What a row of the timeline says: subject, summary, chips and details, as plain text."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from babel.numbers import format_currency

from agentdesk.domain.entities import Channel, Direction, Disposition, Mood, PromiseState
from agentdesk.domain.labels import label
from agentdesk.domain.moments import from_text
from agentdesk.domain.names import for_display
from agentdesk.i18n import tr, trn
from agentdesk.services.timeline import ItemKind, TimelineItem
from agentdesk.ui.roles import TimelineEntry
from agentdesk.ui.theme import Tone
from agentdesk.views import times

_ROW_CHARS = 300
_E = TypeVar("_E", bound=StrEnum)

_TONES: dict[StrEnum, Tone] = {
    Disposition.SOLVED: Tone.GOOD,
    Disposition.FOLLOW_UP: Tone.INFO,
    Disposition.MISSED: Tone.WARN,
    Disposition.NO_ANSWER: Tone.WARN,
    Mood.DELIGHTED: Tone.GOOD,
    Mood.UNHAPPY: Tone.WARN,
    Mood.ANGRY: Tone.DANGER,
    PromiseState.OPEN: Tone.INFO,
    PromiseState.KEPT: Tone.GOOD,
    PromiseState.BROKEN: Tone.DANGER,
}


def _known(kind: type[_E], value: str | None) -> _E | None:
    """Return a value of an enumeration; None for none, and for one that is newer than we are."""
    try:
        return None if value is None else kind(value)
    except ValueError:
        return None


def entry_of(item: TimelineItem, now: datetime, language: str) -> TimelineEntry:
    """Return a row in the viewer's language."""
    disposition: StrEnum | None = _known(Disposition, item.disposition)
    if item.kind is ItemKind.PROMISE:
        disposition = _known(PromiseState, item.disposition)
    mood = _known(Mood, item.mood)
    return TimelineEntry(
        channel=_channel(item),
        subject=for_display(_subject(item), _ROW_CHARS),
        summary=for_display(_summary(item, now, language), _ROW_CHARS),
        disposition=label(disposition) if disposition else "",
        disposition_tone=_TONES.get(disposition, Tone.NEUTRAL) if disposition else Tone.NEUTRAL,
        mood=label(mood) if mood and mood is not Mood.NEUTRAL else "",
        mood_tone=_TONES.get(mood, Tone.NEUTRAL) if mood else Tone.NEUTRAL,
        unsent=item.pending,
    )


def _channel(item: TimelineItem) -> str:
    if item.kind is ItemKind.INTERACTION:
        return item.channel or "other"
    return item.kind.value


def _subject(item: TimelineItem) -> str:
    if item.kind is ItemKind.NOTE:
        return tr("Note by %(name)s", name=item.user_name) if item.user_name else tr("Note")
    if item.subject.strip():
        return item.subject
    channel = _known(Channel, item.channel)
    return label(channel) if channel else tr("Contact")


def _summary(item: TimelineItem, now: datetime, language: str) -> str:
    if item.kind is ItemKind.PROMISE:
        return tr("Due %(time)s", time=times.due(from_text(item.summary or ""), now, language))
    if item.kind is ItemKind.PURCHASE:
        return _price(item, language)
    summary = item.summary or ""
    if item.kind is ItemKind.INTERACTION and summary.strip() == item.subject.strip():
        return _meta(item)
    return summary


def _price(item: TimelineItem, language: str) -> str:
    if item.amount_minor is None or not item.currency:
        return ""
    amount = item.amount_minor / 100
    return str(format_currency(amount, item.currency, locale=times.locale_of(language)))


def detail_text(item: TimelineItem, whole: str | None, now: datetime, language: str) -> str:
    """Return what an open row shows; `whole` is its text where the page had cut it."""
    if item.kind in (ItemKind.PROMISE, ItemKind.PURCHASE):
        return for_display(f"{item.subject}\n{_summary(item, now, language)}", lines=True)
    text = whole if whole is not None else item.summary or ""
    return for_display(text or item.subject, lines=True)


def detail_meta(item: TimelineItem, language: str) -> str:
    """Return when, who and how of an open row, in one quiet line."""
    parts = [times.exact(item.at, language), _meta(item)]
    if item.kind is ItemKind.NOTE and (item.revision or 1) > 1:
        parts.append(trn("changed %(n)d time", "changed %(n)d times", (item.revision or 1) - 1))
    if item.pending:
        parts.append(tr("waits for Central"))
    return " · ".join(part for part in parts if part)


def _meta(item: TimelineItem) -> str:
    parts = []
    channel = _known(Channel, item.channel)
    if item.kind is ItemKind.INTERACTION and channel is not None:
        outbound = item.direction == Direction.OUTBOUND
        parts.append(
            tr("%(channel)s from us", channel=label(channel)) if outbound else label(channel)
        )
    if item.department:
        parts.append(item.department)
    if item.user_name:
        parts.append(item.user_name)
    if item.duration_s:
        parts.append(times.duration(item.duration_s))
    if item.satisfaction:
        parts.append(tr("rated %(n)d of 5", n=item.satisfaction))
    return for_display(" · ".join(parts))
