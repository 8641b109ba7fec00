"""Telephone numbers: what was typed or signalled, read by the plan of the number's country.

Two numbers are one only if their E.164 forms are equal; nothing here or elsewhere compares
trailing digits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from urllib.parse import unquote

import msgspec
import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, shortnumberinfo

from agentdesk.domain.renumbering import renumbered

MAX_CHARS = 256
"""Longer text is not read as a number at all."""

_INTERNAL_MAX_DIGITS = 5
_E164_MAX_DIGITS = 15


class NumberKind(StrEnum):
    """What a piece of text says as a telephone number."""

    SUBSCRIBER = "subscriber"
    """Somebody's number, with an E.164 form."""
    SHORT = "short"
    """An emergency, service or short-message number of the region; has no E.164 form."""
    INTERNAL = "internal"
    """An extension of the company's own telephone system, at most five digits."""
    WITHHELD = "withheld"
    """The caller's number was not passed on."""
    INVALID = "invalid"
    """No number, or one that cannot be dialled from elsewhere (an area code is missing)."""


class ParsedNumber(msgspec.Struct, frozen=True, kw_only=True):
    """What a number turned out to be.

    `typed` is the text exactly as given. `e164` is there for subscribers only, `digits` (as
    dialled) for short and internal numbers only. `region` is ISO 3166; it is missing for numbers
    of no country, and for an uncertain one it is the main country of the calling code. `certain`
    is False if the plan we know allows the length but not the digits (new ranges appear before our
    metadata knows them), or if the country code had to be guessed.
    """

    typed: str
    kind: NumberKind
    e164: str | None = None
    extension: str | None = None
    region: str | None = None
    digits: str | None = None
    certain: bool = True


_WITHHELD = frozenset(
    [
        *("", "anonymous", "anonym", "private", "privat", "unknown", "withheld", "restricted"),
        *("unavailable", "blocked", "suppressed", "hidden", "none", "null", "nil", "undefined"),
        *("na", "n/a", "p", "o", "-1", "private number", "unknown number", "number withheld"),
        *("number unavailable", "unavailable number", "number not available", "not disclosed"),
        *("coverage error", "interaction with other service", "asterisk", "no number available"),
        *("withheld number", "no number", "not available", "out of area", "restricted number"),
        *("caller id blocked", "id withheld", "no caller id", "unknown caller"),
        *("anonymous caller", "private caller"),
        *("аноним", "анонимно", "скрыт", "скрытый", "неизвестен", "неизвестно", "номер скрыт"),
        *("скрытый номер", "неизвестный номер", "номер не определен", "номер не определён"),
        *("анонимный", "анонимный номер", "приватный номер", "не определен", "не определён"),
        *("zastrzeżony", "numer zastrzeżony", "prywatny", "numer prywatny", "nieznany"),
        *("numer nieznany", "nieznany numer", "ukryty", "unbekannt", "unterdrückt"),
        *("numer ukryty", "brak numeru", "numer niedostępny", "anonimowy", "anonimowe"),
        *("nicht verfügbar", "nummer unterdrückt", "numéro masqué", "masqué", "inconnu", "anonyme"),
        *("numero privato", "sconosciuto", "número privado", "desconocido", "número oculto"),
        # "anonymous" keyed in on a telephone; some exchanges send it as digits.
        *("266696687", "+266696687"),
    ]
)
_ANGLED = re.compile(r"<([^<>]*)>")
_SCHEME = re.compile(r"(tel|sip|sips|callto|phone|fax):(?://)?", re.IGNORECASE)
_LABEL = re.compile(
    r"(?:tel|telefon|phone|fon|ph|mob|mobile|cell|fax|тел|телефон|моб|факс|kom)\b\s*[.:]*\s*",
    re.IGNORECASE,
)
_REMARK = re.compile(r"\([^()\d+]+\)|\[[^\[\]\d+]+\]")
_SUPPRESSION = re.compile(r"[*#]31#")
_PORT = re.compile(r"(?<=\d{7}):\d{2,5}$")
_NOBODYS_HOST = "anonymous.invalid"
"""Where RFC 3323 lets a caller come from who hides, whatever stands before it."""
_EXTENSION = re.compile(
    r"[\s;.(/-]*,?\s*"
    r"(?:ext(?:ension|n)?|x|#|(?:nr\s)?wewn?|wewnętrzny|dw|durchwahl|nebenstelle|доб|добавочный"
    r"|внутр?|внутренний|вн|доп|дод|внутрішній|poste|interno|int|ramal|anexo|toestel|tst"
    # A pause, as address books dial it, and what is keyed in after it.
    r"|anknytning|lokalnr|alanumero|klapka|linka|mellék|,{1,3}|(?<=\d)[pw]|(?<=\d\s)[pw])"
    r"[\s.:\-]{0,4}(\d{1,15})[)#]?$",
    re.IGNORECASE,
)
_ALTERNATIVE_END = re.compile(r"^(.{6,}?)\s*/\s*\d{1,4}$")
_MEXICAN_TRUNK = re.compile(r"0(?:1|44|45)([2-9]\d{9})")
"""How numbers were dialled within Mexico before 3 August 2019."""
_NOT_DIALLED = re.compile(r"[\s().,/\-–—‐‑_~]+")


@lru_cache(maxsize=2048)
def parse_number(text: str, region: str) -> ParsedNumber:
    """Return what `text` says to somebody in `region` (ISO 3166).

    Reads national and international notation, `tel:` URIs (RFC 3966), SIP addresses and
    name-addr forms (RFC 3261), with extensions in the words of several languages. Never raises.
    """
    if len(text) > MAX_CHARS:
        return ParsedNumber(typed=text, kind=NumberKind.INVALID, certain=False)
    plain = _plain(text)
    base, extension = _dialled_part(plain)
    if _is_withheld(base) or _NOBODYS_HOST in plain.casefold().partition("@")[2]:
        return ParsedNumber(typed=text, kind=NumberKind.WITHHELD)
    home = region.upper()
    home = home if home in phonenumbers.SUPPORTED_REGIONS else ""
    parsed = _first_reading(text, base, home)
    if parsed is None:
        return ParsedNumber(typed=text, kind=NumberKind.INVALID, certain=False)
    if extension is None or parsed.kind is not NumberKind.SUBSCRIBER:
        return parsed
    return msgspec.structs.replace(parsed, extension=extension)


def format_for_display(e164: str, viewer_region: str, extension: str | None = None) -> str:
    """Return `e164` grouped as people write it, with the extension in the viewer's manner.

    National for a viewer in the number's own country, international for others. What is no
    E.164 number comes back unchanged.
    """
    number = _from_e164(e164)
    if number is None:
        return e164
    viewer = viewer_region.upper()
    at_home = _region(number) == viewer
    if extension:
        number.extension = extension
    return phonenumbers.format_number(
        number, PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    )


def region_of(e164: str) -> str | None:
    """Return the ISO 3166 region of a number; None for numbers of no country."""
    number = _from_e164(e164)
    return None if number is None else _region(number)


def country_of(e164: str, language: str) -> str | None:
    """Return the name of the number's country in `language` (ISO 639-1); quick at any time."""
    region = region_of(e164)
    if region is None:
        return None
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(language).territories.get(region)
    except (UnknownLocaleError, ValueError):
        return Locale("en").territories.get(region)


def place_of(e164: str, language: str) -> str | None:
    """Return the town or area that a number belongs to, else its country, in `language`.

    The first call loads libphonenumber's place names: half a second and about 100 MB, so it is
    made on a worker, and only for callers nobody knows. `country_of` costs nothing of that.
    """
    number = _from_e164(e164)
    if number is None:
        return None
    from phonenumbers import geocoder

    return geocoder.description_for_number(number, language) or country_of(e164, language)


def time_zones_of(e164: str) -> tuple[str, ...]:
    """Return the IANA zones the number may be in; several for mobiles of wide countries."""
    number = _from_e164(e164)
    if number is None:
        return ()
    from phonenumbers import timezone

    zones = timezone.time_zones_for_number(number)
    return tuple(zone for zone in zones if zone != timezone.UNKNOWN_TIMEZONE)


def _plain(text: str) -> str:
    """Return `text` with ASCII digits, plain spaces, and nothing invisible in it."""
    kept = []
    for char in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(char)
        if category == "Nd":
            kept.append(str(unicodedata.decimal(char)))
        elif category.startswith("Z") or char in "\t\r\n":
            kept.append(" ")
        elif not category.startswith("C"):
            kept.append(char)
    return " ".join("".join(kept).split())


def _dialled_part(text: str) -> tuple[str, str | None]:
    """Return the number proper and the extension of a plain text, URI or name-addr."""
    angled = _ANGLED.findall(text)
    rest = angled[-1].strip() if angled else text
    scheme = _SCHEME.match(rest)
    if scheme:
        rest = _plain(unquote(rest[scheme.end() :]))
    user = rest.partition("@")[0]
    if scheme and scheme[1].lower().startswith("sip"):
        user = user.partition("?")[0].partition(":")[0]
    base, extension = _without_parameters(user.strip())
    base = _PORT.sub("", _SUPPRESSION.sub("", _REMARK.sub("", base), count=1).strip())
    if label := _LABEL.match(base):
        base = base[label.end() :]
    if found := _EXTENSION.search(base):
        head = base[: found.start()]
        if any(char.isdigit() for char in head):
            return head.strip(), extension or found[1]
    return base, extension


def _without_parameters(user: str) -> tuple[str, str | None]:
    """Apply the parameters of RFC 3966: `ext` and a numeric `phone-context`; drop the others."""
    base, *parameters = user.split(";")
    extension: str | None = None
    for parameter in parameters:
        name, equals, value = parameter.strip().partition("=")
        if not equals:
            continue
        if name.lower() == "ext":
            extension = re.sub(r"[^0-9]", "", value)[:_E164_MAX_DIGITS] or None
        elif name.lower() == "phone-context" and value.startswith("+") and base[:1] != "+":
            base = f"{value}{base}"
    if parameters and extension is None and (found := _EXTENSION.search(user)):
        # "; ext. 12" written by a person rather than by RFC 3966.
        extension = found[1]
    return base.strip(), extension


def _is_withheld(base: str) -> bool:
    word = base.casefold().strip(" .:\"'")
    return word in _WITHHELD or (bool(word) and not word.strip("+0") and "0" in word)


def _first_reading(typed: str, base: str, home: str) -> ParsedNumber | None:
    digits = _NOT_DIALLED.sub("", base)
    if not any(char in "0123456789" for char in digits):
        return None
    if digits.isdigit():
        number = _read(base, home)
        valid = number is not None and phonenumbers.is_valid_number(number)
        if home and _is_short(digits, home):
            return ParsedNumber(typed=typed, kind=NumberKind.SHORT, region=home, digits=digits)
        if len(digits) <= _INTERNAL_MAX_DIGITS and not valid:
            return ParsedNumber(
                typed=typed, kind=NumberKind.INTERNAL, extension=digits, digits=digits
            )
    possible: ParsedNumber | None = None
    for text, guessed in _spellings(base, digits, home):
        number = _read(text, home)
        if number is None:
            continue
        if phonenumbers.is_valid_number(number):
            return _subscriber(typed, number, certain=not guessed)
        if not guessed and (today := _as_it_is_today(number)):
            return _subscriber(typed, today, certain=True)
        if possible is None and not guessed and _is_possible(number, base):
            possible = _subscriber(typed, number, certain=False)
    return possible


def _spellings(base: str, digits: str, home: str) -> Iterator[tuple[str, bool]]:
    """Yield what is to be tried in turn, each with whether it is a guess."""
    yield base, False
    bare = digits.isdigit()
    if home == "MX" and (old := _MEXICAN_TRUNK.fullmatch(digits)):
        yield f"+52{old[1]}", False
    if bare and digits.startswith("00"):
        # Written for another country than the one we are in, whose exit code may differ.
        yield f"+{digits[2:]}", False
    elif bare and len(digits) > 10:
        # Many exchanges signal E.164 without its plus sign.
        yield f"+{digits}", True
    if alternative := _ALTERNATIVE_END.match(base):
        # "020 7946 0018/19" names two lines by the last digits of the second.
        yield alternative[1], True


def _read(text: str, home: str) -> PhoneNumber | None:
    if text[:1].isalpha():
        return None
    try:
        number = phonenumbers.parse(text, home or None)
    except NumberParseException:
        return None
    return number


def _as_it_is_today(number: PhoneNumber) -> PhoneNumber | None:
    """Return what became of a number that is not of today's plan, if that can be told."""
    old = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    new = renumbered(old)
    today = _from_e164(new) if new else None
    return today if today is not None and phonenumbers.is_valid_number(today) else None


def _is_short(digits: str, home: str) -> bool:
    if len(digits) > 6:
        return False
    number = _read(digits, home)
    return shortnumberinfo.is_emergency_number(digits, home) or (
        number is not None
        and shortnumberinfo.is_valid_short_number_for_region(number, home)
        # A leading zero was taken for the trunk prefix and is not part of a short number.
        and str(number.national_number) == digits
    )


def _is_possible(number: PhoneNumber, base: str) -> bool:
    """Whether a number outside the known ranges is still worth an E.164 form.

    Words that happen to spell digits are not, nor is a local number without its area code.
    """
    return not any(char.isalpha() for char in base) and (
        phonenumbers.is_possible_number_with_reason(number)
        == phonenumbers.ValidationResult.IS_POSSIBLE
    )


def _subscriber(typed: str, number: PhoneNumber, *, certain: bool) -> ParsedNumber:
    return ParsedNumber(
        typed=typed,
        kind=NumberKind.SUBSCRIBER,
        e164=phonenumbers.format_number(number, PhoneNumberFormat.E164),
        # Only where our own words for extensions found none.
        extension=number.extension or None,
        region=_region(number),
        certain=certain,
    )


def _region(number: PhoneNumber) -> str | None:
    region = phonenumbers.region_code_for_number(number)
    if region is None:
        region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    # libphonenumber's marks: "ZZ" for no country at all, "001" for numbers such as +800.
    return None if region in ("001", "ZZ") else region


def _from_e164(e164: str) -> PhoneNumber | None:
    if not re.fullmatch(r"\+[0-9]{2,17}", e164):
        return None
    try:
        return phonenumbers.parse(e164, None)
    except NumberParseException:
        return None
