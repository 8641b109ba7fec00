"""Central in a process of its own, that can be held and let go."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType


class Serving:
    """Serves the SQLite file at `database` on a free port while its block runs."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def __enter__(self) -> Serving:
        ready = self._database.with_suffix(".address")
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "agentdesk", "central", "serve"]
        options = ["--database", str(self._database), "--port", "0", "--ready-file", str(ready)]
        self._process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
        while not ready.exists():
            time.sleep(0.05)
        self.port = int(ready.read_text().strip().rsplit(":", 1)[1])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(30)

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"
