"""All customers can be leafed through by name, each once, with what a list shows of them."""

from __future__ import annotations

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.services.browse import (
    CustomerRow,
    customer_count,
    customer_page,
    find_customer,
    interaction_count,
)
from agentdesk.store.rows import delete_rows
from agentdesk.store.tables import alias
from agentdesk.store.tables import customer as customer_table
from agentdesk.store.workers import Store
from tests.stock import ago, contact, customer, email, phone, stock


def leaf_through(store: Store, limit: int) -> list[CustomerRow]:
    found: list[CustomerRow] = []
    after: tuple[str, str] | None = None
    for _page in range(200):
        page = store.read_here(customer_page, after, limit)
        found += page
        if len(page) < limit:
            return found
        after = (page[-1].sort_name, page[-1].id)
    raise AssertionError("the list has no end")


def test_a_row_shows_what_is_known_of_a_customer(store: Store) -> None:
    anna = customer(company="Acme", hometown="Leeds", vip=True, customer_type="expert")
    phones = [phone(anna, "+442079460958"), phone(anna, "+48601234567")]
    stock(
        store,
        anna,
        email(anna, "anna@example.com"),
        *phones,
        contact(anna, ago(days=2)),
        contact(anna, ago(days=1)),
    )
    [row] = store.read_here(customer_page)
    assert (row.id, row.name, row.sort_name) == (anna.id, "Anna Blunt", "anna blunt")
    assert (row.company, row.hometown, row.customer_type) == ("Acme", "Leeds", "expert")
    assert (row.vip, row.phone) == (True, min(phones, key=lambda point: point.id).value)
    assert row.last_contact_at == "2026-11-20T12:00:00.000Z"
    assert store.read_here(customer_count) == 1
    assert store.read_here(interaction_count) == 2


def test_names_of_all_alphabets_and_accents_stand_in_one_order(store: Store) -> None:
    names = ["Żak", "Борисов", "adams", "Łoś", "Čapek"]
    stock(store, *(customer(name, family_name=name) for name in names))
    assert [row.name for row in leaf_through(store, 2)] == [
        "adams",
        "Борисов",
        "Čapek",
        "Łoś",
        "Żak",
    ]


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    names=st.lists(st.sampled_from(["Ann", "Ben", "Żak", ""]), max_size=12), limit=st.integers(1, 5)
)
def test_leafing_through_shows_everybody_once_even_with_equal_names(
    store: Store, names: list[str], limit: int
) -> None:
    people = [customer(name) for name in names]
    stock(store, *people)
    found = leaf_through(store, limit)
    assert sorted(row.id for row in found) == sorted(who.id for who in people)
    assert [row.sort_name for row in found] == sorted(row.sort_name for row in found)
    store.write_here(delete_rows, KindName.CUSTOMER, [who.id for who in people])


def test_a_page_deep_in_the_list_is_found_by_the_index(store: Store) -> None:
    c = customer_table.c
    query = (
        sa.select(c.id)
        .where(sa.tuple_(c.sort_name, c.id) > sa.tuple_("m", "1"))
        .order_by(c.sort_name, c.id)
        .limit(200)
        .compile(compile_kwargs={"literal_binds": True})
    )
    plan = store.read_here(
        lambda connection: [
            row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")
        ]
    )
    assert len(plan) == 1
    assert "USING COVERING INDEX ix_customer_sort_name_id (" in plan[0]


def test_somebody_who_was_merged_is_found_as_who_they_are_now(store: Store) -> None:
    anna, gone = customer(), new_id()
    stock(store, anna)
    store.write_here(
        lambda connection: (
            connection.execute(alias.insert().values(loser=gone, winner=anna.id)).rowcount
        )
    )
    assert store.read_here(find_customer, anna.id) == anna
    assert store.read_here(find_customer, gone) == anna
    assert store.read_here(find_customer, new_id()) is None
