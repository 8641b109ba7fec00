"""A network between desks and Central that tests cut: a TCP proxy, told what to do to whom.

A desk opens a connection for every request, so that a connection is one exchange. What is planned
for a path befalls the next exchange of that path; everything else passes untouched.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto

Place = Callable[[bytes], int]
"""Tells how many of these bytes pass."""

DRIP_S = 0.02
"""Between two bytes of a line that drips."""

_END_OF_HEAD = b"\r\n\r\n"


def nothing(_message: bytes) -> int:
    """Before the first byte."""
    return 0


def half_the_head(message: bytes) -> int:
    """Inside the head."""
    return message.index(_END_OF_HEAD) // 2


def the_head(message: bytes) -> int:
    """Between head and body."""
    return message.index(_END_OF_HEAD) + len(_END_OF_HEAD)


def half_the_body(message: bytes) -> int:
    """Inside the body, or at its end if it has none."""
    return (the_head(message) + len(message)) // 2


def all_but_the_last_line(message: bytes) -> int:
    """Before the last line of the body, whatever the transfer coding puts behind it."""
    return message.rstrip(b"\r\n0").rfind(b"\n") + 1


def all_but_one_byte(message: bytes) -> int:
    """Before the very last byte."""
    return len(message) - 1


def everything(message: bytes) -> int:
    """After the last byte."""
    return len(message)


class Ending(Enum):
    """How a connection ends that is cut."""

    CLOSED = auto()
    RESET = auto()
    SILENT = auto()
    """It does not: nothing comes any more, until the other side gives up."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one exchange.

    Of the request as much passes as `request` says. If all of it has, so that Central has done
    what was asked, as much of its answer passes as `answer` says. `again` lets the request arrive
    that many times more, as an impatient network would have it; the first answer passes, or the
    last if `answers_last`. The answer's body may drip, or be `rewritten` altogether.
    """

    request: Place = everything
    answer: Place = everything
    ending: Ending = Ending.CLOSED
    again: int = 0
    answers_last: bool = False
    drips: bool = False
    rewritten: Callable[[bytes], bytes] | None = None


@dataclass(eq=False)
class Held:
    """An exchange whose request, or whose answer, waits for the test."""

    of_answer: bool
    reached: threading.Event = field(default_factory=threading.Event)
    _released: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.AbstractEventLoop | None = None

    async def wait(self) -> None:
        """Say that it is here, and wait."""
        self._loop = asyncio.get_running_loop()
        self.reached.set()
        await self._released.wait()

    def release(self) -> None:
        """Let it pass."""
        assert self._loop is not None, "it has not come yet"
        self._loop.call_soon_threadsafe(self._released.set)


@dataclass(eq=False, slots=True)
class _Stream:
    """An answer without an end: it is passed on as it comes."""

    to_desk: asyncio.StreamWriter
    from_central: asyncio.StreamWriter
    is_silent: bool = False


class NetworkProxy:
    """Listens on a port of its own and passes on to Central's. Use it as a context."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._plans: list[tuple[bytes, Fault | Held]] = []
        self._streams: list[_Stream] = []
        self._streaming = threading.Event()
        self._is_down = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network")
        self._tasks: set[asyncio.Task[None]] = set()
        self._guard = threading.Lock()
        self.requests: list[bytes] = []
        """The request lines that have arrived, in order."""
        self.port = 0

    @property
    def url(self) -> str:
        """Where a desk believes Central to be."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> NetworkProxy:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(20)
        return self

    def __exit__(self, *_error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()

    # --- For tests ----------------------------------------------------------------------------

    def plan(self, path: str, fault: Fault) -> None:
        """Let `fault` befall the next exchange whose path has `path` in it."""
        with self._guard:
            self._plans.append((path.encode(), fault))

    def hold(self, path: str, *, answer: bool) -> Held:
        """Hold the next such exchange: its request, or Central's answer."""
        held = Held(answer)
        with self._guard:
            self._plans.append((path.encode(), held))
        return held

    @property
    def is_spent(self) -> bool:
        """Whether everything planned has happened."""
        with self._guard:
            return not self._plans

    def go_down(self) -> None:
        """Refuse what comes from now on, and cut what is open."""
        self._is_down = True
        self.cut_streams()

    def come_up(self) -> None:
        """Pass everything on again."""
        self._is_down = False

    def wait_for_stream(self) -> None:
        """Wait until a stream is open and has told something."""
        assert self._streaming.wait(20)

    def cut_streams(self, ending: Ending = Ending.CLOSED) -> int:
        """Cut the streams that are open; returns how many there were."""
        return asyncio.run_coroutine_threadsafe(self._cut_streams(ending), self._loop).result(20)

    # --- Beneath ------------------------------------------------------------------------------

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._met, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        self._server.close()
        await self._cut_streams(Ending.RESET)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _cut_streams(self, ending: Ending) -> int:
        cut, self._streams = self._streams, []
        self._streaming.clear()
        for stream in cut:
            stream.is_silent = True
            if ending is not Ending.SILENT:
                _end(stream.to_desk, ending)
                _end(stream.from_central, Ending.RESET)
        return len(cut)

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            # Whichever side hangs up, the exchange is over.
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._exchange(reader, writer)
        finally:
            _end(writer, Ending.CLOSED)
            self._tasks.discard(task)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_down:
            _end(writer, Ending.RESET)
            return
        request = await _read_request(reader)
        line = request.partition(b"\r\n")[0]
        self.requests.append(line)
        planned = self._take(line)
        if isinstance(planned, Held) and not planned.of_answer:
            await planned.wait()
        fault = planned if isinstance(planned, Fault) else Fault()
        if b"text/event-stream" in request and fault.request(request) == len(request):
            await self._stream(request, reader, writer)
            return
        answer = await self._asked(request, fault, reader)
        if isinstance(planned, Held) and planned.of_answer:
            await planned.wait()
        await _tell(writer, answer, fault, reader)

    def _take(self, line: bytes) -> Fault | Held | None:
        with self._guard:
            for at, (path, planned) in enumerate(self._plans):
                if path in line:
                    del self._plans[at]
                    return planned
        return None

    async def _asked(self, request: bytes, fault: Fault, reader: asyncio.StreamReader) -> bytes:
        """Pass on what passes of the request; return Central's answer, empty if there is none."""
        passes = fault.request(request)
        if passes < len(request):
            if passes:
                await self._pass_part(request[:passes], fault, reader)
            elif fault.ending is Ending.SILENT:
                await reader.read()
            return b""
        answers = [await self._ask(request) for _time in range(1 + fault.again)]
        answer = answers[-1 if fault.answers_last else 0]
        return fault.rewritten(answer) if fault.rewritten else answer

    async def _pass_part(self, part: bytes, fault: Fault, reader: asyncio.StreamReader) -> None:
        _from, to_central = await asyncio.open_connection("127.0.0.1", self._target_port)
        try:
            to_central.write(part)
            await to_central.drain()
            if fault.ending is Ending.SILENT:
                await reader.read()
        finally:
            _end(to_central, fault.ending)

    async def _ask(self, request: bytes) -> bytes:
        """Send a whole request to Central and return its whole answer."""
        from_central, to_central = await asyncio.open_connection("127.0.0.1", self._target_port)
        try:
            to_central.write(request)
            await to_central.drain()
            return await from_central.read()
        finally:
            _end(to_central, Ending.CLOSED)

    async def _stream(
        self, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Pass the answer on as it comes, until either side hangs up."""
        from_central, to_central = await asyncio.open_connection("127.0.0.1", self._target_port)
        stream = _Stream(writer, to_central)
        self._streams.append(stream)
        to_central.write(request)
        sides = [
            asyncio.ensure_future(self._pass_on(stream, from_central)),
            asyncio.ensure_future(reader.read()),
        ]
        try:
            await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for side in sides:
                side.cancel()
            await asyncio.gather(*sides, return_exceptions=True)
            if stream in self._streams:
                self._streams.remove(stream)
            _end(to_central, Ending.CLOSED)

    async def _pass_on(self, stream: _Stream, from_central: asyncio.StreamReader) -> None:
        while part := await from_central.read(1 << 16):
            if not stream.is_silent:
                stream.to_desk.write(part)
                await stream.to_desk.drain()
                self._streaming.set()


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    """Read a whole request; Central is asked to hang up after its answer, as its end is then."""
    head = await reader.readuntil(_END_OF_HEAD)
    size = 0
    lines = []
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            size = int(value)
        if name.lower() != b"connection":
            lines.append(line)
    lines.insert(1, b"Connection: close")
    return b"\r\n".join(lines) + await reader.readexactly(size)


async def _tell(
    writer: asyncio.StreamWriter, answer: bytes, fault: Fault, reader: asyncio.StreamReader
) -> None:
    passes = fault.answer(answer) if answer else 0
    if fault.drips:
        head = the_head(answer)
        writer.write(answer[:head])
        await _drip(writer, answer[head:passes])
    else:
        writer.write(answer[:passes])
        await writer.drain()
    if passes < len(answer) or not answer:
        if fault.ending is Ending.SILENT:
            await reader.read()
        _end(writer, fault.ending)


async def _drip(writer: asyncio.StreamWriter, answer: bytes) -> None:
    for at in range(len(answer)):
        writer.write(answer[at : at + 1])
        await writer.drain()
        await asyncio.sleep(DRIP_S)


def _end(writer: asyncio.StreamWriter, ending: Ending) -> None:
    if ending is Ending.RESET:
        sock = writer.get_extra_info("socket")
        if sock is not None and sock.fileno() >= 0:
            # A pending linger of no time makes the close a reset (SO_LINGER, tcp(7)).
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        return
    writer.close()
