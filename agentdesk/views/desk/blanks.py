"""What the blanks of a playbook are filled with, from the card and who works here."""

from __future__ import annotations

from datetime import datetime

import msgspec

from agentdesk.domain.entities import Customer
from agentdesk.domain.names import default_address, for_display, given_name_of
from agentdesk.domain.playbook import AddressStyle, Playbook
from agentdesk.services.cards import Card
from agentdesk.services.identity import Identity
from agentdesk.views import times

_SUBJECT_CHARS = 60


def address_for(customer: Customer, style: AddressStyle, language: str) -> str:
    """Return how to call the customer in the manner of a playbook written in `language`."""
    first = first_name(customer)
    if style is AddressStyle.FIRST_NAME and first:
        return first
    if style is AddressStyle.FORMAL and not (customer.form_of_address or "").strip():
        # A preferred name is what friends say; the formal address is made from the full one.
        return default_address(_without_preferred(customer), language)
    return default_address(customer, language)


def first_name(customer: Customer) -> str:
    """Return the first name somebody goes by, "" if none is known."""
    return (customer.preferred_name or "").strip() or given_name_of(customer) or ""


def _without_preferred(customer: Customer) -> Customer:
    return msgspec.structs.replace(customer, preferred_name=None)


def blanks_for(card: Card, playbook: Playbook, identity: Identity, now: datetime) -> dict[str, str]:
    """Return the values of the blanks that are known; `minutes`, `colleague` are the operator's."""
    who = card.customer
    values = {
        "address": address_for(who, playbook.form_of_address.style, playbook.language),
        "first_name": first_name(who),
        "operator": _operator(identity.user.name, playbook),
        "company": identity.organisation.name,
    }
    subject = _last_subject(card)
    if subject:
        values["last_subject"] = for_display(subject, _SUBJECT_CHARS)
    if card.last_purchase is not None:
        values["product"] = card.last_purchase.product
    if card.customer_since is not None:
        values["since_year"] = str(card.customer_since.astimezone().year)
    if card.open_promises:
        values["promise_due"] = _due(card.open_promises[0].due_at, now, playbook.language)
    return {name: for_display(value, 120) for name, value in values.items()}


def _last_subject(card: Card) -> str:
    """Return what the last talk was about: its open matter, else how the contact was headed.

    Headings of e-mails and chats are often not words that one can say back ("Any news?").
    """
    if card.last_contact is None:
        return ""
    matter = next((c for c in card.open_cases if c.id == card.last_contact.case_id), None)
    latest = matter or next(iter(card.open_cases), None)
    return latest.subject if latest else card.last_contact.subject


def _operator(name: str, playbook: Playbook) -> str:
    """Return the operator's first name where first names are the manner, else the whole one."""
    words = name.split()
    if playbook.form_of_address.style is AddressStyle.FIRST_NAME and words:
        return words[0]
    return name


def _due(moment: datetime, now: datetime, language: str) -> str:
    """Return the time alone for today, else date and time without weekday."""
    on, today = moment.astimezone().date(), now.astimezone().date()
    time = times.clock(moment, language)
    return time if on == today else f"{times.day(on, language, today)}, {time}"
