"""The list of boundaries, by play; run as `python -m tests.kills.listed` to write it anew."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.kills.company import Company, company_in
from tests.kills.plays import PLAYS

_LIST = Path(__file__).with_name("boundaries.txt")


def listed() -> dict[str, list[str]]:
    """Return the boundaries of all plays, in the order in which they were first met."""
    found: dict[str, list[str]] = {}
    for line in _LIST.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            found[line.strip("[]")] = []
        elif line and not line.startswith("#"):
            found[next(reversed(found))].append(line)
    return found


def met(company: Company, play: str) -> list[str]:
    """Let a play come to its end; return the boundaries that its process met."""
    record = company.folder / "met"
    record.unlink(missing_ok=True)
    PLAYS[play].check(company, PLAYS[play].run(company, "", str(record)))
    return record.read_text(encoding="utf-8").splitlines()


def main() -> None:
    """Write the list; with names of plays, those only."""
    found = listed() if _LIST.exists() else {}
    with tempfile.TemporaryDirectory() as folder, company_in(Path(folder)) as company:
        found |= {play: met(company, play) for play in sys.argv[1:] or PLAYS}
    lines = ["# Where processes are killed; see tests/system/test_kill_points.py."]
    for play in PLAYS:
        lines += ["", f"[{play}]", *found.get(play, [])]
    _LIST.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
