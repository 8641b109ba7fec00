"""Wire types of the sync protocol, the same for desk and Central.

Bodies are JSON (RFC 8259) encoded by msgspec; pages of changes are NDJSON. Every struct ignores
members that it does not know, so that either side may be newer. A payload that was once sent is
never rewritten: a desk stores and sends a mutation as the bytes it first encoded.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from agentdesk.domain.kinds import KindName

SCHEMA = 2
"""The version of rows and mutations that this program reads and writes."""

SCHEMA_OLDEST = 1
"""The oldest version that this program can still exchange."""

PAGE_MEDIA_TYPE = "application/x-ndjson"
POKE_HEARTBEAT_S = 15.0
MAX_PUSH_BYTES = 4 * 1024 * 1024
MAX_PUSH_GROUPS = 500
PAGE_LIMIT = 5_000
"""So many records a desk asks for in one page."""


class Wire(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of everything on the wire."""


# --- Mutations: what a desk asks Central to do -------------------------------------------------


class FieldChange(Wire, frozen=True, kw_only=True):
    """One field's change: the version and value that the person saw, and the new value."""

    base_version: int = 0
    base: Any = None
    new: Any = None


class Patch(Wire, frozen=True, kw_only=True, tag_field="op", tag="patch"):
    """Change fields of a record."""

    kind: KindName
    id: str
    changes: dict[str, FieldChange]


class Append(Wire, frozen=True, kw_only=True, tag_field="op", tag="append"):
    """Add a record; sending it again with the same id adds nothing."""

    kind: KindName
    id: str
    fields: dict[str, Any]


class NoteEdit(Wire, frozen=True, kw_only=True, tag_field="op", tag="note_edit"):
    """Change the text of a note, from the revision and text that the person saw."""

    id: str
    base_revision: int
    base_text: str
    new_text: str


class Remove(Wire, frozen=True, kw_only=True, tag_field="op", tag="remove"):
    """Remove a record softly; `base_version` is the newest version that the person saw."""

    kind: KindName
    id: str
    base_version: int = 0


class Restore(Wire, frozen=True, kw_only=True, tag_field="op", tag="restore"):
    """Bring a removed record back as it was.

    `fields` is what the desk shows until Central's own row arrives; Central has no use for it.
    """

    kind: KindName
    id: str
    fields: dict[str, Any] = {}


class MergeCustomers(Wire, frozen=True, kw_only=True, tag_field="op", tag="merge_customers"):
    """Make two customers one: what belongs to `loser` goes to `winner`.

    `keep` holds the fields whose value the person chose, with that value.
    """

    winner: str
    loser: str
    keep: dict[str, Any] = {}


class Unmerge(Wire, frozen=True, kw_only=True, tag_field="op", tag="unmerge"):
    """Take a merge back; `loser` becomes a customer of its own again."""

    winner: str
    loser: str


Operation = Patch | Append | NoteEdit | Remove | Restore | MergeCustomers | Unmerge


class Mutation(Wire, frozen=True, kw_only=True):
    """One change by one device. `n` counts from 1 per device and never repeats.

    `made_at` is the desk's clock, shown to people and never used to decide anything.
    """

    n: int
    operation: Operation
    made_at: datetime


class Group(Wire, frozen=True, kw_only=True):
    """Mutations that take effect together or not at all.

    Each element is the encoded bytes of a `Mutation`, as first stored by the desk.
    """

    id: str
    mutations: list[msgspec.Raw]


class PushRequest(Wire, frozen=True, kw_only=True):
    """Groups in ascending order of their mutations' numbers."""

    device_id: str
    groups: list[Group]


class Outcome(StrEnum):
    """What became of a mutation."""

    APPLIED = "applied"
    MERGED = "merged"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    BLOCKED = "blocked"
    RETRY = "retry"


class Reason(StrEnum):
    """Why an effect is not simply what the desk asked for; beside the codes of errors."""

    LATER = "later"
    """Somebody else's value was replaced by this later arrival, and is kept in history."""
    RESTRICTIVE = "restrictive"
    """Of two values the one that permits less stands."""
    TEXT_MERGED = "text-merged"
    """The edits of two people to one note are both in it."""
    TEXT_COPIED = "text-copied"
    """The edits of two people to one note overlap: this one became a note of its own."""
    REDIRECTED = "redirected"
    """The customer has been merged into another, who received the change."""
    CONTESTED = "contested"
    """Central kept its values of the contested fields."""
    REMOVED = "removed"
    """The record, or the customer it belongs to, had been removed."""
    EDITED = "edited"
    """The record was removed although somebody had edited it meanwhile."""
    MERGED = "merged"
    """The customer has been merged into another and was not removed."""


class Contested(Wire, frozen=True, kw_only=True):
    """A field that somebody else had changed too, or whose record is not what the desk saw.

    `reason` says what became of it; without one Central kept its own value. `theirs` is what
    Central held. For `TEXT_COPIED` the note `copy_id` holds what could not be put into this one.
    For `REDIRECTED` the field `customer_id` names whom it was meant for and who received it.
    """

    field: str
    reason: str | None = None
    copy_id: str | None = None
    base: Any = None
    mine: Any = None
    theirs: Any = None
    their_version: int = 0
    their_author: str | None = None
    changed_at: datetime | None = None


class Verdict(Wire, frozen=True, kw_only=True):
    """The answer to one mutation.

    `seq` is the feed position at which its effect (or its rejection) is contained. `reason` is
    a code of `agentdesk.errors.Code`, or a `Reason`. `contested` tells of every field that met
    somebody else's change, also where the rules of merging decided (`MERGED`).
    """

    n: int
    outcome: Outcome
    seq: int = 0
    reason: str | None = None
    contested: list[Contested] = []


class PushResponse(Wire, frozen=True, kw_only=True):
    """Verdicts in the order of the request; `last_n` is the highest number processed so far."""

    verdicts: list[Verdict]
    last_n: int
    server_time: datetime


# --- Hello ------------------------------------------------------------------------------------


class Order(StrEnum):
    """What Central tells a device to do before anything else."""

    LOCK = "lock"
    WIPE = "wipe"


class HelloRequest(Wire, frozen=True, kw_only=True):
    """A desk introduces itself."""

    device_id: str
    program: str
    schema_oldest: int
    schema_newest: int
    cursor: str | None = None


class HelloResponse(Wire, frozen=True, kw_only=True):
    """Where the desk stands. `reset` says that its cursor cannot be continued.

    `backup_days` is how far back Central may be restored, if it says so. With the order to wipe,
    `salvage` tells that the desk may first send what waits.
    """

    epoch: str
    scope: str
    scope_revision: int
    schema_oldest: int
    schema_newest: int
    organisation_id: str
    user_id: str
    role: str
    last_n: int
    server_time: datetime
    reset: bool = False
    orders: list[Order] = []
    backup_days: int | None = None
    salvage: bool = False


# --- Pages of changes -------------------------------------------------------------------------


class PageHead(Wire, frozen=True, kw_only=True, tag_field="t", tag="head"):
    """First line of a page; `schema` is that of the Central that wrote it."""

    epoch: str
    scope_revision: int
    schema: int = SCHEMA_OLDEST


class PageRow(Wire, frozen=True, kw_only=True, tag_field="t", tag="row"):
    """A record as it is now.

    `seq` is the number of its last change, which may have left all fields as they were: coming
    back after a removal, or following its customer to another team. `created_seq` is the version
    of every field that is not in `versions`.
    """

    kind: str
    id: str
    seq: int
    created_seq: int
    fields: dict[str, Any]
    versions: dict[str, int] = {}


class GoneReason(StrEnum):
    """Why a record is no longer there."""

    REMOVED = "removed"
    LEFT_SCOPE = "left_scope"
    ERASED = "erased"
    MERGED = "merged"


class PageGone(Wire, frozen=True, kw_only=True, tag_field="t", tag="gone"):
    """A record that is no longer there; for `merged`, `into` names its successor."""

    kind: str
    id: str
    seq: int
    reason: GoneReason
    into: str | None = None


class PageEnd(Wire, frozen=True, kw_only=True, tag_field="t", tag="end"):
    """Last line of a page.

    `count` is the number of row and gone lines, `checksum` the SHA-256 (hex) of all bytes
    before this line. `absorbed` is the highest n of the asking device such that the effects of
    all its mutations up to n are contained in what it has after this page. `seal`, from schema 2
    on, covers this line itself: see `seal_of`.
    """

    cursor: str
    count: int
    checksum: str
    more: bool
    absorbed: int
    head_seq: int = 0
    seal: str = ""


SEALED_SINCE = 2
"""The schema from which on a page's last line carries a seal."""


def seal_of(end: PageEnd) -> str:
    """Return the SHA-256 (hex) of what a closing line says, apart from its seal.

    Members are taken one by one, so that a line to which a newer Central adds some keeps its seal.
    """
    said = (end.cursor, end.count, end.checksum, int(end.more), end.absorbed, end.head_seq)
    return hashlib.sha256("\n".join(map(str, said)).encode()).hexdigest()


PageLine = PageHead | PageRow | PageGone | PageEnd

# --- Snapshots and digests ---------------------------------------------------------------------


class ChunkInfo(Wire, frozen=True, kw_only=True):
    """One chunk of a snapshot: the SHA-256 (hex) of its uncompressed bytes, and their number.

    It holds the buckets (see `agentdesk.sync.digests`) from `first_bucket` up to, and without,
    `end_bucket`, all that the scope has in them and nothing else; the recent customers' chunk
    says none.
    """

    sha256: str
    rows: int
    size_bytes: int
    first_bucket: int = 0
    end_bucket: int = 0


class Manifest(Wire, frozen=True, kw_only=True):
    """A snapshot of the scope, in chunks that may each be a little newer than the last.

    Every record of the scope as of `cursor`, or newer, is in `chunks`; reading changes from
    `cursor` on makes them one state. `recent` holds, whole, the customers that were touched last,
    and what everybody needs; the chunks have it all again.

    `rows` and `customers` are those of the whole snapshot, near enough for showing progress.

    `awaited` is how many chunks are still being made. While there are any, ask for the manifest
    again once those listed have been read: the list grows, and what was in it stays as it was. If
    `cursor` is another one then, Central has started a new snapshot: what was read stays good as
    long as reading changes starts from the cursor that was told first, but a chunk that is listed
    with other bytes has to replace all that the desk has in its buckets. A chunk that Central no
    longer has (`NOT_FOUND`) means the same: ask for the manifest again.
    """

    epoch: str
    scope_revision: int
    schema: int = SCHEMA_OLDEST
    cursor: str
    rows: int
    customers: int
    recent: ChunkInfo
    chunks: list[ChunkInfo]
    awaited: int = 0


ALIASES = "alias"
"""The kind of the table in a chunk that tells of merged customers."""


class ChunkTable(Wire, frozen=True, kw_only=True, tag_field="t", tag="table"):
    """Opens a run of records of one kind in a chunk.

    Every line that follows, up to the next of these, is a JSON array with a record's `members`
    in this order; the first four are `id`, `seq`, `created_seq` and `versions` (an object, or
    null for an empty one). Further members are the kind's fields, and such as only a newer program
    knows; a kind may have several tables in a chunk, with different members.

    Customers who have been merged into others are not among the records. A table of the kind
    `ALIASES` tells of them: its members are `id`, `seq` and `into`, as in a `PageGone` with the
    reason `merged`; `into` may itself be an alias, and may lie in another chunk. Aliases count
    among a chunk's rows, and are not counted by digests. Removed records are in no chunk.
    """

    kind: str
    members: list[str]


class BucketDigest(Wire, frozen=True, array_like=True):
    """How many records of the scope a bucket has, and the sum of their checks modulo 2^64."""

    count: int
    checksum: int


class Digest(Wire, frozen=True, kw_only=True):
    """What the scope holds at `cursor`, by buckets; see `agentdesk.sync.digests`."""

    cursor: str
    buckets: list[BucketDigest]


class LookupAnswer(Wire, frozen=True, kw_only=True):
    """The customers that have a number, with all that belongs to them, and users they name.

    Whoever has very many customers on one number gets those that were touched last.
    """

    rows: list[PageRow]


class FoundCustomer(Wire, frozen=True, kw_only=True):
    """What a search tells of a customer whom the desk does not hold."""

    id: str
    full_name: str
    company: str | None = None
    hometown: str | None = None


class SearchAnswer(Wire, frozen=True, kw_only=True):
    """Customers outside the desk's scope; with `all_held` there are none: it holds everybody."""

    found: list[FoundCustomer]
    all_held: bool = False


# --- Signing in -------------------------------------------------------------------------------


class SignInRequest(Wire, frozen=True, kw_only=True):
    """Name and password; `device_id` is the desk's own, made once per profile."""

    name: str
    password: str
    device_id: str
    device_name: str = ""


class RefreshRequest(Wire, frozen=True, kw_only=True):
    """A refresh token, used once, from the device that it was given to."""

    refresh_token: str
    device_id: str


class TokenResponse(Wire, frozen=True, kw_only=True):
    """A short-lived access token (JWT, RFC 7519) and the next refresh token."""

    access_token: str
    refresh_token: str
    expires_in_s: int
    user_id: str
    user_name: str
    role: str
    organisation_id: str
    organisation_name: str
    region: str


class CallSignal(Wire, frozen=True, kw_only=True):
    """What a stream of pokes tells one person's desks about a call; data of an event `call`.

    `step` is a value of `agentdesk.telephony.events.Step`; a desk leaves one that it does not
    know alone. `call_id` is that of the call at this person's desks, `number` as the telephone
    system wrote it, `by` who passed it on or has it.
    """

    step: str
    call_id: str
    number: str = ""
    line: str | None = None
    queue: str | None = None
    rang_at: datetime
    passed_on_by: str | None = None
    by: str | None = None


class ErrorAnswer(Wire, frozen=True, kw_only=True):
    """Body of every answer that is not 2xx; `code` is a value of `agentdesk.errors.Code`."""

    code: str
    retry_after_s: int | None = None
