"""Edits, conflicts and merges in people's words: what they are, whose, and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from agentdesk.domain.kinds import KindName
from agentdesk.domain.names import for_display
from agentdesk.i18n import mark, tr
from agentdesk.services.conflicts import ContestedField
from agentdesk.services.merged import MergedField
from agentdesk.services.queue import QueuedEdit
from agentdesk.sync.protocol import Reason
from agentdesk.views import times
from agentdesk.views.values import ValueWords, field_of, field_words, is_told

_DETAIL_CHARS = 200


def stamp(then: datetime, moment: datetime, language: str) -> str:
    """Return the time of day of `then`, with the day before it if it was not today."""
    if then.astimezone().date() == moment.astimezone().date():
        return times.clock(then, language)
    return times.short_ago(then, moment, language)


def whose(name: str | None) -> str:
    """Return a customer's name for display, or that nobody knows it."""
    return for_display(name, 120) if name else tr("an unknown caller")


def who(author: str | None) -> str:
    """Return a colleague's name for display, or that nobody knows it."""
    return for_display(author, 80) if author else tr("somebody else")


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
    (KindName.CUSTOMER, "merge_customers"): mark("Merge into %(name)s"),
    (KindName.CUSTOMER, "unmerge"): mark("Merge into %(name)s, undone"),
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
    (KindName.REVIEW, "append"): mark("Question to the leads about %(name)s"),
    (KindName.DISTINCT_PAIR, "append"): mark("Not a duplicate: %(name)s"),
    (KindName.DISTINCT_PAIR, "remove"): mark("Perhaps a duplicate after all: %(name)s"),
}
_SHOWN_TEXTS = ("text", "value", "subject", "summary", "full_name")


def title(edit: QueuedEdit) -> str:
    """Return what an edit is and whose: "Note for Anna Blunt"."""
    words = _TITLES.get((edit.kind, edit.action), mark("Edit for %(name)s"))
    return tr(words, name=whose(edit.customer_name))


def content(edit: QueuedEdit, values: ValueWords) -> str:
    """Return what an edit says, in full: its text, else the fields with their new values."""
    if edit.action != "patch":
        texts = (edit.values.get(name) for name in _SHOWN_TEXTS)
        shown = [str(text) for text in texts if text]
        return for_display("\n".join(shown), None, lines=True)
    return "\n".join(
        line(name, values.of(edit.kind, name, value))
        for name, value in edit.values.items()
        if is_told(name)
    )


def gist(edit: QueuedEdit, values: ValueWords) -> str:
    """Return what an edit says in one line."""
    return for_display(content(edit, values).replace("\n", " · "), _DETAIL_CHARS)


def line(field: str, value: str) -> str:
    """Return a field and its value in one line."""
    return tr("%(field)s: %(value)s", field=field_words(field), value=value)


# --- Conflicts ----------------------------------------------------------------------------------


def contested_title(contested: ContestedField) -> str:
    """Return what is contested: "Preferred name of Anna Blunt", "Note for Anna Blunt"."""
    name = whose(contested.customer_name)
    if contested.reason in (Reason.REMOVED, Reason.EDITED):
        return _removed_title(contested.kind, name)
    return field_of(contested.kind, contested.field, name)


def _removed_title(kind: KindName, name: str) -> str:
    """Return which record one of two people removed."""
    words = {
        KindName.NOTE: mark("Note for %(name)s"),
        KindName.FACT: mark("Fact about %(name)s"),
        KindName.CONTACT_POINT: mark("Way to reach %(name)s"),
        KindName.PROMISE: mark("Promise to %(name)s"),
    }.get(kind, mark("Record of %(name)s"))
    return name if kind is KindName.CUSTOMER else tr(words, name=name)


_SHORT: Mapping[str, str] = {
    Reason.CONTESTED: mark("You and %(author)s both changed it"),
    Reason.TEXT_COPIED: mark("You and %(author)s changed the same lines"),
    Reason.REMOVED: mark("%(author)s removed it, you changed it"),
    Reason.EDITED: mark("You removed it, %(author)s changed it"),
}
_WHY: Mapping[str, str] = {
    Reason.CONTESTED: mark(
        "You and %(author)s both changed it. Central's value stays until you decide."
    ),
    Reason.TEXT_COPIED: mark(
        "You and %(author)s changed the same lines. Until you decide, the note says what "
        "%(author)s wrote, and yours stands beside it as a note of its own."
    ),
    Reason.REMOVED: mark(
        "%(author)s removed it while you were changing it. It stays removed until you decide."
    ),
    Reason.EDITED: mark(
        "You removed it while %(author)s was changing it. It stays removed until you decide."
    ),
}


def contested_short(contested: ContestedField) -> str:
    """Return who contests it, in a few words."""
    words = _SHORT.get(contested.reason, _SHORT[Reason.CONTESTED])
    return tr(words, author=who(contested.their_author))


def contested_why(contested: ContestedField) -> str:
    """Return why a person has to decide, and what holds until then."""
    words = _WHY.get(contested.reason, _WHY[Reason.CONTESTED])
    return tr(words, author=who(contested.their_author))


# --- What was merged ----------------------------------------------------------------------------

_MERGED: Mapping[str, tuple[str, str]] = {
    Reason.LATER: (
        mark("Yours came later and stands"),
        mark("You and %(author)s both changed it. Yours reached Central later, so it stands."),
    ),
    Reason.RESTRICTIVE: (
        mark("What permits less stands"),
        mark("You and %(author)s disagreed about what is permitted. What permits less stands."),
    ),
    Reason.TEXT_MERGED: (
        mark("Both texts are in it"),
        mark("You and %(author)s changed different lines. Both changes are in the text."),
    ),
    Reason.REDIRECTED: (
        mark("Went to the customer they were merged with"),
        mark("Two customers had become one. What you wrote went to the one that remained."),
    ),
}
_PUT_TOGETHER = (mark("Put together by the rules"), mark("Central put both changes together."))


def merged_title(merged: MergedField) -> str:
    """Return what was merged, and whose it is."""
    return field_of(merged.kind, merged.field, whose(merged.customer_name))


def merged_short(merged: MergedField) -> str:
    """Return what the rules did, in a few words."""
    return tr(_MERGED.get(merged.reason, _PUT_TOGETHER)[0])


def merged_why(merged: MergedField) -> str:
    """Return what the rules did and why."""
    words = _MERGED.get(merged.reason, _PUT_TOGETHER)[1]
    return tr(words, author=who(merged.their_author))
