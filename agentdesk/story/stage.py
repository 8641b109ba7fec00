"""What the demo stands on: a Central in a process of its own and a desk's profile, made afresh."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agentdesk.credentials import SystemKeyring
from agentdesk.demo.company import DEMO_USERS
from agentdesk.errors import Code, ExternalError
from agentdesk.paths import ProfilePaths
from agentdesk.settings import LANGUAGE
from agentdesk.store.profile import create_profile, open_profile, profile_paths
from agentdesk.store.state import set_setting
from agentdesk.sync.account import sign_in
from agentdesk.sync.address import Address

PROFILE = "demo"
OPERATOR = DEMO_USERS[0]
_PATIENCE_S = 120.0
_LOOK_AGAIN_S = 0.05


@dataclass
class Stage:
    """A demo that is set up: Central answers, the profile is signed in.

    The passphrase exists in this process alone and ends with it.
    """

    home: Path
    paths: ProfilePaths
    passphrase: str
    central: CentralProcess
    seeded: int


class CentralProcess:
    """Central as `agentdesk central serve` runs it; can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "central.sqlite3"
        self._ready = folder / "central.address"
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers, the same after it was started again."""
        return f"http://127.0.0.1:{self._port}"

    def seed(self, customers: int) -> int:
        """Make the demo company and return the number of records."""
        command = ["central", "seed", "--database", str(self.database)]
        answer = subprocess.run(
            [*_agentdesk(), *command, "--customers", str(customers), "--json"],
            check=True,
            capture_output=True,
            text=True,
        )
        return _records(answer.stdout)

    def start(self) -> None:
        """Serve, and return once requests are answered."""
        self._ready.unlink(missing_ok=True)
        command = ["central", "serve", "--database", str(self.database)]
        self._process = subprocess.Popen(
            [*_agentdesk(), *command, "--port", str(self._port), "--ready-file", str(self._ready)],
            stdout=subprocess.DEVNULL,
        )
        began = time.monotonic()
        while not self._ready.exists():
            if self._process.poll() is not None or time.monotonic() - began > _PATIENCE_S:
                raise ExternalError(Code.SERVER_FAILED, status=self._process.returncode or 0)
            time.sleep(_LOOK_AGAIN_S)
        self._port = int(self._ready.read_text(encoding="utf-8").strip().rsplit(":", 1)[1])

    def stop(self) -> None:
        """Serve no more."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_PATIENCE_S)
            self._process = None


def _agentdesk() -> list[str]:
    return [sys.executable, "-m", "agentdesk"]


def _records(answer: str) -> int:
    return int(json.loads(answer)["records"])


@contextmanager
def set_up(
    folder: Path, customers: int, tell: Callable[[str], None], language: str | None = None
) -> Iterator[Stage]:
    """Make `folder` anew, with Central and a signed-in profile; Central ends with the block.

    `language` is that of the interface, the system's if not given.
    """
    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    # Whoever runs the demo has a data folder of their own; this one is not it.
    os.environ["AGENTDESK_HOME"] = str(home)
    central = CentralProcess(home)
    tell(f"Making a company with {customers:,} customers")
    seeded = central.seed(customers)
    tell("Starting Central")
    central.start()
    try:
        passphrase = secrets.token_urlsafe(24)
        paths = profile_paths(home, PROFILE)
        create_profile(paths, SystemKeyring(), passphrase, demo=True)
        profile = open_profile(paths, SystemKeyring(), passphrase)
        try:
            sign_in(profile.store, Address(central.url), OPERATOR.login, OPERATOR.password)
            if language is not None:
                profile.store.write_here(set_setting, LANGUAGE.key, language)
        finally:
            profile.store.close()
        yield Stage(home, paths, passphrase, central, seeded)
    finally:
        central.stop()
