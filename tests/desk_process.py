"""A desk as a process of its own that does what a test tells it, one line of JSON at a time.

Run as `python -m tests.desk_process CACHE KEY`. It is the same store, exchange and engine as in
the program; a test may shorten its patience, so as not to wait long for what does not come.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from agentdesk.errors import AgentDeskError
from agentdesk.services import syncing
from agentdesk.store.engine import make_engine
from agentdesk.store.migrate import upgrade
from agentdesk.store.workers import Store
from agentdesk.sync import account, transport
from agentdesk.sync.address import Address
from tests.exchanges import Watched, desk_on, notes_of
from tests.real import PASSWORD

PATIENT = (30.0, 90.0)
"""How long a desk waits for the next bytes of an answer, and for all of it."""
IMPATIENT = (0.3, 1.0)

FLOOR_S = 0.5
"""How often its engine pulls, pokes or not."""


class _Told:
    """Does what it is told."""

    def __init__(self, cache: Path, key: bytes) -> None:
        fresh = make_engine(cache, key, create=True)
        upgrade(fresh, cache)
        fresh.dispose()
        self._store = Store(make_engine(cache, key))
        self._lock = cache.with_name("sync.lock")
        self._watched: Watched | None = None

    def sign_in(self, url: str, name: str) -> None:
        account.sign_in(self._store, Address(url), name, PASSWORD)

    def note(self, customer_id: str, text: str) -> None:
        desk = desk_on(self._store)
        if self._watched is not None:
            desk.wake_sync_with(self._watched.engine.wake)
        desk.add_note(customer_id, text).result()

    def be_patient(self, silence_s: float, whole_s: float) -> None:
        # Read at the time of a call, all three.
        transport.READ_TIMEOUT_S = silence_s
        transport.LONGEST_ANSWER_S = transport.LONGEST_PAGE_S = whole_s

    def sync(self) -> dict[str, Any]:
        done = syncing.sync_once(self._store, self._lock, lambda _pushed, _pulled: None)
        return {"pending": done.pending, "state": done.state.value}

    def notes(self, customer_id: str) -> list[str]:
        return notes_of(self._store, customer_id)

    def standing(self) -> dict[str, Any]:
        stands = syncing.standing(self._store, self._lock)
        return {"pending": stands.pending, "state": stands.state.value}

    def run(self) -> None:
        self._watched = Watched(self._store, self._lock)
        self._watched.engine.start()

    def rest(self) -> None:
        if self._watched is not None:
            self._watched.engine.stop()
            self._watched = None

    def wait_for(self, state: str, pending: int) -> dict[str, Any]:
        assert self._watched is not None
        self._watched.wait_until(lambda s: (s.state.value, s.pending) == (state, pending))
        status = self._watched.engine.status()
        return {
            "all_saved": status.all_saved,
            "offline_since": status.offline_since and status.offline_since.isoformat(),
        }

    def wait_for_note(self, customer_id: str, text: str) -> None:
        assert self._watched is not None
        self._watched.wait_until(lambda _status: text in notes_of(self._store, customer_id))


def main() -> None:
    """Answer each line with a line."""
    for name, module in tuple(sys.modules.items()):
        if name.startswith("agentdesk.sync.") and hasattr(module, "PULL_FLOOR_S"):
            vars(module)["PULL_FLOOR_S"] = FLOOR_S
    told = _Told(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]))
    for line in sys.stdin:
        name, arguments = json.loads(line)
        try:
            answer = {"answer": getattr(told, name)(*arguments)}
        except AgentDeskError as failure:
            answer = {"error": failure.code.value}
        sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
        sys.stdout.flush()


class DeskProcess:
    """A running desk as the test sees it. Use it as a context."""

    def __init__(self, cache: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.desk_process", str(cache), os.urandom(32).hex()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent.parent,
        )

    def __enter__(self) -> DeskProcess:
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        finally:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()

    def sign_in(self, url: str, name: str) -> None:
        """Sign in at `url`."""
        self._done("sign_in", url, name)

    def note(self, customer_id: str, text: str) -> None:
        """Write a note; it is saved on this desk when this returns."""
        self._done("note", customer_id, text)

    def sync(self) -> dict[str, Any]:
        """Exchange until quiet; returns how it stands then, or `error`."""
        answer = self._ask("sync")
        return {"error": answer["error"]} if "error" in answer else dict(answer["answer"])

    @contextmanager
    def impatient(self) -> Iterator[None]:
        """Let it give up soon on what does not come; then anything may time out, of course."""
        self._done("be_patient", *IMPATIENT)
        try:
            yield
        finally:
            self._done("be_patient", *PATIENT)

    def begin_sync(self) -> Callable[[], dict[str, Any]]:
        """Begin to exchange; the result waits for its end and returns what `sync` would."""
        self._tell("sync")

        def end() -> dict[str, Any]:
            answer = self._heard()
            return {"error": answer["error"]} if "error" in answer else dict(answer["answer"])

        return end

    def notes(self, customer_id: str) -> list[str]:
        """Return what it shows."""
        return list(self._done("notes", customer_id))

    def standing(self) -> dict[str, Any]:
        """Return what `agentdesk status` would say."""
        return dict(self._done("standing"))

    def run(self) -> None:
        """Start the engine."""
        self._done("run")

    def rest(self) -> None:
        """Stop the engine."""
        self._done("rest")

    def wait_for(self, state: str, pending: int) -> dict[str, Any]:
        """Wait until the status says so, and return more of it."""
        return dict(self._done("wait_for", state, pending))

    def wait_for_note(self, customer_id: str, text: str) -> None:
        """Wait until a note is shown."""
        self._done("wait_for_note", customer_id, text)

    def _done(self, name: str, *arguments: Any) -> Any:
        answer = self._ask(name, *arguments)
        assert "error" not in answer, (name, answer)
        return answer["answer"]

    def _ask(self, name: str, *arguments: Any) -> dict[str, Any]:
        self._tell(name, *arguments)
        return self._heard()

    def _tell(self, name: str, *arguments: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([name, arguments]) + "\n")
        self._process.stdin.flush()

    def _heard(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the desk has ended"
        return dict(json.loads(line))


if __name__ == "__main__":
    main()
