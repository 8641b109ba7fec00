"""One window per profile: how another start of the program hands over what it was asked.

The channel is a Unix socket in a folder of the user alone, or a named pipe on Windows. Messages
are JSON in single frames; nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import logging
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from agentdesk.decoding import decode_json
from agentdesk.errors import Code, ExternalError
from agentdesk.paths import ProfilePaths
from agentdesk.telephony.events import Call

logger = logging.getLogger(__name__)

_MOST_BYTES = 16 * 1024
_ANSWER_S = 5.0
_DONE = b'{"done":true}'


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a second start asks of the running window: to take a call, or only to come up."""

    call: Call | None = None


def hand_over(paths: ProfilePaths, call: Call | None = None) -> bool:
    """Give the running window of this profile a call; False if no window runs.

    Without a call the window comes to the front. Blocks for a few milliseconds, five seconds at
    the most.
    """
    try:
        with Client(_address(paths)) as channel:
            channel.send_bytes(msgspec.json.encode(Request(call=call)))
            return channel.poll(_ANSWER_S) and channel.recv_bytes(_MOST_BYTES) == _DONE
    except (OSError, EOFError):
        return False


class InstanceServer:
    """Makes this process the one window of a profile and listens for other starts.

    `on_request` is called on a thread of its own.
    """

    def __init__(self, paths: ProfilePaths, on_request: Callable[[Request], None]) -> None:
        self._paths = paths
        self._on_request = on_request
        self._lock = FileLock(paths.folder / "window.lock", blocking=False, thread_local=False)
        self._address = ""
        self._listener: Listener | None = None
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    def start(self) -> bool:
        """Begin to listen; False if another process is this profile's window already."""
        try:
            self._paths.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock.acquire()
        except Timeout:
            return False
        except OSError as failure:
            raise ExternalError(Code.DISK_FAILED) from failure
        address = self._address = _address(self._paths)
        if not address.startswith("\\\\"):
            # Whoever left this socket behind is gone: we hold the lock.
            Path(address).unlink(missing_ok=True)
        try:
            self._listener = Listener(address, backlog=16)
        except OSError as failure:
            self._lock.release()
            raise ExternalError(Code.DISK_FAILED) from failure
        self._thread = threading.Thread(target=self._listen, name="instance", daemon=True)
        self._thread.start()
        return True

    def stop(self) -> None:
        """Stop listening and let another process be the window."""
        if self._listener is None:
            return
        self._ended.set()
        # A thread in accept() is woken by a visitor, on every platform.
        with suppress(OSError, EOFError), Client(self._address):
            pass
        if self._thread is not None:
            self._thread.join(_ANSWER_S)
        self._listener.close()
        self._lock.release()

    def _listen(self) -> None:
        assert self._listener is not None  # noqa: S101 - set before the thread starts
        while not self._ended.is_set():
            try:
                with self._listener.accept() as channel, _at_most(_ANSWER_S, channel):
                    self._serve(channel)
            except (OSError, EOFError):
                continue
            except Exception:  # the sink of a thread: the next visitor is served
                logger.exception("a visitor of the instance channel could not be served")

    def _serve(self, channel: Connection) -> None:
        if self._ended.is_set() or not channel.poll(_ANSWER_S):
            return
        try:
            request = decode_json(channel.recv_bytes(_MOST_BYTES), Request)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            logger.warning("a visitor of the instance channel spoke something else")
            return
        self._on_request(request)
        channel.send_bytes(_DONE)


@contextmanager
def _at_most(longest_s: float, channel: Connection) -> Iterator[None]:
    """Hang up on a visitor who begins a message and does not end it within `longest_s`."""
    if sys.platform == "win32":
        yield
        return
    with socket.socket(fileno=os.dup(channel.fileno())) as own:
        watch = threading.Timer(longest_s, _shut, [own])
        watch.daemon = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()
            watch.join()


def _shut(visited: socket.socket) -> None:
    with suppress(OSError):
        visited.shutdown(socket.SHUT_RDWR)


def _address(paths: ProfilePaths) -> str:
    """Return the address of a profile's channel, in a folder that only its user may enter."""
    name = hashlib.sha256(str(paths.folder).encode(errors="surrogateescape")).hexdigest()[:24]
    if sys.platform == "win32":
        return rf"\\.\pipe\agentdesk-{name}"
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    mine = f"agentdesk-{os.getuid()}"
    # The variable may name a session's folder that is not there, as after `su`.
    in_session = bool(runtime) and os.access(runtime or "", os.W_OK | os.X_OK)
    folder = Path(runtime or "") / "agentdesk" if in_session else Path(tempfile.gettempdir()) / mine
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        private = folder.stat().st_uid == os.getuid() and not folder.stat().st_mode & 0o077
    except OSError as failure:
        raise ExternalError(Code.DISK_FAILED) from failure
    if not private:
        raise ExternalError(Code.DISK_FAILED)
    return str(folder / f"{name}.sock")
