"""A real PostgreSQL for tests: one server for all of them, and a database for each.

The server is Debian's, started as an unprivileged user on a socket in a folder of its own. Nothing
that it has written is worth anything after the tests, so it does not wait for the disk.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

_SUPERUSER = "postgres"
_UNPRIVILEGED = ("postgres", "nobody")
_MAKING = (
    "--username",
    _SUPERUSER,
    "--auth",
    "trust",
    "--encoding",
    "UTF8",
    "--locale",
    "C.UTF-8",
    "--no-sync",
)
_SETTINGS = (
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=32MB",
    "max_connections=200",
    "autovacuum=off",
    # What a deadlock costs a test.
    "deadlock_timeout=50ms",
)


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest; None if there is none."""
    folders = [Path(path).parent for path in [shutil.which("initdb")] if path]
    config = shutil.which("pg_config")
    if config is not None:
        told = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(told.stdout.strip()))
    folders += sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: int(folder.parent.name) if folder.parent.name.isdigit() else 0,
        reverse=True,
    )
    return next((f for f in folders if (f / "initdb").exists() and (f / "pg_ctl").exists()), None)


@dataclass
class Postgres:
    """A server that runs; makes databases and takes them away."""

    sockets: Path
    _number: Iterator[int] = field(default_factory=lambda: count(1))

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        return f"postgresql+psycopg://{_SUPERUSER}@/{database}?host={self.sockets}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Return a connection that commits each statement by itself."""
        return psycopg.connect(
            host=str(self.sockets), user=_SUPERUSER, dbname=database, autocommit=True
        )

    def create(self, template: str = "template1") -> str:
        """Make a copy of a database that nobody is connected to, and return its name."""
        name = f"t{next(self._number)}"
        with self.connect() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        return name

    def alone_with(self, url: str) -> str:
        """Break the connections to the database at `url`, and return its name."""
        name = url.partition("?")[0].rpartition("/")[2]
        with self.connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
                (name,),
            )
        return name

    def drop(self, database: str) -> None:
        """Take a database away, whoever is connected to it."""
        with self.connect() as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
            )


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Run a server of one's own; skips the test outside of CI where PostgreSQL is not installed."""
    programs = binaries()
    if programs is None:
        reason = "PostgreSQL is not installed (Debian: postgresql); packaging/setup.sh does it"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    user = _unprivileged()
    # The name of a socket may have a hundred characters only, so the folder is a short one.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=_memory()))
    try:
        if user is not None:
            shutil.chown(folder, user)
        data = folder / "data"
        make: list[str | Path] = [programs / "initdb", "--pgdata", data, *_MAKING]
        control: list[str | Path] = [programs / "pg_ctl", "--pgdata", data, "--wait"]
        options = " ".join([f"-k {folder}", *(f"-c {setting}" for setting in _SETTINGS)])
        _run(user, *make)
        _run(user, *control, "--log", folder / "log", "--options", options, "start")
        try:
            yield Postgres(folder)
        finally:
            _run(user, *control, "--mode", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _memory() -> str | None:
    """Return a folder in memory with room for the server's files, None for the usual one."""
    folder = Path("/dev/shm")  # noqa: S108 - its own folder in there is for its owner alone
    roomy = folder.is_dir() and shutil.disk_usage(folder).free > 4 * 2**30
    return str(folder) if roomy else None


def _unprivileged() -> str | None:
    """Return as whom to run the server; None for whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    import pwd

    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in _UNPRIVILEGED if name in known)


def _run(user: str | None, *command: str | Path) -> None:
    # No pipes: the server would inherit them, and reading them would last as long as it lives.
    subprocess.run(
        [str(part) for part in command],
        user=user,
        extra_groups=None if user is None else [],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
