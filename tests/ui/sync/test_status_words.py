"""The status says what is true in every state, and never more (invariant 9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agentdesk.errors import Code
from agentdesk.sync.status import SyncState, SyncStatus
from agentdesk.ui.theme import Tone
from agentdesk.views import figures
from agentdesk.views.sync.status_words import status_words

MOMENT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ALL_SAVED = "All saved centrally"


@pytest.mark.parametrize("state", list(SyncState))
def test_no_state_claims_that_all_is_saved_while_something_waits(state: SyncState) -> None:
    for status in (
        SyncStatus(state, pending=2),
        SyncStatus(state, attention=1),
        SyncStatus(state, conflicts=1),
        SyncStatus(state, others=1),
    ):
        told = status_words(status, "en", MOMENT)
        assert told.words != ALL_SAVED
        assert told.tone is not Tone.GOOD
        assert told.words


@pytest.mark.parametrize("state", [state for state in SyncState if state is not SyncState.LIVE])
def test_only_a_desk_in_touch_with_central_says_that_all_is_saved(state: SyncState) -> None:
    assert status_words(SyncStatus(state), "en", MOMENT).words != ALL_SAVED
    assert status_words(SyncStatus(SyncState.LIVE), "en", MOMENT).words == ALL_SAVED


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (SyncStatus(SyncState.SIGNED_OUT), "Signed out"),
        (SyncStatus(SyncState.SIGNED_OUT, pending=3), "3 waiting, signed out"),
        (SyncStatus(SyncState.LOCKED, pending=3), "3 waiting, sign in again to send"),
        (SyncStatus(SyncState.UPGRADE, pending=1), "1 waiting, another version is needed"),
        (SyncStatus(SyncState.FORKED, pending=1), "1 waiting, sending has stopped"),
        (SyncStatus(SyncState.ELSEWHERE, pending=1), "1 waiting, another program sends"),
        (SyncStatus(SyncState.WIPED), "This desk was wiped"),
        (SyncStatus(SyncState.DIFFERS), "Differs from Central"),
        (
            SyncStatus(SyncState.DIFFERS, error=Code.REMOVALS_UNCONFIRMED),
            "Many removals, not believed yet",
        ),
        (SyncStatus(SyncState.CATCHING_UP), "Catching up"),
        (SyncStatus(SyncState.LIVE, pending=2), "Sending 2"),
        (SyncStatus(SyncState.LIVE, pending=2, conflicts=1), "1 needs your decision"),
        (SyncStatus(SyncState.LIVE, others=1), "Up to date"),
        (SyncStatus(SyncState.OFFLINE, error=Code.DISK_FULL), "The disk is full"),
        (SyncStatus(SyncState.OFFLINE, error=Code.SERVER_BUSY), "Central is busy"),
        (SyncStatus(SyncState.OFFLINE, error=Code.SERVER_UNREACHABLE), "Offline"),
    ],
)
def test_every_state_has_its_words(status: SyncStatus, words: str) -> None:
    assert status_words(status, "en", MOMENT).words == words


def test_offline_says_since_when() -> None:
    since = MOMENT - timedelta(minutes=78)
    status = SyncStatus(SyncState.OFFLINE, pending=3, offline_since=since)
    told = status_words(status, "en", MOMENT)
    assert told.words == f"3 waiting, offline since {since.astimezone():%H:%M}"


def test_the_first_sync_says_how_far_and_how_long() -> None:
    status = SyncStatus(SyncState.FIRST_SYNC, received=123_000, expected=600_000, left_s=44.0)
    assert status_words(status, "en", MOMENT).words == "123,000 of 600,000 · 45 s left"
    waiting = status_words(replace(status, pending=2), "en", MOMENT)
    assert waiting.words == "2 waiting, 123,000 of 600,000 · 45 s left"


def test_a_first_sync_that_was_cancelled_does_not_seem_complete() -> None:
    status = SyncStatus(SyncState.FIRST_SYNC, received=9, expected=60, paused=True)
    told = status_words(status, "en", MOMENT)
    assert told.words == "Not everything is here"
    assert "9 of 60" in told.details


def test_reading_everything_anew_says_that_the_old_is_shown() -> None:
    status = SyncStatus(SyncState.FIRST_SYNC, again=True)
    told = status_words(status, "en", MOMENT)
    assert told.words == "Reading everything anew"
    assert "what was here before" in told.details


def test_what_needs_a_decision_is_not_hidden_by_being_offline() -> None:
    told = status_words(SyncStatus(SyncState.OFFLINE, conflicts=2), "en", MOMENT)
    assert "2 need your decision." in told.details


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "a few seconds left"),
        (44, "45 s left"),
        (46, "45 s left"),
        (200, "3 min left"),
        (9000, "2 h left"),
    ],
)
def test_the_time_left_is_told_in_steps_that_do_not_flicker(seconds: float, words: str) -> None:
    assert figures.time_left(seconds) == words
