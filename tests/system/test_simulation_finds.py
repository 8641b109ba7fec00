"""The simulation can fail: each of the bugs that have lost data elsewhere is found when planted."""

from __future__ import annotations

import pytest

from tests.simulation.replant import BUGS
from tests.simulation.runs import Run, one

MOST_SEEDS = 40


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("simulated")
    bug = BUGS[name]
    run = Run(3, 24, shorten=False, often=bug.often)
    assert not one(run, 1, folder).broken
    with bug.plant():
        found = any(one(run, seed, folder).broken for seed in range(1, MOST_SEEDS))
    assert found
