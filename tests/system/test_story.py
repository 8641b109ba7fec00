"""The demo's story, from an empty folder to the last act, as `make demo` plays it offscreen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.timeout(400)
def test_the_whole_story_happens_without_a_display(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    command = [sys.executable, "-m", "agentdesk.story", "--folder", str(tmp_path)]
    played = subprocess.run(
        [*command, "--customers", "60"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=380,
    )
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    failed = {step["name"]: step["failure"] for step in report["steps"] if not step["done"]}
    assert failed == {}, played.stdout
    assert report["complete"]
    assert len(report["steps"]) > 10
    assert "02-a-call-rings.png" in report["pictures"]
    assert played.returncode == 0
    assert "Traceback" not in played.stderr
