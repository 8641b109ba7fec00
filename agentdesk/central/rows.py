"""Checking a record's fields as they come from a desk, and bringing them to the stored form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, TypeGuard

import msgspec

from agentdesk.decoding import convert
from agentdesk.domain.kinds import KINDS, Kind, KindName, Row, from_row
from agentdesk.domain.moments import to_text
from agentdesk.errors import Code

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MAX_PHOTO_CHARS = 90_000  # base64 of 64 KiB, and a little


class Refusal(Exception):  # noqa: N818 - an answer, not a fault of the program
    """A mutation cannot take effect; `code` becomes its verdict's reason."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.value)
        self.code = code


def may_be_id(text: object) -> TypeGuard[str]:
    """Say whether there could be a record with this id; a database does not take every text."""
    return isinstance(text, str) and len(text) <= 64 and "\x00" not in text


def check_id(record_id: str) -> None:
    """Raise `Refusal` unless `record_id` can be an id."""
    if not _ID.fullmatch(record_id):
        raise Refusal(Code.INVALID_REQUEST)


def stored_fields(kind: KindName, record_id: str, fields: Mapping[str, Any]) -> Row:
    """Return `fields` as Central stores them: all that `kind` has, and unknown ones as they came.

    Raises `Refusal` if they make no valid record.
    """
    rules = KINDS[kind]
    row = dict(fields) | {"id": record_id}
    try:
        entity = from_row(rules.entity, row)
    except (msgspec.ValidationError, ValueError) as error:
        raise Refusal(Code.BAD_VALUE) from error
    for field in rules.fields:
        row[field] = _stored(getattr(entity, field), fields.get(field))
    del row["id"]
    if kind is KindName.PHOTO and len(row["data"]) > _MAX_PHOTO_CHARS:
        raise Refusal(Code.BAD_VALUE)
    return row


def stored_value(kind: KindName, field: str, value: Any) -> Any:
    """Return `value` as Central stores it in `field`; raises `Refusal` if it cannot stand there.

    The value of a field that this program does not know is taken as it came.
    """
    declared = _TYPES[kind].get(field)
    if declared is None:
        return value
    try:
        return _stored(convert(value, declared, strict=False), value)
    except (msgspec.ValidationError, ValueError) as error:
        raise Refusal(Code.BAD_VALUE) from error


def stored_base(kind: KindName, field: str, value: Any) -> Any:
    """Return what a desk saw in `field` in the form in which Central stores values."""
    try:
        return stored_value(kind, field, value)
    except Refusal:
        return value


def owner_of(kind: Kind, record_id: str, fields: Mapping[str, Any]) -> str | None:
    """Return the customer that a record belongs to."""
    if kind.owner is None:
        return None
    if kind.owner == "id":
        return record_id
    owner: str | None = fields.get(kind.owner)
    return owner


def _stored(value: Any, came: Any) -> Any:
    if isinstance(value, datetime):
        try:
            return to_text(value)
        except ValueError as error:
            raise Refusal(Code.BAD_VALUE) from error
    if isinstance(value, Enum):
        # A word that this program does not know reads as "other" here, and stays what it was.
        return came if isinstance(came, str) else value.value
    return msgspec.to_builtins(value)


_TYPES: dict[KindName, dict[str, Any]] = {
    name: {field.name: field.type for field in msgspec.structs.fields(kind.entity)}
    for name, kind in KINDS.items()
}
