"""The things AgentDesk knows about, as frozen records.

A record's fields are also the columns of the desk's cache and the members of a row on the wire;
`agentdesk.domain.kinds` says how each may change. Times are aware UTC.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Self

import msgspec


class OpenEnum(StrEnum):
    """An enumeration that a newer Central may extend: an unknown value reads as `OTHER`."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return cls("other") if value != "other" else None


class Role(StrEnum):
    """What a user may do: take calls, lead a team, work in the field, administer."""

    AGENT = "agent"
    LEAD = "lead"
    FIELD = "field"
    ADMIN = "admin"


class Consent(StrEnum):
    """Whether the customer agreed to be contacted beyond the matter at hand."""

    UNKNOWN = "unknown"
    GRANTED = "granted"
    REFUSED = "refused"


class TechnicalLevel(StrEnum):
    """How much technical detail serves this person."""

    NOVICE = "novice"
    COMFORTABLE = "comfortable"
    EXPERT = "expert"


class LoyaltyStage(StrEnum):
    """How far the relation has grown; kept apart from the customer type."""

    ONE_OFF = "one-off"
    CUSTOMER = "customer"
    REGULAR = "regular"
    LOYAL = "loyal"
    COMMITTED = "committed"


class Standing(StrEnum):
    """Value and risk, from satisfaction and revenue."""

    MODEL = "model"
    GROWTH = "growth"
    AT_RISK = "at-risk"
    DANGLING = "dangling"


class TypeSource(StrEnum):
    """Who set the customer type."""

    SUGGESTED = "suggested"
    OPERATOR = "operator"
    IMPORTED = "imported"


class ContactKind(OpenEnum):
    """What a contact point is."""

    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    HANDLE = "handle"
    OTHER = "other"


class FactKind(OpenEnum):
    """What a fact is about; also the chips that the note box offers."""

    HOMETOWN = "hometown"
    FAMILY = "family"
    LIKES = "likes"
    DISLIKES = "dislikes"
    HABIT = "habit"
    TRAVEL = "travel"
    TEAM = "team"
    INTEREST = "interest"
    PRODUCT = "product"
    ACCESS = "access"
    NAME = "name"
    CHANNEL = "channel"
    HOURS = "hours"
    OTHER = "other"


class Channel(OpenEnum):
    """Where a contact took place."""

    CALL = "call"
    EMAIL = "email"
    CHAT = "chat"
    SMS = "sms"
    SOCIAL = "social"
    VISIT = "visit"
    POST = "post"
    OTHER = "other"


class Direction(StrEnum):
    """Who got in touch."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Disposition(OpenEnum):
    """How a contact ended."""

    SOLVED = "solved"
    FOLLOW_UP = "follow-up"
    PASSED_ON = "passed-on"
    INFORMED = "informed"
    NO_ANSWER = "no-answer"
    MISSED = "missed"
    WRONG_NUMBER = "wrong-number"
    OTHER = "other"


class Mood(StrEnum):
    """How the customer sounded at the end."""

    DELIGHTED = "delighted"
    CONTENT = "content"
    NEUTRAL = "neutral"
    UNHAPPY = "unhappy"
    ANGRY = "angry"


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    WAITING = "waiting"
    SOLVED = "solved"


class PromiseState(StrEnum):
    """What became of a promise."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """A record with an id (UUIDv7 in canonical text form)."""

    id: str


class Organisation(Entity, frozen=True, kw_only=True):
    """The company; `region` (ISO 3166) is where numbers without a country code belong."""

    name: str
    region: str
    language: str
    time_zone: str
    currency: str = "EUR"


class Team(Entity, frozen=True, kw_only=True):
    """A group of users."""

    name: str


class User(Entity, frozen=True, kw_only=True):
    """A person who works with AgentDesk, with what they may share with callers."""

    name: str
    role: Role
    team_id: str | None = None
    hometown: str | None = None
    languages: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()


class Customer(Entity, frozen=True, kw_only=True):
    """A person we serve.

    `full_name` is the name as the person writes it. `birthday` is ISO 8601: `1984-03-07`, or
    `--03-07` without the year. `language` is BCP 47, `time_zone` an IANA zone, `country`
    ISO 3166. `customer_type` is the key of a playbook. `team_id` is the team that looks after
    them, which decides whose cache they are in; without one they are everybody's.
    """

    full_name: str
    given_name: str | None = None
    family_name: str | None = None
    preferred_name: str | None = None
    form_of_address: str | None = None
    respelling: str | None = None
    ipa: str | None = None
    pronouns: str | None = None
    language: str | None = None
    birthday: str | None = None
    hometown: str | None = None
    country: str | None = None
    time_zone: str | None = None
    company: str | None = None
    technical_level: TechnicalLevel | None = None
    loyalty_stage: LoyaltyStage | None = None
    standing: Standing | None = None
    vip: bool = False
    do_not_call: bool = False
    consent: Consent = Consent.UNKNOWN
    customer_type: str | None = None
    customer_type_source: TypeSource | None = None
    team_id: str | None = None
    created_at: datetime | None = None


class Photo(Entity, frozen=True, kw_only=True):
    """A face: `data` is base64 of a JPEG or PNG of at most 64 KiB."""

    customer_id: str
    media_type: str
    data: str


class ContactPoint(Entity, frozen=True, kw_only=True):
    """A phone number, address or handle of a customer.

    `value` is kept as typed; for phones `e164` (ITU-T E.164, `+` and digits) and `extension`
    are what matching uses. `chosen_at` is when an operator last said that a call on this shared
    line was this person.
    """

    customer_id: str
    kind: ContactKind
    value: str
    e164: str | None = None
    extension: str | None = None
    label: str | None = None
    shared: bool = False
    chosen_at: datetime | None = None


class Fact(Entity, frozen=True, kw_only=True):
    """One small thing known about a person, and where we know it from."""

    customer_id: str
    kind: FactKind
    text: str
    sensitive: bool = False
    learned_by: str | None = None
    learned_at: datetime | None = None
    interaction_id: str | None = None
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None


class Note(Entity, frozen=True, kw_only=True):
    """Free text about a person. `revision` counts from 1."""

    customer_id: str
    text: str
    revision: int = 1
    author_id: str | None = None
    interaction_id: str | None = None
    created_at: datetime
    updated_at: datetime | None = None


class NoteVersion(Entity, frozen=True, kw_only=True):
    """What a note said before it was changed, who had written that, and who changed it when."""

    customer_id: str
    note_id: str
    revision: int
    text: str
    author_id: str | None = None
    written_at: datetime
    replaced_by: str | None = None
    replaced_at: datetime | None = None


class FieldVersion(Entity, frozen=True, kw_only=True):
    """A value that a field once had, or that arrived for it and did not stand.

    `value` is JSON. `author_id` wrote it at `written_at`; `replaced_by` wrote what stands in its
    place since `replaced_at`. `arrived_late` tells that it never stood. `record_kind` is the name
    of a kind; records that belong to no customer have no `customer_id`.
    """

    customer_id: str | None = None
    record_kind: str
    record_id: str
    field: str
    value: str
    author_id: str | None = None
    written_at: datetime
    replaced_by: str | None = None
    replaced_at: datetime
    arrived_late: bool = False


class Interaction(Entity, frozen=True, kw_only=True):
    """One contact on one channel; never changed, corrected by a later row (`corrects_id`).

    `customer_id` is empty for a call from a number that nobody has been attached to.
    `satisfaction` is 1 to 5, as the customer rated it.
    """

    customer_id: str | None = None
    channel: Channel
    direction: Direction
    occurred_at: datetime
    subject: str
    summary: str | None = None
    department: str | None = None
    disposition: Disposition | None = None
    mood: Mood | None = None
    satisfaction: int | None = None
    case_id: str | None = None
    user_id: str | None = None
    duration_s: int | None = None
    e164: str | None = None
    extension: str | None = None
    corrects_id: str | None = None


class Case(Entity, frozen=True, kw_only=True):
    """An open problem; `number` is what the customer is told."""

    customer_id: str
    number: str
    subject: str
    state: CaseState
    complaint: bool = False
    product: str | None = None
    opened_at: datetime
    closed_at: datetime | None = None


class StepTried(Entity, frozen=True, kw_only=True):
    """What the customer has tried or answered already, so that nobody asks again."""

    customer_id: str
    case_id: str | None = None
    text: str
    outcome: str | None = None
    tried_at: datetime


class Promise(Entity, frozen=True, kw_only=True):
    """What we said we would do, by when and on which channel."""

    customer_id: str
    text: str
    due_at: datetime
    channel: Channel = Channel.CALL
    state: PromiseState = PromiseState.OPEN
    interaction_id: str | None = None
    made_by: str | None = None
    made_at: datetime
    settled_at: datetime | None = None


class Purchase(Entity, frozen=True, kw_only=True):
    """Something bought; `amount_minor` is in the currency's smallest unit."""

    customer_id: str
    product: str
    purchased_at: datetime
    quantity: int = 1
    amount_minor: int | None = None
    currency: str | None = None
    channel: Channel | None = None


class CompanyPlaybook(Entity, frozen=True, kw_only=True):
    """A playbook that the company has edited or added; `body` is its YAML text."""

    key: str
    language: str
    revision: int
    body: str
    edited_by: str | None = None
    edited_at: datetime


class Review(Entity, frozen=True, kw_only=True):
    """What a lead said about a note or a contact."""

    customer_id: str | None = None
    subject_id: str
    verdict: str
    text: str | None = None
    reviewer_id: str | None = None
    reviewed_at: datetime


class DistinctPair(Entity, frozen=True, kw_only=True):
    """Somebody's word that two customers are two people, however alike they look.

    Which of the two is `customer_id` means nothing; it decides whose record this is. Either may
    have been merged into somebody since: then it is about whom they have become.
    """

    customer_id: str
    other_id: str
    said_by: str | None = None
    said_at: datetime
