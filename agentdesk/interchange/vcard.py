"""The syntax of vCard 3.0 (RFC 2426), 4.0 (RFC 6350) and tolerably of 2.1, card by card."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from agentdesk.interchange import encodings
from agentdesk.interchange.contact import Reason, Unreadable
from agentdesk.interchange.lines import MAX_LINE_BYTES, Line

_MAX_PROPERTIES = 2000
_CONTENT_LINE = re.compile(
    rb'(?P<name>[^:;"\s]+)(?P<params>(?:;(?:[^":;]|"[^"]*")*)*):(?P<value>.*)', re.DOTALL
)
_PARAM = re.compile(r';((?:[^";]|"[^"]*")*)')
_PARAM_VALUE = re.compile(r'((?:[^",]|"[^"]*")*)(?:,|$)')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CARET = re.compile(r"\^([n^'])")
_UNESCAPED_SEPARATOR = {
    ";": re.compile(r"((?:[^\\;]|\\.)*)(?:;|$)", re.DOTALL),
    ",": re.compile(r"((?:[^\\,]|\\.)*)(?:,|$)", re.DOTALL),
}
_CHARSETS = ("utf-8", "us-ascii", "iso", "windows-", "cp", "koi8", "gb", "big5", "shift", "euc")
"""Beginnings of the names of character sets; Python's other codecs are no business of a file."""
_PICTURES = ("PHOTO", "LOGO", "SOUND", "KEY")
_BARE_ENCODINGS = {"QUOTED-PRINTABLE", "BASE64", "B", "8BIT", "7BIT"}


class Property(msgspec.Struct, frozen=True, kw_only=True):
    """One property of a card; names are upper case, `value` still has its escapes."""

    name: str
    value: str
    params: Mapping[str, tuple[str, ...]] = {}
    group: str | None = None

    def types(self) -> tuple[str, ...]:
        """The TYPE parameter in lower case, in the order of the file."""
        return tuple(value.lower() for value in self.params.get("TYPE", ()))

    def param(self, name: str) -> str:
        """The first value of a parameter, or an empty string."""
        return next(iter(self.params.get(name, ())), "")

    def text(self) -> str:
        """The value as one text."""
        return unescape(self.value)

    def parts(self) -> list[str]:
        """The components of a structured value such as N or ADR, lists within joined by spaces."""
        found = _UNESCAPED_SEPARATOR[";"].finditer(self.value)
        return [" ".join(split_list(component[1])) for component in found]


class Card(msgspec.Struct, frozen=True):
    """The properties of one card and the line where it begins."""

    line: int
    properties: tuple[Property, ...]


class _CardError(Exception):
    """A line that spoils the card it stands in."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def unescape(value: str) -> str:
    """Return a TEXT value without its escapes (RFC 6350, section 3.4)."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def split_list(value: str) -> list[str]:
    """Return the members of a comma-separated value, unescaped, without empty ones."""
    members = (unescape(found[1]) for found in _UNESCAPED_SEPARATOR[","].finditer(value))
    return [member for member in members if member]


def unfolded(lines: Iterable[Line]) -> Iterator[Line]:
    """Join folded lines (RFC 6350, section 3.2) and soft breaks of quoted-printable.

    Works on bytes, since old programs fold in the middle of a character.
    """
    start: Line | None = None
    parts: list[bytes] = []
    size, cut, soft = 0, False, False
    for line in lines:
        folded = line.data[:1] in (b" ", b"\t") and line.data.strip() != b""
        if start is not None and (folded or soft):
            piece = line.data if soft else line.data[1:]
            cut = cut or line.cut or size + len(piece) > MAX_LINE_BYTES
            if not cut:
                parts.append(piece)
                size += len(piece)
        else:
            if start is not None:
                yield Line(start.number, b"".join(parts), cut)
            start, parts, size, cut = line, [line.data], len(line.data), line.cut
        soft = parts[-1].endswith(b"=") and _is_quoted_printable(parts[0])
        if soft:
            parts[-1] = parts[-1][:-1]
    if start is not None:
        yield Line(start.number, b"".join(parts), cut)


def read_cards(lines: Iterable[Line], encoding: str) -> Iterator[Card | Unreadable]:
    """Yield the cards in unfolded `lines`; a card that is spoiled becomes `Unreadable`.

    Cards nested by AGENT are passed over. Text outside of cards is reported once per stretch.
    """
    reading = _Reading(encoding)
    for line in lines:
        yield from reading.take(line)
    yield from reading.finish()


class _Reading:
    """Where the reader stands: outside, or in a card that began at `start`."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._start: int | None = None
        self._properties: list[Property] = []
        self._spoiled: Reason | None = None
        self._nested = 0
        self._in_rubbish = False

    def take(self, line: Line) -> Iterator[Card | Unreadable]:
        bare = line.data.strip().upper().replace(b" ", b"")
        if not bare:
            return
        if bare == b"BEGIN:VCARD":
            yield from self._begin(line.number)
        elif self._start is None:
            if not self._in_rubbish:
                yield Unreadable(line.number, Reason.BAD_LINE)
            self._in_rubbish = True
        elif bare == b"END:VCARD":
            yield from self._end()
        elif not self._nested and self._spoiled is None:
            self._add(line)

    def finish(self) -> Iterator[Card | Unreadable]:
        if self._start is not None:
            yield Unreadable(self._start, Reason.UNCLOSED_CARD)

    def _begin(self, number: int) -> Iterator[Card | Unreadable]:
        agent = bool(self._properties) and self._properties[-1].name == "AGENT"
        if self._start is not None and (agent or self._nested):
            self._nested += 1
            return
        yield from self.finish()
        self._start, self._properties, self._spoiled = number, [], None
        self._nested, self._in_rubbish = 0, False

    def _end(self) -> Iterator[Card | Unreadable]:
        if self._nested:
            self._nested -= 1
            return
        start, self._start = self._start or 1, None
        if self._spoiled is not None:
            yield Unreadable(start, self._spoiled)
        else:
            yield Card(start, tuple(self._properties))

    def _add(self, line: Line) -> None:
        if self._continues_picture(line):
            return
        try:
            found = _property(line, self._encoding)
        except _CardError as error:
            self._spoiled = error.reason
            return
        if found is not None:
            self._properties.append(found)
        if len(self._properties) > _MAX_PROPERTIES:
            self._spoiled = Reason.TOO_LONG

    def _continues_picture(self, line: Line) -> bool:
        """Take base64 that a program of vCard 2.1 broke without indenting it."""
        last = self._properties[-1] if self._properties else None
        if last is None or last.name not in _PICTURES or b":" in line.data:
            return False
        more = line.data.strip().decode("ascii", "replace")
        if len(last.value) + len(more) <= MAX_LINE_BYTES:
            longer = msgspec.structs.replace(last, value=last.value + more)
            self._properties[-1] = longer
        return True


def _property(line: Line, encoding: str) -> Property | None:
    """Read one content line; None for a picture too large to be taken."""
    found = _CONTENT_LINE.fullmatch(line.data)
    if found is None:
        raise _CardError(Reason.TOO_LONG if line.cut else Reason.BAD_LINE)
    group, _dot, name = found["name"].decode("ascii", "replace").rpartition(".")
    if line.cut:
        if name.upper() in _PICTURES:
            return None
        raise _CardError(Reason.TOO_LONG)
    params = _params(_decoded(found["params"], encoding))
    value = _value(found["value"], params, encoding)
    if "\x00" in value:
        raise _CardError(Reason.CONTROL_CHARACTERS)
    return Property(name=name.upper(), value=value, params=params, group=group.lower() or None)


def _params(text: str) -> dict[str, tuple[str, ...]]:
    params: dict[str, tuple[str, ...]] = {}
    for found in _PARAM.finditer(text):
        name, equals, value = found[1].partition("=")
        if not equals:
            # vCard 2.1 names types and encodings without saying which they are.
            name, value = ("ENCODING" if name.upper() in _BARE_ENCODINGS else "TYPE"), name
        values = (_CARET.sub(_uncaret, v[1].replace('"', "")) for v in _PARAM_VALUE.finditer(value))
        # 4.0 programs write TYPE="cell,voice" as one quoted value.
        split = (part for v in values for part in (v.split(",") if name.upper() == "TYPE" else [v]))
        known = params.get(name.strip().upper(), ())
        params[name.strip().upper()] = known + tuple(v.strip() for v in split if v.strip())
    return params


def _uncaret(found: re.Match[str]) -> str:
    return {"n": "\n", "^": "^", "'": '"'}[found[1]]


def _value(raw: bytes, params: Mapping[str, tuple[str, ...]], encoding: str) -> str:
    transfer = next(iter(params.get("ENCODING", ())), "").upper()
    charset = next(iter(params.get("CHARSET", ())), "")
    if transfer == "QUOTED-PRINTABLE":
        plain = quopri.decodestring(raw)
        # Line ends that were encoded are part of the text, not of its escapes.
        return _decoded(plain, charset or "utf-8").replace("\r\n", "\n").replace("\r", "\n")
    if transfer in ("B", "BASE64"):
        return re.sub(r"\s", "", raw.decode("ascii", "replace"))
    return _decoded(raw, charset or encoding, encoding)


def _decoded(raw: bytes, *charsets: str) -> str:
    for charset in (*charsets, "" if "utf-8" in charsets else encodings.single_byte(raw)):
        if not charset.lower().startswith(_CHARSETS):
            continue
        try:
            return raw.decode(charset)
        except (LookupError, ValueError):
            continue
    raise _CardError(Reason.ENCODING)


def _is_quoted_printable(first: bytes) -> bool:
    return b"QUOTED-PRINTABLE" in first.partition(b":")[0].upper()


def inline_data(found: Property) -> tuple[str, bytes] | None:
    """Return media type and content of an inline PHOTO, None for links and for rubbish."""
    value, media_type = found.value, found.param("MEDIATYPE") or found.param("TYPE")
    if value.lower().startswith("data:"):
        head, comma, value = value[5:].replace("\\,", ",").replace("\\;", ";").partition(",")
        media_type, semicolon, _parameters = head.partition(";")
        if not comma or not semicolon:
            return None
    elif not found.param("ENCODING"):
        return None
    try:
        return media_type.lower(), base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
