"""Central in this process: one request at a time, on a loop of its own and no threads."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from litestar import Litestar

from agentdesk.central import accounts, database
from agentdesk.central import app as central_app
from agentdesk.central.accounts import AccountChanges
from agentdesk.central.database import Database, sqlite_url
from tests.simulation.at_once import AtOnce
from tests.simulation.chance import Chance
from tests.simulation.disk import Crash, Disk


@dataclass
class Answer:
    """What came back: all that was sent before the end, whole or not."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    whole: bool = False


class Server:
    """Central's machine."""

    skew = timedelta(seconds=3)

    def __init__(self, chance: Chance, folder: Path, begun: Path, disks: list[Disk]) -> None:
        self.disk = Disk(folder, "central.db", begun)
        disks.append(self.disk)
        self.requests = 0
        self._chance = chance
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(AtOnce(1))
        self._app: Litestar | None = None
        self._database: Database | None = None

    def handle(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """Answer a request; raises `Crash` if that ends the process, with the answer so far."""
        self.requests += 1
        path, _, query = target.partition("?")
        answer = Answer()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
            "client": ("desk", 1),
            "server": ("central.test", 80),
            "state": {},
        }
        try:
            with self._chance.at(self.skew):
                self._loop.run_until_complete(self._serve(scope, body, answer))
        except BaseException:
            # However Litestar wraps it: a process that has ended answers nothing more.
            if not (self.disk.dead or answer.status):
                raise
        if self.disk.dead:
            self.start_again()
            raise Crash
        return answer

    async def _serve(self, scope: dict[str, Any], body: bytes, answer: Answer) -> None:
        asked = False
        ended = asyncio.Event()

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if asked:
                await ended.wait()
                return {"type": "http.disconnect"}
            asked = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            self.disk.passes("answer")
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = [(k.decode(), v.decode()) for k, v in message["headers"]]
            elif message["type"] == "http.response.body":
                answer.body += message.get("body", b"")
                answer.whole = not message.get("more_body", False)
                if answer.whole:
                    ended.set()

        await self._running()(scope, receive, send)  # type: ignore[arg-type]  # plain dicts do

    def _running(self) -> Litestar:
        if self._app is None:
            # What a template has behind it is not done again; the schema is the newest.
            with (
                self.disk.spared(),
                patch.object(database, "_migrate", lambda _connection: None),
                patch.object(central_app, "open_database", self._open),
            ):
                url = sqlite_url(self.disk.path)
                self._app = central_app.create_app(url, clock=self._chance.now)
        return self._app

    def _open(self, url: str) -> Database:
        self._database = database.open_database(url)
        return self._database

    def change_account(self, name: str, changes: AccountChanges) -> None:
        """Do what an administrator does at the command line."""
        self._running()
        assert self._database is not None
        now = self._chance.now()
        self._database.write(accounts.change_account, name, changes, now)

    def start_again(self) -> None:
        """Begin anew on what is on the disk."""
        self._put_down()
        self.disk.start_again()

    def restore(self, copy: Path) -> None:
        """Come back from a backup."""
        self._put_down()
        self.disk.restore(copy)

    def close(self) -> None:
        """End it for good."""
        self._put_down()
        self._loop.close()

    def _put_down(self) -> None:
        if self._database is not None:
            self._database.close()
        self._app = self._database = None
