"""A door before Central that can be shut, and that counts who comes and how much leaves.

Every request of a desk has a connection of its own, so connections are requests.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType

_PIECE = 1 << 18


class Relay:
    """Passes connections on to `port` on this computer while its block runs."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.requests = 0
        self.bytes_down = 0
        self._open = threading.Event()
        self._open.set()

    def shut(self) -> None:
        """Let nobody in any more."""
        self._open.clear()

    def open(self) -> None:
        """Let everybody in."""
        self._open.set()

    def __enter__(self) -> Relay:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                desk, _ = self._listening.accept()
                if not self._open.is_set():
                    desk.close()
                    continue
                self.requests += 1
                central = socket.create_connection(("127.0.0.1", self._target))
                for source, target, down in ((desk, central, False), (central, desk, True)):
                    threading.Thread(
                        target=self._pass_on, args=(source, target, down), daemon=True
                    ).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, down: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(_PIECE):
                target.sendall(piece)
                if down:
                    self.bytes_down += len(piece)
        for sock in (source, target):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
