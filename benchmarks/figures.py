"""How figures are gathered and told: as a table for people and as JSON for scripts."""

from __future__ import annotations

import json
import platform
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One figure with its target: `target` bounds it from above, `at_least` from below."""

    name: str
    value: float
    unit: str
    target: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool | None:
        """Tell whether the target is met, None without one."""
        if self.at_least is not None:
            return self.value >= self.at_least
        return None if self.target is None else self.value <= self.target

    @property
    def aim(self) -> str:
        """The target in words, empty without one."""
        if self.at_least is not None:
            return f"at least {self.at_least:g}"
        return "" if self.target is None else f"at most {self.target:g}"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` (0 to 1) of `values` do not exceed."""
    ordered = sorted(values)
    rank = max(0, -(-len(ordered) * share // 1) - 1)
    return ordered[int(min(rank, len(ordered) - 1))]


def spread(
    name: str,
    values_ms: Sequence[float],
    target_p99: float | None = None,
    *,
    median: float | None = None,
) -> list[Figure]:
    """Return median, 99th percentile and maximum of times in milliseconds, with their targets."""
    return [
        Figure(f"{name}, median", statistics.median(values_ms), "ms", median),
        Figure(f"{name}, 99th percentile", percentile(values_ms, 0.99), "ms", target_p99),
        Figure(f"{name}, slowest", max(values_ms), "ms"),
    ]


def tell(title: str, figures: Sequence[Figure]) -> None:
    """Print a table."""
    out = sys.stdout
    out.write(f"\n{title}\n")
    for figure in figures:
        verdict = {None: "", True: "met", False: "MISSED"}[figure.met]
        value = f"{figure.value:.2f} {figure.unit}"
        out.write(f"  {figure.name:<58} {value:>14}  {figure.aim:<14} {verdict}\n")


def keep(path: Path, groups: dict[str, Sequence[Figure]]) -> None:
    """Write everything as JSON, with what it was measured on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "system": platform.platform()}
    content = {
        "machine": machine,
        "figures": {title: [asdict(f) for f in found] for title, found in groups.items()},
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
