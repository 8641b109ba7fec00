"""What recognising callers, finding people and joining duplicates need."""

# Statements are put together from constants only; values are bound.
# ruff: noqa: S608

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from agentdesk.store.search_index import rebuild_index

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what callers are recognised and people are found by."""
    _add_mentions()
    _add_duplicates()
    _find_people()
    _add_what_one_has_done()


def _add_mentions() -> None:
    """Numbers in texts, which are read afterwards, and quick ways to missed calls."""
    op.create_table(
        "mention",
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("e164", "at", "kind", "record_id", name="pk_mention"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_mention_record_id", "mention", ["record_id"])
    op.create_table(
        "mention_dismissed",
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("e164", "customer_id", name="pk_mention_dismissed"),
    )
    op.create_index(
        "ix_interaction_missed",
        "interaction",
        ["occurred_at"],
        sqlite_where=sa.text("disposition = 'missed'"),
    )


def _add_what_one_has_done() -> None:
    """What the desk shows of its person without a call, however many others work there."""
    op.create_index("ix_interaction_user_id_occurred_at", "interaction", ["user_id", "occurred_at"])
    op.create_index(
        "ix_promise_kept",
        "promise",
        ["made_by", "settled_at"],
        sqlite_where=sa.text("state = 'kept'"),
    )


def _add_duplicates() -> None:
    """Who is probably one person, and who is known to be two."""
    op.create_table(
        "distinct_pair",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("other_id", sa.Text(), nullable=False),
        sa.Column("said_by", sa.Text()),
        sa.Column("said_at", sa.Text(), nullable=False),
        sa.Column("row_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("versions", sa.JSON(none_as_null=True)),
        sa.Column("extra", sa.JSON(none_as_null=True)),
        sa.PrimaryKeyConstraint("id", name="pk_distinct_pair"),
    )
    op.create_index("ix_distinct_pair_customer_id", "distinct_pair", ["customer_id"])
    op.create_index("ix_distinct_pair_other_id", "distinct_pair", ["other_id"])
    op.create_index(
        "ix_customer_birthday",
        "customer",
        ["birthday"],
        sqlite_where=sa.text("birthday IS NOT NULL"),
    )
    op.create_table(
        "lookalike",
        sa.Column("first_id", sa.Text(), nullable=False),
        sa.Column("second_id", sa.Text(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("found_at", sa.Text(), nullable=False),
        sa.Column("put_off_at", sa.Text()),
        sa.PrimaryKeyConstraint("first_id", "second_id", name="pk_lookalike"),
    )
    op.create_index("ix_lookalike_second_id", "lookalike", ["second_id"])
    op.create_index("ix_lookalike_weight", "lookalike", ["weight"])


def _find_people() -> None:
    """Make the search index anew, in its second form."""
    for table in ("search_terms", "search_index", "search_entry"):
        op.execute(f"DROP TABLE {table}")
    op.create_table(
        "search_entry",
        sa.Column("docid", sa.Integer(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("docid", name="pk_search_entry"),
    )
    op.create_table(
        "search_gone",
        sa.Column("docid", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("docid", name="pk_search_gone"),
    )
    op.create_table(
        "search_word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("sound", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_search_word"),
        sa.UniqueConstraint("word", name="uq_search_word_word"),
    )
    op.create_table(
        "search_near",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("word", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "word", name="pk_search_near"),
        sqlite_with_rowid=False,
    )
    for statement in (*_INDEXES, *_TRIGGERS):
        op.execute(statement)
    rebuild_index(op.get_bind())


_INDEXES = (
    "CREATE VIRTUAL TABLE search_index USING fts5("
    "words, content='', contentless_delete=1, detail=none, prefix='1 2 3 4 5', "
    "tokenize='ascii')",
    "CREATE VIRTUAL TABLE search_number USING fts5("
    "parts, content='', contentless_delete=1, detail=none, tokenize='ascii')",
    "CREATE VIRTUAL TABLE search_text USING fts5("
    "words, content='', contentless_delete=1, "
    "tokenize='unicode61 remove_diacritics 2')",
)

_TRIGGERS = (
    "CREATE TRIGGER search_customer_gone AFTER DELETE ON customer BEGIN "
    "INSERT OR IGNORE INTO search_gone (docid) VALUES (old.rowid); END",
    *(
        statement
        for table, kind in (("note", 0), ("fact", 1))
        for statement in (
            f"CREATE TRIGGER search_{table}_added AFTER INSERT ON {table} BEGIN "
            "INSERT INTO search_text (rowid, words) "
            f"VALUES (new.rowid * 4 + {kind}, new.text); END",
            f"CREATE TRIGGER search_{table}_changed AFTER UPDATE OF text ON {table} "
            "WHEN new.text IS NOT old.text BEGIN "
            f"DELETE FROM search_text WHERE rowid = old.rowid * 4 + {kind}; "
            "INSERT INTO search_text (rowid, words) "
            f"VALUES (new.rowid * 4 + {kind}, new.text); END",
            f"CREATE TRIGGER search_{table}_gone AFTER DELETE ON {table} BEGIN "
            f"DELETE FROM search_text WHERE rowid = old.rowid * 4 + {kind}; END",
        )
    ),
)
