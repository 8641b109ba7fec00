"""A person's timeline holds everything once, in order, at the same cost on every page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentdesk.domain.entities import (
    Channel,
    Customer,
    Entity,
    Note,
    Promise,
    PromiseState,
    Purchase,
)
from agentdesk.domain.ids import new_id
from agentdesk.services.desk import Desk
from agentdesk.services.timeline import (
    KIND_OF,
    SUMMARY_CHARS,
    ItemKind,
    Position,
    TimelineFilter,
    TimelineItem,
    entry_text,
    timeline_facets,
    timeline_page,
)
from agentdesk.store.workers import Store
from tests.real import ANN
from tests.stock import NOON, ago, contact, customer, stock


def entry(kind: ItemKind, who: Customer, minute: int, text: str = "") -> Entity:
    """Return a record of the kind, so many minutes after noon."""
    at = NOON + timedelta(minutes=minute)
    match kind:
        case ItemKind.INTERACTION:
            return contact(who, at, subject=text or "A question")
        case ItemKind.NOTE:
            return Note(id=new_id(), customer_id=who.id, text=text, created_at=at)
        case ItemKind.PROMISE:
            due = at + timedelta(days=2)
            return Promise(id=new_id(), customer_id=who.id, text=text, due_at=due, made_at=at)
        case ItemKind.PURCHASE:
            return Purchase(id=new_id(), customer_id=who.id, product=text, purchased_at=at)


def pages(store: Store, who: Customer, limit: int, shown: TimelineFilter) -> list[TimelineItem]:
    """Return all rows, read page by page."""
    found: list[TimelineItem] = []
    after: Position | None = None
    for _page in range(200):
        page = store.read_here(timeline_page, who.id, shown, after, limit)
        found += page.items
        after = page.after
        if after is None:
            return found
    raise AssertionError("the timeline has no end")


def shown(store: Store, who: Customer, **asked: Any) -> list[str]:
    """Return what a filtered timeline shows, by subject or text."""
    page = store.read_here(timeline_page, who.id, TimelineFilter(**asked))
    return [item.subject or item.summary or "" for item in page.items]


def test_all_four_kinds_stand_in_one_order_the_latest_first(store: Store) -> None:
    anna, ben = customer(), customer("Ben Sharp")
    order = [ItemKind.NOTE, ItemKind.PURCHASE, ItemKind.INTERACTION, ItemKind.PROMISE]
    mine = [entry(kind, anna, minute) for minute, kind in enumerate(order)]
    stock(store, anna, ben, *mine, *(entry(kind, ben, 9) for kind in ItemKind))
    page = store.read_here(timeline_page, anna.id)
    assert [item.kind for item in page.items] == order[::-1]
    assert [item.id for item in page.items] == [record.id for record in mine[::-1]]
    assert page.after is None


def test_a_row_carries_what_is_painted_of_it(store: Store) -> None:
    anna = customer()
    stock(
        store,
        ANN,
        anna,
        contact(anna, user_id=ANN.id, satisfaction=4, duration_s=60, department="Billing"),
        Purchase(
            id=new_id(),
            customer_id=anna.id,
            product="Lamp",
            purchased_at=ago(days=1),
            amount_minor=1999,
            currency="GBP",
        ),
        Promise(
            id=new_id(),
            customer_id=anna.id,
            text="Call back",
            due_at=NOON,
            made_at=ago(days=2),
            state=PromiseState.KEPT,
            made_by=ANN.id,
        ),
        Note(id=new_id(), customer_id=anna.id, text="Kind", created_at=ago(days=3), revision=4),
    )
    call, lamp, promise, note = store.read_here(timeline_page, anna.id).items
    assert (call.user_name, call.satisfaction, call.duration_s) == (ANN.name, 4, 60)
    assert (call.department, call.at) == ("Billing", NOON)
    assert (lamp.subject, lamp.amount_minor, lamp.currency) == ("Lamp", 1999, "GBP")
    assert (promise.subject, promise.disposition, promise.user_name) == (
        "Call back",
        "kept",
        ANN.name,
    )
    assert (note.summary, note.revision, note.subject) == ("Kind", 4, "")


rows = st.lists(st.tuples(st.sampled_from(ItemKind), st.integers(0, 3)), max_size=30)
kinds = st.sets(st.sampled_from(ItemKind)).map(frozenset)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=rows, limit=st.integers(1, 8), asked=kinds)
def test_paging_visits_every_row_once_even_at_equal_times(
    store: Store, rows: list[tuple[ItemKind, int]], limit: int, asked: frozenset[ItemKind]
) -> None:
    anna = customer()
    records = [(kind, minute, entry(kind, anna, minute)) for kind, minute in rows]
    stock(store, anna, *(record for _kind, _minute, record in records))
    found = pages(store, anna, limit, TimelineFilter(kinds=asked))
    expected = [(minute, r.id) for kind, minute, r in records if not asked or kind in asked]
    assert [item.id for item in found] == [id_ for _at, id_ in sorted(expected, reverse=True)]


def test_a_row_that_arrives_while_somebody_scrolls_repeats_nothing(store: Store) -> None:
    anna = customer()
    stock(store, anna, *(entry(ItemKind.NOTE, anna, minute, f"{minute}") for minute in range(4)))
    first = store.read_here(timeline_page, anna.id, None, None, 2)
    stock(store, entry(ItemKind.INTERACTION, anna, 60))
    second = store.read_here(timeline_page, anna.id, None, first.after, 2)
    assert [item.summary for item in (*first.items, *second.items)] == ["3", "2", "1", "0"]


def test_filters_show_what_they_name(store: Store) -> None:
    anna = customer()
    stock(
        store,
        anna,
        contact(anna, ago(days=1), subject="Chat", channel=Channel.CHAT, department="Sales"),
        contact(anna, ago(days=2), subject="Call", department="Billing"),
        entry(ItemKind.NOTE, anna, 1, "Note"),
        entry(ItemKind.PROMISE, anna, 0, "Promise"),
    )
    assert shown(store, anna) == ["Note", "Promise", "Chat", "Call"]
    assert shown(store, anna, kinds=frozenset({ItemKind.NOTE})) == ["Note"]
    assert shown(store, anna, channels=frozenset({"chat"})) == ["Chat"]
    assert shown(store, anna, channels=frozenset({"call"})) == ["Promise", "Call"]
    assert shown(store, anna, departments=frozenset({"Billing", "Sales"})) == ["Chat", "Call"]
    both = {"channels": frozenset({"call"}), "departments": frozenset({"Sales"})}
    assert shown(store, anna, **both) == []
    nothing = {"kinds": frozenset({ItemKind.NOTE}), "departments": frozenset({"Sales"})}
    assert shown(store, anna, **nothing) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("чай", ["Любит ЧАЙ"]),
        ("ZOLC", ["Żółć"]),
        ("żółć", ["Żółć"]),
        ("tea MORNING", ["Tea in the morning"]),
        ("tea evening", []),
        ("100%", ["100% sure_"]),
        ("_", ["100% sure_"]),
        ("%", ["100% sure_"]),
        ("\\", []),
        ("2026", []),
        ("\ud800", []),
    ],
)
def test_text_is_looked_for_without_regard_to_case_and_accents(
    store: Store, text: str, found: list[str]
) -> None:
    anna = customer()
    texts = ["Любит ЧАЙ", "Żółć", "Tea in the morning", "100% sure_"]
    for minute, (kind, words) in enumerate(zip(ItemKind, texts, strict=True)):
        stock(store, entry(kind, anna, minute, words))
    assert shown(store, anna, text=text) == found


def test_what_central_does_not_have_yet_is_marked(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, anna, entry(ItemKind.INTERACTION, anna, 0))
    desk.add_note(anna.id, "Written here").result()
    page = desk.timeline(anna.id).result()
    assert {item.kind: item.pending for item in page.items} == {
        ItemKind.NOTE: True,
        ItemKind.INTERACTION: False,
    }


def test_a_long_text_is_cut_on_the_page_and_whole_when_asked_for(store: Store) -> None:
    anna = customer()
    note = entry(ItemKind.NOTE, anna, 0, "ż" * 9_000)
    stock(store, anna, note)
    item = store.read_here(timeline_page, anna.id).items[0]
    assert item.summary == "ż" * SUMMARY_CHARS
    assert store.read_here(entry_text, ItemKind.NOTE, note.id) == "ż" * 9_000
    assert store.read_here(entry_text, ItemKind.NOTE, new_id()) is None
    assert store.read_here(entry_text, ItemKind.PURCHASE, note.id) is None


def test_the_facets_are_what_occurs(store: Store) -> None:
    anna = customer()
    stock(
        store,
        anna,
        contact(anna, channel=Channel.CHAT, department="Sales"),
        contact(anna, department="Sales"),
        contact(anna),
        contact(customer("Ben Sharp"), channel=Channel.VISIT, department="Field"),
    )
    facets = store.read_here(timeline_facets, anna.id)
    assert (facets.channels, facets.departments, facets.total) == (("call", "chat"), ("Sales",), 3)


def test_every_kind_of_row_is_a_kind_of_record() -> None:
    assert {kind.value for kind in KIND_OF.values()} == {kind.value for kind in ItemKind}


def plan_of(store: Store, *args: Any) -> list[str]:
    """Return SQLite's plan for a page, a step a line."""
    asked: list[tuple[str, Any]] = []

    def listen(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        asked.append((statement, parameters))

    sa.event.listen(store.engine, "before_cursor_execute", listen)
    store.read_here(timeline_page, *args)
    sa.event.remove(store.engine, "before_cursor_execute", listen)
    query, parameters = next(a for a in asked if "interaction" in a[0])

    def explain(connection: sa.Connection) -> Iterable[str]:
        result = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", parameters)
        return [row.detail for row in result]

    return list(store.read_here(explain))


@pytest.mark.parametrize("after", [None, Position("2026-11-21T12:00:00.000Z", "x")])
def test_every_source_is_read_by_its_own_index_and_only_as_far_as_needed(
    store: Store, after: Position | None
) -> None:
    plan = plan_of(store, new_id(), TimelineFilter(), after, 100)
    searched = {
        match[1]: match[0]
        for step in plan
        if (match := re.match(r"SEARCH (\w+) USING (?:COVERING )?INDEX .*", step))
    }
    for table in ("interaction", "note", "promise", "purchase"):
        assert f"ix_{table}_customer_id_" in searched[table], plan
        # Behind a position the index is entered there, not at the person's first row.
        assert ("_at<?" in searched[table]) is (after is not None), plan
    assert {"user", "outbox"} <= set(searched)
    # What is scanned or sorted whole is the four pages, never a table.
    tables = "interaction|note|promise|purchase|user|outbox|customer"
    assert not [step for step in plan if re.match(rf"SCAN (?:{tables})\b", step)], plan
    assert plan.count("USE TEMP B-TREE FOR ORDER BY") == 1, plan
