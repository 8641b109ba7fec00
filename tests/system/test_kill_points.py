"""Every boundary of a desk and of Central, each the place where one process is killed.

`tests/kills/boundaries.txt` names them, and is complete: a boundary that is met and not listed
fails, and so does one that is listed and never met. At each of them a real process dies of
SIGKILL; then nothing that was reported as saved is lost, nothing is doubled, and desks and Central
agree. `python -m tests.kills.listed` writes the list anew.

Hundreds of deaths take minutes: `make kills` dies them all, other runs every sixth.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kills.boundaries import DIES_AT
from tests.kills.company import Company, company_in
from tests.kills.listed import listed, met
from tests.kills.plays import PLAYS

LISTED = listed()
EVERY = 1 if os.environ.get("KILLS") == "all" else 6
DEATHS = [(play, boundary) for play in PLAYS for boundary in LISTED[play]][::EVERY]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The company; it goes on from one kill to the next."""
    with company_in(tmp_path_factory.mktemp("company")) as working:
        yield working


def test_every_boundary_is_listed_and_every_listed_one_is_met(tmp_path: Path) -> None:
    # What is met depends on what there was before: here, as in the making of the list, on nothing.
    with company_in(tmp_path) as fresh:
        assert {play: sorted(met(fresh, play)) for play in PLAYS} == {
            play: sorted(LISTED[play]) for play in PLAYS
        }


@pytest.mark.parametrize(("play", "boundary"), DEATHS)
def test_nothing_is_lost_or_doubled_by_a_kill(company: Company, play: str, boundary: str) -> None:
    reported = PLAYS[play].run(company, boundary, "")
    assert reported[-1] == DIES_AT + boundary
    PLAYS[play].check(company, reported)
