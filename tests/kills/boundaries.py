"""Where a process can be killed: names every write, commit, request and file operation of ours.

A boundary is named by the function that asked for the operation, and by what it does:
`store.outbox.add_intentions: insert outbox`. The functions that only pass such wishes on, for
everybody, are left out of names, so that one name is one place in the program's logic.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import litestar
import requests
import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

import agentdesk

DIES_AT = "dies at "
"""Begins the last line that such a process reports."""

_PACKAGE = str(Path(agentdesk.__file__).parent) + os.sep
_PASSED_ON = {
    "store/engine.py",
    "store/state.py",
    "store/rows.py",
    "central/database.py",
}
"""Modules that write for whoever calls."""
_PASSED_ON_BY = {"insert_many", "_send", "_authorised", "_decode", "foreign_commits"}
_WRITE = re.compile(
    r"\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP|PRAGMA wal_checkpoint)\b"
    r'(?:\s+OR\s+\w+)?(?:\s+(?:INTO|FROM))?\s*"?(\w+)?',
    re.IGNORECASE,
)
_DEFINES = ("create", "alter", "drop", "pragma wal_checkpoint")
_HASH = re.compile(r"[0-9a-f]{64}")


class Tracer:
    """Calls `meet` with the name of every boundary that this process comes to, just before it.

    What stands behind an operation, and not only before the next, has a name of its own. Install
    it in a process that ends with its test: nothing is put back.
    """

    def __init__(self, meet: Callable[[str], None]) -> None:
        self._meet = meet
        self._written: set[int] = set()

    def install(self) -> None:
        """Watch from now on."""
        sa.event.listen(sa.Engine, "before_cursor_execute", self._executing)
        self._watch_commits()
        self._watch_requests()
        self._watch_answers()
        for module, name in (
            (os, "rename"),
            (os, "replace"),
            (os, "unlink"),
            (os, "fsync"),
            (shutil, "copy2"),
        ):
            self._watch_file(module, name)

    def _executing(self, connection: sa.Connection, _cursor: Any, statement: str, *_: Any) -> None:
        found = _WRITE.match(statement)
        if found is None:
            return
        verb = found[1].lower()
        table = "" if verb in _DEFINES else f" {found[2]}"
        self._written.add(id(connection.connection.dbapi_connection))
        self._meet_at(f"{verb}{table}")

    def _watch_commits(self) -> None:
        whole: Any = DefaultDialect.do_commit

        def do_commit(dialect: DefaultDialect, connection: Any) -> None:
            key = id(connection.dbapi_connection)
            if key not in self._written:
                whole(dialect, connection)
                return
            self._meet_at("commit")
            whole(dialect, connection)
            self._written.discard(key)
            self._meet_at("committed")

        _put(DefaultDialect, "do_commit", do_commit)

    def _watch_requests(self) -> None:
        whole: Any = requests.adapters.HTTPAdapter.send

        def send(adapter: Any, request: Any, **options: Any) -> Any:
            self._meet_at("request")
            answer = whole(adapter, request, **options)
            self._meet_at("answer")
            return answer

        _put(requests.adapters.HTTPAdapter, "send", send)

    def _watch_answers(self) -> None:
        whole: Any = litestar.Litestar.__call__

        async def call(app: Any, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                await whole(app, scope, receive, send)
                return
            path = _HASH.sub("…", scope["path"])
            name = f"{scope['method']} {path}"

            async def hear() -> Any:
                message = await receive()
                # Of a request without a body, only whether the desk hangs up is of interest.
                if scope["method"] == "POST" and not message.get("more_body"):
                    self._meet(f"{name}: received")
                return message

            async def tell(message: Any) -> None:
                ends = message["type"] == "http.response.body" and not message.get("more_body")
                self._meet(f"{name}: {'end of answer' if ends else _part(message)}")
                await send(message)
                if ends:
                    self._meet(f"{name}: answered")

            self._meet(f"{name}: request")
            await whole(app, scope, hear, tell)

        _put(litestar.Litestar, "__call__", call)

    def _watch_file(self, module: Any, name: str) -> None:
        whole = getattr(module, name)

        def operate(*arguments: Any, **options: Any) -> Any:
            if _asking() is None:
                return whole(*arguments, **options)
            self._meet_at(name)
            done = whole(*arguments, **options)
            self._meet_at(f"{name}, done")
            return done

        _put(module, name, operate)

    def _meet_at(self, what: str) -> None:
        where = _asking()
        if where is not None:
            self._meet(f"{where}: {what}")


def _put(owner: Any, name: str, new: Any) -> None:
    setattr(owner, name, new)


def _part(message: Any) -> str:
    return "start of answer" if message["type"] == "http.response.start" else "part of answer"


def _asking() -> str | None:
    """Return the function of ours on whose behalf this is done; None if it is nobody of us."""
    frame: FrameType | None = sys._getframe(2)
    passing_on: str | None = None
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(_PACKAGE):
            module = code.co_filename.removeprefix(_PACKAGE)
            if module == "store/workers.py":
                # The work is over when its transaction is committed, but is still known here.
                if code.co_name == "write_here":
                    work = frame.f_locals["work"]
                    return _named(work.__module__.removeprefix("agentdesk."), work.__qualname__)
            elif not code.co_name.startswith("<"):
                dotted = module.removesuffix(".py").replace(os.sep, ".")
                name = _named(dotted, code.co_qualname)
                if module not in _PASSED_ON and code.co_name not in _PASSED_ON_BY:
                    return name
                passing_on = name
        frame = frame.f_back
    return passing_on


def _named(module: str, qualname: str) -> str:
    return f"{module}.{qualname.replace('.<locals>', '').replace('.<lambda>', '')}"


def die_at(target: str) -> Callable[[str], None]:
    """Return what kills this process at the first boundary with that name."""

    def meet(name: str) -> None:
        if name == target:
            os.write(1, f"{DIES_AT}{name}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

    return meet


def record_in(path: str) -> Callable[[str], None]:
    """Return what writes each boundary into a file, once."""
    seen: set[str] = set()

    def meet(name: str) -> None:
        if name not in seen:
            seen.add(name)
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(f"{name}\n")

    return meet
