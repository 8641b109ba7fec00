"""A cache that is read anew tells afresh who is inside the scope; what is held comes along."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from agentdesk.domain.areas import Area
from agentdesk.domain.entities import Customer
from agentdesk.store import tables as t
from agentdesk.store.workers import Store
from agentdesk.sync import outside
from agentdesk.sync.absorb import absorb_page
from agentdesk.sync.carry import carry
from tests.real import Maker, new_desk
from tests.unit.sync.test_absorb import count, page, shown
from tests.unit.sync.test_outside import anna_and_fact, left, row_of


@pytest.fixture
def old(store: Store) -> Store:
    return store


@pytest.fixture
def held(old: Store) -> Customer:
    """Somebody who has left the scope while an edit on them waits."""
    anna, fact = anna_and_fact(old)
    new_desk(old).set_fields(anna.id, {"hometown": "York"}).result()
    old.write_here(absorb_page, page(left(anna, 7), left(fact, 8)))
    return anna


def bring(old: Store, new: Store) -> None:
    """Carry what is the desk's own over, twice: it may have been cut off before the swap."""

    def work(to: sa.Connection) -> None:
        with old.engine.connect() as connection:
            carry(connection, to)

    new.write_here(work)
    new.write_here(work)


def test_who_is_inside_again_is_marked_no_longer(
    old: Store, make_store: Maker, held: Customer
) -> None:
    new = make_store("new")
    new.write_here(absorb_page, page(row_of(held, 20), cursor="c20"))
    bring(old, new)
    assert new.read_here(outside.area_of, held.id) is Area.INSIDE
    assert count(new, t.outside) == 0
    customer = shown(new, held.id)
    assert customer is not None
    assert customer.hometown == "York"


def test_who_is_still_outside_comes_along_marked(
    old: Store, make_store: Maker, held: Customer
) -> None:
    new = make_store("new")
    bring(old, new)
    assert new.read_here(outside.area_of, held.id) is Area.LEFT
    customer = shown(new, held.id)
    assert customer is not None
    assert customer.hometown == "York"
    assert count(new, t.fact) == 1
