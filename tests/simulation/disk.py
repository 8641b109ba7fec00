"""Disks of simulated machines: every boundary of the database, and what a crash leaves behind."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlcipher3 import dbapi2 as sqlcipher

from agentdesk.central import database
from agentdesk.store import engine as desk_engine

FULL = "database or disk is full"
LOCKED = "database is locked"
_SYNCHRONOUS_FULL = 2


class Crash(BaseException):  # no error of the program: the machine is gone
    """The process has ended at a boundary; nothing may catch this but the simulation."""


@dataclass(frozen=True, slots=True)
class Trap:
    """What happens when a machine passes a boundary of a kind for the `nth` time.

    `what` is `crash`, `power` (a crash that loses what is not fsynced, and may tear a commit),
    `full` or `locked` (from then on, until the traps are taken away).
    """

    what: str
    boundary: str
    nth: int


class Disk:
    """The folder of one machine, and the traps on the way of its process."""

    def __init__(self, folder: Path, name: str, begun: Path) -> None:
        """Begin with a copy of the folder `begun`."""
        self._root = folder
        self._name = name
        self._generation = 0
        self._fsynced: dict[str, Path] = {}
        """What is certainly on the disk of files that were written to without waiting for it."""
        self._traps: list[Trap] = []
        self._passed: Counter[str] = Counter()
        self.sprung: list[Trap] = []
        self.dead = False
        self.folder = self._fresh()
        shutil.copytree(begun, self.folder)

    @property
    def path(self) -> Path:
        """The database file."""
        return self.folder / self._name

    # --- Traps --------------------------------------------------------------------------------

    def arm(self, traps: list[Trap]) -> None:
        """Set `traps` in place of all others."""
        self._traps = traps
        self._passed.clear()
        self.sprung = []

    @contextmanager
    def spared(self) -> Iterator[None]:
        """Let nothing happen for a while."""
        traps, self._traps = self._traps, []
        try:
            yield
        finally:
            self._traps = traps

    def passes(self, boundary: str, *, torn: Path | None = None, torn_from: int = 0) -> None:
        """Note that the process is at a boundary; may end it, or raise an error of the disk."""
        if self.dead:
            raise Crash
        if not self._traps:
            return
        self._passed[boundary] += 1
        for trap in self._traps:
            if trap.boundary == boundary and trap.nth == self._passed[boundary]:
                self.sprung.append(trap)
                if trap.what in ("crash", "power"):
                    self._die(trap, torn, torn_from)
        failing = next((t for t in self.sprung if t.what in ("full", "locked")), None)
        if failing is not None and boundary in ("write", "commit"):
            raise _RefusedError(FULL if failing.what == "full" else LOCKED)

    def _die(self, trap: Trap, torn: Path | None, torn_from: int) -> None:
        self._move_to(self.folder)
        if trap.what == "power":
            for name, certain in self._fsynced.items():
                self._put_back(name, certain)
            if torn is not None and torn.name not in self._fsynced:
                self._tear(torn.name, torn_from, Random(f"{trap} {self._generation}"))
        self._fsynced.clear()
        self.dead = True
        raise Crash

    def _put_back(self, name: str, certain: Path) -> None:
        for suffix in ("", "-wal"):
            (self.folder / (name + suffix)).unlink(missing_ok=True)
            if (certain / (name + suffix)).exists():
                shutil.copyfile(certain / (name + suffix), self.folder / (name + suffix))

    def _tear(self, name: str, size: int, random: Random) -> None:
        """Cut a commit that was being written off within it."""
        log = self.folder / (name + "-wal")
        if log.exists() and log.stat().st_size > size:
            with log.open("r+b") as file:
                file.truncate(random.randrange(size, log.stat().st_size))

    # --- Files --------------------------------------------------------------------------------

    def start_again(self) -> None:
        """Let a new process use what is left."""
        if not self.dead:
            self._move_to(self.folder)
            self._fsynced.clear()
        self.dead = False
        self._traps = []

    def copy(self, to: Path) -> None:
        """Make a copy of everything as it is now."""
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.folder, to)

    def restore(self, copy: Path) -> None:
        """Go back to a copy."""
        self._move_to(copy)
        self._fsynced.clear()

    def _move_to(self, source: Path) -> None:
        fresh = self._fresh()
        shutil.copytree(source, fresh, ignore=shutil.ignore_patterns("*-shm"))
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder = fresh

    def _fresh(self) -> Path:
        self._generation += 1
        return self._root / str(self._generation)

    # --- Commits ------------------------------------------------------------------------------

    def will_commit(self, file: Path, synchronous: int) -> None:
        """Keep what is on the disk for certain, if the commit to come will not be."""
        if synchronous >= _SYNCHRONOUS_FULL:
            self._fsynced.pop(file.name, None)
        elif file.name not in self._fsynced:
            certain = self._root / f"certain-{file.name}"
            certain.mkdir(exist_ok=True)
            for suffix in ("", "-wal"):
                part = file.with_name(file.name + suffix)
                (certain / part.name).unlink(missing_ok=True)
                if part.exists():
                    shutil.copyfile(part, certain / part.name)
            self._fsynced[file.name] = certain


def _log_size(file: Path) -> int:
    """Return the size of a file's write-ahead log."""
    log = file.with_name(file.name + "-wal")
    return log.stat().st_size if log.exists() else 0


class _RefusedError(Exception):
    """The disk refuses; becomes the database driver's own error."""


def _is_write(statement: str) -> bool:
    word = statement.lstrip()[:6].upper()
    return word in ("INSERT", "UPDATE", "DELETE", "REPLAC") or statement.startswith("BEGIN IMM")


def _hooked(module: Any, disks: list[Disk]) -> type[Any]:
    """Return a connection class of a driver that tells its boundaries to the disk it is on."""

    class Cursor(module.Cursor):  # type: ignore[misc]  # the drivers have no types in common
        def execute(self, statement: str, *arguments: Any) -> Any:
            self.connection.tell("sql")
            if _is_write(statement):
                self.connection.tell("write")
            return super().execute(statement, *arguments)

        def executemany(self, statement: str, *arguments: Any) -> Any:
            self.connection.tell("sql")
            self.connection.tell("write")
            return super().executemany(statement, *arguments)

    class Connection(module.Connection):  # type: ignore[misc]  # as above
        disk: Disk | None = None
        file = Path()

        def tell(self, boundary: str, **more: Any) -> None:
            if self.disk is None:
                return
            try:
                self.disk.passes(boundary, **more)
            except _RefusedError as refused:
                error = module.OperationalError(str(refused))
                full = str(refused) == FULL
                error.sqlite_errorcode = sqlite3.SQLITE_FULL if full else sqlite3.SQLITE_BUSY
                raise error from refused

        def cursor(self, *_factory: Any) -> Any:
            return super().cursor(Cursor)

        def commit(self) -> None:
            if self.disk is None or not self.in_transaction:
                super().commit()
                return
            self.tell("commit")
            (synchronous,) = super().cursor().execute("PRAGMA synchronous").fetchone()
            self.disk.will_commit(self.file, int(synchronous))
            before = _log_size(self.file)
            super().commit()
            self.tell("committed", torn=self.file, torn_from=before)

    def connect(location: str, **options: Any) -> Any:
        path = Path(location.removeprefix("file://").partition("?")[0])
        connection = module.connect(location, factory=Connection, **options)
        connection.file = path
        # Waiting for a lock would be waiting for ourselves.
        connection.disk = next((d for d in disks if d.folder in path.parents), None)
        return connection

    return type("Driver", (), {"connect": staticmethod(connect)})


class _Alike(SQLiteDialect_pysqlite):
    """A dialect that is equal to others of its driver, so that they share compiled statements."""

    supports_statement_cache = True

    def __hash__(self) -> int:
        return hash(self._driver)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Alike) and self._driver == other._driver

    @property
    def _driver(self) -> str:
        return str(getattr(self.dbapi, "__name__", ""))


_compiled: dict[Any, Any] = {}
"""Statements once compiled, for all engines: that is most of the work of a fresh one."""


@contextmanager
def hooked(disks: list[Disk]) -> Iterator[None]:
    """Let every connection that the program makes to a file on one of `disks` be watched."""
    desk, central = _hooked(sqlcipher, disks), _hooked(sqlite3, disks)
    create = sa.create_engine

    def create_engine(*args: Any, **options: Any) -> sa.Engine:
        engine = create(*args, **options)
        own_creator = "creator" in options
        engine.dialect.__class__ = _Alike
        engine._compiled_cache = _compiled

        @sa.event.listens_for(engine, "do_connect")
        def _connect(_dialect: Any, _record: Any, args: Any, options: Any) -> Any:
            return None if own_creator else central.connect(*args, **options)

        return engine

    names = {name: getattr(sqlcipher, name) for name in dir(sqlcipher)}
    with ExitStack() as stack:
        for module, name, stand_in in (
            (desk_engine, "sqlcipher", SimpleNamespace(**names | {"connect": desk.connect})),
            (desk_engine, "BUSY_TIMEOUT_MS", 0),
            (database, "_PRAGMAS", tuple(p for p in database._PRAGMAS if "busy" not in p)),
            (sa, "create_engine", create_engine),
        ):
            stack.enter_context(patch.object(module, name, stand_in))
        yield
