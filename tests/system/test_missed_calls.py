"""Missed calls are everybody's: attached, returned or dealt with at one desk, at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agentdesk.domain.callers import MatchKind
from agentdesk.domain.entities import Disposition, Interaction
from agentdesk.domain.moments import now
from agentdesk.domain.phone import parse_number
from agentdesk.services.mentions import read_all
from agentdesk.services.missed import MissedCaller
from agentdesk.store.rows import get_entity
from agentdesk.store.workers import Store
from tests.exchanges import desk_on, settle
from tests.real import Central, Maker, central_with, person, signed_in
from tests.stock import contact

ANNA = person("Anna Blunt", "+442079460958")
STRANGE = "+48225550123"
MISSED = [
    contact(None, now() - timedelta(hours=hours), e164=STRANGE, disposition=Disposition.MISSED)
    for hours in (1, 5)
]


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central that knows Anna Blunt, and two missed calls of a number that nobody has."""
    with central_with(tmp_path, [*ANNA, *MISSED]) as running:
        yield running


def to_return(store: Store) -> tuple[MissedCaller, ...]:
    return desk_on(store).missed_callers().result().callers


def test_an_attached_number_relabels_its_missed_calls_at_every_desk(
    central: Central, make_store: Maker
) -> None:
    ann, ben = signed_in(make_store("ann"), central), signed_in(make_store("ben"), central, "ben")
    settle(ann)
    settle(ben)
    assert [(one.name, one.maybe, one.times) for one in to_return(ben)] == [(None, "Poland", 2)]
    desk_on(ann).attach_number(ANNA[0].id, parse_number(STRANGE, "GB")).result()
    settle(ann)
    settle(ben)
    for store in (ann, ben):
        owners = [store.read_here(get_entity, Interaction, call.id) for call in MISSED]
        assert [one.customer_id for one in owners if one is not None] == [ANNA[0].id] * 2
        assert desk_on(store).recognise(STRANGE).result().kind is MatchKind.EXACT
        assert [(one.name, one.times) for one in to_return(store)] == [("Anna Blunt", 2)]


def test_what_one_desk_has_dealt_with_leaves_the_list_of_the_others(
    central: Central, make_store: Maker
) -> None:
    ann, ben = signed_in(make_store("ann"), central), signed_in(make_store("ben"), central, "ben")
    settle(ann)
    settle(ben)
    desk_on(ann).deal_with_missed(MISSED[0].id).result()
    settle(ann)
    settle(ben)
    assert to_return(ben) == ()
    desk_on(ben).reopen_missed(MISSED[0].id).result()
    settle(ben)
    settle(ann)
    assert [one.times for one in to_return(ann)] == [2]


def test_a_first_sync_brings_numbers_that_texts_mention(
    central: Central, make_store: Maker
) -> None:
    ann = signed_in(make_store("ann"), central)
    settle(ann)
    desk_on(ann).add_note(ANNA[0].id, "Her brother: +48 22 555 01 23").result()
    settle(ann)
    ben = signed_in(make_store("ben"), central, "ben")
    settle(ben)
    read_all(ben)
    assert [one.name for one in desk_on(ben).recognise(STRANGE).result().mentioned] == [
        "Anna Blunt"
    ]
