"""The search index is at any time what it would be if it were made anew, and never lags behind."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentdesk.domain.entities import ContactKind
from agentdesk.domain.kinds import KindName
from agentdesk.services.desk import Desk
from agentdesk.store.latest import LatestRead, OvertakenError
from agentdesk.store.search import find_customers
from agentdesk.store.search_index import rebuild_index
from agentdesk.store.workers import Store


def contents(connection: sa.Connection) -> tuple[object, ...]:
    """Return what the index says, without the numbers of words, which are by the way."""
    words = sa.text("SELECT word, sound, people FROM search_word ORDER BY word")
    near = sa.text(
        "SELECT search_near.key, search_word.word FROM search_near "
        "LEFT JOIN search_word ON search_word.id = search_near.word ORDER BY 1, 2"
    )
    terms = []
    for index in ("search_index", "search_number", "search_text"):
        view = f"fts5vocab(main, {index}, instance)"
        connection.execute(sa.text(f"CREATE VIRTUAL TABLE temp.said USING {view}"))
        query = sa.text("SELECT DISTINCT term, doc FROM temp.said ORDER BY 1, 2")
        terms.append(connection.execute(query).all())
        connection.execute(sa.text("DROP TABLE temp.said"))
    entries = connection.execute(sa.text("SELECT docid FROM search_entry ORDER BY 1")).all()
    return (connection.execute(words).all(), connection.execute(near).all(), terms, entries)


_NAMES = st.sampled_from(["Anna Blunt", "Ana Blunt", "Щукин", "Jürgen Müller", "Li", "Bob Gray"])
_STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "rename", "phone", "note", "remove", "town"]), _NAMES),
    max_size=12,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_STEPS)
def test_the_index_after_any_writes_equals_one_made_anew(
    store: Store, desk: Desk, steps: list[tuple[str, str]]
) -> None:
    people: list[str] = []
    for step, name in steps:
        if step == "add" or not people:
            people.append(desk.add_customer(name).result().id)
        elif step == "rename":
            desk.set_fields(people[-1], {"full_name": f"{name} the Second"}).result()
        elif step == "phone":
            desk.add_contact_point(people[0], ContactKind.PHONE, "+442079460958").result()
        elif step == "note":
            desk.add_note(people[0], name).result()
        elif step == "town":
            desk.set_fields(people[0], {"hometown": name}).result()
        else:
            desk.remove(KindName.CUSTOMER, people.pop()).result()
    kept = store.write_here(contents)
    store.write_here(rebuild_index)
    assert kept == store.write_here(contents)


def test_a_newer_question_of_a_box_ends_the_older_one(store: Store) -> None:
    box = LatestRead(store)
    began, go_on = threading.Event(), threading.Event()

    def slow(connection: sa.Connection) -> int:
        began.set()
        go_on.wait(10)
        query = (
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
        )
        return int(connection.exec_driver_sql(query).scalar_one())

    older = box.ask(slow)
    assert began.wait(10)
    newer = box.ask(find_customers, "anna")
    go_on.set()
    assert newer.result(10) == []
    with pytest.raises(OvertakenError):
        older.result(10)
