"""Processes that tests kill: forked from one that has everything imported, so that many may die.

Run as `python -m tests.killable`: reads jobs as lines of JSON, tells the process of each, what it
reports, and its end. Every report is one short line, which a pipe carries whole or not at all.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from agentdesk.central.serve import CentralServer, serve
from agentdesk.domain.draft import Draft
from agentdesk.store.engine import make_engine
from agentdesk.store.workers import Store
from agentdesk.sync import exchange
from agentdesk.sync.account import load_account, open_client
from agentdesk.sync.first_sync import FirstSync
from tests.exchanges import desk_on


def write(path: str, key: str, customer_id: str) -> None:
    """Write notes and drafts for ever; report each once it is said to be saved."""
    desk = desk_on(open_store(Path(path), key))
    for turn in count():
        note = desk.add_note(customer_id, f"{os.getpid()} {turn}").result()
        report(f"note {note.id}")
        desk.save_draft(Draft(id=f"draft-{turn % 3}", text=str(turn))).result()
        report(f"draft {turn}")


def exchange_for_ever(path: str, key: str, customer_id: str) -> None:
    """Write a note, send it and fetch what came, for ever; report each step."""
    store = open_store(Path(path), key)
    desk, account, client = desk_on(store), store.read_here(load_account), open_client(store)
    for turn in count():
        note = desk.add_note(customer_id, f"{os.getpid()} {turn}").result()
        report(f"note {note.id}")
        exchange.greet(store, client, account.device_id)
        report("greeted")
        exchange.push_once(store, client, account.user_id or "")
        report("pushed")
        exchange.pull_once(store, client)
        report("pulled")


def read_everything(path: str, key: str, commits: int) -> None:
    """Run a first sync by file; after so many writes the next one is never committed."""
    store = open_store(Path(path), key)
    client, account = open_client(store), store.read_here(load_account)
    exchange.greet(store, client, account.device_id)
    left = count(commits, -1)

    @sa.event.listens_for(sa.Engine, "commit")
    def _die(connection: sa.Connection) -> None:
        if connection.get_execution_options().get("agentdesk_write") and next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    FirstSync(store, client, small_rows=0).run()
    report("done")


def serve_central(url: str, port: int) -> None:
    """Serve; report the port."""
    server = CentralServer(url, port=port)
    report(server.address.rsplit(":", 1)[1])
    serve(server)


_JOBS: dict[str, Callable[..., None]] = {
    job.__name__: job for job in (write, exchange_for_ever, read_everything, serve_central)
}


def open_store(path: Path, key: str) -> Store:
    """Open a cache by its key in hexadecimal."""
    return Store(make_engine(path, bytes.fromhex(key)))


def report(line: str) -> None:
    """Tell the test, past all buffers."""
    os.write(1, f"{line}\n".encode())


def main(jobs: Mapping[str, Callable[..., None]]) -> None:
    """Fork a process for each job, and wait for its end; what a job returns is of no interest."""
    for line in sys.stdin:
        job, arguments = json.loads(line)
        pid = os.fork()
        if pid == 0:
            try:
                jobs[job](*arguments)
                os._exit(0)
            finally:
                os._exit(1)
        report(f"began {pid}")
        _pid, status = os.waitpid(pid, 0)
        report(f"ended {os.waitstatus_to_exitcode(status)}")


class Killable:
    """Starts jobs and kills them, one at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._pid = 0
        self._reported: list[str] = []
        self.exit_code = 0
        """How the last job ended; what a signal killed has the signal's negative number."""

    def start(self, job: Callable[..., None], *arguments: Any) -> None:
        """Start a job."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([job.__name__, arguments]) + "\n")
        self._process.stdin.flush()
        self._reported = []
        early: list[str] = []
        # The child may be quicker than its parent.
        while not (line := self._line()).startswith("began "):
            early.append(line)
        self._pid = int(line.removeprefix("began "))
        self._reported = early

    def wait_for(self, reports: int) -> list[str]:
        """Wait until that many lines have been reported, and return them."""
        while len(self._reported) < reports:
            line = self._line()
            assert not line.startswith("ended "), self._reported
            self._reported.append(line)
        return self._reported

    def kill(self) -> list[str]:
        """Kill the job without warning; return everything that it had reported."""
        os.kill(self._pid, signal.SIGKILL)
        return self.end()

    def end(self) -> list[str]:
        """Wait until the job has come to its end, or to a violent one; return what it reported."""
        while not (line := self._line()).startswith("ended "):
            self._reported.append(line)
        self._pid = 0
        self.exit_code = int(line.removeprefix("ended "))
        return self._reported

    def finish(self) -> None:
        """Kill what is still running."""
        if self._pid:
            self.kill()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the process that forks has ended"
        return line.rstrip("\n")


@contextmanager
def killables(module: str = "tests.killable") -> Iterator[Killable]:
    """Give a way to start the jobs of a module; nothing of it runs afterwards."""
    with subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    ) as process:
        killable = Killable(process)
        try:
            yield killable
        finally:
            killable.finish()
            assert process.stdin is not None
            process.stdin.close()
            process.wait(20)


if __name__ == "__main__":
    main(_JOBS)
