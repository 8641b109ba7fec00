"""A customer's history in words: what stood, who wrote it, who replaced it with what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from agentdesk.domain.history import Event
from agentdesk.domain.kinds import KindName
from agentdesk.domain.names import for_display
from agentdesk.i18n import mark, tr
from agentdesk.services.history import HistoryEntry
from agentdesk.ui.theme import Tone
from agentdesk.views.sync.rows import SyncRow
from agentdesk.views.sync.words import stamp, who
from agentdesk.views.values import ValueWords, field_words, kind_icon

_RECORD = mark("Record")
_KINDS: Mapping[KindName, str] = {
    KindName.NOTE: mark("Note"),
    KindName.FACT: mark("Fact"),
    KindName.CONTACT_POINT: mark("Way to reach"),
    KindName.PROMISE: mark("Promise"),
    KindName.CUSTOMER: mark("Customer"),
    KindName.PHOTO: mark("Photo"),
    KindName.CASE: mark("Case"),
    KindName.PURCHASE: mark("Purchase"),
}
_EVENTS: Mapping[Event, str] = {
    Event.REMOVED: mark("%(what)s removed"),
    Event.RESTORED: mark("%(what)s restored"),
    Event.MERGED: mark("Merged with %(name)s"),
    Event.UNMERGED: mark("No longer merged with %(name)s"),
}
_SAID = ("text", "value", "summary", "subject", "full_name")
_TITLE_CHARS = 120


def history_row(entry: HistoryEntry, moment: datetime, values: ValueWords) -> SyncRow:
    """Return an entry of the history as a row."""
    title = entry_title(entry, values)
    return SyncRow(
        f"history:{entry.id}",
        for_display(title.replace("\n", " · "), _TITLE_CHARS),
        entry,
        detail=entry_detail(entry, values),
        time=stamp(entry.replaced_at, moment, values.language),
        word=tr("never stood") if entry.arrived_late else "",
        glyph=kind_icon(entry.kind),
        tone=Tone.INFO if entry.arrived_late else Tone.NEUTRAL,
    )


def entry_title(entry: HistoryEntry, values: ValueWords) -> str:
    """Return what stood, under the name of its field, or what happened to the whole record."""
    kind = tr(_KINDS.get(entry.kind, _RECORD))
    if entry.event is not None:
        name = _said(entry) or tr("somebody else")
        return tr(_EVENTS[entry.event], what=kind, name=name)
    what = kind if entry.field == "text" else field_words(entry.field)
    return tr("%(field)s: %(value)s", field=what, value=was_words(entry, values))


def was_words(entry: HistoryEntry, values: ValueWords) -> str:
    """Return what stood; of a removed record what it said."""
    if entry.masked:
        return tr("hidden, as it is sensitive")
    if entry.event is not None:
        return _said(entry)
    return values.of(entry.kind, entry.field, entry.value)


def now_words(entry: HistoryEntry, values: ValueWords) -> str:
    """Return what stood in its place afterwards; "" for what happened to a whole record."""
    if entry.event is not None:
        return ""
    if entry.masked:
        return tr("hidden, as it is sensitive")
    return values.of(entry.kind, entry.field, entry.now)


def entry_detail(entry: HistoryEntry, values: ValueWords) -> str:
    """Return who wrote it and who replaced it with what, in one line."""
    if entry.event is not None:
        said = was_words(entry, values) if entry.event is Event.REMOVED else ""
        by = tr("by %(author)s", author=who(entry.replaced_by))
        return f"{by} · {for_display(said, _TITLE_CHARS)}" if said else by
    names = {"author": who(entry.author), "other": who(entry.replaced_by)}
    if entry.author is None and not entry.arrived_late:
        # What another system brought has no author here.
        after = for_display(now_words(entry, values).replace("\n", " · "), _TITLE_CHARS)
        return tr("replaced by %(other)s: %(value)s", other=names["other"], value=after)
    if entry.arrived_late:
        return tr("by %(author)s · what %(other)s wrote stands", **names)
    after = for_display(now_words(entry, values).replace("\n", " · "), _TITLE_CHARS)
    return tr("by %(author)s · replaced by %(other)s: %(value)s", value=after, **names)


def _said(entry: HistoryEntry) -> str:
    """Return what a whole record said, or the name of the other customer."""
    if not isinstance(entry.value, dict):
        return ""
    texts = (entry.value.get(name) for name in _SAID)
    return next((for_display(str(text), None, lines=True) for text in texts if text), "")
