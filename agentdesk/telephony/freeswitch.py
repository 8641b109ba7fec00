"""FreeSWITCH Event Socket: the part of its protocol that a desk needs.

Source: FreeSWITCH's documentation of mod_event_socket. Messages are headers ended by an empty line,
and a body where Content-Length says so; events come as JSON, or as plain headers, percent-encoded.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import msgspec

from agentdesk.decoding import decode_json
from agentdesk.errors import Code, ExternalError
from agentdesk.telephony.events import Call, CallEvent
from agentdesk.telephony.freeswitch_calls import FreeSwitchCalls
from agentdesk.telephony.session import Message, Progress, Reached, Stage
from agentdesk.telephony.system import PhoneSystem, dialled_number, one_line
from agentdesk.telephony.wire import ANSWER_S, Wire, connected

_EVENTS = (
    "CHANNEL_CREATE",
    "CHANNEL_PROGRESS",
    "CHANNEL_PROGRESS_MEDIA",
    "CHANNEL_ANSWER",
    "CHANNEL_BRIDGE",
    "CHANNEL_HANGUP_COMPLETE",
    "BACKGROUND_JOB",
)
_RING_S = 30
_USUAL_CONTEXT = "default"
_BRACKETS = str.maketrans("", "", "{}[]<>,'\"\\^|&")


class FreeSwitch:
    """The dialect."""

    @asynccontextmanager
    async def open(self, system: PhoneSystem, reached: Reached) -> AsyncIterator[FreeSwitchSession]:
        """Connect, log in with the password and ask for the events of channels."""
        system.check()
        async with connected(system) as wire:
            reached(Progress(Stage.CONNECTED, wire.peer))
            session = FreeSwitchSession(wire, system)
            await session.greet()
            reached(Progress(Stage.GREETED, wire.peer, session.system))
            await session.log_in()
            reached(Progress(Stage.LOGGED_IN, wire.peer, session.system))
            yield session

    def calls(self, system: PhoneSystem, tell: Callable[[CallEvent], None]) -> FreeSwitchCalls:
        """Return what understands the events."""
        return FreeSwitchCalls(system.extensions, tell)


@dataclass(frozen=True, slots=True)
class Frame:
    """One message: what kind it is, what it says, and its body."""

    kind: str
    headers: Message
    body: bytes = b""


class FreeSwitchSession:
    """One conversation. Answers come in the order of what was asked, without ids."""

    def __init__(self, wire: Wire, system: PhoneSystem) -> None:
        self._wire = wire
        self._phones = system
        self._waiting: deque[asyncio.Future[Frame]] = deque()
        self._asking = asyncio.Lock()

    @property
    def system(self) -> str:
        """The protocol's name; it tells no version before the login."""
        return "FreeSWITCH Event Socket"

    async def greet(self) -> None:
        """Wait until the password is asked for; raises `ExternalError(PHONES_NOT_UNDERSTOOD)`."""
        frame = await self._read_directly()
        if frame.kind == "text/rude-rejection":
            # An access list keeps this computer out.
            raise ExternalError(Code.PHONES_REFUSED)
        if frame.kind != "auth/request":
            raise ExternalError(Code.PHONES_NOT_UNDERSTOOD)

    async def log_in(self) -> None:
        """Send the password, and ask for events; raises `ExternalError(PHONES_REFUSED)`."""
        phones = self._phones
        proof = (
            f"userauth {phones.user}:{phones.secret}" if phones.user else f"auth {phones.secret}"
        )
        for command in (proof, f"event json {' '.join(_EVENTS)}"):
            await self._send(command)
            frame = await self._read_directly()
            if frame.kind != "command/reply" or not _accepted(frame):
                raise ExternalError(Code.PHONES_REFUSED)

    async def events(self) -> AsyncIterator[Message]:
        """Yield events; answers go to who asked, in order."""
        while True:
            frame = await self._read()
            if frame.kind in ("command/reply", "api/response"):
                if self._waiting:
                    answered = self._waiting.popleft()
                    if not answered.done():
                        answered.set_result(frame)
            elif frame.kind == "text/disconnect-notice":
                raise ExternalError(Code.PHONES_UNREACHABLE)
            elif (event := event_of(frame)) is not None:
                yield event

    async def ping(self) -> None:
        """Ask for a sign of life."""
        await self._ask("api echo ping")

    async def place(self, call: Call) -> None:
        """Ring this desk's telephone, and once it is taken, let it dial."""
        number = dialled_number(call.number)
        phones = self._phones
        channel = phones.channel or f"user/{phones.extensions[0]}"
        context = phones.context or _USUAL_CONTEXT
        variables = ",".join(
            (
                # The channel's id, by which its events are known again.
                f"origination_uuid={_bare(call.call_id)}",
                f"originate_timeout={_RING_S}",
                "ignore_early_media=true",
                # What the own telephone shows while it rings: whom it is about to call.
                f"origination_caller_id_number={number}",
            )
        )
        frame = await self._ask(
            f"bgapi originate {{{variables}}}{_bare(channel)} {number} XML {_bare(context)}",
            f"Job-UUID: {_bare(call.call_id)}",
        )
        if not _accepted(frame):
            raise ExternalError(Code.CALL_REFUSED)

    # --- Beneath ------------------------------------------------------------------------------

    async def _ask(self, *lines: str) -> Frame:
        answered: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        async with self._asking:
            self._waiting.append(answered)
            await self._send(*lines)
        try:
            async with asyncio.timeout(ANSWER_S):
                return await answered
        except TimeoutError as failure:
            raise ExternalError(Code.PHONES_UNREACHABLE) from failure

    async def _send(self, *lines: str) -> None:
        told = "".join(f"{one_line('command', line)}\n" for line in lines)
        await self._wire.send(f"{told}\n".encode())

    async def _read_directly(self) -> Frame:
        """Read while nobody else does: before the login is done."""
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._read()
        except TimeoutError as failure:
            raise ExternalError(Code.PHONES_NOT_UNDERSTOOD) from failure

    async def _read(self) -> Frame:
        headers = headers_of(await self._wire.until(b"\n\n"))
        kind = headers.get("Content-Type", "")
        length = headers.get("Content-Length", "0")
        if not kind or not length.isdecimal() or len(length) > 9:
            raise ExternalError(Code.PHONES_NOT_UNDERSTOOD)
        return Frame(kind, headers, await self._wire.exactly(int(length)))


def headers_of(block: bytes) -> dict[str, str]:
    """Return headers as they stand; of doubles the first counts."""
    found: dict[str, str] = {}
    for line in block.decode(errors="replace").split("\n"):
        key, colon, value = line.partition(":")
        if colon:
            found.setdefault(key.strip(), value.strip())
    return found


def event_of(frame: Frame) -> Message | None:
    """Return the event in a frame, None for anything else and for what cannot be read."""
    if frame.kind == "text/event-json":
        try:
            told = decode_json(frame.body, dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        return {key: value for key, value in told.items() if isinstance(value, str)}
    if frame.kind == "text/event-plain":
        return {key: unquote(value) for key, value in headers_of(frame.body).items()}
    return None


def _accepted(frame: Frame) -> bool:
    return frame.headers.get("Reply-Text", "").startswith("+OK")


def _bare(text: str) -> str:
    """Return `text` without what has a meaning in a dial string."""
    return text.translate(_BRACKETS).replace(" ", "")
