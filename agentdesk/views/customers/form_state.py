"""What the customer form holds: what is kept, what was typed over it, and what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from agentdesk.domain.entities import ContactKind, ContactPoint, Customer, TypeSource
from agentdesk.domain.phone import parse_number
from agentdesk.errors import Code, UserError
from agentdesk.services.people import checked_value
from agentdesk.views.customers.fields import FIELDS

NAMES = tuple(declared.name for declared in FIELDS)


def kept_values(customer: Customer | None) -> dict[str, Any]:
    """Return the form's fields of a customer as plain values; of a new one, what stands first."""
    if customer is None:
        return dict.fromkeys(NAMES) | {"vip": False, "do_not_call": False, "consent": "unknown"}
    plain: dict[str, Any] = msgspec.to_builtins(customer)
    return {name: plain[name] for name in NAMES}


@dataclass
class FormState:
    """The fields of one customer under the person's hands.

    `kept` is what the cache holds; `typed` what was typed over it and differs, as typed.
    """

    kept: dict[str, Any]
    typed: dict[str, Any] = field(default_factory=dict)

    def value(self, name: str) -> Any:
        """Return what the form shows for a field."""
        return self.typed.get(name, self.kept[name])

    def type_in(self, name: str, value: Any) -> None:
        """Take what was typed; the same as what is kept counts as nothing."""
        if _plain(name, value) == self.kept[name]:
            self.typed.pop(name, None)
        else:
            self.typed[name] = value

    def keep_up(self, kept: Mapping[str, Any]) -> set[str]:
        """Take over what somebody else changed; return the fields that now show something else.

        What was typed here stays.
        """
        fresh = {name for name in NAMES if kept[name] != self.kept[name]}
        self.kept = dict(kept)
        for name, value in list(self.typed.items()):
            self.type_in(name, value)
        return fresh - set(self.typed)

    def problem(self, name: str) -> str:
        """Return the reason why what was typed cannot be, as the service says it; "" if it can."""
        if name not in self.typed:
            return ""
        try:
            checked_value(name, self.typed[name])
        except UserError as refused:
            return str(refused.params.get("reason", refused.code))
        return ""

    def problems(self) -> dict[str, str]:
        """Return all fields that cannot be saved, with the reasons."""
        found = {name: self.problem(name) for name in self.typed}
        return {name: reason for name, reason in found.items() if reason}

    def changes(self) -> dict[str, Any]:
        """Return the fields to send: those that differ, and who set the customer type."""
        changed = {name: _plain(name, value) for name, value in self.typed.items()}
        if "customer_type" in changed:
            by_hand = changed["customer_type"] is not None
            changed["customer_type_source"] = TypeSource.OPERATOR.value if by_hand else None
        return changed


def _plain(name: str, value: Any) -> Any:
    """Return `value` as it would be kept; as typed if it cannot be."""
    try:
        return checked_value(name, value)
    except UserError:
        return value


@dataclass
class ContactLine:
    """A way to reach somebody under the person's hands; `point` is None for a new one."""

    kind: ContactKind
    value: str = ""
    label: str = ""
    point: ContactPoint | None = None

    @classmethod
    def of(cls, point: ContactPoint) -> ContactLine:
        """Return the line for what is kept."""
        return cls(point.kind, point.value, point.label or "", point)

    @property
    def differs(self) -> bool:
        """Tell whether there is something to save."""
        if self.point is None:
            return bool(self.value.strip())
        kept = (self.point.value, self.point.label or "")
        return (self.value.strip(), self.label.strip()) != kept

    def problem(self, region: str) -> Code | None:
        """Return why this cannot be saved, None if it can."""
        if not self.differs:
            return None
        value = self.value.strip()
        if not value:
            return Code.BAD_VALUE
        if self.kind is ContactKind.PHONE and parse_number(value, region).e164 is None:
            return Code.BAD_NUMBER
        return None


@dataclass(frozen=True)
class EditorDraft:
    """Unsaved edits of one customer, kept while the form is closed."""

    typed: dict[str, Any]
    lines: tuple[ContactLine, ...] = ()
