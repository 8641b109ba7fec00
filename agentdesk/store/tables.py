"""The tables of the desk's cache.

A kind's table has one column per field of its record, so the two cannot drift apart; beside them
stand the columns that synchronisation needs. Times are the fixed-width text of
`agentdesk.domain.moments`.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec
import sqlalchemy as sa

from agentdesk.domain.kinds import KINDS, Kind, KindName

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

META_COLUMNS = ("row_seq", "created_seq", "versions", "extra")
"""Columns of a kind's table that are not fields: `row_seq` is Central's version of the row (0
until Central has it), `created_seq` that of the fields that `versions` does not name, `extra`
holds members of a newer Central that this program does not know."""


def _column(name: str, annotation: Any) -> sa.Column[Any]:
    """Return the column of a field by its declared type."""
    optional = False
    if isinstance(annotation, types.UnionType):
        inner = [a for a in typing.get_args(annotation) if a is not types.NoneType]
        optional = True
        annotation = inner[0]
    kind: sa.types.TypeEngine[Any]
    if annotation is bool:
        kind = sa.Boolean()
    elif annotation is int:
        kind = sa.Integer()
    elif typing.get_origin(annotation) is tuple:
        kind = sa.JSON()
    elif annotation is datetime or issubclass(annotation, str):
        kind = sa.Text()
    else:
        raise TypeError(f"no column type for {annotation}")
    return sa.Column(name, kind, nullable=optional)


def _caseless(name: str) -> sa.Column[Any]:
    """Return a text column whose comparisons ignore the case of ASCII letters."""
    return sa.Column(name, sa.Text(collation="NOCASE"), nullable=False)


def _table(kind: Kind) -> sa.Table:
    """Return the table that caches records of `kind`."""
    hints = typing.get_type_hints(kind.entity)
    fields = [_column(f.name, hints[f.name]) for f in msgspec.structs.fields(kind.entity)]
    columns: list[sa.Column[Any]] = [sa.Column("id", sa.Text(), primary_key=True)]
    columns += [column for column in fields if column.name != "id"]
    if kind.name is KindName.CONTACT_POINT:
        # E-mail addresses are looked up without regard to case, and kept as typed.
        columns = [c if c.name != "value" else _caseless("value") for c in columns]
    if kind.name is KindName.CUSTOMER:
        columns.append(sa.Column("sort_name", sa.Text(), nullable=False, server_default=""))
    meta: list[sa.Column[Any]] = [
        sa.Column("row_seq", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("created_seq", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("versions", sa.JSON(none_as_null=True)),
        sa.Column("extra", sa.JSON(none_as_null=True)),
    ]
    return sa.Table(kind.name.value, metadata, *columns, *meta)


TABLES: Mapping[KindName, sa.Table] = MappingProxyType({k: _table(KINDS[k]) for k in KINDS})
"""The table of each kind."""

customer = TABLES[KindName.CUSTOMER]
contact_point = TABLES[KindName.CONTACT_POINT]
fact = TABLES[KindName.FACT]
note = TABLES[KindName.NOTE]
note_version = TABLES[KindName.NOTE_VERSION]
field_version = TABLES[KindName.FIELD_VERSION]
interaction = TABLES[KindName.INTERACTION]
case = TABLES[KindName.CASE]
step_tried = TABLES[KindName.STEP_TRIED]
promise = TABLES[KindName.PROMISE]
purchase = TABLES[KindName.PURCHASE]
photo = TABLES[KindName.PHOTO]
user = TABLES[KindName.USER]
organisation = TABLES[KindName.ORGANISATION]
playbook = TABLES[KindName.PLAYBOOK]
review = TABLES[KindName.REVIEW]
distinct_pair = TABLES[KindName.DISTINCT_PAIR]

sa.Index(None, customer.c.sort_name, customer.c.id)
sa.Index(None, contact_point.c.customer_id)
sa.Index(
    "ix_contact_point_e164",
    contact_point.c.e164,
    sqlite_where=contact_point.c.e164.is_not(None),
)
sa.Index(
    "ix_contact_point_email",
    contact_point.c.value,
    sqlite_where=contact_point.c.kind == "email",
)
sa.Index(None, fact.c.customer_id)
sa.Index(None, photo.c.customer_id)
sa.Index(None, note.c.customer_id, note.c.created_at)
sa.Index(None, note_version.c.note_id, note_version.c.revision)
sa.Index(None, field_version.c.customer_id, field_version.c.replaced_at)
sa.Index(None, interaction.c.customer_id, interaction.c.occurred_at)
sa.Index(
    "ix_interaction_e164",
    interaction.c.e164,
    interaction.c.occurred_at,
    sqlite_where=interaction.c.e164.is_not(None),
)
sa.Index(None, interaction.c.occurred_at)
sa.Index(None, interaction.c.user_id, interaction.c.occurred_at)
sa.Index(
    "ix_interaction_missed",
    interaction.c.occurred_at,
    sqlite_where=interaction.c.disposition == "missed",
)
sa.Index(None, case.c.customer_id)
sa.Index(None, step_tried.c.customer_id)
sa.Index(None, promise.c.customer_id, promise.c.made_at)
sa.Index(None, promise.c.state, promise.c.due_at)
sa.Index(
    "ix_promise_kept",
    promise.c.made_by,
    promise.c.settled_at,
    sqlite_where=promise.c.state == "kept",
)
sa.Index(None, purchase.c.customer_id, purchase.c.purchased_at)
sa.Index(None, playbook.c.key, playbook.c.language)
sa.Index(None, review.c.subject_id)
sa.Index(None, distinct_pair.c.customer_id)
sa.Index(None, distinct_pair.c.other_id)
sa.Index(
    "ix_customer_birthday",
    customer.c.birthday,
    sqlite_where=customer.c.birthday.is_not(None),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("group_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("owner_id", sa.Text),
    sa.Column("author_id", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("made_at", sa.Text, nullable=False),
    sa.Column("attempted_at", sa.Text),
    sa.Column("verdict", sa.LargeBinary),
)
"""Intentions that Central has not both judged and fed back. `payload` is the encoded mutation,
never rewritten once `attempted_at` is set; `verdict` is the encoded answer."""
sa.Index(None, outbox.c.kind, outbox.c.record_id)
sa.Index(None, outbox.c.owner_id)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("group_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("owner_id", sa.Text),
    sa.Column("author_id", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("made_at", sa.Text, nullable=False),
    sa.Column("verdict", sa.LargeBinary, nullable=False),
    sa.Column("settled_at", sa.Text, nullable=False),
)
"""What left the outbox, kept longer than Central keeps backups."""

shadow = sa.Table(
    "shadow",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Text, primary_key=True),
    sa.Column("body", sa.JSON(none_as_null=True)),
    sa.Column("row_seq", sa.Integer, nullable=False),
    sa.Column("created_seq", sa.Integer, nullable=False),
    sa.Column("versions", sa.JSON(none_as_null=True)),
)
"""Central's version of every record with pending edits; `body` is NULL where Central has none."""

conflict = sa.Table(
    "conflict",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("owner_id", sa.Text),
    sa.Column("field", sa.Text),
    sa.Column("base", sa.JSON),
    sa.Column("mine", sa.JSON),
    sa.Column("theirs", sa.JSON),
    sa.Column("their_author", sa.Text),
    sa.Column("changed_at", sa.Text),
    sa.Column("raised_at", sa.Text, nullable=False),
    sa.Column("settled_at", sa.Text),
    sa.Column("author_id", sa.Text),
    sa.Column("made_at", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("copy_id", sa.Text),
    sa.Column("settled_how", sa.Text),
    sa.Column("settled_value", sa.JSON),
)
"""Fields on which Central kept another value than its `author_id`'s, typed at `made_at`.

`copy_id` is the note that holds what could not be put into this one; `settled_value` is what was
written in the place of both."""
sa.Index(None, conflict.c.settled_at, conflict.c.raised_at)

merged = sa.Table(
    "merged",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("owner_id", sa.Text),
    sa.Column("author_id", sa.Text, nullable=False),
    sa.Column("made_at", sa.Text, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("base", sa.JSON),
    sa.Column("mine", sa.JSON),
    sa.Column("theirs", sa.JSON),
    sa.Column("stands", sa.JSON),
    sa.Column("their_author", sa.Text),
    sa.Column("changed_at", sa.Text),
    sa.Column("merged_at", sa.Text, nullable=False),
    sa.Column("seen_at", sa.Text),
    sa.Column("undone_at", sa.Text),
)
"""What Central put together by its rules, without asking: `stands` came of `mine` and `theirs`."""
sa.Index(None, merged.c.seen_at, merged.c.merged_at)

attention = sa.Table(
    "attention",
    metadata,
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("group_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("owner_id", sa.Text),
    sa.Column("author_id", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("raised_at", sa.Text, nullable=False),
    sa.Column("settled_at", sa.Text),
    sa.Column("settled_how", sa.Text),
)
"""Edits that Central refused; only a person's decision settles one, and it stays even then."""

alias = sa.Table(
    "alias",
    metadata,
    sa.Column("loser", sa.Text, primary_key=True),
    sa.Column("winner", sa.Text, nullable=False),
)

visitor = sa.Table(
    "visitor",
    metadata,
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("fetched_at", sa.Text, nullable=False),
)
"""Customers outside this desk's scope whose card was fetched because they called."""

outside = sa.Table(
    "outside",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Text),
)
"""Records that the cache holds although they are outside this desk's scope: those of visitors, and
those that have left it while an edit on them or on their customer waits."""
sa.Index(None, outside.c.customer_id)

mention = sa.Table(
    "mention",
    metadata,
    sa.Column("e164", sa.Text, primary_key=True),
    sa.Column("at", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)
"""Which numbers the texts of the cache mention, of whom, since `at`; follows from the rows."""
sa.Index(None, mention.c.record_id)

mention_dismissed = sa.Table(
    "mention_dismissed",
    metadata,
    sa.Column("e164", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
)
"""Numbers of which somebody at this desk said that they are not the customer's."""

sync_state = sa.Table(
    "sync_state",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.JSON),
)

setting = sa.Table(
    "setting",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.JSON),
)

draft = sa.Table(
    "draft",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("author_id", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Text),
    sa.Column("call_id", sa.Text),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("updated_at", sa.Text, nullable=False),
)
"""Notes being typed; local, one per customer or unidentified call and person who types."""

lookalike = sa.Table(
    "lookalike",
    metadata,
    sa.Column("first_id", sa.Text, primary_key=True),
    sa.Column("second_id", sa.Text, primary_key=True),
    sa.Column("weight", sa.Float, nullable=False),
    sa.Column("found_at", sa.Text, nullable=False),
    sa.Column("put_off_at", sa.Text),
)
"""Customers who are probably one person, as the last search through the cache has found them.

`first_id` sorts before `second_id`; `weight` is in bits, see `agentdesk.domain.sameness`. Only
ids: what a pair has in common is read from the customers themselves."""
sa.Index(None, lookalike.c.second_id)
sa.Index(None, lookalike.c.weight)

search_entry = sa.Table(
    "search_entry",
    metadata,
    sa.Column("docid", sa.Integer, primary_key=True),
    sa.Column("words", sa.LargeBinary, nullable=False),
)
"""Customers in the search index, by the number of their row; `words` are numbers of
`search_word`, four bytes each."""

search_gone = sa.Table(
    "search_gone",
    metadata,
    sa.Column("docid", sa.Integer, primary_key=True),
)
"""Numbers of rows that are gone and still indexed, noted by a trigger."""

search_word = sa.Table(
    "search_word",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("word", sa.Text, nullable=False, unique=True),
    sa.Column("sound", sa.Text, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
)
"""Words of names and places, in Latin letters, with how many customers have them."""

search_near = sa.Table(
    "search_near",
    metadata,
    sa.Column("key", sa.Integer, primary_key=True),
    sa.Column("word", sa.Integer, primary_key=True),
    sqlite_with_rowid=False,
)
"""Words by what those that resemble them share; see `agentdesk.domain.sounds`."""
