"""A desk finds out when its cache is not what Central has, and says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from agentdesk.domain.areas import Area
from agentdesk.domain.moments import now, to_text
from agentdesk.errors import Code, ExternalError
from agentdesk.services.desk import Desk
from agentdesk.store import tables as t
from agentdesk.store.state import get_state, set_state
from agentdesk.store.workers import Store
from agentdesk.sync import digest_check, exchange, outside
from agentdesk.sync.absorb import CURSOR
from agentdesk.sync.protocol import GoneReason
from tests.unit.sync.scripted import ScriptedCentral, gone, row_of


@pytest.fixture
def central() -> ScriptedCentral:
    return ScriptedCentral()


def pull(store: Store, central: ScriptedCentral) -> None:
    while exchange.pull_once(store, central).more:
        pass


def check(store: Store, central: ScriptedCentral) -> digest_check.Compared | None:
    return digest_check.check(store, central, lambda: pull(store, central))


def check_if_due(store: Store, central: ScriptedCentral) -> None:
    digest_check.check_if_due(store, central, lambda: pull(store, central))


def forget_one(store: Store) -> None:
    """Lose a row without anybody noticing."""

    def lose(connection: sa.Connection) -> None:
        one = sa.select(t.customer.c.id).limit(1).scalar_subquery()
        connection.execute(t.customer.delete().where(t.customer.c.id == one))

    store.write_here(lose)


def made_anew(store: Store) -> bool:
    """Tell whether the next exchange reads everything anew."""
    return store.read_here(get_state, CURSOR) is None


def age_of_check(store: Store, **ago: float) -> None:
    """Let the last comparison be so old."""
    checked = store.read_here(get_state, digest_check.CHECKED)
    at = to_text(now() - timedelta(**ago))
    store.write_here(lambda c: set_state(c, **{digest_check.CHECKED: checked | {"at": at}}))


def test_a_whole_cache_is_found_equal(store: Store, central: ScriptedCentral) -> None:
    central.add_people(300)
    found = check(store, central)
    assert found == digest_check.Compared(0, 300, 300)
    assert not made_anew(store)


def test_own_edits_make_no_difference(store: Store, desk: Desk, central: ScriptedCentral) -> None:
    people = central.add_people(30)
    pull(store, central)
    desk.set_fields(people[0].id, {"hometown": "York"}).result()
    desk.add_note(people[1].id, "asked for the bill").result()
    desk.add_customer("Somebody New").result()
    found = check(store, central)
    assert found is not None
    assert (found.differing, found.here) == (0, 30)


def test_what_is_kept_from_outside_the_scope_is_not_counted(
    store: Store, desk: Desk, central: ScriptedCentral
) -> None:
    people = central.add_people(30)
    pull(store, central)
    desk.set_fields(people[0].id, {"hometown": "York"}).result()
    central.tell(*gone(people[:1], 40, GoneReason.LEFT_SCOPE))
    found = check(store, central)
    assert found is not None
    assert (found.differing, found.here) == (0, 29)
    assert store.read_here(outside.area_of, people[0].id) is Area.LEFT


def test_a_lost_row_is_noticed_and_everything_is_read_anew(
    store: Store, central: ScriptedCentral, caplog: pytest.LogCaptureFixture
) -> None:
    people = central.add_people(30)
    pull(store, central)
    forget_one(store)
    with pytest.raises(ExternalError) as differs:
        check(store, central)
    assert differs.value.code is Code.CACHE_DIFFERS
    assert made_anew(store)
    assert "1 buckets (29 records here, 30 there)" in caplog.text
    assert not any(who.full_name in caplog.text for who in people)


def test_an_older_version_of_a_row_is_noticed(store: Store, central: ScriptedCentral) -> None:
    people = central.add_people(3)
    pull(store, central)
    central.lines[0] = row_of(people[0], 77)
    with pytest.raises(ExternalError):
        check(store, central)
    assert made_anew(store)


def test_what_differs_again_is_not_read_anew_for_ever_and_never_accepted(
    store: Store, central: ScriptedCentral
) -> None:
    central.add_people(30)
    pull(store, central)
    forget_one(store)
    with pytest.raises(ExternalError):
        check_if_due(store, central)
    pull(store, central)
    forget_one(store)
    with pytest.raises(ExternalError):
        check_if_due(store, central)
    assert not made_anew(store)
    asked = central.digests_asked
    with pytest.raises(ExternalError) as still:
        check_if_due(store, central)
    assert still.value.code is Code.CACHE_DIFFERS
    assert central.digests_asked == asked


def test_a_difference_that_has_gone_is_forgotten(store: Store, central: ScriptedCentral) -> None:
    central.add_people(30)
    pull(store, central)
    store.write_here(lambda c: set_state(c, **{digest_check.RESET_AT: to_text(now())}))
    forget_one(store)
    with pytest.raises(ExternalError):
        check_if_due(store, central)
    store.write_here(lambda c: set_state(c, **{CURSOR: None}))
    age_of_check(store, minutes=20)
    check_if_due(store, central)
    check_if_due(store, central)
    last = store.read_here(digest_check.last_check)
    assert last is not None
    assert last[1] == 0


def test_a_comparison_is_made_once_a_day_and_on_demand(
    store: Store, central: ScriptedCentral
) -> None:
    central.add_people(3)
    check_if_due(store, central)
    check_if_due(store, central)
    assert central.digests_asked == 1
    age_of_check(store, hours=25)
    check_if_due(store, central)
    assert central.digests_asked == 2
    store.write_here(digest_check.ask_for_check)
    check_if_due(store, central)
    assert central.digests_asked == 3


def test_a_clock_that_was_turned_back_does_not_put_it_off(
    store: Store, central: ScriptedCentral
) -> None:
    central.add_people(3)
    check_if_due(store, central)
    age_of_check(store, days=-3_650)
    check_if_due(store, central)
    assert central.digests_asked == 2


def test_only_equal_positions_are_compared(store: Store, central: ScriptedCentral) -> None:
    people = central.add_people(30)
    central.arriving = [[row_of(people[0], 50)], [row_of(people[1], 51)]]
    found = check(store, central)
    assert found == digest_check.Compared(0, 30, 30)
    assert central.digests_asked == 3


def test_a_central_that_never_stands_still_decides_nothing(
    store: Store, central: ScriptedCentral
) -> None:
    people = central.add_people(30)
    central.arriving = [[row_of(people[0], 50 + n)] for n in range(20)]
    assert check(store, central) is None
    assert not made_anew(store)


def test_a_central_with_kinds_of_its_own_is_not_compared(
    store: Store, central: ScriptedCentral
) -> None:
    central.add_people(3)
    store.write_here(lambda c: set_state(c, **{digest_check.CENTRAL_SCHEMA: 99}))
    assert check(store, central) is None
    assert central.digests_asked == 0


def test_a_slice_boundary_neither_loses_nor_doubles(
    store: Store, desk: Desk, central: ScriptedCentral, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest_check, "_SLICE_ROWS", 7)
    people = central.add_people(50)
    pull(store, central)
    for who in people[::3]:
        desk.set_fields(who.id, {"hometown": "York"}).result()
    found = check(store, central)
    assert found == digest_check.Compared(0, 50, 50)
