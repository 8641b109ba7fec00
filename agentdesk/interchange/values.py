"""Single values of a contact, as files write them and as we hold them."""

from __future__ import annotations

import re
import zoneinfo
from types import MappingProxyType

SYSTEM_GROUPS = frozenset(
    ["", "* mycontacts", "mycontacts", "* starred", "starred in android", "* other contacts"]
)
"""Groups that every contact of a program is in, and that say nothing about the person."""

_LANGUAGES = MappingProxyType(
    {
        **dict.fromkeys(("english", "englisch", "angielski", "английский"), "en"),
        **dict.fromkeys(("russian", "russisch", "rosyjski", "русский"), "ru"),
        **dict.fromkeys(("polish", "polnisch", "polski", "польский"), "pl"),
        **dict.fromkeys(("german", "deutsch", "niemiecki", "немецкий"), "de"),
        **dict.fromkeys(("ukrainian", "ukrainisch", "ukraiński", "украинский"), "uk"),
        **dict.fromkeys(("french", "französisch", "francuski", "французский"), "fr"),
        **dict.fromkeys(("spanish", "spanisch", "hiszpański", "испанский"), "es"),
        **dict.fromkeys(("czech", "tschechisch", "czeski", "чешский"), "cs"),
    }
)
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
_ZONE = re.compile(r"[A-Za-z_]+(?:/[A-Za-z0-9_+-]+){1,2}")
_UUID = re.compile(
    r"(?:urn:uuid:)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", re.IGNORECASE
)
_MIN_UID_CHARS = 12
_STANDARD_LABELS = frozenset(["home", "work", "mobile", "other", "main", "fax", "pager", "iphone"])
_PHONE_SEPARATOR = re.compile(r"\s*(?::::|[\r\n]+|;(?!\s*(?:ext|phone-context|isub)))\s*", re.I)
_PHONE_COMMA = re.compile(r"\s*,\s*(?=\+?\(?\d[\d\s().-]{5,})")
_MAIL_SEPARATOR = re.compile(r"\s*:::\s*|[\s;,]+")


def language_tag(text: str) -> str | None:
    """Return `text` as a BCP 47 tag; names of common languages are understood."""
    bare = text.strip()
    if known := _LANGUAGES.get(bare.casefold()):
        return known
    return bare.replace("_", "-") if _TAG.fullmatch(bare) and len(bare) <= 35 else None


def time_zone(text: str) -> str | None:
    """Return `text` if it is the name of an IANA zone; offsets say too little."""
    bare = text.strip()
    return bare if _ZONE.fullmatch(bare) and bare in zoneinfo.available_timezones() else None


def trusted_uid(text: str) -> str | None:
    """Return an identifier that no other file will use for somebody else, or None.

    A UUID in its plain form; otherwise long enough to have been made to be unique. Row numbers
    are not.
    """
    bare = text.strip()
    if found := _UUID.fullmatch(bare):
        return found[1].lower()
    return bare if len(bare) >= _MIN_UID_CHARS and not bare.isdigit() else None


def label(text: str | None) -> str | None:
    """Return a label without the marks that programs add; the usual ones in lower case."""
    bare = (text or "").strip().removeprefix("*").strip()
    lowered = bare.lower()
    return lowered if lowered in _STANDARD_LABELS else bare or None


def address(
    box: str, extended: str, street: str, city: str, region: str, code: str, country: str
) -> str:
    """Return an address line by line, as an envelope has it.

    The components are those of RFC 6350, section 6.3.1.
    """
    town = " ".join(filter(None, (code.strip(), city.strip())))
    lines = (street, extended, box, town, region, country)
    return "\n".join(line.strip() for line in lines if line.strip())


def phones(cell: str) -> list[str]:
    """Return the numbers in one cell; extensions written with a semicolon stay with theirs."""
    pieces = (p for piece in _PHONE_SEPARATOR.split(cell) for p in _PHONE_COMMA.split(piece))
    return [piece.strip() for piece in pieces if any(c.isdigit() for c in piece)]


def emails(cell: str) -> list[str]:
    """Return the e-mail addresses in one cell."""
    return [piece for piece in _MAIL_SEPARATOR.split(cell) if "@" in piece]


def picture_type(content: bytes) -> str | None:
    """Return the media type of a JPEG or PNG by its first bytes, None for all else."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/png" if content.startswith(b"\x89PNG\r\n\x1a\n") else None
