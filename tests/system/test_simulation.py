"""Simulated companies under all faults: nothing is lost, doubled or divergent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.__main__ import main
from tests.simulation.beginning import Beginning
from tests.simulation.history import Step, history_of
from tests.simulation.runs import Run, begun_in, one
from tests.simulation.shrink import shortest
from tests.simulation.table import as_table
from tests.simulation.world import play

DESKS, STEPS = 3, 18
SEEDS = range(1, 201)
BLOCKS = [SEEDS[at : at + 10] for at in range(0, len(SEEDS), 10)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where companies are simulated."""
    return tmp_path_factory.mktemp("simulated")


@pytest.fixture(scope="module")
def begun(folder: Path) -> Beginning:
    """How every history begins."""
    return begun_in(folder / "begin", DESKS)


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_nothing_is_lost_doubled_or_divergent(seeds: range, folder: Path) -> None:
    run = Run(DESKS, STEPS)
    outcomes = [one(run, seed, folder) for seed in seeds]
    assert not [o for o in outcomes if o.broken], as_table(run, outcomes)
    assert sum(o.counts.edits for o in outcomes) > len(seeds)


def test_a_seed_plays_the_same_history_every_time(begun: Beginning, tmp_path: Path) -> None:
    told: list[list[str]] = [[], []]
    for lines in told:
        history = history_of(7, desks=DESKS, steps=40)
        play(history, desks=DESKS, folder=tmp_path / "world", begun=begun, tell=lines.append)
    assert told[0] == told[1]
    assert len(told[0]) > 40


def test_what_fails_is_shortened_to_the_steps_that_matter() -> None:
    history = history_of(1, desks=2, steps=40)
    needed = {history[4].no, history[30].no}

    def fails(steps: object) -> bool:
        assert isinstance(steps, list)
        return needed <= {step.no for step in steps if isinstance(step, Step)}

    found = shortest(history, fails)
    assert {step.no for step in found} == needed
    assert not any(step.faults for step in found)


def test_the_command_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "2", "--desks", "2", "--steps", "5", "--jobs", "1"]) == 0
    table = capsys.readouterr().out
    for row in ("seeds", "kills", "lost", "duplicated", "divergent"):
        assert row in table
