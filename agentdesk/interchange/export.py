"""Customers as vCard 4.0 and as CSV, for other programs and for coming back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from types import MappingProxyType

from agentdesk.domain.entities import ContactKind, ContactPoint, Customer
from agentdesk.interchange import cells
from agentdesk.interchange.contact import Dossier

_FOLD_OCTETS = 75
_TYPES = MappingProxyType({"home": "home", "work": "work", "mobile": "cell", "fax": "fax"})
_PHONES, _EMAILS, _ADDRESSES = 4, 3, 2


def vcards(people: Iterable[Dossier]) -> Iterator[str]:
    """Yield one vCard 4.0 (RFC 6350) per customer, folded, with CRLF; to be written as UTF-8.

    Facts marked as sensitive stay here. What the standard has no property for goes into
    X-AGENTDESK properties, so that our own import loses nothing.
    """
    for person in people:
        yield "".join(_folded(line) for line in _card(person))


def csv_lines(people: Iterable[Dossier]) -> Iterator[str]:
    """Yield a header and one record per customer, every cell quoted, with CRLF.

    To be written as UTF-8 with a byte order mark, by which Excel knows it. Cells that a
    spreadsheet could run are neutralised (`cells.neutral`), telephone numbers in E.164 with
    them: "'+442079460018". Sensitive facts stay here.
    """
    yield _csv_line(_HEADERS)
    for person in people:
        yield _csv_line([cells.neutral(_clean(cell)) for cell in _row(person)])


def _card(person: Dossier) -> Iterator[str]:
    customer = person.customer
    yield from ("BEGIN:VCARD", "VERSION:4.0", f"UID:urn:uuid:{customer.id}")
    yield f"FN:{_text(customer.full_name)}"
    yield f"N:{_text(customer.family_name)};{_text(customer.given_name)};;;"
    for name, value in _single_properties(customer):
        if value:
            yield f"{name}:{_text(value)}"
    if customer.birthday:
        # Basic format: 19840307, --0307.
        year = "" if customer.birthday.startswith("--") else customer.birthday[:4]
        yield f"BDAY:{year or '--'}{customer.birthday[-5:].replace('-', '')}"
    for number, point in enumerate(person.points, start=1):
        yield from _point(point, f"item{number}")
    for fact in person.facts:
        if not fact.sensitive:
            yield f"X-AGENTDESK-FACT;KIND={fact.kind.value}:{_text(fact.text)}"
    for note in person.notes:
        yield f"NOTE:{_text(note.text)}"
    if person.photo:
        yield f"PHOTO:data:{person.photo.media_type};base64,{person.photo.data}"
    yield "END:VCARD"


def _single_properties(customer: Customer) -> tuple[tuple[str, str | None], ...]:
    return (
        ("NICKNAME", customer.preferred_name),
        ("X-AGENTDESK-FORM-OF-ADDRESS", customer.form_of_address),
        ("X-AGENTDESK-RESPELLING", customer.respelling),
        ("X-AGENTDESK-IPA", customer.ipa),
        ("PRONOUNS", customer.pronouns),
        ("LANG", customer.language),
        ("BIRTHPLACE", customer.hometown),
        ("TZ", customer.time_zone),
        ("ORG", customer.company),
    )


def _point(point: ContactPoint, group: str) -> Iterator[str]:
    label = (point.label or "").strip()
    kind = _TYPES.get(label)
    start = f"{group}." if label and kind is None else ""
    of_type = f";TYPE={kind}" if kind else ""
    match point.kind:
        case ContactKind.PHONE if point.e164:
            extension = f";ext={point.extension}" if point.extension else ""
            yield f"{start}TEL;VALUE=uri{of_type}:tel:{point.e164}{extension}"
        case ContactKind.PHONE:
            yield f"{start}TEL;VALUE=text{of_type}:{_text(point.value)}"
        case ContactKind.EMAIL:
            yield f"{start}EMAIL{of_type}:{_text(point.value)}"
        case ContactKind.ADDRESS:
            street = _text(point.value.replace("\n", ", "))
            yield f"{start}ADR{of_type};LABEL={_param(point.value)}:;;{street};;;;"
        case _:
            yield f"{start}SOCIALPROFILE;VALUE=text{of_type}:{_text(point.value)}"
    if start:
        yield f"{start}X-ABLABEL:{_text(label)}"


def _text(value: str | None) -> str:
    """Escape a TEXT value (RFC 6350, section 3.4)."""
    plain = _clean(value or "")
    escaped = plain.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
    return escaped.replace("\n", "\\n")


def _param(value: str) -> str:
    """Quote a parameter value, with the escapes of RFC 6868."""
    return '"' + _clean(value).replace("^", "^^").replace('"', "^'").replace("\n", "^n") + '"'


def _clean(value: str) -> str:
    """A text without control characters and halves of characters; line ends are LF."""
    unified = value.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in unified if c in "\n\t" or not _is_control(c))


def _is_control(char: str) -> bool:
    return ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 or 0xD800 <= ord(char) < 0xE000


def _folded(line: str) -> str:
    """Fold at 75 octets without the line end, never inside a character."""
    out: list[str] = []
    room, piece = _FOLD_OCTETS, ""
    for char in line:
        width = len(char.encode("utf-8"))
        if width > room:
            out.append(piece)
            # The space that marks a continuation counts.
            piece, room = "", _FOLD_OCTETS - 1
        piece += char
        room -= width
    out.append(piece)
    return "\r\n ".join(out) + "\r\n"


_HEADERS = (
    *("Id", "Full name", "First name", "Last name", "Preferred name", "Form of address"),
    *("Pronunciation", "IPA", "Pronouns", "Language", "Birthday", "Hometown", "Time zone"),
    "Company",
    *(f"Phone {n} - {part}" for n in range(1, _PHONES + 1) for part in ("Label", "Value")),
    *(f"E-mail {n} - {part}" for n in range(1, _EMAILS + 1) for part in ("Label", "Value")),
    *(f"Address {n} - {part}" for n in range(1, _ADDRESSES + 1) for part in ("Label", "Formatted")),
    *("Website 1 - Label", "Website 1 - Value", "Facts", "Notes"),
)


def _row(person: Dossier) -> list[str]:
    customer = person.customer
    facts = [f"{f.kind.value}: {' '.join(f.text.split())}" for f in person.facts if not f.sensitive]
    single = (
        *(customer.id, customer.full_name, customer.given_name, customer.family_name),
        *(customer.preferred_name, customer.form_of_address, customer.respelling, customer.ipa),
        *(customer.pronouns, customer.language, customer.birthday, customer.hometown),
        *(customer.time_zone, customer.company),
    )
    return [
        *(value or "" for value in single),
        *_columns(person.points, (ContactKind.PHONE,), _PHONES),
        *_columns(person.points, (ContactKind.EMAIL,), _EMAILS),
        *_columns(person.points, (ContactKind.ADDRESS,), _ADDRESSES),
        *_columns(person.points, (ContactKind.HANDLE, ContactKind.OTHER), 1),
        "\n".join(facts),
        cells.NOTE_SEPARATOR.join(note.text.replace("␞", " ").strip() for note in person.notes),
    ]


def _columns(points: Sequence[ContactPoint], kinds: Sequence[ContactKind], n: int) -> list[str]:
    """Label and value in `n` pairs of columns; the last pair takes all that are left."""
    mine = [point for point in points if point.kind in kinds]
    found: list[str] = []
    for at in range(n):
        here = mine[at : at + 1] if at < n - 1 else mine[at:]
        found.append(here[0].label or "" if here else "")
        found.append(cells.SEPARATOR.join(_written(point).replace(":::", ":") for point in here))
    return found


def _written(point: ContactPoint) -> str:
    if point.kind is ContactKind.PHONE and point.e164:
        return f"{point.e164} ext. {point.extension}" if point.extension else point.e164
    return point.value


def _csv_line(row: Sequence[str]) -> str:
    out = io.StringIO()
    # All quoted: a cell cannot fall apart where the separator is another.
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(row)
    return out.getvalue()
