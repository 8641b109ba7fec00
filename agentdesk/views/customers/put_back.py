"""Putting a value of the history back: an ordinary edit, which Undo takes back like any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agentdesk.domain.entities import Consent
from agentdesk.domain.history import Event
from agentdesk.domain.kinds import KindName
from agentdesk.services.cards import Card
from agentdesk.services.desk import Desk
from agentdesk.services.history import HistoryEntry
from agentdesk.services.timeline import ItemKind
from agentdesk.ui import tasks
from agentdesk.views.customers.fields import FIELDS

_FIELDS = frozenset(declared.name for declared in FIELDS)
_TEXTS = (KindName.NOTE, KindName.FACT)
_RESTORED = (KindName.NOTE, KindName.FACT, KindName.CONTACT_POINT)


def can_put_back(entry: HistoryEntry) -> bool:
    """Tell whether an entry can be made to stand again from here."""
    if entry.masked:
        return False
    if entry.event is not None:
        return entry.event is Event.REMOVED and entry.kind in _RESTORED
    if entry.kind is KindName.CUSTOMER:
        return entry.field in _FIELDS and (entry.field != "full_name" or bool(entry.value))
    if entry.kind is KindName.CONTACT_POINT:
        return entry.field == "value" and bool(entry.value)
    return entry.kind in _TEXTS and entry.field == "text" and bool(entry.value)


@dataclass(frozen=True)
class PutBack:
    """Carries out what `can_put_back` allows; every call is one edit."""

    desk: Desk
    customer_id: str
    entry: HistoryEntry

    async def standing(self) -> Any:
        """Return what stands there now, for `write` to take back to."""
        entry = self.entry
        if entry.event is not None:
            return None
        if entry.kind is KindName.NOTE:
            return await tasks.in_thread(self.desk.entry_text(ItemKind.NOTE, entry.record_id))
        card = await tasks.in_thread(self.desk.card(self.customer_id))
        return None if card is None else _on_card(card, entry)

    async def write(self, value: Any) -> None:
        """Let `value` stand."""
        desk, entry = self.desk, self.entry
        if entry.kind is KindName.CUSTOMER:
            await self._set_field(value)
        elif entry.kind is KindName.NOTE:
            await tasks.in_thread(desk.edit_note(entry.record_id, str(value)))
        elif entry.kind is KindName.FACT:
            await tasks.in_thread(desk.edit_fact(entry.record_id, str(value)))
        else:
            label = await self._label()
            await tasks.in_thread(desk.edit_contact_point(entry.record_id, str(value), label))

    async def do(self) -> None:
        """Let the entry's value stand, or bring the removed record back."""
        if self.entry.event is not None:
            await tasks.in_thread(self.desk.restore(self.entry.kind, self.entry.record_id))
        else:
            await self.write(self.entry.value)

    async def undo(self, before: Any) -> None:
        """Let `before` stand again, or remove the record again."""
        if self.entry.event is not None:
            await tasks.in_thread(self.desk.remove(self.entry.kind, self.entry.record_id))
        else:
            await self.write(before)

    async def _set_field(self, value: Any) -> None:
        field = self.entry.field
        if field == "customer_type":
            await tasks.in_thread(self.desk.set_customer_type(self.customer_id, value))
            return
        if value is None and field == "consent":
            value = Consent.UNKNOWN.value
        await tasks.in_thread(self.desk.set_fields(self.customer_id, {field: value}))

    async def _label(self) -> str | None:
        card = await tasks.in_thread(self.desk.card(self.customer_id))
        points = card.contact_points if card is not None else ()
        return next((p.label for p in points if p.id == self.entry.record_id), None)


def _on_card(card: Card, entry: HistoryEntry) -> Any:
    if entry.kind is KindName.CUSTOMER:
        return getattr(card.customer, entry.field)
    if entry.kind is KindName.FACT:
        return next((fact.text for fact in card.facts if fact.id == entry.record_id), None)
    return next((p.value for p in card.contact_points if p.id == entry.record_id), None)
