"""A page that would empty the cache is believed only if Central's own counts agree with it."""

from __future__ import annotations

import pytest

from agentdesk.errors import Code, ExternalError
from agentdesk.services.browse import customer_count
from agentdesk.services.desk import Desk
from agentdesk.store.state import get_state
from agentdesk.store.workers import Store
from agentdesk.sync import brake, exchange
from agentdesk.sync.protocol import GoneReason
from tests.unit.sync.scripted import ScriptedCentral, gone, row_of


@pytest.fixture
def central() -> ScriptedCentral:
    return ScriptedCentral()


def pull(store: Store, central: ScriptedCentral) -> int:
    """Take in all pages there are; return how many customers are left."""
    while exchange.pull_once(store, central).more:
        pass
    return store.read_here(customer_count)


def test_a_few_removals_are_taken_in_without_asking(store: Store, central: ScriptedCentral) -> None:
    people = central.add_people(200)
    pull(store, central)
    central.tell(*gone(people[:40], 300))
    assert pull(store, central) == 160
    assert central.digests_asked == 0


@pytest.mark.parametrize("reason", [GoneReason.REMOVED, GoneReason.LEFT_SCOPE])
def test_more_than_a_fifth_goes_only_after_the_digest_has_said_so(
    store: Store, central: ScriptedCentral, reason: GoneReason
) -> None:
    people = central.add_people(200)
    pull(store, central)
    central.tell(*gone(people[:41], 300, reason))
    assert pull(store, central) == 159
    assert central.digests_asked == 1


def test_more_than_a_thousand_goes_only_after_the_digest_has_said_so(
    store: Store, central: ScriptedCentral
) -> None:
    people = central.add_people(5_100)
    pull(store, central)
    central.tell(*gone(people[:1_001], 6_000))
    assert pull(store, central) == 4_099
    assert central.digests_asked == 1


def test_an_empty_read_is_not_taken_for_a_deletion(store: Store, central: ScriptedCentral) -> None:
    people = central.add_people(200)
    pull(store, central)
    before = store.read_here(get_state, "cursor")
    central.tell(*gone(people, 300))
    central.forgotten = {who.id for who in people}
    for _try in range(2):
        with pytest.raises(ExternalError) as refused:
            exchange.pull_once(store, central)
        assert refused.value.code is Code.REMOVALS_UNCONFIRMED
    assert store.read_here(customer_count) == 200
    assert store.read_here(get_state, "cursor") == before
    central.forgotten = set()
    assert pull(store, central) == 0


def test_removals_in_many_small_pages_are_counted_together(
    store: Store, central: ScriptedCentral
) -> None:
    people = central.add_people(200)
    pull(store, central)
    central.page_rows = 25
    central.tell(*gone(people[:150], 300))
    central.forgotten = {who.id for who in people}
    with pytest.raises(ExternalError) as refused:
        pull(store, central)
    assert refused.value.code is Code.REMOVALS_UNCONFIRMED
    assert store.read_here(customer_count) >= 160


def test_what_was_confirmed_is_not_asked_for_again_page_by_page(
    store: Store, central: ScriptedCentral
) -> None:
    people = central.add_people(200)
    pull(store, central)
    central.page_rows = 25
    central.tell(*gone(people[:150], 300))
    assert pull(store, central) == 50
    assert central.digests_asked == 1


def test_changes_that_arrive_during_the_confirmation_are_counted_with_it(
    store: Store, central: ScriptedCentral
) -> None:
    people = central.add_people(200)
    pull(store, central)
    central.tell(*gone(people[:100], 300))
    central.arriving = [[row_of(people[0], 500)], [row_of(people[1], 501)]]
    assert pull(store, central) == 100
    assert central.digests_asked == 3
    assert pull(store, central) == 102


def test_own_edits_do_not_stand_in_the_way_of_a_confirmation(
    store: Store, desk: Desk, central: ScriptedCentral
) -> None:
    people = central.add_people(100)
    pull(store, central)
    for who in people[:50]:
        desk.set_fields(who.id, {"hometown": "York"}).result()
    central.tell(*gone(people[:60], 300))
    assert pull(store, central) == 40


def test_removals_of_what_the_cache_never_had_do_not_count(
    store: Store, central: ScriptedCentral
) -> None:
    people = central.add_people(2_000)
    pull(store, central)
    strangers = ScriptedCentral().add_people(1_500)
    central.tell(*gone(strangers, 3_000), *gone(people[: brake.FEW], 5_000))
    assert pull(store, central) == 1_980
    assert central.digests_asked == 0
