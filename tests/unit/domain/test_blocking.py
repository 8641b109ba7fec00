"""Who is compared at all: whoever shares a key, and never too many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agentdesk.domain.blocking import MOST_IN_BLOCK, NEXT_IN_ORDER, Pass, blocks, keys_of, pairs_of
from agentdesk.domain.sameness import Traits

ANNA = Traits(
    id="a",
    family=("shchukina",),
    given=("anna",),
    birthday="1984-03-07",
    lines={"+4812345": ""},
    emails=("anna.k@example.com",),
    town="gdynia",
    company="orlen sa",
)


@given(st.integers(0, 300))
def test_a_block_is_compared_within_bounds(size: int) -> None:
    block = [replace(ANNA, id=f"{at:03}", town=str(at % 7)) for at in range(size)]
    pairs = list(pairs_of(block))
    bound = MOST_IN_BLOCK * (MOST_IN_BLOCK - 1) // 2
    assert len(pairs) <= max(bound, size * NEXT_IN_ORDER * 2)
    assert all(one.id != other.id for one, other in pairs)


@pytest.mark.parametrize(
    "again",
    [
        replace(ANNA, family=("schukina",), lines={}, emails=(), birthday="", company=""),
        replace(ANNA, family=("anna",), given=("shchukina",), lines={}, emails=()),
        replace(ANNA, family=("nowak",), lines={}, emails=(), town="", company=""),
        replace(ANNA, given=("a",), lines={}, emails=(), birthday="", company="", town=""),
        replace(ANNA, family=("shhukina",), lines={}, emails=(), birthday=""),
        Traits(id="b", lines={"+4812345": ""}),
        Traits(id="b", emails=("anna.k@example.org",)),
    ],
)
def test_who_is_entered_again_shares_a_key(again: Traits) -> None:
    assert keys_of(ANNA) & keys_of(replace(again, id="b"))


def test_initials_are_compared_only_where_there_is_one() -> None:
    others = [replace(ANNA, id=str(at), given=(name,)) for at, name in enumerate(["anna", "alina"])]
    assert list(blocks(others, Pass.INITIAL)) == []
    [block] = blocks([*others, replace(ANNA, id="9", given=("a",))], Pass.INITIAL)
    assert len(block) == 3


def test_strangers_share_no_key() -> None:
    other = Traits(
        id="b", family=("blunt",), given=("robert",), town="leeds", birthday="1970-01-01"
    )
    assert keys_of(ANNA).isdisjoint(keys_of(other))
