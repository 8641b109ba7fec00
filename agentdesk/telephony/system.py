"""Which telephone system a desk connects to itself, and as whom; and what may be said to one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from agentdesk.errors import Code, UserError


class SystemKind(StrEnum):
    """Which protocol a telephone system speaks."""

    ASTERISK = "asterisk"
    """Asterisk Manager Interface."""
    FREESWITCH = "freeswitch"
    """FreeSWITCH Event Socket."""


USUAL_PORTS = {
    (SystemKind.ASTERISK, False): 5038,
    (SystemKind.ASTERISK, True): 5039,
    (SystemKind.FREESWITCH, False): 8021,
    (SystemKind.FREESWITCH, True): 8021,
}

_EXTENSION = re.compile(r"[0-9A-Za-z_.+*#-]{1,40}")
_CHANNEL = re.compile(r"[0-9A-Za-z_.+*#@:/-]{1,120}")
_CONTEXT = re.compile(r"[0-9A-Za-z_.-]{1,80}")
_DIALLED = re.compile(r"\+?[0-9*#]{1,32}")
_HOST = re.compile(r"[0-9A-Za-z_.:%-]{1,255}")
_MOST_SECRET_CHARS = 512


@dataclass(frozen=True, slots=True)
class PhoneSystem:
    """A telephone system, and which of its extensions are this desk's.

    `port` 0 stands for the usual one. `channel` is the telephone that calls are placed from, empty
    for the first extension's; `context` the dial plan they are placed in.
    """

    kind: SystemKind
    host: str
    port: int = 0
    encrypted: bool = True
    ca_file: str = ""
    user: str = ""
    secret: str = field(default="", repr=False)
    extensions: tuple[str, ...] = ()
    channel: str = ""
    context: str = ""

    @property
    def real_port(self) -> int:
        """The port that is connected to."""
        return self.port or USUAL_PORTS[self.kind, self.encrypted]

    def check(self) -> None:
        """Raise `UserError(BAD_VALUE)` for what could be no such system, or would break a line."""
        _check("host", _HOST, self.host)
        if not 0 <= self.port <= 65535:
            raise UserError(Code.BAD_VALUE, field="port", reason="range")
        for extension in self.extensions:
            _check("extension", _EXTENSION, extension)
        if not self.extensions:
            raise UserError(Code.BAD_VALUE, field="extension", reason="empty")
        if self.channel:
            _check("channel", _CHANNEL, self.channel)
        if self.context:
            _check("context", _CONTEXT, self.context)
        for name, value in (("user", self.user), ("secret", self.secret)):
            one_line(name, value)
            if len(value) > _MOST_SECRET_CHARS:
                raise UserError(Code.BAD_VALUE, field=name, reason="length")


def extensions_of(text: str) -> tuple[str, ...]:
    """Return the extensions in a list that somebody has typed: "101, 102"."""
    return tuple(dict.fromkeys(part for part in re.split(r"[\s,;]+", text.strip()) if part))


def dialled_number(number: str) -> str:
    """Return a number as it may be dialled: digits, `*`, `#` and a plus sign in front.

    Raises `UserError(BAD_NUMBER)` for anything else, so that no dial string holds more than that.
    """
    plain = re.sub(r"[\s().\-/\N{NO-BREAK SPACE}]", "", number)
    if not _DIALLED.fullmatch(plain):
        raise UserError(Code.BAD_NUMBER)
    return plain


def one_line(name: str, value: str) -> str:
    """Return `value`, which is to stand in a line of a protocol.

    Raises `UserError(BAD_VALUE)` if it holds what would end that line: it would be commands.
    """
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
        raise UserError(Code.BAD_VALUE, field=name, reason="line break")
    return value


def _check(name: str, allowed: re.Pattern[str], value: str) -> None:
    if not allowed.fullmatch(value):
        raise UserError(Code.BAD_VALUE, field=name, reason="not allowed")
