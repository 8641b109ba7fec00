"""What synchronisation does next follows from what is known, and from nothing else."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentdesk.domain.kinds import KindName
from agentdesk.errors import Code
from agentdesk.store.outbox import Intention
from agentdesk.sync import plan
from agentdesk.sync.plan import Pace, batch, needs_a_person, retry_delay_s, state_after
from agentdesk.sync.protocol import MAX_PUSH_BYTES, MAX_PUSH_GROUPS
from agentdesk.sync.status import SyncState


def intention(n: int, group: str, size: int = 2) -> Intention:
    payload = b"{" + b" " * (size - 2) + b"}"
    return Intention(
        n=n,
        group_id=group,
        kind=KindName.NOTE,
        record_id="1",
        owner_id="1",
        author_id="u",
        payload=payload,
        made_at="",
    )


def waiting(*sizes: list[int]) -> list[Intention]:
    """Return groups of intentions of these sizes in bytes."""
    found: list[Intention] = []
    for group, members in enumerate(sizes):
        found += [intention(len(found) + n + 1, f"g{group}", s) for n, s in enumerate(members)]
    return found


def test_the_pause_doubles_up_to_a_ceiling() -> None:
    assert [retry_delay_s(attempt) for attempt in (1, 2, 3, 8)] == [2, 4, 8, 256]
    assert retry_delay_s(9) == retry_delay_s(10**9) == 300
    assert retry_delay_s(5, ceiling_s=10) == 10


@given(st.integers(1, 10_000))
def test_no_pause_is_shorter_than_the_one_before(attempt: int) -> None:
    assert 2 <= retry_delay_s(attempt) <= retry_delay_s(attempt + 1) <= 300


def test_nothing_waiting_makes_no_push() -> None:
    assert batch([]) == []


def test_groups_go_out_whole_and_in_order() -> None:
    groups = batch(waiting([2, 3], [4], [5, 6, 7]))
    assert [group.id for group in groups] == ["g0", "g1", "g2"]
    assert [len(bytes(m)) for group in groups for m in group.mutations] == [2, 3, 4, 5, 6, 7]


def test_a_push_has_no_more_groups_than_the_protocol_allows() -> None:
    groups = batch(waiting(*[[2]] * (MAX_PUSH_GROUPS + 3)))
    assert [group.id for group in groups] == [f"g{n}" for n in range(MAX_PUSH_GROUPS)]


def test_a_group_that_would_make_the_push_too_large_waits_with_all_behind_it() -> None:
    half = MAX_PUSH_BYTES // 2
    assert [g.id for g in batch(waiting([half - 10], [5, 5], [2]))] == ["g0", "g1"]
    assert [g.id for g in batch(waiting([half - 10], [5, 6], [2]))] == ["g0"]


def test_a_first_group_that_is_too_large_is_sent_alone() -> None:
    assert [g.id for g in batch(waiting([MAX_PUSH_BYTES * 2], [2]))] == ["g0"]


@given(st.lists(st.lists(st.integers(2, 900), min_size=1, max_size=4), max_size=12))
def test_pushing_again_and_again_sends_everything_once_in_order(sizes: list[list[int]]) -> None:
    left, sent = waiting(*sizes), list[int]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "MAX_PUSH_BYTES", 2_000)
        patch.setattr(plan, "MAX_PUSH_GROUPS", 3)
        for _round in range(13):
            ids = {group.id for group in batch(left)}
            assert bool(ids) == bool(left)
            assert len(ids) <= 3
            gone = [i for i in left if i.group_id in ids]
            assert len(ids) == 1 or sum(len(i.payload) for i in gone) <= 1_000
            sent += [i.n for i in gone]
            left = left[len(gone) :]
    assert left == []
    assert sent == list(range(1, sum(map(len, sizes)) + 1))
    assert all(b == a + 1 for a, b in pairwise(sent))


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (Code.SERVER_UNREACHABLE, SyncState.OFFLINE),
        (Code.SERVER_NOT_CENTRAL, SyncState.OFFLINE),
        (Code.SERVER_UNTRUSTED, SyncState.OFFLINE),
        (Code.ANSWER_DAMAGED, SyncState.OFFLINE),
        (Code.TOKEN_EXPIRED, SyncState.LOCKED),
        (Code.SIGNED_OUT, SyncState.LOCKED),
        (Code.DEVICE_LOCKED, SyncState.LOCKED),
        (Code.NOT_SIGNED_IN, SyncState.SIGNED_OUT),
        (Code.PROGRAM_TOO_OLD, SyncState.UPGRADE),
        (Code.DEVICE_FORKED, SyncState.FORKED),
    ],
)
def test_a_failure_leaves_the_desk_where_it_can_go_on(failure: Code, state: SyncState) -> None:
    assert state_after(failure) is state


@pytest.mark.parametrize("failure", list(Code))
def test_no_failure_leaves_the_desk_live(failure: Code) -> None:
    assert state_after(failure) not in (
        SyncState.LIVE,
        SyncState.CATCHING_UP,
        SyncState.FIRST_SYNC,
    )


def test_only_what_a_person_must_settle_waits_for_one() -> None:
    assert {state for state in SyncState if needs_a_person(state)} == {
        SyncState.SIGNED_OUT,
        SyncState.LOCKED,
        SyncState.UPGRADE,
        SyncState.FORKED,
        SyncState.WIPED,
    }


# --- How long a first sync still takes ---------------------------------------------------------


def test_a_steady_pace_tells_the_time_that_is_left() -> None:
    pace = Pace(0, 100.0)
    for second in range(1, 11):
        pace = pace.on(2_000 * second, 100.0 + second)
    assert pace.rate_per_s == pytest.approx(2_000)
    assert pace.left_s(30_000) == pytest.approx(5.0)


def test_nothing_is_foretold_before_something_has_arrived() -> None:
    assert Pace(0, 5.0).left_s(100) is None
    assert Pace(0, 5.0).on(10, 6.0).left_s(None) is None


def test_one_slow_batch_does_not_upset_the_estimate_and_a_slow_line_does() -> None:
    fast = Pace(0, 0.0).on(1_000, 1.0)
    once = fast.on(1_000, 1.5)
    assert once.rate_per_s == pytest.approx(1_000, rel=0.2)
    slow = fast
    for second in range(2, 30):
        slow = slow.on(1_000 + 100 * second, float(second))
    assert slow.rate_per_s == pytest.approx(100, rel=0.1)


@given(st.lists(st.tuples(st.integers(0, 10_000), st.floats(0, 100)), max_size=30))
def test_whatever_arrives_when_the_time_left_is_never_negative(
    steps: list[tuple[int, float]],
) -> None:
    pace, received, at_s = Pace(0, 0.0), 0, 0.0
    for more, seconds in steps:
        received, at_s = received + more, at_s + seconds
        pace = pace.on(received, at_s)
        left = pace.left_s(50_000)
        assert left is None or left >= 0.0
