"""A profile has one window, which takes over calls and survives whatever else visits it."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from agentdesk import instance
from agentdesk.errors import Code, ExternalError
from agentdesk.instance import InstanceServer, Request, hand_over
from agentdesk.paths import ProfilePaths
from agentdesk.telephony.events import Call, announced

WINDOW = """
import sys
from pathlib import Path
from agentdesk.instance import InstanceServer
from agentdesk.paths import ProfilePaths

server = InstanceServer(ProfilePaths(Path(sys.argv[1]), "default"), lambda request: None)
print(server.start(), flush=True)
sys.stdin.read()
"""


class Window:
    """A running window and what it was asked."""

    def __init__(self, paths: ProfilePaths) -> None:
        self.requests: list[Request] = []
        self.failing = False
        self.server = InstanceServer(paths, self._take)

    def _take(self, request: Request) -> None:
        if self.failing:
            raise LookupError("ours")
        self.requests.append(request)

    @property
    def calls(self) -> list[Call | None]:
        return [request.call for request in self.requests]


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProfilePaths]:
    """A profile whose channel lies in a folder of this test.

    Its path is short: the address of a socket has room for some hundred characters (unix(7)).
    """
    with tempfile.TemporaryDirectory(prefix="ad") as runtime:
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        yield ProfilePaths(tmp_path / "home", "default")


@pytest.fixture
def make_window(paths: ProfilePaths) -> Iterator[Callable[[], Window]]:
    """Make windows that are stopped when the test ends."""
    made: list[Window] = []

    def make() -> Window:
        made.append(Window(paths))
        return made[-1]

    yield make
    for window in made:
        window.server.stop()


@pytest.fixture
def window(make_window: Callable[[], Window]) -> Window:
    """One window that listens."""
    window = make_window()
    assert window.server.start()
    return window


def address() -> Path:
    """Return where the window's socket lies."""
    [found] = Path(os.environ["XDG_RUNTIME_DIR"], "agentdesk").glob("*.sock")
    return found


def visit(said: bytes) -> bytes:
    """Say something to the window and return all it answers."""
    with socket.socket(socket.AF_UNIX) as visitor:
        visitor.settimeout(5)
        visitor.connect(str(address()))
        with suppress(OSError):
            visitor.sendall(said)
            return visitor.recv(1_000)
        return b""


def framed(message: bytes) -> bytes:
    return struct.pack("!i", len(message)) + message


def test_a_call_is_handed_to_the_running_window(paths: ProfilePaths, window: Window) -> None:
    call = announced("+44 20 7946 0958 ext. 12", "Анна 😀 \u202eשלום", "Łódź <b>")
    assert hand_over(paths, call)
    assert hand_over(paths)
    assert window.calls == [call, None]


def test_without_a_window_nobody_takes_the_call(paths: ProfilePaths) -> None:
    assert not hand_over(paths, announced("112"))


def test_a_profile_has_one_window_and_every_profile_its_own(
    paths: ProfilePaths, window: Window, make_window: Callable[[], Window]
) -> None:
    assert not make_window().server.start()
    assert hand_over(paths)
    other_paths = ProfilePaths(paths.home, "other")
    assert not hand_over(other_paths)
    other = Window(other_paths)
    assert other.server.start()
    assert hand_over(other_paths, announced("112"))
    other.server.stop()
    assert (len(window.requests), len(other.requests)) == (1, 1)


def test_another_window_may_come_after_the_first_has_ended(
    paths: ProfilePaths, window: Window, make_window: Callable[[], Window]
) -> None:
    window.server.stop()
    window.server.stop()
    assert not hand_over(paths)
    second = make_window()
    assert second.server.start()
    assert hand_over(paths)
    assert (len(window.requests), len(second.requests)) == (0, 1)


def test_two_processes_are_not_one_profiles_window_and_a_killed_one_is_replaced(
    paths: ProfilePaths, make_window: Callable[[], Window]
) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", WINDOW, str(paths.home)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=root) as theirs:
        assert theirs.stdout is not None
        assert theirs.stdout.readline() == b"True\n"
        refused = make_window()
        assert not refused.server.start()
        assert hand_over(paths, announced("112"))
        theirs.send_signal(signal.SIGKILL)
        theirs.wait(10)
    assert address().is_socket()
    assert not hand_over(paths)
    ours = make_window()
    assert ours.server.start()
    assert hand_over(paths, announced("112"))
    assert len(ours.requests) == 1


DEEP = b'{"x":' + b"[" * 8_000


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\x00",
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack("!i", 0),
        struct.pack("!i", -2),
        struct.pack("!iQ", -1, 2**63),
        struct.pack("!i", 2**31 - 1) + b"x" * 100,
        framed(b"no json"),
        framed(b"\xff\xfe"),
        framed(b'{"call":{"number":7}}'),
        framed(b'{"call":"112"}'),
        framed(b"[1]"),
        framed(DEEP),
        framed(msgspec.json.encode({"call": {"number": "1" * 20_000}})),
        framed(b"\x80\x04\x95\x1e\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94."),
    ],
)
def test_visitors_who_say_something_else_do_no_harm(
    paths: ProfilePaths, window: Window, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instance, "_ANSWER_S", 0.3)
    assert visit(said) == b""
    assert window.requests == []
    monkeypatch.setattr(instance, "_ANSWER_S", 5.0)
    assert hand_over(paths, announced("112"))
    assert len(window.requests) == 1


def test_a_visitor_who_does_not_finish_is_not_waited_for(
    paths: ProfilePaths, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instance, "_ANSWER_S", 0.3)
    with socket.socket(socket.AF_UNIX) as slow:
        slow.settimeout(5)
        slow.connect(str(address()))
        slow.sendall(framed(b"x" * 100)[:20])
        assert slow.recv(10) == b""
        monkeypatch.setattr(instance, "_ANSWER_S", 5.0)
        assert hand_over(paths)
    assert window.calls == [None]


def test_members_of_a_newer_program_are_passed_over(paths: ProfilePaths, window: Window) -> None:
    said = msgspec.json.encode({"call": {"number": "112", "video": True}, "colour": "blue"})
    assert b"done" in visit(framed(said))
    assert [call.number for call in window.calls if call] == ["112"]


def test_a_window_that_fails_over_one_request_takes_the_next(
    paths: ProfilePaths, window: Window
) -> None:
    window.failing = True
    assert not hand_over(paths, announced("112"))
    window.failing = False
    assert hand_over(paths, announced("113"))
    assert [call.number for call in window.calls if call] == ["113"]


def test_many_starts_at_once_are_all_taken(paths: ProfilePaths, window: Window) -> None:
    taken: list[bool] = []
    threads = [
        threading.Thread(target=lambda: taken.append(hand_over(paths, announced("112"))))
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert taken == [True] * 12
    assert len({call.call_id for call in window.calls if call}) == 12


def test_the_channel_is_closed_to_everybody_else(paths: ProfilePaths, window: Window) -> None:
    assert address().parent.stat().st_mode & 0o777 == 0o700
    address().parent.chmod(0o755)
    with pytest.raises(ExternalError) as refused:
        hand_over(paths)
    assert refused.value.code is Code.DISK_FAILED
    address().parent.chmod(0o700)
    assert hand_over(paths)


def test_a_session_folder_that_is_not_there_is_no_obstacle(
    paths: ProfilePaths, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/proc/no-such-session")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    window = Window(paths)
    assert window.server.start()
    assert hand_over(paths)
    window.server.stop()
    assert (tmp_path / f"agentdesk-{os.getuid()}").is_dir()


def test_a_profile_that_cannot_be_written_is_told(
    paths: ProfilePaths, make_window: Callable[[], Window]
) -> None:
    paths.home.parent.joinpath("home").write_text("a file where the folder should be")
    with pytest.raises(ExternalError) as failed:
        make_window().server.start()
    assert failed.value.code is Code.DISK_FAILED
