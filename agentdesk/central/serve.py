"""Running Central as a process: uvicorn on one socket, and a quiet end on a signal."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from litestar import Litestar

from agentdesk.central.app import create_app
from agentdesk.central.feed import Numbering
from agentdesk.errors import Code, ExternalError, UserError

DEFAULT_PORT = 8420
_DRAIN_S = 10


class _Server(uvicorn.Server):
    """Tells when it listens, and ends open poke streams before it waits for open answers."""

    def __init__(self, config: uvicorn.Config, app: Litestar, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._app = app
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.hub.close()
        await super().shutdown(sockets)


class CentralServer:
    """Central on a socket of its own; listens from construction on, answers while it runs.

    `port` 0 takes a free one. Raises `ExternalError` if the database cannot be opened or the
    address not be listened on, `UserError(UNREADABLE_FILE)` if the certificate cannot be read.
    """

    def __init__(
        self,
        database_url: str,
        *,
        host: str = "127.0.0.1",
        port: int = DEFAULT_PORT,
        tls_cert: Path | None = None,
        tls_key: Path | None = None,
        numbering: Numbering | None = None,
    ) -> None:
        self._app = create_app(database_url, numbering=numbering)
        self._config = uvicorn.Config(
            self._app,
            ssl_certfile=tls_cert,
            ssl_keyfile=tls_key,
            # Logging is set up by whoever runs the process; query strings are nobody's business.
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_DRAIN_S,
            lifespan="on",
        )
        try:
            self._config.load()
        except OSError as error:
            raise UserError(Code.UNREADABLE_FILE) from error
        self._listening = _listen(host, port)
        self._server: _Server | None = None
        self.address = _address(self._listening, host, encrypted=tls_cert is not None)
        """Where it answers, as `http://host:port`."""

    def run(self, on_ready: Callable[[], None] | None = None) -> None:
        """Serve until `stop`, or until a signal if this is the main thread; once only.

        Answers that are under way are finished first.
        """
        self._server = _Server(self._config, self._app, on_ready or _nothing)
        with self._listening:
            self._server.run(sockets=[self._listening])

    def stop(self) -> None:
        """Make `run` end soon. May be called from any thread."""
        if self._server is not None:
            self._server.should_exit = True


def serve(server: CentralServer, *, ready_file: Path | None = None) -> None:
    """Run `server` in the main thread until SIGINT or SIGTERM, and then return.

    As soon as requests are accepted, the address is written to `ready_file`.
    """

    def tell() -> None:
        if ready_file is not None:
            _write_whole(ready_file, server.address)

    with _signals_end_quietly():
        server.run(tell)


@contextmanager
def _signals_end_quietly() -> Iterator[None]:
    """Keep the signal that ended uvicorn, and that it raises once more, from ending us."""
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda _number, _frame: None) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def _nothing() -> None:
    """Tell nobody."""


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ExternalError(Code.SERVER_FAILED) from error


def _address(listening: socket.socket, host: str, *, encrypted: bool) -> str:
    port = listening.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if encrypted else 'http'}://{shown}:{port}"


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees all of it or nothing."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(text + "\n", encoding="utf-8")
    os.replace(draft, path)  # noqa: PTH105 - replaces on Windows too
