"""From a row of a CSV file to a contact."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from agentdesk.domain.entities import FactKind
from agentdesk.interchange import cells, values
from agentdesk.interchange.birthdays import DayOrder, birthday
from agentdesk.interchange.contact import (
    Contact,
    Labelled,
    LooseFact,
    Reason,
    Unreadable,
    name_or_stand_in,
)
from agentdesk.interchange.csv_files import Row
from agentdesk.interchange.headers import HUBSPOT, Column, Headers, Target

_GROUPS = re.compile(r"\s*(?::::|;)\s*")
_NO_DAY = re.compile(r"[0./ -]*")
_ADDRESS_PARTS = (
    *(Target.BOX, Target.EXTENDED, Target.STREET, Target.CITY),
    *(Target.REGION, Target.CODE, Target.COUNTRY),
)


def contact_of(row: Row, headers: Headers, order: DayOrder) -> Contact | Unreadable:
    """Return the person in `row`; `order` is that of the day and month in the file's dates."""
    return _Sheet(row, headers, order).contact()


class _Sheet:
    """The cells of a row by what they hold, empty ones left out."""

    def __init__(self, row: Row, headers: Headers, order: DayOrder) -> None:
        self._line = row.line
        self._order = order
        self._ours = headers.ours
        self._filled: list[tuple[Column, str]] = []
        for column in headers.columns:
            text = cells.original(row.cells[column.index]).strip()
            if text:
                self._filled.append((column, text))

    def contact(self) -> Contact | Unreadable:
        phones, emails = self._phones(), self._emails()
        company = self._first(Target.COMPANY)
        full_name = name_or_stand_in(self._first(Target.NAME), self._composed_name())
        if not (full_name or phones or emails):
            return Unreadable(self._line, Reason.NOBODY)
        reachable = (entry.value for entry in (*emails, *phones))
        born, birth_facts = self._birthday()
        return Contact(
            line=self._line,
            full_name=name_or_stand_in(full_name, company, *reachable),
            given_name=self._first(Target.GIVEN) or None,
            family_name=self._first(Target.FAMILY) or None,
            preferred_name=self._first(Target.NICKNAME) or None,
            form_of_address=self._first(Target.FORM_OF_ADDRESS) or None,
            respelling=self._respelling(),
            ipa=self._first(Target.IPA) or None,
            pronouns=self._first(Target.PRONOUNS) or None,
            gender=self._first(Target.GENDER) or None,
            language=values.language_tag(self._first(Target.LANGUAGE)),
            birthday=born,
            hometown=self._first(Target.HOMETOWN) or None,
            time_zone=values.time_zone(self._first(Target.TIME_ZONE)),
            company=company or None,
            phones=phones,
            emails=emails,
            addresses=self._addresses(),
            handles=self._handles(),
            facts=(*birth_facts, *self._facts()),
            notes=self._notes(),
            uid=self._uid(),
        )

    def _every(self, *targets: Target) -> list[tuple[Column, str]]:
        return [(column, text) for column, text in self._filled if column.target in targets]

    def _first(self, target: Target) -> str:
        return next((text for _column, text in self._every(target)), "")

    def _composed_name(self) -> str:
        order = (Target.PREFIX, Target.GIVEN, Target.MIDDLE, Target.FAMILY, Target.SUFFIX)
        if not any(self._first(target) for target in order[1:4]):
            return ""
        return " ".join(filter(None, map(self._first, order)))

    def _respelling(self) -> str | None:
        apart = (self._first(Target.PHONETIC_GIVEN), self._first(Target.PHONETIC_FAMILY))
        whole = name_or_stand_in(self._first(Target.RESPELLING), " ".join(filter(None, apart)))
        return whole or None

    def _label(self, column: Column) -> str | None:
        stated = (text for other, text in self._every(Target.LABEL) if other.place == column.place)
        return values.label(next(stated, None)) if column.place else None

    def _labels(self, column: Column) -> str | None:
        return self._label(column) or column.label

    def _split(self, text: str, foreign: Callable[[str], list[str]]) -> list[str]:
        return text.split(cells.SEPARATOR) if self._ours else foreign(text)

    def _phones(self) -> tuple[Labelled, ...]:
        found: dict[str, Labelled] = {}
        for column, text in self._every(Target.PHONE):
            for number in self._split(text, values.phones):
                found.setdefault(number, Labelled(number, self._labels(column)))
        return tuple(found.values())

    def _emails(self) -> tuple[Labelled, ...]:
        found: dict[str, Labelled] = {}
        for column, text in self._every(Target.EMAIL):
            for address in self._split(text, values.emails):
                found.setdefault(address.casefold(), Labelled(address, self._labels(column)))
        return tuple(found.values())

    def _addresses(self) -> tuple[Labelled, ...]:
        by_place: dict[str, dict[Target, str]] = {}
        labels: dict[str, str | None] = {}
        for column, text in self._every(Target.ADDRESS, *_ADDRESS_PARTS):
            parts = by_place.setdefault(column.place, {})
            parts[column.target] = "\n".join(filter(None, (parts.get(column.target), text)))
            labels[column.place] = self._labels(column)
        return tuple(
            Labelled(text, labels[place])
            for place, parts in by_place.items()
            for text in _written(parts)
        )

    def _handles(self) -> tuple[Labelled, ...]:
        return tuple(
            Labelled(handle, self._labels(column))
            for column, text in self._every(Target.HANDLE)
            for handle in text.split(cells.SEPARATOR)
        )

    def _birthday(self) -> tuple[str | None, list[LooseFact]]:
        text = self._first(Target.BIRTHDAY)
        if _NO_DAY.fullmatch(text):
            return None, []
        day = birthday(text, self._order)
        return day, [] if day else [LooseFact(FactKind.OTHER, f"BDAY {text}")]

    def _facts(self) -> list[LooseFact]:
        found = [LooseFact(FactKind.OTHER, text) for _column, text in self._every(Target.JOB)]
        for _column, text in self._every(Target.INTEREST):
            found.extend(LooseFact(FactKind.INTEREST, part) for part in _GROUPS.split(text))
        for column, text in self._every(Target.FAMILY_MEMBER):
            relation = self._labels(column)
            found.append(LooseFact(FactKind.FAMILY, ": ".join(filter(None, (relation, text)))))
        for _column, text in self._every(Target.CATEGORIES):
            groups = (part for part in _GROUPS.split(text))
            kept = (part for part in groups if part.lower() not in values.SYSTEM_GROUPS)
            found.extend(LooseFact(FactKind.OTHER, part) for part in kept)
        for _column, text in self._every(Target.FACTS):
            found.extend(_own_fact(line) for line in text.splitlines() if line.strip())
        return found

    def _notes(self) -> tuple[str, ...]:
        texts = (text.split(cells.NOTE_SEPARATOR) for _column, text in self._every(Target.NOTE))
        return tuple(note.strip() for notes in texts for note in notes if note.strip())

    def _uid(self) -> str | None:
        for column, text in self._every(Target.UID):
            if column.label == HUBSPOT and text.isascii() and text.isdigit():
                return f"{HUBSPOT}:{text}"
            if trusted := values.trusted_uid(text):
                return trusted
        return None


def _written(parts: Mapping[Target, str]) -> list[str]:
    """The address as the file writes it whole, else put together from its parts."""
    if whole := parts.get(Target.ADDRESS):
        return [text for part in whole.split(cells.SEPARATOR) if (text := part.strip())]
    together = values.address(*(parts.get(target, "") for target in _ADDRESS_PARTS))
    return [together] if together else []


def _own_fact(line: str) -> LooseFact:
    kind, colon, text = line.partition(": ")
    if colon and kind in set(FactKind):
        return LooseFact(FactKind(kind), text.strip())
    return LooseFact(FactKind.OTHER, line.strip())
