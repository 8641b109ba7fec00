"""Telephone systems on real sockets, as far as the documentation of their protocols goes."""

from __future__ import annotations

import hashlib
import json
import queue
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

PATIENCE_S = 20
SECRET = "s3cret: with a colon"


class PhoneServer:
    """Accepts one connection after the other on a thread, and does what the test says.

    `refuses` lets every login fail; `greeting` replaces what it says first.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._tls: ssl.SSLContext | None = None
        if certificate is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificate)
        self.refuses = False
        self.silent = False
        self.greeting: bytes | None = None
        self.asked: queue.Queue[dict[str, str]] = queue.Queue()
        self._live: queue.Queue[socket.socket] = queue.Queue()
        self._connection: socket.socket | None = None
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    # --- For the test ---------------------------------------------------------------------------

    def live(self) -> None:
        """Wait until somebody has logged in."""
        self._connection = self._live.get(timeout=PATIENCE_S)

    def send(self, data: bytes) -> None:
        """Send raw bytes."""
        assert self._connection is not None
        self._connection.sendall(data)

    def event(self, name: str, **fields: str) -> None:
        """Send an event."""
        self.send(self.packed_event(name, fields))

    def drop(self) -> None:
        """Cut the line."""
        assert self._connection is not None
        self._connection.shutdown(socket.SHUT_RDWR)

    def wait_for(self, **fields: str) -> dict[str, str]:
        """Wait until something with these fields is asked."""
        while True:
            asked = self.asked.get(timeout=PATIENCE_S)
            if fields.items() <= asked.items():
                return asked

    def close(self) -> None:
        """Answer nobody any more."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        if self._connection is not None:
            self._connection.close()
        self._thread.join(PATIENCE_S)

    # --- What the protocols differ in -----------------------------------------------------------

    def packed_event(self, name: str, fields: Mapping[str, str]) -> bytes:
        """Return an event as it is sent."""
        raise NotImplementedError

    def greet(self) -> bytes:
        """Return what is said first."""
        raise NotImplementedError

    def answers(self, block: bytes) -> tuple[bytes, bool]:
        """Return the answer to what was asked, and whether somebody is logged in by it."""
        raise NotImplementedError

    end: bytes = b""

    # --- The thread -----------------------------------------------------------------------------

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listening.accept()
            except OSError:
                return
            try:
                if self._tls is not None:
                    connection = self._tls.wrap_socket(connection, server_side=True)
                self._serve(connection)
            except OSError:
                pass
            finally:
                connection.close()

    def _serve(self, connection: socket.socket) -> None:
        connection.sendall(self.greet() if self.greeting is None else self.greeting)
        held = b""
        while data := connection.recv(65536):
            held += data
            while self.end in held:
                block, _, held = held.partition(self.end)
                answer, logged_in = self.answers(block)
                if not self.silent:
                    connection.sendall(answer)
                if logged_in:
                    self._live.put(connection)


class FakeAsterisk(PhoneServer):
    """Speaks the manager's protocol."""

    end = b"\r\n\r\n"
    challenge = "840415273"

    def greet(self) -> bytes:
        """Return the banner."""
        return b"Asterisk Call Manager/7.0.3\r\n"

    def packed_event(self, name: str, fields: Mapping[str, str]) -> bytes:
        """Return an event as lines."""
        return _lines({"Event": name, "Privilege": "call,all", **fields})

    def answers(self, block: bytes) -> tuple[bytes, bool]:
        """Answer a challenge, a login, a ping and an attempt to dial."""
        asked = dict(line.split(": ", 1) for line in block.decode().split("\r\n"))
        self.asked.put(asked)
        told = {"Response": "Success", "ActionID": asked["ActionID"]}
        if asked["Action"] == "Challenge":
            return _lines({**told, "Challenge": self.challenge}), False
        if asked["Action"] == "Login":
            if self.refuses or not self._knows(asked):
                return _lines(
                    {**told, "Response": "Error", "Message": "Authentication failed"}
                ), False
            # Between an answer and the first event, Asterisk says that it has booted.
            booted = _lines({"Event": "FullyBooted", "Status": "Fully Booted"})
            return _lines({**told, "Message": "Authentication accepted"}) + booted, True
        if asked["Action"] == "Originate" and self.refuses:
            return _lines({**told, "Response": "Error", "Message": "Permission denied"}), False
        return _lines(told), False

    def _knows(self, asked: Mapping[str, str]) -> bool:
        key = hashlib.md5((self.challenge + SECRET).encode(), usedforsecurity=False).hexdigest()
        return asked.get("Secret") == SECRET or asked.get("Key") == key


class FakeFreeSwitch(PhoneServer):
    """Speaks the event socket's protocol."""

    end = b"\n\n"
    plain = False

    def greet(self) -> bytes:
        """Ask for the password."""
        return b"Content-Type: auth/request\n\n"

    def packed_event(self, name: str, fields: Mapping[str, str]) -> bytes:
        """Return an event in JSON, or as headers."""
        told = {"Event-Name": name, **fields}
        if self.plain:
            body = "".join(f"{key}: {_percent(value)}\n" for key, value in told.items()).encode()
            kind = "plain"
        else:
            body, kind = json.dumps(told).encode(), "json"
        head = f"Content-Length: {len(body)}\nContent-Type: text/event-{kind}\n\n"
        return head.encode() + body

    def answers(self, block: bytes) -> tuple[bytes, bool]:
        """Answer a password, a wish for events, a command and an attempt to dial."""
        first, *more = block.decode().split("\n")
        word, _, rest = first.partition(" ")
        self.asked.put({"word": word, "rest": rest, "more": "\n".join(more)})
        if word in ("auth", "userauth"):
            right = not self.refuses and rest in (SECRET, f"desk:{SECRET}")
            return _reply("+OK accepted" if right else "-ERR invalid"), False
        if word == "api":
            return b"Content-Type: api/response\nContent-Length: 4\n\nping", False
        if word == "bgapi" and self.refuses:
            return _reply("-ERR permission denied"), False
        return _reply("+OK"), word == "event"


def _lines(fields: Mapping[str, str]) -> bytes:
    return ("".join(f"{key}: {value}\r\n" for key, value in fields.items()) + "\r\n").encode()


def _reply(text: str) -> bytes:
    return f"Content-Type: command/reply\nReply-Text: {text}\n\n".encode()


def _percent(text: str) -> str:
    return "".join(sign if sign.isalnum() else f"%{ord(sign):02X}" for sign in text)


SERVERS: Sequence[type[PhoneServer]] = (FakeAsterisk, FakeFreeSwitch)
