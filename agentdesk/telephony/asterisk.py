"""Asterisk Manager Interface: the part of its protocol that a desk needs.

Source: Asterisk's documentation, "The Asterisk Manager TCP/IP API" and the reference of AMI
actions and events (Asterisk 13 and later). Messages are lines `Key: Value`, ended by an empty one.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from agentdesk.errors import Code, ExternalError
from agentdesk.telephony.asterisk_calls import AsteriskCalls
from agentdesk.telephony.events import Call, CallEvent
from agentdesk.telephony.session import Message, Pending, Progress, Reached, Stage
from agentdesk.telephony.system import PhoneSystem, dialled_number, one_line
from agentdesk.telephony.wire import ANSWER_S, Wire, connected

_BANNER = b"Asterisk Call Manager/"
_RING_MS = 30_000
_USUAL_CONTEXT = "from-internal"


class Asterisk:
    """The dialect."""

    @asynccontextmanager
    async def open(self, system: PhoneSystem, reached: Reached) -> AsyncIterator[AsteriskSession]:
        """Connect and log in: with the secret inside TLS, else with a challenge (MD5)."""
        system.check()
        async with connected(system) as wire:
            reached(Progress(Stage.CONNECTED, wire.peer))
            banner = await _first_line(wire)
            reached(Progress(Stage.GREETED, wire.peer, banner))
            session = AsteriskSession(wire, system, banner)
            await session.log_in()
            reached(Progress(Stage.LOGGED_IN, wire.peer, banner))
            yield session

    def calls(self, system: PhoneSystem, tell: Callable[[CallEvent], None]) -> AsteriskCalls:
        """Return what understands the events."""
        return AsteriskCalls(system.extensions, tell)


class AsteriskSession:
    """One conversation."""

    def __init__(self, wire: Wire, system: PhoneSystem, banner: str) -> None:
        self._wire = wire
        self._phones = system
        self._banner = banner
        self._pending = Pending()
        self._numbers = itertools.count(1)

    @property
    def system(self) -> str:
        """The banner: program and version of the protocol."""
        return self._banner

    async def log_in(self) -> None:
        """Prove who this is; raises `ExternalError(PHONES_REFUSED)`."""
        phones = self._phones
        proof = {"Secret": phones.secret}
        if not phones.encrypted:
            # Nobody who listens learns the secret.
            asked = await self._ask_directly({"Action": "Challenge", "AuthType": "MD5"})
            challenge = asked.get("Challenge", "")
            told = (challenge + phones.secret).encode()
            key = hashlib.md5(told, usedforsecurity=False).hexdigest()
            proof = {"AuthType": "MD5", "Key": key}
        answer = await self._ask_directly(
            {"Action": "Login", "Username": phones.user, **proof, "Events": "call"}
        )
        if answer.get("Response") != "Success":
            raise ExternalError(Code.PHONES_REFUSED)

    async def events(self) -> AsyncIterator[Message]:
        """Yield events; answers go to who asked."""
        while True:
            message = await self._read()
            # Some events tell of a response, too.
            if "Event" in message:
                yield message
            elif "Response" in message:
                self._pending.settle(message.get("ActionID", ""), message)

    async def ping(self) -> None:
        """Ask for a sign of life."""
        await self._ask({"Action": "Ping"})

    async def place(self, call: Call) -> None:
        """Ring this desk's telephone, and once it is taken, let it dial."""
        number = dialled_number(call.number)
        phones = self._phones
        answer = await self._ask(
            {
                "Action": "Originate",
                "Channel": phones.channel or f"PJSIP/{phones.extensions[0]}",
                "Context": phones.context or _USUAL_CONTEXT,
                "Exten": number,
                "Priority": "1",
                # What the own telephone shows while it rings: whom it is about to call.
                "CallerID": f"<{number}>",
                "Timeout": str(_RING_MS),
                "Async": "true",
                # The channel's unique and linked id, by which its events are known again.
                "ChannelId": call.call_id,
            },
            # By this the event is known that tells of an attempt without any channel.
            call.call_id,
        )
        if answer.get("Response") != "Success":
            raise ExternalError(Code.CALL_REFUSED)

    # --- Beneath ------------------------------------------------------------------------------

    async def _ask(self, fields: dict[str, str], key: str | None = None) -> Message:
        number = key or str(next(self._numbers))
        waiting = asyncio.ensure_future(self._pending.answer(number))
        # The answer may be there before the next line is reached.
        await asyncio.sleep(0)
        try:
            await self._wire.send(packed({**fields, "ActionID": number}))
            return await waiting
        finally:
            waiting.cancel()

    async def _ask_directly(self, fields: dict[str, str]) -> Message:
        """Ask while nobody else reads: before the login is done."""
        number = str(next(self._numbers))
        await self._wire.send(packed({**fields, "ActionID": number}))
        try:
            async with asyncio.timeout(ANSWER_S):
                while True:
                    message = await self._read()
                    if message.get("ActionID") == number and "Response" in message:
                        return message
        except TimeoutError as failure:
            raise ExternalError(Code.PHONES_UNREACHABLE) from failure

    async def _read(self) -> Message:
        return unpacked(await self._wire.until(b"\r\n\r\n"))


async def _first_line(wire: Wire) -> str:
    try:
        async with asyncio.timeout(ANSWER_S):
            line = await wire.until(b"\n")
    except TimeoutError as failure:
        raise ExternalError(Code.PHONES_NOT_UNDERSTOOD) from failure
    if not line.startswith(_BANNER):
        raise ExternalError(Code.PHONES_NOT_UNDERSTOOD)
    return line.strip().decode(errors="replace")[:80]


def packed(fields: dict[str, str]) -> bytes:
    """Return an action as it is sent; raises `UserError(BAD_VALUE)` rather than send two."""
    lines = [f"{key}: {one_line(key, value)}\r\n" for key, value in fields.items()]
    return ("".join(lines) + "\r\n").encode()


def unpacked(block: bytes) -> dict[str, str]:
    """Return the fields of a message; what is no field is passed over, of doubles the first counts.

    Raises `ExternalError(PHONES_NOT_UNDERSTOOD)` for a message without any.
    """
    fields: dict[str, str] = {}
    for line in block.decode(errors="replace").split("\r\n"):
        key, colon, value = line.partition(":")
        if colon and key.strip():
            fields.setdefault(key.strip(), value.strip())
    if not fields:
        raise ExternalError(Code.PHONES_NOT_UNDERSTOOD)
    return fields
