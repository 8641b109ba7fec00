"""The first schema."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table of the first version."""
    _create_company()
    _create_people()
    _create_knowledge()
    _create_history()
    _create_dealings()
    _create_intentions()
    _create_desk()
    op.execute(
        "CREATE VIRTUAL TABLE search_index USING fts5("
        "names, reach, place, content='', contentless_delete=1, prefix='2 3 4', "
        'tokenize="unicode61 remove_diacritics 0")'
    )
    op.execute("CREATE VIRTUAL TABLE search_terms USING fts5vocab(search_index, 'row')")


def _sync_columns() -> list[sa.Column[Any]]:
    """The columns that every kind's table has for synchronisation."""
    return [
        sa.Column("row_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("versions", sa.JSON(none_as_null=True)),
        sa.Column("extra", sa.JSON(none_as_null=True)),
    ]


def _create_company() -> None:
    """The company, its users and what leads write."""
    op.create_table(
        "organisation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        *_sync_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_organisation"),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        *_sync_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_team"),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text()),
        sa.Column("hometown", sa.Text()),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("interests", sa.JSON(), nullable=False),
        *_sync_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_user"),
    )
    op.create_table(
        "playbook",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("edited_by", sa.Text()),
        sa.Column("edited_at", sa.Text(), nullable=False),
        *_sync_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_playbook"),
    )
    op.create_index("ix_playbook_key_language", "playbook", ["key", "language"])
    op.create_table(
        "review",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text()),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("text", sa.Text()),
        sa.Column("reviewer_id", sa.Text()),
        sa.Column("reviewed_at", sa.Text(), nullable=False),
        *_sync_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_review"),
    )
    op.create_index("ix_review_subject_id", "review", ["subject_id"])


def _create_people() -> None:
    """Customers, and how to reach them."""
    op.create_table(
        "customer",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text()),
        sa.Column("family_name", sa.Text()),
        sa.Column("preferred_name", sa.Text()),
        sa.Column("form_of_address", sa.Text()),
        sa.Column("respelling", sa.Text()),
        sa.Column("ipa", sa.Text()),
        sa.Column("pronouns", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("birthday", sa.Text()),
        sa.Column("hometown", sa.Text()),
        sa.Column("country", sa.Text()),
        sa.Column("time_zone", sa.Text()),
        sa.Column("company", sa.Text()),
        sa.Column("technical_level", sa.Text()),
        sa.Column("loyalty_stage", sa.Text()),
        sa.Column("standing", sa.Text()),
        sa.Column("vip", sa.Boolean(), nullable=False),
        sa.Column("do_not_call", sa.Boolean(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("customer_type", sa.Text()),
        sa.Column("customer_type_source", sa.Text()),
        sa.Column("created_at", sa.Text()),
        sa.Column("sort_name", sa.Text(), server_default="", nullable=False),
        *_sync_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_customer"),
    )
    op.create_index("ix_customer_sort_name_id", "customer", ["sort_name", "id"])
    op.create_table(
        "photo",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        *_sync_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_photo"),
    )
    op.create_index("ix_photo_customer_id", "photo", ["customer_id"])
    op.create_table(
        "contact_point",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(collation="NOCASE"), nullable=False),
        sa.Column("e164", sa.Text()),
        sa.Column("extension", sa.Text()),
        sa.Column("label", sa.Text()),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("chosen_at", sa.Text()),
        *_sync_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_contact_point"),
    )
    op.create_index("ix_contact_point_customer_id", "contact_point", ["customer_id"])
    op.create_index(
        "ix_contact_point_e164", "contact_point", ["e164"], sqlite_where=sa.text("e164 IS NOT NULL")
    )
    op.create_index(
        "ix_contact_point_email", "contact_point", ["value"], sqlite_where=sa.text("kind = 'email'")
    )


def _create_knowledge() -> None:
    """What is known about customers."""
    op.create_table(
        "fact",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("learned_by", sa.Text()),
        sa.Column("learned_at", sa.Text()),
        sa.Column("interaction_id", sa.Text()),
        sa.Column("confirmed_at", sa.Text()),
        sa.Column("confirmed_by", sa.Text()),
        *_sync_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_fact"),
    )
    op.create_index("ix_fact_customer_id", "fact", ["customer_id"])
    op.create_table(
        "note",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Text()),
        sa.Column("interaction_id", sa.Text()),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text()),
        *_sync_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_note"),
    )
    op.create_index("ix_note_customer_id_created_at", "note", ["customer_id", "created_at"])
    op.create_table(
        "note_version",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("note_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Text()),
        sa.Column("written_at", sa.Text(), nullable=False),
        *_sync_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_note_version"),
    )
    op.create_index("ix_note_version_note_id_revision", "note_version", ["note_id", "revision"])


def _create_history() -> None:
    """What happened with customers."""
    op.create_table(
        "interaction",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text()),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text()),
        sa.Column("department", sa.Text()),
        sa.Column("disposition", sa.Text()),
        sa.Column("mood", sa.Text()),
        sa.Column("satisfaction", sa.Integer()),
        sa.Column("case_id", sa.Text()),
        sa.Column("user_id", sa.Text()),
        sa.Column("duration_s", sa.Integer()),
        sa.Column("e164", sa.Text()),
        sa.Column("extension", sa.Text()),
        sa.Column("corrects_id", sa.Text()),
        *_sync_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_interaction"),
    )
    op.create_index(
        "ix_interaction_customer_id_occurred_at", "interaction", ["customer_id", "occurred_at"]
    )
    op.create_index(
        "ix_interaction_e164",
        "interaction",
        ["e164", "occurred_at"],
        sqlite_where=sa.text("e164 IS NOT NULL"),
    )
    op.create_index("ix_interaction_occurred_at", "interaction", ["occurred_at"])
    op.create_table(
        "case",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("complaint", sa.Boolean(), nullable=False),
        sa.Column("product", sa.Text()),
        sa.Column("opened_at", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.Text()),
        *_sync_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_case"),
    )
    op.create_index("ix_case_customer_id", "case", ["customer_id"])
    op.create_table(
        "step_tried",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.Column("tried_at", sa.Text(), nullable=False),
        *_sync_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_step_tried"),
    )
    op.create_index("ix_step_tried_customer_id", "step_tried", ["customer_id"])


def _create_dealings() -> None:
    """What was promised, and what was bought."""
    op.create_table(
        "promise",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_at", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("interaction_id", sa.Text()),
        sa.Column("made_by", sa.Text()),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.Text()),
        *_sync_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_promise"),
    )
    op.create_index("ix_promise_customer_id_made_at", "promise", ["customer_id", "made_at"])
    op.create_index("ix_promise_state_due_at", "promise", ["state", "due_at"])
    op.create_table(
        "purchase",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("purchased_at", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.Integer()),
        sa.Column("currency", sa.Text()),
        sa.Column("channel", sa.Text()),
        *_sync_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_purchase"),
    )
    op.create_index(
        "ix_purchase_customer_id_purchased_at", "purchase", ["customer_id", "purchased_at"]
    )


def _create_intentions() -> None:
    """What waits for Central, and what it answered."""
    op.create_table(
        "outbox",
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text()),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("attempted_at", sa.Text()),
        sa.Column("verdict", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("n", name="pk_outbox"),
    )
    op.create_index("ix_outbox_kind_record_id", "outbox", ["kind", "record_id"])
    op.create_index("ix_outbox_owner_id", "outbox", ["owner_id"])
    op.create_table(
        "journal",
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text()),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("verdict", sa.LargeBinary(), nullable=False),
        sa.Column("settled_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_journal"),
    )
    op.create_table(
        "shadow",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON(none_as_null=True)),
        sa.Column("row_seq", sa.Integer(), nullable=False),
        sa.Column("created_seq", sa.Integer(), nullable=False),
        sa.Column("versions", sa.JSON(none_as_null=True)),
        sa.PrimaryKeyConstraint("kind", "record_id", name="pk_shadow"),
    )
    op.create_table(
        "conflict",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text()),
        sa.Column("field", sa.Text()),
        sa.Column("base", sa.JSON()),
        sa.Column("mine", sa.JSON()),
        sa.Column("theirs", sa.JSON()),
        sa.Column("their_author", sa.Text()),
        sa.Column("changed_at", sa.Text()),
        sa.Column("raised_at", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_conflict"),
    )
    op.create_index("ix_conflict_settled_at_raised_at", "conflict", ["settled_at", "raised_at"])
    op.create_table(
        "attention",
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text()),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_attention"),
    )
    op.create_table(
        "alias",
        sa.Column("loser", sa.Text(), nullable=False),
        sa.Column("winner", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("loser", name="pk_alias"),
    )


def _create_desk() -> None:
    """What belongs to this desk alone."""
    op.create_table(
        "sync_state",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON()),
        sa.PrimaryKeyConstraint("key", name="pk_sync_state"),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON()),
        sa.PrimaryKeyConstraint("key", name="pk_setting"),
    )
    op.create_table(
        "draft",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text()),
        sa.Column("call_id", sa.Text()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", "author_id", name="pk_draft"),
    )
    op.create_table(
        "search_entry",
        sa.Column("docid", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("docid", name="pk_search_entry"),
        sa.UniqueConstraint("customer_id", name="uq_search_entry_customer_id"),
    )
