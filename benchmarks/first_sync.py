"""First sync of a whole company into a real window, beside writing the same rows bare.

Central serves in a process of its own. The window starts while Central is away, so that its idle
size is known; then Central comes, and everything is read. Afterwards the rows of the finished
cache are written with plain `executemany` into the same kind of file, and indexed in one go: no
first sync could be faster than that.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from agentdesk.central.database import sqlite_url
from agentdesk.central.seed import SeedAccount, seed
from agentdesk.credentials import SystemKeyring
from agentdesk.demo.company import DEMO_PASSWORD, DEMO_USERS
from agentdesk.paths import ProfilePaths
from agentdesk.services.syncing import sign_in
from agentdesk.store import mentions
from agentdesk.store.profile import create_profile, open_profile, profile_paths
from agentdesk.sync.address import Address
from benchmarks.bare_load import bare_load
from benchmarks.crowd import crowd
from benchmarks.figures import Figure
from benchmarks.relay import Relay
from benchmarks.serving import Serving

PASSPHRASE = "measured behind closed doors"
IDLE_S = 60.0
_CALM_S = 5.0


def as_installed() -> dict[str, str]:
    """Return an environment in which modules are compiled once, as where they are installed."""
    compiled = Path("build/bench/bytecode").resolve()
    return os.environ | {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(compiled)}


class Window:
    """A running `benchmarks.window`."""

    def __init__(self, home: Path, *, known_key: bool = False) -> None:
        passphrase = "" if known_key else PASSPHRASE
        command = [sys.executable, "-m", "benchmarks.started", str(home), passphrase]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=as_installed()
        )

    def ask(self, request: str) -> dict[str, float]:
        """Have something done, and return what was found."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(request + "\n")
        stdin.flush()
        found: dict[str, float] = json.loads(stdout.readline())
        return found

    def close(self) -> None:
        """Have the window close itself."""
        self._process.communicate("quit\n", timeout=60)


def measure(customers: int = 100_000) -> list[Figure]:
    """Measure with a company of `customers`, five interactions each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = company_of(folder, customers)
        with Serving(database) as central, Relay(central.port) as relay:
            paths = _profile(folder, Address(relay.address))
            relay.shut()
            window = Window(folder)
            rest = window.ask("rest")
            relay.open()
            synced = window.ask("sync")
            wire = relay.bytes_down
            reading_s = _texts_read(paths)
            window.ask(f"idle {_CALM_S:g}")
            before = relay.requests
            idle = window.ask(f"idle {IDLE_S:g}")
            asked = relay.requests - before
            window.close()
        plain = _bytes_as_json(database)
        bare_s, rows = bare_load(paths, PASSPHRASE, folder)
    took_s = synced["seconds"]
    return [
        Figure("first sync, whole", took_s, "s"),
        Figure("customers per second", customers / took_s, "/s"),
        Figure("records per second", rows / took_s, "/s"),
        Figure("bare executemany of the same rows, indexed", bare_s, "s"),
        Figure("speed ÷ that of bare executemany", bare_s / took_s, "", at_least=0.4),
        Figure("bytes on the wire", wire / 1e6, "MB"),
        Figure("bytes on the wire ÷ the rows as JSON", wire / plain, "", 0.3),
        Figure("longest pause of the window", synced["longest_pause_ms"], "ms", 50),
        Figure("memory at rest", rest["mib"], "MiB"),
        Figure("memory beyond that, at most", synced["peak_mib"] - rest["mib"], "MiB", 150),
        Figure("until all texts were looked through for numbers", reading_s, "s"),
        Figure("at rest afterwards: requests per minute", asked * 60 / IDLE_S, "/min", 2),
        Figure("at rest afterwards: share of one core", 100 * idle["cpu_s"] / IDLE_S, "%", 1),
    ]


def _texts_read(paths: ProfilePaths) -> float:
    """Wait until the window has looked through all texts that came; return how long that took."""
    began = time.monotonic()
    profile = open_profile(paths, SystemKeyring(), PASSPHRASE)
    try:
        while not profile.store.read_here(mentions.progress).is_complete:
            time.sleep(1)
    finally:
        profile.store.close()
    return time.monotonic() - began


def company_of(folder: Path, customers: int) -> Path:
    """Make Central's database with a company of `customers`, and return its file."""
    database = folder / "central.db"
    accounts = [SeedAccount(u.user.id, u.login, u.password) for u in DEMO_USERS]
    seed(sqlite_url(database), crowd(customers), accounts)
    return database


def _profile(folder: Path, address: Address) -> ProfilePaths:
    """Make a profile that is signed in and has read nothing yet."""
    paths = profile_paths(folder, "bench")
    create_profile(paths, SystemKeyring(), PASSPHRASE)
    profile = open_profile(paths, SystemKeyring(), PASSPHRASE)
    try:
        sign_in(profile.store, paths.sync_lock, address, DEMO_USERS[0].login, DEMO_PASSWORD)
    finally:
        profile.store.close()
    return paths


def _bytes_as_json(database: Path) -> int:
    """Return the size of all records as JSON objects of their members."""
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT sum(length(CAST(fields AS BLOB))) FROM record WHERE removed_at IS NULL"
        return int(connection.execute(query).fetchone()[0])
