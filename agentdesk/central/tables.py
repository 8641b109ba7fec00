"""The tables of Central's database, as SQLAlchemy Core objects.

Every primary key and unique constraint starts with `org_id`, so that the schema spreads over a
distributed PostgreSQL by that column. Only portable types are used; JSON is kept as text, so
that a page of changes passes it on without parsing. Moments are text as in
`agentdesk.domain.moments`. The tables themselves are made by `migrations/`.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

_ID = sa.String(64)
_KIND = sa.String(32)
_MOMENT = sa.String(24)
_SEQ = sa.BigInteger

org = sa.Table(
    "org",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    # A new epoch makes every desk start afresh.
    sa.Column("epoch", sa.String(32), nullable=False),
    sa.Column("scope_revision", sa.Integer, nullable=False),
    # Signs access tokens; made together with the organisation.
    sa.Column("signing_key", sa.LargeBinary, nullable=False),
    # Who numbers what is written: see `agentdesk.central.feed.Numbering`.
    sa.Column("numbering", sa.String(16), nullable=False, server_default="head"),
    sa.Column("created_at", _MOMENT, nullable=False),
)

feed_head = sa.Table(
    "feed_head",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    sa.Column("shard", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", _SEQ, nullable=False),
    # From here on the feed is whole; before it, superseded changes may have been pruned.
    sa.Column("kept_seq", _SEQ, nullable=False, server_default="0"),
)

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    sa.Column("shard", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", _SEQ, primary_key=True, autoincrement=False),
    # Random, one per transaction: tells a restored Central from the one a cursor came from.
    sa.Column("tag", sa.String(16), nullable=False),
    sa.Column("kind", _KIND, nullable=False),
    sa.Column("record_id", _ID, nullable=False),
    sa.Column("gone", sa.String(16)),
)

# What has been written and has no number yet, in the order in which a transaction touched it.
pending_change = sa.Table(
    "pending_change",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    sa.Column("batch", _ID, primary_key=True),
    sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", _KIND, nullable=False),
    sa.Column("record_id", _ID, nullable=False),
    sa.Column("gone", sa.String(16)),
    # The feed's head when the sequencer first saw it.
    sa.Column("seen_seq", _SEQ),
)

# Mutations that have been processed, and whose place in the feed is not known yet.
pending_group = sa.Table(
    "pending_group",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    sa.Column("batch", _ID, primary_key=True),
    sa.Column("device_id", sa.String(64), nullable=False),
    sa.Column("first_n", _SEQ, nullable=False),
    sa.Column("last_n", _SEQ, nullable=False),
    sa.Column("seen_seq", _SEQ),
    # The numbers that its changes have been given so far are those in (seq_before, seq].
    sa.Column("seq_before", _SEQ),
    sa.Column("seq", _SEQ),
    sa.Index("pending_group_by_device", "org_id", "device_id", "first_n"),
)

record = sa.Table(
    "record",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    sa.Column("kind", _KIND, primary_key=True),
    sa.Column("id", _ID, primary_key=True),
    # The customer that it belongs to.
    sa.Column("owner_id", _ID),
    sa.Column("fields", sa.Text, nullable=False),
    # {field: seq}, for fields that changed after the record was made.
    sa.Column("versions", sa.Text, nullable=False),
    # {field: [user, device, n, moment]}, for the same fields.
    sa.Column("origins", sa.Text, nullable=False),
    # 0 as long as there is no number; so are versions. A record that changes keeps its number
    # until there is another.
    sa.Column("created_seq", _SEQ, nullable=False),
    sa.Column("seq", _SEQ, nullable=False),
    sa.Column("created_by", _ID),
    sa.Column("created_on", sa.String(64)),
    sa.Column("created_at", _MOMENT, nullable=False),
    sa.Column("removed_at", _MOMENT),
    sa.Column("removed_seq", _SEQ),
    sa.Column("removed_by", _ID),
    sa.Column("removed_reason", sa.String(16)),
    sa.Column("merged_into", _ID),
    # What `agentdesk.central.placing` derives from the columns above: where digests count it,
    # as what, and whose scope it is in and has been in.
    sa.Column("bucket", sa.Integer, nullable=False, server_default="0"),
    sa.Column("check_sum", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("team_id", _ID),
    sa.Column("former_teams", sa.Text, nullable=False, server_default="[]"),
    sa.Index("record_by_owner", "org_id", "owner_id"),
    sa.Index("record_by_successor", "org_id", "merged_into"),
    # Holds all that a digest needs, so that none reads the rows themselves.
    sa.Index(
        "record_by_bucket", "org_id", "bucket", "removed_reason", "team_id", "check_sum", "seq"
    ),
)

merge_log = sa.Table(
    "merge_log",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    sa.Column("id", _ID, primary_key=True),
    sa.Column("winner_id", _ID, nullable=False),
    sa.Column("loser_id", _ID, nullable=False),
    # What an unmerge needs: see `customers.Snapshot`.
    sa.Column("snapshot", sa.Text, nullable=False),
    sa.Column("merged_by", _ID),
    sa.Column("merged_at", _MOMENT, nullable=False),
    sa.Column("undone_at", _MOMENT),
    sa.Index("merge_log_by_loser", "org_id", "loser_id"),
)

phone_index = sa.Table(
    "phone_index",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    sa.Column("e164", sa.String(16), primary_key=True),
    sa.Column("contact_point_id", _ID, primary_key=True),
    sa.Column("customer_id", _ID, nullable=False),
    sa.Index("phone_index_by_contact_point", "org_id", "contact_point_id"),
)

# Ordered by code points everywhere, so that the beginnings of words are a range.
_WORD = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")

name_index = sa.Table(
    "name_index",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    sa.Column("word", _WORD, primary_key=True),
    sa.Column("customer_id", _ID, primary_key=True),
    sa.Index("name_index_by_customer", "org_id", "customer_id"),
)

account = sa.Table(
    "account",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    # Casefolded.
    sa.Column("name", sa.String(128), primary_key=True),
    sa.Column("user_id", _ID, nullable=False),
    sa.Column("password_hash", sa.String(256), nullable=False),
    sa.Column("disabled_at", _MOMENT),
    sa.Column("created_at", _MOMENT, nullable=False),
    # Which customers this person's desks hold: see `agentdesk.central.scopes`.
    sa.Column("scope", sa.String(8), nullable=False, server_default="all"),
    # Raised whenever that changes; the desks then start afresh.
    sa.Column("scope_revision", sa.Integer, nullable=False, server_default="0"),
    sa.UniqueConstraint("org_id", "user_id", name="account_of_user"),
)

device = sa.Table(
    "device",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    sa.Column("device_id", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(128), nullable=False),
    sa.Column("user_id", _ID),
    # The highest number that was processed.
    sa.Column("last_n", _SEQ, nullable=False),
    sa.Column("program", sa.String(64)),
    sa.Column("schema_oldest", sa.Integer),
    sa.Column("schema_newest", sa.Integer),
    sa.Column("first_seen_at", _MOMENT, nullable=False),
    sa.Column("last_seen_at", _MOMENT, nullable=False),
    sa.Column("locked_at", _MOMENT),
    sa.Column("wiped_at", _MOMENT),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    # All refresh tokens that descend from one sign-in.
    sa.Column("session_id", _ID, primary_key=True),
    sa.Column("user_id", _ID, nullable=False),
    sa.Column("device_id", sa.String(64), nullable=False),
    sa.Column("started_at", _MOMENT, nullable=False),
    sa.Column("ended_at", _MOMENT),
    sa.Column("ended_because", sa.String(16)),
)

refresh_token = sa.Table(
    "refresh_token",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    # SHA-256, hex; the token itself is never stored.
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("session_id", _ID, nullable=False),
    # The token that this one was given in exchange for.
    sa.Column("parent_hash", sa.String(64)),
    sa.Column("issued_at", _MOMENT, nullable=False),
    sa.Column("expires_at", _MOMENT, nullable=False),
    sa.Column("used_at", _MOMENT),
    sa.Index("refresh_token_by_parent", "org_id", "parent_hash"),
)

processed = sa.Table(
    "processed",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    sa.Column("device_id", sa.String(64), primary_key=True),
    sa.Column("n", _SEQ, primary_key=True, autoincrement=False),
    # SHA-256 (hex) of the mutation's bytes as sent.
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("group_id", sa.String(64), nullable=False),
    sa.Column("user_id", _ID, nullable=False),
    sa.Column("op", sa.String(16)),
    sa.Column("kind", _KIND),
    sa.Column("record_id", _ID),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    # The feed numbers of its group are those in (seq_before, seq]; 0 as long as it has none.
    sa.Column("seq_before", _SEQ, nullable=False),
    sa.Column("seq", _SEQ, nullable=False),
    sa.Column("processed_at", _MOMENT, nullable=False),
    sa.Index("processed_by_record", "org_id", "record_id"),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    sa.Column("device_id", sa.String(64), primary_key=True),
    sa.Column("n", _SEQ, primary_key=True, autoincrement=False),
    sa.Column("user_id", _ID, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("reason", sa.String(64), nullable=False),
    sa.Column("quarantined_at", _MOMENT, nullable=False),
)

feed_mark = sa.Table(
    "feed_mark",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    sa.Column("shard", sa.Integer, primary_key=True, autoincrement=False),
    # Where the feed stood at a moment: tells how old a number is.
    sa.Column("noted_at", _MOMENT, primary_key=True),
    sa.Column("seq", _SEQ, nullable=False),
)

snapshot = sa.Table(
    "snapshot",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    # The key of a scope.
    sa.Column("scope", sa.String(72), primary_key=True),
    # The feed's position before the first chunk was read.
    sa.Column("seq", _SEQ, nullable=False),
    sa.Column("tag", sa.String(16), nullable=False),
    # What it lists, and what is still to be made: see `snapshots.Plan`.
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("started_at", _MOMENT, nullable=False),
    # Who is making it, and until when they may be taken to be alive.
    sa.Column("maker", _ID),
    sa.Column("making_until", _MOMENT),
)

snapshot_chunk = sa.Table(
    "snapshot_chunk",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    sa.Column("scope", sa.String(72), primary_key=True),
    # Of the uncompressed bytes, hex.
    sa.Column("sha256", sa.String(64), primary_key=True),
    # It holds the buckets in [first_bucket, end_bucket); the recent customers' has none.
    sa.Column("first_bucket", sa.Integer, nullable=False),
    sa.Column("end_bucket", sa.Integer, nullable=False),
    # Tells whether what it was made from has changed.
    sa.Column("fingerprint", sa.String(128), nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    # zstd (RFC 8878).
    sa.Column("packed", sa.LargeBinary, nullable=False),
    # When it was last known to be what it was made from.
    sa.Column("checked_at", _MOMENT, nullable=False),
    sa.Index("snapshot_chunk_by_bucket", "org_id", "scope", "first_bucket"),
)

lookup = sa.Table(
    "lookup",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    sa.Column("id", _ID, primary_key=True),
    sa.Column("user_id", _ID, nullable=False),
    sa.Column("device_id", sa.String(64), nullable=False),
    sa.Column("looked_up_at", _MOMENT, nullable=False),
    # How many customers were given out; the number itself is not kept.
    sa.Column("found", sa.Integer, nullable=False),
    sa.Index("lookup_by_device", "org_id", "device_id", "looked_up_at"),
)

search_log = sa.Table(
    "search_log",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    sa.Column("id", _ID, primary_key=True),
    sa.Column("user_id", _ID, nullable=False),
    sa.Column("device_id", sa.String(64), nullable=False),
    sa.Column("searched_at", _MOMENT, nullable=False),
    # How many customers were named; what was typed is not kept.
    sa.Column("found", sa.Integer, nullable=False),
    sa.Index("search_log_by_device", "org_id", "device_id", "searched_at"),
)

# A telephone system, or a part of one, that tells us about calls.
phone_line = sa.Table(
    "phone_line",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    sa.Column("line_id", _ID, primary_key=True),
    sa.Column("name", sa.String(128), nullable=False),
    # SHA-256, hex, of 256 random bits; the secret itself is never stored.
    sa.Column("secret_hash", sa.String(64), nullable=False),
    # What callers dial, for people to know it by.
    sa.Column("number", sa.String(64)),
    # Where numbers without a country code belong; the organisation's region if empty.
    sa.Column("region", sa.String(2)),
    sa.Column("created_at", _MOMENT, nullable=False),
    sa.Column("rotated_at", _MOMENT, nullable=False),
    sa.Column("heard_at", _MOMENT),
)

# What telephone systems call our users, beside their sign-in names.
phone_user = sa.Table(
    "phone_user",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    # Casefolded.
    sa.Column("name", sa.String(128), primary_key=True),
    sa.Column("user_id", _ID, nullable=False),
)

# Calls that go on, and for a while the ids of those that are over: see `agentdesk.central.calls`.
phone_call = sa.Table(
    "phone_call",
    metadata,
    sa.Column("org_id", _ID, primary_key=True),
    # SHA-256, hex, of the line and its id for the call, which may hold anything.
    sa.Column("call_key", sa.String(64), primary_key=True),
    sa.Column("line_id", _ID, nullable=False),
    # The interaction's, should one be kept.
    sa.Column("record_id", _ID, nullable=False),
    # As told; empty if withheld, and as soon as the call is over.
    sa.Column("number", sa.String(256), nullable=False),
    sa.Column("line", sa.String(256)),
    sa.Column("queue", sa.String(256)),
    # At whose desks it rings, and who has passed it on, in JSON.
    sa.Column("users", sa.Text, nullable=False),
    # Who has it; "" for somebody without a desk.
    sa.Column("holder", _ID),
    sa.Column("passed_on_by", _ID),
    sa.Column("rang_at", _MOMENT, nullable=False),
    sa.Column("answered_at", _MOMENT),
    sa.Column("ended_at", _MOMENT),
    sa.Index("phone_call_by_age", "org_id", "rang_at"),
)
