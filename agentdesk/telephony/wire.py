"""A connection to a telephone system: bounded reads, deadlines, TLS, and what failed as a code."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

from agentdesk.errors import Code, ExternalError
from agentdesk.telephony.system import PhoneSystem

CONNECT_S = 8.0
ANSWER_S = 10.0
"""How long one answer may take."""
PING_EVERY_S = 20.0
MOST_BYTES = 256 * 1024
"""No message of a telephone system is longer."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Who answers: how the connection is protected, and whom the certificate names."""

    encryption: str = ""
    certified: str = ""


class Wire:
    """Reads and writes on one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.peer = _peer(writer)

    async def until(self, end: bytes) -> bytes:
        """Return what comes up to `end`, which is read too and not returned."""
        with explained():
            return (await self._reader.readuntil(end)).removesuffix(end)

    async def exactly(self, count: int) -> bytes:
        """Return so many bytes; raises `PHONES_NOT_UNDERSTOOD` if that is more than a message."""
        if not 0 <= count <= MOST_BYTES:
            raise ExternalError(Code.PHONES_NOT_UNDERSTOOD)
        with explained():
            return await self._reader.readexactly(count)

    async def send(self, data: bytes) -> None:
        """Send all of `data`."""
        with explained():
            self._writer.write(data)
            async with asyncio.timeout(ANSWER_S):
                await self._writer.drain()


@asynccontextmanager
async def connected(system: PhoneSystem) -> AsyncIterator[Wire]:
    """Connect to a telephone system; what fails is an `ExternalError`.

    `PHONES_UNREACHABLE`, or `PHONES_UNTRUSTED` if its certificate is not known.
    """
    context = tls_context(system) if system.encrypted else None
    with explained():
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(
                system.host, system.real_port, ssl=context, limit=MOST_BYTES
            )
    try:
        yield Wire(reader, writer)
    finally:
        # Whoever is silent is not waited for: neither in TLS nor before it.
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


def tls_context(system: PhoneSystem) -> ssl.SSLContext:
    """Return how the system's certificate is judged: by the machine's authorities, or by one file.

    Raises `ExternalError(PHONES_UNTRUSTED)` if that file cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=system.ca_file or None)
    except (OSError, ssl.SSLError) as failure:
        raise ExternalError(Code.PHONES_UNTRUSTED) from failure
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@contextmanager
def explained() -> Iterator[None]:
    """Turn what can go wrong on a connection into `ExternalError` with a code."""
    try:
        yield
    except ssl.SSLCertVerificationError as failure:
        raise ExternalError(Code.PHONES_UNTRUSTED) from failure
    except ssl.SSLError as failure:
        # It answers, but not in TLS.
        raise ExternalError(Code.PHONES_NOT_UNDERSTOOD) from failure
    except asyncio.LimitOverrunError as failure:
        raise ExternalError(Code.PHONES_NOT_UNDERSTOOD) from failure
    except TimeoutError as failure:
        raise ExternalError(Code.PHONES_UNREACHABLE) from failure
    except (OSError, EOFError, UnicodeError) as failure:
        raise ExternalError(Code.PHONES_UNREACHABLE) from failure


def _peer(writer: asyncio.StreamWriter) -> Peer:
    tls = writer.get_extra_info("ssl_object")
    if tls is None:
        return Peer()
    names = dict(part for entry in tls.getpeercert().get("subject", ()) for part in entry)
    return Peer(tls.version() or "TLS", str(names.get("commonName", "")))
