"""The known ways in which others have lost data: none is ours, and each would be found if it were.

A scenario is played twice. With the program as it is, nothing may be wrong at its end. With the
bug planted that others had, by the test and nowhere else, the very same scenario has to find the
loss: so none of them passes because it looks the wrong way.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.losses import feeding, leaving, people, reading, sending
from tests.losses.finding import ANNA, NOTHING_WRONG, KnownLoss, Stage
from tests.real import Maker, central_with

LOSSES = {
    loss.name: loss for part in (feeding, reading, sending, leaving, people) for loss in part.LOSSES
}


@pytest.fixture
def stage(tmp_path: Path, make_store: Maker, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A Central that serves a company with Anna Blunt."""
    with central_with(tmp_path, ANNA) as central:
        yield Stage(central, make_store, lambda: request.getfixturevalue("postgres"))


@pytest.fixture(params=list(LOSSES))
def loss(request: pytest.FixtureRequest) -> KnownLoss:
    """One known way to lose data."""
    known: KnownLoss = LOSSES[request.param]
    return known


def test_nothing_is_lost_in_a_known_way(stage: Stage, loss: KnownLoss) -> None:
    assert loss.scenario(stage) == NOTHING_WRONG


def test_the_loss_is_found_once_its_bug_is_planted(
    stage: Stage, loss: KnownLoss, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as planting:
        loss.bug(planting)
        found = loss.scenario(stage)
    assert getattr(found, loss.found_as)
