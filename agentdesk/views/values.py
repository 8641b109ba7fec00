"""Fields and their values as a person reads them, whatever kind of record they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from agentdesk.domain.entities import CaseState, Channel, ContactKind, FactKind, PromiseState
from agentdesk.domain.kinds import KindName
from agentdesk.domain.labels import label
from agentdesk.domain.names import for_display
from agentdesk.i18n import mark, tr
from agentdesk.ui.icons import Icon
from agentdesk.views import times
from agentdesk.views.customers.fields import FIELDS

_FIELD_WORDS: Mapping[str, str] = {
    **{declared.name: declared.label for declared in FIELDS},
    "text": mark("Text"),
    "value": mark("Number or address"),
    "label": mark("Label"),
    "state": mark("State"),
    "due_at": mark("Due"),
    "kind": mark("Kind"),
    "channel": mark("Channel"),
    "sensitive": mark("Sensitive"),
    "summary": mark("Summary"),
    "subject": mark("Subject"),
    "consent": mark("Consent"),
    "do_not_call": mark("Do not call"),
}
_CHOICES = {declared.name: declared.choices for declared in FIELDS if declared.choices}
_ENUMS: Mapping[tuple[KindName, str], type[StrEnum]] = {
    (KindName.FACT, "kind"): FactKind,
    (KindName.CONTACT_POINT, "kind"): ContactKind,
    (KindName.PROMISE, "state"): PromiseState,
    (KindName.PROMISE, "channel"): Channel,
    (KindName.CASE, "state"): CaseState,
}
_WHOLE: Mapping[tuple[KindName, str], str] = {
    (KindName.NOTE, "text"): mark("Note for %(name)s"),
    (KindName.FACT, "text"): mark("Fact about %(name)s"),
    (KindName.PROMISE, "text"): mark("Promise to %(name)s"),
    (KindName.PROMISE, "due_at"): mark("When a promise to %(name)s is due"),
    (KindName.PROMISE, "state"): mark("State of a promise to %(name)s"),
    (KindName.CONTACT_POINT, "value"): mark("Number or address of %(name)s"),
    (KindName.CONTACT_POINT, "label"): mark("Label of a number of %(name)s"),
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


def is_told(field: str) -> bool:
    """Tell whether a field means something to people."""
    return field in _FIELD_WORDS


def field_words(name: str) -> str:
    """Return what a field is called on the screens."""
    words = _FIELD_WORDS.get(name)
    return tr(words) if words else name.replace("_", " ")


def field_of(kind: KindName, field: str, name: str) -> str:
    """Return which field of whose record it is: "Preferred name of Anna Blunt".

    `name` is the customer's, ready for display.
    """
    whole = _WHOLE.get((kind, field))
    if whole is not None:
        return tr(whole, name=name)
    return tr("%(field)s of %(name)s", field=field_words(field), name=name)


class ValueWords:
    """Values in the viewer's language; `types` are the customer types' names by key."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.types: Mapping[str, str] = MappingProxyType({})

    def of(self, kind: KindName, field: str, value: Any) -> str:
        """Return a field's value as a person reads it; "nothing" for none."""
        if value is None or value == "":
            return tr("nothing")
        if isinstance(value, bool):
            return tr("yes") if value else tr("no")
        text = str(value)
        enum = _ENUMS.get((kind, field))
        if enum is not None and text in tuple(enum):
            return label(enum(text))
        if field.endswith("_at"):
            return self._moment(text)
        if kind is KindName.CUSTOMER and field == "customer_type":
            return for_display(self.types.get(text, text))
        choices = _CHOICES.get(field)
        known = dict(choices(self.language)) if choices else {}
        return for_display(known.get(text, text), None, lines=True)

    def _moment(self, text: str) -> str:
        try:
            return times.exact(datetime.fromisoformat(text), self.language)
        except ValueError:
            return for_display(text)
