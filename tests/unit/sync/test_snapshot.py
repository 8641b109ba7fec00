"""Chunks taken apart: whatever a newer Central adds, and however long they are."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from agentdesk.domain.kinds import KINDS, KindName
from agentdesk.errors import Code, ExternalError
from agentdesk.store import tables as t
from agentdesk.store.rows import bulk_insert, get_row
from agentdesk.store.workers import Store
from agentdesk.sync.protocol import ALIASES, ChunkTable, GoneReason, PageGone, PageRow
from agentdesk.sync.snapshot import batches, page_lines

HEAD = ["id", "seq", "created_seq", "versions"]


def chunk(*tables: tuple[str, list[str], list[list[Any]]]) -> bytes:
    encoder = msgspec.json.Encoder()
    return b"".join(
        encoder.encode(ChunkTable(kind=kind, members=members)) + b"\n" + encoder.encode_lines(rows)
        for kind, members, rows in tables
    )


def test_a_long_chunk_comes_in_pieces_and_whole() -> None:
    texts = [[f"{n:05}", n, n, None, "c", f'{{"t":"table"}}\n{n}' * 9] for n in range(3_000)]
    content = chunk(
        ("note", [*HEAD, "customer_id", "text"], texts),
        ("team", [*HEAD, "name"], []),
        ("fact", [*HEAD, "customer_id", "text"], [["f", 1, 1, {"text": 3}, "c", "T"]]),
    )
    pieces = list(batches(content))
    assert len(pieces) > 3
    assert max(len(rows) for _kind, _members, rows in pieces) < 1_000
    assert [row for kind, _members, rows in pieces if kind == "note" for row in rows] == texts
    assert pieces[-1][0] == "fact"


def test_kinds_of_a_newer_central_are_left_out() -> None:
    content = chunk(
        ("hologram", [*HEAD, "hue"], [["h", 1, 1, None, 7]]),
        ("team", [*HEAD, "name"], [["a", 2, 2, None, "North"]]),
    )
    assert [line.kind for line in page_lines(content)] == ["team"]


def test_merged_customers_are_told_as_a_page_tells_them() -> None:
    content = chunk((ALIASES, ["id", "seq", "into"], [["loser", 9, "winner"]]))
    gone = PageGone(kind="customer", id="loser", seq=9, reason=GoneReason.MERGED, into="winner")
    assert list(page_lines(content)) == [gone]


def test_a_record_in_a_chunk_is_the_row_of_a_page() -> None:
    content = chunk(("team", [*HEAD, "name", "motto"], [["a", 2, 1, {"name": 2}, "North", None]]))
    row = PageRow(
        kind="team", id="a", seq=2, created_seq=1, versions={"name": 2}, fields={"name": "North"}
    )
    assert list(page_lines(content)) == [row]


@pytest.mark.parametrize("content", [b"[1]\n", b'{"t":"row"}\n', b'{"t":"table"', b"\xff\n"])
def test_what_is_no_chunk_is_refused(content: bytes) -> None:
    with pytest.raises(ExternalError) as refused:
        list(batches(content))
    assert refused.value.code is Code.ANSWER_DAMAGED


def put(store: Store, kind: KindName, members: list[str], *rows: list[Any]) -> None:
    def work(connection: sa.Connection) -> None:
        bulk_insert(kind, members).put(connection, list(rows))

    store.write_here(work)


def test_members_of_a_newer_central_are_kept_with_the_record(store: Store) -> None:
    members = [*HEAD, "customer_id", "aura", "text", "kind", "spin"]
    put(
        store,
        KindName.FACT,
        members,
        ["a", 5, 4, {"text": 5}, "c", "blue", "Likes tea", "likes", None],
        ["b", 6, 6, None, "c", None, "Likes jam", "likes", None],
    )
    first = store.read_here(get_row, KindName.FACT, "a")
    second = store.read_here(get_row, KindName.FACT, "b")
    assert first is not None
    assert second is not None
    assert first.fields["aura"] == "blue"
    assert first.fields["text"] == "Likes tea"
    assert (first.seq, first.created_seq, first.versions) == (5, 4, {"text": 5})
    assert "aura" not in second.fields
    assert second.fields["text"] == "Likes jam"


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_a_record_lacks_is_filled_in_for_every_kind(store: Store, kind: KindName) -> None:
    put(store, kind, HEAD, ["bare", 1, 1, None])
    put(
        store,
        kind,
        [*HEAD, *KINDS[kind].fields],
        ["void", 1, 1, None, *[None] * len(KINDS[kind].fields)],
    )
    rows = [store.read_here(get_row, kind, which) for which in ("bare", "void")]
    assert rows[0] is not None
    assert rows[0] == rows[1]


def test_a_record_that_is_there_stays_as_it_is(store: Store) -> None:
    members = [*HEAD, "name"]
    put(store, KindName.TEAM, members, ["a", 2, 2, None, "North"])
    put(store, KindName.TEAM, members, ["a", 3, 2, None, "South"], ["b", 4, 4, None, "East"])
    names = store.read_here(lambda c: c.execute(sa.select(t.TABLES[KindName.TEAM].c.name)).all())
    assert sorted(row.name for row in names) == ["East", "North"]
