"""What importing a contact would change, so that importing it again changes nothing.

Identity. A new customer's id is made from the contact itself (`customer_id`): from its UID where
the file has one worth trusting, else from a digest of name, numbers, addresses. The same contact
so gets the same id on every desk and in every run, and looking for that id comes first. A
contact that changed in between is still known by a number or an e-mail address together with
the name, since several people share lines. A name alone identifies nobody.

Completing only adds: what a customer has is never overwritten by an import, and somebody who was
deleted stays deleted.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias
from uuid import UUID

import msgspec

from agentdesk.domain.entities import (
    ContactKind,
    ContactPoint,
    Customer,
    Entity,
    Fact,
    Note,
    Photo,
)
from agentdesk.domain.ids import new_id
from agentdesk.domain.names import fold, name_key
from agentdesk.domain.phone import parse_number
from agentdesk.interchange.contact import Contact, Dossier

_FIELDS = (
    *("given_name", "family_name", "preferred_name", "form_of_address", "respelling", "ipa"),
    *("pronouns", "language", "birthday", "hometown", "time_zone", "company"),
)
_SEPARATORS = re.compile(r":{2,}")
_ID_EPOCH_MS = 1_735_689_600_000  # 2025-01-01: ids made from contents have no time of their own


class KeyKind(StrEnum):
    """What an identity key is compared with."""

    ID = "id"
    """The customer's id, or that of one who was merged into them."""
    PHONE = "phone"
    """E.164 and extension of a contact point, and the name."""
    EMAIL = "email"
    """A contact point's e-mail address, case folded, and the name."""


class IdentityKey(msgspec.Struct, frozen=True):
    """One way to know a person again; `name` is compared with `names.name_key(full_name)`."""

    kind: KeyKind
    value: str
    extension: str | None = None
    name: str | None = None


class ExistingCustomers(Protocol):
    """Where the customers that are already here are looked up."""

    def find(self, keys: Sequence[IdentityKey]) -> Dossier | None:
        """Return the customer that the first matching key names; deleted ones by id, too."""
        ...


class Create(msgspec.Struct, frozen=True):
    """Somebody new; `records` begins with the customer. `after` is what will be known then."""

    records: tuple[Entity, ...]
    after: Dossier


class Complete(msgspec.Struct, frozen=True):
    """Somebody known who lacks `fields` (name of the field → value) or `records`."""

    customer_id: str
    fields: Mapping[str, str]
    records: tuple[Entity, ...]
    after: Dossier


class Nothing(msgspec.Struct, frozen=True):
    """All of it is known, or the customer was `removed` here."""

    customer_id: str
    removed: bool = False


class _Making(msgspec.Struct, frozen=True):
    """What new records are made with."""

    region: str
    at: datetime
    author_id: str | None
    fresh_id: Callable[[], str]


Plan: TypeAlias = Create | Complete | Nothing


class RunMemory:
    """Existing customers, and those of this run that are planned but not yet stored.

    Call `remember` after every plan, and `forget` when what was planned is stored.
    """

    def __init__(self, existing: ExistingCustomers) -> None:
        self._existing = existing
        self._planned: dict[IdentityKey, Dossier] = {}
        self._newest: dict[str, Dossier] = {}

    def find(self, keys: Sequence[IdentityKey]) -> Dossier | None:
        """Return whom `keys` name, as they will be when this run is stored."""
        planned = next((self._planned[key] for key in keys if key in self._planned), None)
        found = planned or self._existing.find(keys)
        return found and self._newest.get(found.customer.id, found)

    def remember(self, keys: Sequence[IdentityKey], plan: Plan) -> None:
        """Take note of what `plan` will bring about for the contact with `keys`."""
        if not isinstance(plan, Nothing):
            self._newest[plan.after.customer.id] = plan.after
            self._planned.update(dict.fromkeys(keys, plan.after))

    def forget(self) -> None:
        """Rely on what is stored from now on."""
        self._planned.clear()
        self._newest.clear()


def digest(contact: Contact, region: str) -> str:
    """Return a fingerprint of who the contact is: hex SHA-256, blind to spelling and order."""
    numbers = sorted(_point_key(point) for point in _points(contact, "", region, lambda: ""))
    parts = [name_key(contact.full_name), contact.birthday or "", _same(contact.company or "")]
    flat = "\x1e".join([*parts, *(f"{kind}\x1f{value}" for kind, value in numbers)])
    return hashlib.sha256(flat.encode("utf-8", "replace")).hexdigest()


def customer_id(contact: Contact, region: str) -> str:
    """Return the id that this contact becomes a customer with: a UUIDv7 made from contents."""
    source = f"uid:{contact.uid}" if contact.uid else f"digest:{digest(contact, region)}"
    hashed = hashlib.sha256(source.encode("utf-8", "replace")).digest()
    return new_id(at_ms=_ID_EPOCH_MS, entropy=hashed[:10])


def identity_keys(contact: Contact, region: str) -> tuple[IdentityKey, ...]:
    """Return the keys that `contact` may be known by already, the strongest first."""
    keys = [IdentityKey(KeyKind.ID, customer_id(contact, region))]
    if contact.uid and _is_uuid(contact.uid):
        # Our own export carries the customer's id.
        keys.insert(0, IdentityKey(KeyKind.ID, contact.uid))
    name = name_key(contact.full_name)
    for entry in contact.phones:
        number = parse_number(entry.value, region)
        if number.e164:
            keys.append(IdentityKey(KeyKind.PHONE, number.e164, number.extension, name))
    mails = (entry.value.casefold() for entry in contact.emails)
    keys.extend(IdentityKey(KeyKind.EMAIL, mail, None, name) for mail in mails)
    return tuple(dict.fromkeys(keys))


def plan_import(
    contact: Contact,
    existing: ExistingCustomers,
    *,
    region: str,
    at: datetime,
    author_id: str | None = None,
    fresh_id: Callable[[], str] = new_id,
) -> Plan:
    """Return what to do so that all of `contact` is known.

    `region` reads numbers without a country code; `at` and `author_id` are put on facts and
    notes.
    """
    making = _Making(region, at, author_id, fresh_id)
    found = existing.find(identity_keys(contact, region))
    if found is None:
        return _create(contact, making)
    owner = found.customer.id
    if found.removed:
        return Nothing(owner, removed=True)
    fields = _missing_fields(contact, found.customer)
    records = _missing_records(found, _records(contact, owner, making))
    if not fields and not records:
        return Nothing(owner)
    customer = msgspec.structs.replace(found.customer, **fields)
    return Complete(owner, fields, records, _with(found, customer, records))


def _create(contact: Contact, making: _Making) -> Create:
    owner = customer_id(contact, making.region)
    fields = {name: getattr(contact, name) for name in _FIELDS}
    customer = Customer(id=owner, full_name=contact.full_name, created_at=making.at, **fields)
    nobody = Dossier(customer=customer)
    records = _missing_records(nobody, _records(contact, owner, making))
    return Create((customer, *records), _with(nobody, customer, records))


def _records(contact: Contact, owner: str, making: _Making) -> Iterator[Entity]:
    """Yield all that belongs to the customer, whether it is known already or not."""
    yield from _points(contact, owner, making.region, making.fresh_id)
    for fact in contact.facts:
        yield Fact(
            id=making.fresh_id(),
            customer_id=owner,
            kind=fact.kind,
            text=fact.text,
            learned_by=making.author_id,
            learned_at=making.at,
        )
    for text in contact.notes:
        yield Note(
            id=making.fresh_id(),
            customer_id=owner,
            text=text,
            author_id=making.author_id,
            created_at=making.at,
        )
    if contact.photo is not None:
        yield Photo(
            id=making.fresh_id(),
            customer_id=owner,
            media_type=contact.photo.media_type,
            data=contact.photo.data,
        )


def _points(
    contact: Contact, owner: str, region: str, fresh_id: Callable[[], str]
) -> Iterator[ContactPoint]:
    kinds = (
        (ContactKind.PHONE, contact.phones),
        (ContactKind.EMAIL, contact.emails),
        (ContactKind.ADDRESS, contact.addresses),
        (ContactKind.HANDLE, contact.handles),
    )
    for kind, entries in kinds:
        for entry in entries:
            number = parse_number(entry.value, region) if kind is ContactKind.PHONE else None
            yield ContactPoint(
                id=fresh_id(),
                customer_id=owner,
                kind=kind,
                value=entry.value,
                e164=number.e164 if number else None,
                extension=number.extension if number else None,
                label=entry.label,
            )


def _missing_fields(contact: Contact, customer: Customer) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name in _FIELDS:
        told, known = getattr(contact, name), getattr(customer, name)
        if told and not known:
            fields[name] = told
    born, known_born = contact.birthday or "", customer.birthday or ""
    if known_born.startswith("--") and born[:1].isdigit() and born.endswith(known_born[1:]):
        # The same day, and now the year, too.
        fields["birthday"] = born
    return fields


def _missing_records(known: Dossier, records: Iterator[Entity]) -> tuple[Entity, ...]:
    seen = {_key(record) for record in (*known.points, *known.facts, *known.notes)}
    if known.photo is not None:
        seen.add(_key(known.photo))
    missing = []
    for record in records:
        key = _key(record)
        if key not in seen:
            seen.add(key)
            missing.append(record)
    return tuple(missing)


def _key(record: Entity) -> tuple[str, ...]:
    """What makes two records of one customer the same."""
    match record:
        case ContactPoint():
            return ("point", *_point_key(record))
        case Fact():
            return ("fact", record.kind, _same(record.text))
        case Note():
            return ("note", _same(record.text))
        case _:
            # One photo is enough.
            return (type(record).__name__,)


def _point_key(point: ContactPoint) -> tuple[str, str]:
    kind = ContactKind.HANDLE if point.kind is ContactKind.OTHER else point.kind
    if point.e164:
        return kind, f"{point.e164};{point.extension or ''}"
    return kind, _same(point.value)


def _same(text: str) -> str:
    """What is left of a text after any journey: its visible characters, folded.

    Spaces, line ends, control and direction characters change between programs, and so do the
    separators of our own export.
    """
    visible = (c for c in fold(text) if unicodedata.category(c)[0] not in "CZ" and c != "␞")
    return _SEPARATORS.sub(":", "".join(visible))


def _with(known: Dossier, customer: Customer, records: Sequence[Entity]) -> Dossier:
    return Dossier(
        customer=customer,
        points=(*known.points, *(r for r in records if isinstance(r, ContactPoint))),
        facts=(*known.facts, *(r for r in records if isinstance(r, Fact))),
        notes=(*known.notes, *(r for r in records if isinstance(r, Note))),
        photo=known.photo or next((r for r in records if isinstance(r, Photo)), None),
    )


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
