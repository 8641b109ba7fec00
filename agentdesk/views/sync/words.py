"""The truth about sync in people's words: where it stands, what waits, which field, which value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now
from agentdesk.domain.names import for_display
from agentdesk.i18n import mark, tr, trn
from agentdesk.services.queue import QueuedEdit
from agentdesk.sync.status import SyncState, SyncStatus
from agentdesk.ui.icons import Icon
from agentdesk.ui.theme import Tone
from agentdesk.views import times
from agentdesk.views.customers.fields import FIELDS

_DETAIL_CHARS = 200


@dataclass(frozen=True)
class StatusWords:
    """One short sentence with its icon; `details` for who wants to know more."""

    words: str
    tone: Tone
    glyph: Icon
    details: str = ""


def status_words(status: SyncStatus, language: str, moment: datetime | None = None) -> StatusWords:
    """Return what may be said about `status`, never more than is true."""
    moment = moment or now()
    words, tone, glyph = _state_words(status, language, moment)
    return StatusWords(words, tone, glyph, last_exchange(status, language, moment))


def last_exchange(status: SyncStatus, language: str, moment: datetime | None = None) -> str:
    """Return when desk and Central last spoke."""
    if status.last_sync_at is None:
        return tr("No exchange with Central yet")
    when = stamp(status.last_sync_at, moment or now(), language)
    return tr("Last exchange with Central: %(when)s", when=when)


def stamp(then: datetime, moment: datetime, language: str) -> str:
    """Return the time of day of `then`, with the day before it if it was not today."""
    if then.astimezone().date() == moment.astimezone().date():
        return times.clock(then, language)
    return times.short_ago(then, moment, language)


def _state_words(status: SyncStatus, language: str, moment: datetime) -> tuple[str, Tone, Icon]:
    match status.state:
        case SyncState.SIGNED_OUT:
            return _with_waiting(status, tr("signed out")), Tone.WARN, Icon.LOCK
        case SyncState.LOCKED:
            return _with_waiting(status, tr("sign in again to send")), Tone.DANGER, Icon.LOCK
        case SyncState.UPGRADE:
            return _with_waiting(status, tr("another version is needed")), Tone.DANGER, Icon.WRONG
        case SyncState.FORKED:
            return _with_waiting(status, tr("sending has stopped")), Tone.DANGER, Icon.WRONG
        case SyncState.DIFFERS:
            return _with_waiting(status, tr("differs from Central")), Tone.WARN, Icon.WARN
        case SyncState.WIPED:
            return tr("This desk was wiped"), Tone.DANGER, Icon.WRONG
        case SyncState.ELSEWHERE:
            return _with_waiting(status, tr("another program sends")), Tone.INFO, Icon.SYNC
        case SyncState.OFFLINE:
            since = tr("offline")
            if status.offline_since is not None:
                at = stamp(status.offline_since, moment, language)
                since = tr("offline since %(time)s", time=at)
            return _with_waiting(status, since), Tone.WARN, Icon.CLOUD_OFF
        case SyncState.FIRST_SYNC:
            return tr("Getting your customers"), Tone.INFO, Icon.SYNC
        case SyncState.CATCHING_UP:
            return _with_waiting(status, tr("catching up")), Tone.INFO, Icon.SYNC
        case _:
            return _live_words(status)


def _live_words(status: SyncStatus) -> tuple[str, Tone, Icon]:
    attention = status.attention + status.conflicts
    if attention:
        words = trn("%(n)d needs your decision", "%(n)d need your decision", attention)
        return words, Tone.WARN, Icon.WARN
    if status.pending:
        return trn("Sending %(n)d", "Sending %(n)d", status.pending), Tone.INFO, Icon.CLOUD_UP
    return tr("All saved centrally"), Tone.GOOD, Icon.CLOUD_OK


def _with_waiting(status: SyncStatus, state: str) -> str:
    if not status.pending:
        return state[:1].upper() + state[1:]
    waiting = trn("%(n)d waiting", "%(n)d waiting", status.pending)
    return tr("%(waiting)s, %(state)s", waiting=waiting, state=state)


# --- Edits --------------------------------------------------------------------------------------

_TITLES: Mapping[tuple[KindName, str], str] = {
    (KindName.NOTE, "append"): mark("Note for %(name)s"),
    (KindName.NOTE, "note_edit"): mark("Changed note for %(name)s"),
    (KindName.NOTE, "remove"): mark("Note for %(name)s, removed"),
    (KindName.NOTE, "restore"): mark("Note for %(name)s, restored"),
    (KindName.FACT, "append"): mark("Fact about %(name)s"),
    (KindName.FACT, "patch"): mark("Changed fact about %(name)s"),
    (KindName.FACT, "remove"): mark("Fact about %(name)s, removed"),
    (KindName.FACT, "restore"): mark("Fact about %(name)s, restored"),
    (KindName.CUSTOMER, "append"): mark("New customer %(name)s"),
    (KindName.CUSTOMER, "patch"): mark("Changes to %(name)s"),
    (KindName.CONTACT_POINT, "append"): mark("Way to reach %(name)s"),
    (KindName.CONTACT_POINT, "patch"): mark("Changed way to reach %(name)s"),
    (KindName.CONTACT_POINT, "remove"): mark("Way to reach %(name)s, removed"),
    (KindName.CONTACT_POINT, "restore"): mark("Way to reach %(name)s, restored"),
    (KindName.INTERACTION, "append"): mark("Contact with %(name)s"),
    (KindName.INTERACTION, "patch"): mark("Earlier call, now with %(name)s"),
    (KindName.PROMISE, "append"): mark("Promise to %(name)s"),
    (KindName.PROMISE, "patch"): mark("Changed promise to %(name)s"),
    (KindName.PHOTO, "append"): mark("Photo of %(name)s"),
    (KindName.PHOTO, "remove"): mark("Photo of %(name)s, removed"),
}
_ICONS: Mapping[KindName, Icon] = {
    KindName.NOTE: Icon.NOTE,
    KindName.FACT: Icon.FACT,
    KindName.CUSTOMER: Icon.PERSON,
    KindName.CONTACT_POINT: Icon.PHONE,
    KindName.INTERACTION: Icon.CHAT,
    KindName.PROMISE: Icon.PROMISE,
    KindName.PHOTO: Icon.PERSON,
    KindName.CASE: Icon.CASE,
    KindName.PURCHASE: Icon.PURCHASE,
}


def kind_icon(kind: KindName) -> Icon:
    """Return the icon of a kind of record."""
    return _ICONS.get(kind, Icon.NOTE)


def title(edit: QueuedEdit) -> str:
    """Return what an edit is and whose: "Note for Anna Blunt"."""
    name = for_display(edit.customer_name, 120) if edit.customer_name else tr("an unknown caller")
    words = _TITLES.get((edit.kind, edit.action), mark("Edit for %(name)s"))
    return tr(words, name=name)


_SHOWN_TEXTS = ("text", "value", "subject", "summary", "full_name")


def content(edit: QueuedEdit, language: str) -> str:
    """Return what an edit says, in full: its text, else the fields with their new values."""
    if edit.action != "patch":
        texts = (edit.values.get(name) for name in _SHOWN_TEXTS)
        shown = [str(text) for text in texts if text]
        return for_display("\n".join(shown), None, lines=True)
    return "\n".join(
        tr(
            "%(field)s: %(value)s",
            field=field_words(name),
            value=value_words(name, value, language),
        )
        for name, value in edit.values.items()
        if name in _FIELD_WORDS
    )


def gist(edit: QueuedEdit, language: str) -> str:
    """Return what an edit says in one line."""
    return for_display(content(edit, language).replace("\n", " · "), _DETAIL_CHARS)


_FIELD_WORDS: Mapping[str, str] = {
    **{declared.name: declared.label for declared in FIELDS},
    "text": mark("Text"),
    "value": mark("Number or address"),
    "label": mark("Label"),
    "state": mark("State"),
    "due_at": mark("Due"),
    "kind": mark("Kind"),
}
_CHOICES = {declared.name: declared.choices for declared in FIELDS if declared.choices}


def field_words(name: str) -> str:
    """Return what a field is called on the screens."""
    words = _FIELD_WORDS.get(name)
    return tr(words) if words else name.replace("_", " ")


def value_words(name: str, value: Any, language: str) -> str:
    """Return a field's value as a person reads it."""
    if value is None or value == "":
        return tr("nothing")
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    choices = _CHOICES.get(name)
    known = dict(choices(language)) if choices else {}
    return for_display(known.get(str(value), str(value)), None, lines=True)
