"""Playing many seeds, in several processes, and shortening those that fail."""

from __future__ import annotations

import gc
import multiprocessing
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.simulation.beginning import Beginning
from tests.simulation.happenings import Counts
from tests.simulation.history import Step, history_of
from tests.simulation.shrink import shortest
from tests.simulation.world import Played, begin, play

_MEMORY = Path("/dev/shm")  # noqa: S108 - in memory, where the system has it


@dataclass(frozen=True, slots=True)
class Run:
    """What is played: how many desks, how many steps each history has."""

    desks: int
    steps: int
    shorten: bool = True
    often: tuple[str, ...] = ()
    """What is to happen more often than it would."""


@dataclass(frozen=True)
class Outcome:
    """How a seed went; `history` tells, in words, the shortest history found that fails."""

    seed: int
    counts: Counts
    broken: str = ""
    kind: str = ""
    history: tuple[str, ...] = ()


def many(run: Run, seeds: Iterable[int], *, jobs: int) -> list[Outcome]:
    """Play `seeds` in `jobs` processes."""
    with _workplace() as folder:
        if jobs == 1:
            return [one(run, seed, folder) for seed in seeds]
        context = multiprocessing.get_context("spawn")
        with context.Pool(jobs) as pool:
            work = [(run, seed, folder) for seed in seeds]
            return list(pool.starmap(one, work, chunksize=4))


def again(run: Run, seed: int, tell: Callable[[str], None]) -> list[Outcome]:
    """Play one seed, telling every step."""
    with _workplace() as folder:
        return [one(run, seed, folder, tell)]


def one(
    run: Run, seed: int, folder: Path, tell: Callable[[str], None] = lambda _line: None
) -> Outcome:
    """Play a seed; what fails is shortened."""
    own = folder / str(multiprocessing.current_process().pid)
    begun = begun_in(own / f"begin-{run.desks}", run.desks)
    history = history_of(seed, desks=run.desks, steps=run.steps, often=run.often)

    def played(steps: Iterable[Step], tell: Callable[[str], None] = lambda _line: None) -> Played:
        return play(list(steps), desks=run.desks, folder=own / "world", begun=begun, tell=tell)

    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        first = played(history, tell)
    finally:
        gc.enable()
    if first.broken is None:
        return Outcome(seed, first.counts)
    kind, invariant = first.broken.kind, first.broken.invariant
    steps = history

    def fails(steps: Iterable[Step]) -> bool:
        broken = played(steps).broken
        return broken is not None and (broken.kind, broken.invariant) == (kind, invariant)

    if run.shorten:
        steps = shortest(history, fails)
    told: list[str] = []
    last = played(steps, told.append)
    return Outcome(seed, first.counts, str(last.broken or first.broken), kind, tuple(told))


@cache
def begun_in(folder: Path, desks: int) -> Beginning:
    """Return how all histories of so many desks begin, made once per process."""
    return begin(folder, desks)


@contextmanager
def _workplace() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
