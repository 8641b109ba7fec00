"""Whom to call back, from the command line: listed, dealt with for every desk, and back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agentdesk.domain.entities import Disposition
from agentdesk.domain.moments import now
from tests.command_line import CommandLine
from tests.real import Central, central_with, person
from tests.stock import contact

ANNA = person("Anna Blunt", "+442079460958")
CALLS = [
    contact(
        None, now() - timedelta(hours=hours), e164="+48225550123", disposition=Disposition.MISSED
    )
    for hours in (1, 3)
]


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central with two missed calls of one number."""
    with central_with(tmp_path, [*ANNA, *CALLS]) as running:
        yield running


def test_missed_callers_are_listed_by_number(run: CommandLine) -> None:
    [caller] = run("missed", "list", "--json").json
    assert (caller["id"], caller["e164"], caller["calls"]) == (CALLS[0].id, "+48225550123", 2)
    assert (caller["name"], caller["maybe"]) == (None, "Poland")
    assert caller["since"] < caller["at"]
    shown = run("missed", "list").out
    assert "+48 22 555 01 23" in shown
    assert "2 calls" in shown


def test_a_caller_who_is_dealt_with_is_off_the_list_also_at_central(
    run: CommandLine,
) -> None:
    assert run("missed", "done", CALLS[0].id, "--json").json["changed"] is True
    assert run("missed", "list", "--json").json == []
    assert run("missed", "list").out == "No calls to return.\n"
    synced = run("sync", "--json")
    assert (synced.code, synced.json["attention"]) == (0, 0)
    assert run("missed", "list", "--json").json == []
    assert run("missed", "reopen", CALLS[0].id, "--json").json["changed"] is True
    assert run("sync", "--json").code == 0
    assert len(run("missed", "list", "--json").json) == 1


def test_a_call_that_is_not_there_is_told_with_its_code(run: CommandLine) -> None:
    answer = run("missed", "done", "nothing", "--json")
    assert (answer.code, answer.error) == (1, "not-found")
