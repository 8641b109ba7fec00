"""A server that says exactly the bytes it is told, whatever HTTP thinks of them."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Answer = Callable[["Asked", socket.socket], None]
"""Answers one request over its connection, which is closed afterwards."""

CENTRAL = "X-AgentDesk-Central: 1\r\n"


@dataclass
class Asked:
    """One request as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """A server on a free port; `asked` holds the requests so far."""

    listener: socket.socket
    answer: Answer
    context: ssl.SSLContext | None = None
    asked: list[Asked] = field(default_factory=list)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.listener.getsockname()[1])

    def run(self) -> None:
        """Serve every visitor on a thread of their own until the listener is closed."""
        visits: list[threading.Thread] = []
        with suppress(OSError):
            while True:
                visitor, _address = self.listener.accept()
                visits.append(threading.Thread(target=self._visit, args=(visitor,)))
                visits[-1].start()
        for visit in visits:
            visit.join(5)

    def _visit(self, visitor: socket.socket) -> None:
        with suppress(OSError), visitor:
            spoken = visitor
            if self.context is not None:
                spoken = self.context.wrap_socket(visitor, server_side=True)
            with spoken:
                spoken.settimeout(5)
                asked = _request(spoken)
                if asked is not None:
                    self.asked.append(asked)
                    self.answer(asked, spoken)


def _request(visitor: socket.socket) -> Asked | None:
    received = b""
    while b"\r\n\r\n" not in received:
        more = visitor.recv(65_536)
        if not more:
            return None
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    line, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += visitor.recv(65_536)
    return Asked(line, headers, body)


@contextmanager
def serving(answer: Answer, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Serve until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener, answer, context)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield server
        finally:
            # A thread in accept() is woken by this, and by nothing else.
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def response(
    body: bytes, *, status: str = "200 OK", head: str = CENTRAL, length: int | None = None
) -> bytes:
    """Return a whole answer; `length` is what it claims to be."""
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\n{head}Content-Length: {size}\r\n\r\n".encode() + body


def saying(said: bytes) -> Answer:
    """Return an answer that is always the same bytes."""

    def answer(_asked: Asked, visitor: socket.socket) -> None:
        visitor.sendall(said)

    return answer
