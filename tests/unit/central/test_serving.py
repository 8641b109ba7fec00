"""Central as a process: it says where it listens, and ends quietly."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec
import pytest

from agentdesk.central.database import sqlite_url
from agentdesk.central.serve import CentralServer
from agentdesk.errors import AgentDeskError, Code
from agentdesk.sync import protocol as p
from tests.unit.central.driver import PASSWORD

PATIENCE_S = 60.0
PROGRAM = """
import sys
from agentdesk.central.commands import central_app
central_app(sys.argv[1:])
"""


@contextmanager
def serving(database: Path, ready_file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `agentdesk central serve` on a free port until the block ends."""
    command = ["serve", "--database", str(database), "--port", "0", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM, *command, "--ready-file", str(ready_file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def address_in(ready_file: Path, process: subprocess.Popen[bytes]) -> str:
    """Wait for the address of a starting Central."""
    give_up_at = time.monotonic() + PATIENCE_S
    while not ready_file.exists():
        assert process.poll() is None
        assert time.monotonic() < give_up_at
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.05)
    return ready_file.read_text(encoding="utf-8").strip()


def test_a_signal_ends_it_quietly_though_a_desk_is_listening(filled: Path, tmp_path: Path) -> None:
    database = Path(shutil.copy(filled, tmp_path))
    with serving(database, tmp_path / "ready") as process:
        address = address_in(tmp_path / "ready", process)
        sign_in = p.SignInRequest(name="ann", password=PASSWORD, device_id="d")
        with httpx.Client(base_url=address, timeout=PATIENCE_S) as http:
            answer = http.post("/v1/auth/sign-in", content=msgspec.json.encode(sign_in))
            token = msgspec.json.decode(answer.content, type=p.TokenResponse).access_token
            headers = {"Authorization": f"Bearer {token}"}
            with http.stream("GET", "/v1/sync/poke", headers=headers) as stream:
                events = stream.iter_raw()
                assert next(events).startswith(b":")
                process.send_signal(signal.SIGTERM)
                assert list(events) == []
        out, err = process.communicate(timeout=PATIENCE_S)
        assert msgspec.json.decode(out) == {"address": address}
        assert (process.returncode, err) == (0, b"")


def test_an_address_that_is_taken_is_told(filled: Path, tmp_path: Path) -> None:
    database = Path(shutil.copy(filled, tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AgentDeskError) as caught:
            CentralServer(sqlite_url(database), port=port)
    assert caught.value.code is Code.SERVER_FAILED


def test_a_certificate_that_cannot_be_read_is_told(filled: Path, tmp_path: Path) -> None:
    database = Path(shutil.copy(filled, tmp_path))
    with pytest.raises(AgentDeskError) as caught:
        CentralServer(sqlite_url(database), port=0, tls_cert=tmp_path / "none.pem")
    assert caught.value.code is Code.UNREADABLE_FILE
