"""Customers: adding one, changing what is known, adding ways to reach them."""

from __future__ import annotations

import base64
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
    Photo,
    Standing,
    TechnicalLevel,
    TypeSource,
)
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KINDS, KindName, from_row
from agentdesk.domain.names import storable
from agentdesk.domain.phone import NumberKind, parse_number
from agentdesk.errors import Code, UserError
from agentdesk.services.callers import share_line
from agentdesk.services.twins import twins_of
from agentdesk.store import tables as t
from agentdesk.store.rows import get_entity, select_entities
from agentdesk.sync.edits import Edits

MOST_FIELD_CHARS = 10_000
MOST_PHOTO_BYTES = 64 * 1024
_PHOTO_BEGINNINGS = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}

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
    """Add a customer, with the number they called from if there is one.

    A number that was withheld is none. Raises `UserError` as `set_fields` does, and `BAD_NUMBER`
    for text that is no number.
    """
    parsed = parse_number(number or "", region)
    if parsed.kind is NumberKind.INVALID:
        raise UserError(Code.BAD_NUMBER)
    edits = Edits(connection, author_id)
    values = {name: checked_value(name, value) for name, value in fields.items()}
    values["full_name"] = checked_value("full_name", full_name)
    values |= {"id": new_id(), "created_at": edits.made_at}
    customer = edits.append(from_row(Customer, values))
    if parsed.kind is not NumberKind.WITHHELD:
        shared = bool(parsed.e164) and share_line(connection, edits, str(parsed.e164), customer.id)
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
    label = _text("label", label) or None
    edits = Edits(connection, author_id)
    if kind is ContactKind.PHONE:
        parsed = parse_number(value, region)
        if parsed.e164 is None:
            raise UserError(Code.BAD_NUMBER)
        shared = share_line(connection, edits, parsed.e164, customer_id)
        point = _phone(customer_id, value, parsed.e164, parsed.extension, shared, label)
    else:
        point = ContactPoint(
            id=new_id(), customer_id=customer_id, kind=kind, value=value, label=label
        )
    return edits.append(point), edits.finish()


def edit_contact_point(
    connection: sa.Connection,
    point_id: str,
    author_id: str,
    *,
    region: str,
    value: str,
    label: str | None = None,
) -> ChangeSet:
    """Correct a way to reach a customer; a changed telephone number is read anew.

    Raises `UserError` as `add_contact_point` does.
    """
    found = select_entities(connection, ContactPoint, t.contact_point.c.id == point_id)
    if not found:
        raise UserError(Code.NOT_FOUND)
    value = _text("value", value)
    if not value:
        raise UserError(Code.BAD_VALUE, field="value", reason="empty")
    edits = Edits(connection, author_id)
    changes: dict[str, Any] = {"label": _text("label", label) or None}
    if value != found[0].value:
        changes["value"] = value
        if found[0].kind is ContactKind.PHONE:
            parsed = parse_number(value, region)
            if parsed.e164 is None:
                raise UserError(Code.BAD_NUMBER)
            shared = share_line(connection, edits, parsed.e164, found[0].customer_id)
            changes |= {"e164": parsed.e164, "extension": parsed.extension, "shared": shared}
        for twin in twins_of(connection, KindName.CONTACT_POINT, point_id):
            edits.remove(KindName.CONTACT_POINT, twin)
    edits.patch(KindName.CONTACT_POINT, point_id, **changes)
    return edits.finish()


def merge_customers(
    connection: sa.Connection, winner: str, loser: str, keep: dict[str, Any], author_id: str
) -> ChangeSet:
    """Make two customers one; `keep` holds the fields whose value was chosen, with that value.

    Raises `UserError(NOT_FOUND)` if one of them is not there, and as `set_fields` does.
    """
    for customer_id in (winner, loser):
        if get_entity(connection, Customer, customer_id) is None:
            raise UserError(Code.NOT_FOUND)
    checked = {name: checked_value(name, value) for name, value in keep.items()}
    edits = Edits(connection, author_id)
    edits.merge_customers(winner, loser, checked)
    return edits.finish()


def unmerge_customers(
    connection: sa.Connection, winner: str, loser: str, author_id: str
) -> ChangeSet:
    """Take a merge back."""
    edits = Edits(connection, author_id)
    edits.unmerge(winner, loser)
    return edits.finish()


def set_photo(
    connection: sa.Connection, customer_id: str, media_type: str, data: bytes, author_id: str
) -> tuple[Photo, ChangeSet]:
    """Keep `data`, a JPEG or PNG of at most `MOST_PHOTO_BYTES`, in place of any earlier photo.

    Raises `UserError(BAD_VALUE)` for anything else and `UserError(NOT_FOUND)` without the
    customer.
    """
    beginning = _PHOTO_BEGINNINGS.get(media_type)
    if beginning is None or not data.startswith(beginning):
        raise UserError(Code.BAD_VALUE, field="photo", reason="not a JPEG or PNG")
    if len(data) > MOST_PHOTO_BYTES:
        raise UserError(Code.BAD_VALUE, field="photo", reason="too long", most=MOST_PHOTO_BYTES)
    if get_entity(connection, Customer, customer_id) is None:
        raise UserError(Code.NOT_FOUND)
    edits = Edits(connection, author_id)
    _drop_photos(connection, edits, customer_id)
    text = base64.b64encode(data).decode()
    photo = Photo(id=new_id(), customer_id=customer_id, media_type=media_type, data=text)
    return edits.append(photo), edits.finish()


def remove_photo(connection: sa.Connection, customer_id: str, author_id: str) -> ChangeSet:
    """Take a customer's photo away; nothing happens if there is none."""
    edits = Edits(connection, author_id)
    _drop_photos(connection, edits, customer_id)
    return edits.finish()


def _drop_photos(connection: sa.Connection, edits: Edits, customer_id: str) -> None:
    for photo in select_entities(connection, Photo, t.photo.c.customer_id == customer_id):
        edits.remove(KindName.PHOTO, photo.id)


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
    text = "" if value is None else storable(str(value)).strip()
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
