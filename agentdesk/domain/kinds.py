"""How each kind of record may change: the one table that desk and Central both obey."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from agentdesk.decoding import convert
from agentdesk.domain import entities as e
from agentdesk.domain.moments import to_text

_E = TypeVar("_E", bound=e.Entity)

Row = dict[str, Any]
"""A record as plain JSON values by field name: what the wire, Central and the cache hold."""


class KindName(StrEnum):
    """The names of the kinds, as they stand on the wire and as table names in the cache."""

    ORGANISATION = "organisation"
    TEAM = "team"
    USER = "user"
    CUSTOMER = "customer"
    PHOTO = "photo"
    CONTACT_POINT = "contact_point"
    FACT = "fact"
    NOTE = "note"
    NOTE_VERSION = "note_version"
    FIELD_VERSION = "field_version"
    INTERACTION = "interaction"
    CASE = "case"
    STEP_TRIED = "step_tried"
    PROMISE = "promise"
    PURCHASE = "purchase"
    PLAYBOOK = "playbook"
    REVIEW = "review"
    DISTINCT_PAIR = "distinct_pair"


class Stakes(Enum):
    """What happens when two people change one field without knowing of each other."""

    LOW = "low"
    """The later arrival wins; the loser stays in history."""
    HIGH = "high"
    """Central's value stays, and a person decides."""
    RESTRICTIVE = "restrictive"
    """The more restrictive value wins; see `RESTRICTIVENESS`."""


RESTRICTIVENESS: Mapping[str, tuple[Any, ...]] = MappingProxyType(
    {"do_not_call": (False, True), "consent": ("granted", "unknown", "refused")}
)
"""For each restrictive field its values, the most restrictive last."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one kind.

    `owner` is the field that names the customer a record belongs to, which decides the scope
    it is in. `desk_appends`/`desk_patches` say what a desk may send; `lead_only` narrows that
    to leads and administrators. Fields that are not in `stakes` have low stakes.
    """

    name: KindName
    entity: type[e.Entity]
    owner: str | None = None
    stakes: Mapping[str, Stakes] = MappingProxyType({})
    fixed: frozenset[str] = frozenset()
    desk_appends: bool = True
    desk_patches: bool = True
    desk_removes: bool = True
    lead_only: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of all fields but the id, in the order of declaration."""
        return tuple(f for f in self.entity.__struct_fields__ if f != "id")

    def stakes_of(self, field: str) -> Stakes:
        """Return what a collision on `field` costs."""
        return self.stakes.get(field, Stakes.LOW)


_HIGH_CUSTOMER = (
    "full_name",
    "given_name",
    "family_name",
    "preferred_name",
    "form_of_address",
    "customer_type",
    "customer_type_source",
)

_ALL = (
    Kind(
        name=KindName.ORGANISATION,
        entity=e.Organisation,
        desk_appends=False,
        desk_removes=False,
        lead_only=True,
    ),
    Kind(name=KindName.TEAM, entity=e.Team, lead_only=True),
    Kind(
        name=KindName.USER,
        entity=e.User,
        fixed=frozenset({"role", "team_id"}),
        desk_appends=False,
        desk_removes=False,
    ),
    Kind(
        name=KindName.CUSTOMER,
        entity=e.Customer,
        owner="id",
        stakes=MappingProxyType(
            dict.fromkeys(_HIGH_CUSTOMER, Stakes.HIGH)
            | dict.fromkeys(RESTRICTIVENESS, Stakes.RESTRICTIVE)
        ),
        fixed=frozenset({"created_at"}),
    ),
    Kind(name=KindName.PHOTO, entity=e.Photo, owner="customer_id", desk_patches=False),
    Kind(
        name=KindName.CONTACT_POINT,
        entity=e.ContactPoint,
        owner="customer_id",
        stakes=MappingProxyType(
            dict.fromkeys(("kind", "value", "e164", "extension", "customer_id"), Stakes.HIGH)
        ),
    ),
    Kind(name=KindName.FACT, entity=e.Fact, owner="customer_id"),
    Kind(
        name=KindName.NOTE,
        entity=e.Note,
        owner="customer_id",
        fixed=frozenset({"author_id", "created_at"}),
    ),
    Kind(
        name=KindName.NOTE_VERSION,
        entity=e.NoteVersion,
        owner="customer_id",
        desk_appends=False,
        desk_patches=False,
        desk_removes=False,
    ),
    Kind(
        name=KindName.FIELD_VERSION,
        entity=e.FieldVersion,
        owner="customer_id",
        desk_appends=False,
        desk_patches=False,
        desk_removes=False,
    ),
    Kind(
        name=KindName.INTERACTION,
        entity=e.Interaction,
        owner="customer_id",
        # Attaching an unknown number to a person relabels its earlier calls; nothing else of an
        # interaction ever changes.
        fixed=frozenset(e.Interaction.__struct_fields__) - {"customer_id"},
        desk_removes=False,
    ),
    Kind(name=KindName.CASE, entity=e.Case, owner="customer_id"),
    Kind(name=KindName.STEP_TRIED, entity=e.StepTried, owner="customer_id"),
    Kind(name=KindName.PROMISE, entity=e.Promise, owner="customer_id"),
    Kind(
        name=KindName.PURCHASE,
        entity=e.Purchase,
        owner="customer_id",
        desk_patches=False,
        desk_removes=False,
    ),
    Kind(name=KindName.PLAYBOOK, entity=e.CompanyPlaybook, lead_only=True),
    Kind(name=KindName.REVIEW, entity=e.Review, owner="customer_id", desk_patches=False),
    Kind(
        name=KindName.DISTINCT_PAIR,
        entity=e.DistinctPair,
        owner="customer_id",
        # Said or taken back, never changed: whom it is about follows merges on its own.
        desk_patches=False,
    ),
)

KINDS: Mapping[KindName, Kind] = MappingProxyType({kind.name: kind for kind in _ALL})
"""All kinds by name."""

NAME_OF: Mapping[type[e.Entity], KindName] = MappingProxyType({k.entity: k.name for k in _ALL})
"""The kind of a record by its class."""


def to_row(entity: e.Entity) -> Row:
    """Return `entity` as plain JSON values, times in the stored form, with its id."""
    row: Row = msgspec.to_builtins(entity, builtin_types=(datetime,))
    for field, value in row.items():
        if isinstance(value, datetime):
            row[field] = to_text(value)
    return row


def from_row(entity: type[_E], row: Mapping[str, Any]) -> _E:
    """Return the record in `row`; members that the record does not know are passed over.

    SQLite's 0 and 1 count as booleans. Raises `msgspec.ValidationError` if a value cannot be
    what the record says.
    """
    return convert(row, entity, strict=False)
