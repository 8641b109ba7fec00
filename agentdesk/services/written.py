"""Reading what a person writes into a single field of any kind of record."""

from __future__ import annotations

from typing import Any

from agentdesk.domain.entities import ContactKind
from agentdesk.domain.kinds import KINDS, KindName
from agentdesk.domain.names import storable
from agentdesk.domain.phone import parse_number
from agentdesk.errors import Code, UserError
from agentdesk.services.notes import MOST_FACT_CHARS, MOST_NOTE_CHARS
from agentdesk.services.people import checked_value


def checked_anew(
    kind: KindName, field: str, value: Any, *, region: str, of_point: str | None = None
) -> dict[str, Any]:
    """Return `value` as `field` keeps it, with the fields that follow from it.

    `of_point` is the kind of the contact point whose value it is. Raises `UserError` as
    `people.set_fields` and `people.add_contact_point` do.
    """
    if kind is KindName.CUSTOMER:
        follows = {"customer_type_source": "operator"} if field == "customer_type" else {}
        return {field: checked_value(field, value), **follows}
    if field not in KINDS[kind].fields:
        raise UserError(Code.BAD_FIELD, field=field)
    text = storable("" if value is None else str(value)).strip()
    most = MOST_NOTE_CHARS if kind is KindName.NOTE else MOST_FACT_CHARS
    if len(text) > most:
        raise UserError(Code.BAD_VALUE, field=field, reason="too long", most=most)
    if not text:
        raise UserError(Code.BAD_VALUE, field=field, reason="empty")
    if kind is KindName.CONTACT_POINT and field == "value" and of_point == ContactKind.PHONE:
        parsed = parse_number(text, region)
        if parsed.e164 is None:
            raise UserError(Code.BAD_NUMBER)
        return {field: text, "e164": parsed.e164, "extension": parsed.extension}
    return {field: text}
