"""Customers: adding one, changing what is known, adding ways to reach them."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from zoneinfo import available_timezones

import sqlalchemy as sa
from babel import Locale, UnknownLocaleError

from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.entities import (
    Consent,
    ContactKind,
    ContactPoint,
    Customer,
    LoyaltyStage,
    Standing,
    TechnicalLevel,
    TypeSource,
)
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KINDS, KindName
from agentdesk.domain.phone import parse_number
from agentdesk.errors import Code, UserError
from agentdesk.store import tables as t
from agentdesk.store.rows import select_entities
from agentdesk.sync.edits import Edits

MOST_FIELD_CHARS = 10_000

EDITABLE = tuple(f for f in KINDS[KindName.CUSTOMER].fields if f != "created_at")
"""The fields of a customer that people may change."""

_CHOICES: dict[str, tuple[str, ...]] = {
    "technical_level": tuple(TechnicalLevel),
    "loyalty_stage": tuple(LoyaltyStage),
    "standing": tuple(Standing),
    "consent": tuple(Consent),
    "customer_type_source": tuple(TypeSource),
}
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_BIRTHDAY = re.compile(r"(\d{4}|-)-(\d{2})-(\d{2})")


def add_customer(
    connection: sa.Connection,
    full_name: str,
    author_id: str,
    *,
    number: str | None = None,
    region: str,
    **fields: Any,
) -> tuple[Customer, ChangeSet]:
    """Add a customer, with the number they called from if there is one."""
    edits = Edits(connection, author_id)
    values = {name: checked_value(name, value) for name, value in fields.items()}
    customer = edits.append(
        Customer(
            id=new_id(),
            full_name=checked_value("full_name", full_name),
            created_at=edits.made_at,
            **values,
        )
    )
    if number:
        parsed = parse_number(number, region)
        taken = t.contact_point.c.e164 == parsed.e164
        shared = bool(parsed.e164 and select_entities(connection, ContactPoint, taken, limit=1))
        edits.append(_phone(customer.id, parsed.typed, parsed.e164, parsed.extension, shared))
    return customer, edits.finish()


def set_fields(
    connection: sa.Connection, customer_id: str, values: dict[str, Any], author_id: str
) -> ChangeSet:
    """Change fields of a customer; text is read by the field's own rule.

    Raises `UserError(BAD_FIELD)` for a field that people do not change and `BAD_VALUE` for a
    value that the field cannot have.
    """
    checked = {name: checked_value(name, value) for name, value in values.items()}
    edits = Edits(connection, author_id)
    edits.patch(KindName.CUSTOMER, customer_id, **checked)
    return edits.finish()


def set_customer_type(
    connection: sa.Connection, customer_id: str, key: str | None, author_id: str
) -> ChangeSet:
    """Say which type a customer is; None leaves it to suggestions again."""
    edits = Edits(connection, author_id)
    source = TypeSource.OPERATOR if key else None
    edits.patch(KindName.CUSTOMER, customer_id, customer_type=key, customer_type_source=source)
    return edits.finish()


def add_contact_point(
    connection: sa.Connection,
    customer_id: str,
    kind: ContactKind,
    value: str,
    author_id: str,
    *,
    region: str,
    label: str | None = None,
) -> tuple[ContactPoint, ChangeSet]:
    """Add a way to reach a customer; a telephone number must be one.

    Raises `UserError(BAD_NUMBER)` for a phone value without any number in it.
    """
    value = _text("value", value)
    if not value:
        raise UserError(Code.BAD_VALUE, field="value", reason="empty")
    edits = Edits(connection, author_id)
    if kind is ContactKind.PHONE:
        parsed = parse_number(value, region)
        if parsed.e164 is None:
            raise UserError(Code.BAD_NUMBER)
        taken = (t.contact_point.c.e164 == parsed.e164) & (
            t.contact_point.c.customer_id != customer_id
        )
        shared = bool(select_entities(connection, ContactPoint, taken, limit=1))
        point = _phone(customer_id, value, parsed.e164, parsed.extension, shared, label)
    else:
        point = ContactPoint(
            id=new_id(), customer_id=customer_id, kind=kind, value=value, label=label
        )
    return edits.append(point), edits.finish()


def _phone(
    customer_id: str,
    value: str,
    e164: str | None,
    extension: str | None,
    shared: bool,
    label: str | None = None,
) -> ContactPoint:
    return ContactPoint(
        id=new_id(),
        customer_id=customer_id,
        kind=ContactKind.PHONE,
        value=value,
        e164=e164,
        extension=extension,
        shared=shared,
        label=label,
    )


def checked_value(field: str, value: Any) -> Any:
    """Return `value` as `field` of a customer keeps it; empty text means none.

    Raises `UserError` as `set_fields` does.
    """
    if field not in EDITABLE:
        raise UserError(Code.BAD_FIELD, field=field)
    if field in ("vip", "do_not_call"):
        truth = _TRUTHS.get(str(value).lower())
        if truth is None:
            raise UserError(Code.BAD_VALUE, field=field, reason="not yes or no")
        return truth
    text = _text(field, value)
    if not text:
        if field == "full_name":
            raise UserError(Code.BAD_VALUE, field=field, reason="empty")
        return Consent.UNKNOWN.value if field == "consent" else None
    choices = _CHOICES.get(field)
    if choices is not None and text not in choices:
        raise UserError(
            Code.BAD_VALUE, field=field, reason="not one of", choices=", ".join(choices)
        )
    _check_form(field, text)
    return text


def _text(field: str, value: Any) -> str:
    text = "" if value is None else str(value).replace("\x00", "").strip()
    if len(text) > MOST_FIELD_CHARS:
        raise UserError(Code.BAD_VALUE, field=field, reason="too long", most=MOST_FIELD_CHARS)
    return text


def _check_form(field: str, text: str) -> None:
    if field == "birthday" and not _is_birthday(text):
        raise UserError(Code.BAD_VALUE, field=field, reason="not a date")
    if field == "time_zone" and text not in available_timezones():
        raise UserError(Code.BAD_VALUE, field=field, reason="not a time zone")
    if field == "language" and not _is_language(text):
        raise UserError(Code.BAD_VALUE, field=field, reason="not a language")
    if field == "country" and not re.fullmatch(r"[A-Z]{2}", text):
        raise UserError(Code.BAD_VALUE, field=field, reason="not a country code")


def _is_birthday(text: str) -> bool:
    match = _BIRTHDAY.fullmatch(text)
    if match is None:
        return False
    # A birthday without its year may be 29 February; 2000 was a leap year.
    year = 2000 if match[1] == "-" else int(match[1])
    try:
        date(year, int(match[2]), int(match[3]))
    except ValueError:
        return False
    return True


def _is_language(text: str) -> bool:
    try:
        Locale.parse(text, sep="-")
    except (UnknownLocaleError, ValueError):
        return False
    return True
