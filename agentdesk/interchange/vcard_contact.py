"""What the properties of a vCard mean to us."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from types import MappingProxyType

from agentdesk.domain.entities import FactKind
from agentdesk.interchange import values
from agentdesk.interchange.birthdays import DayOrder, birthday
from agentdesk.interchange.contact import (
    Contact,
    Labelled,
    LooseFact,
    Picture,
    Reason,
    Unreadable,
    name_or_stand_in,
)
from agentdesk.interchange.vcard import Card, Property, inline_data, split_list

MAX_PHOTO_BYTES = 64 * 1024

_NO_LABEL = frozenset(["voice", "pref", "internet", "text", "msg", "x400", "intl", "parcel", "dom"])
_APPLE_LABEL = re.compile(r"_\$!<(.*)>!\$_")
_IPA = re.compile(r"^[/\[].*[/\]]$|[ˈˌəɪʊɔɛæʃʒθðŋɑɒʌɜɡːɕʑʂʐɨɫɲ]")
_PRONOUNS_OF_GRAMMAR = MappingProxyType(
    {
        ("feminine", "ru"): "она/её",
        ("masculine", "ru"): "он/его",
        ("feminine", "pl"): "ona/jej",
        ("masculine", "pl"): "on/jego",
        ("feminine", ""): "she/her",
        ("masculine", ""): "he/him",
    }
)
_FACTS = MappingProxyType(
    {
        "HOBBY": FactKind.INTEREST,
        "INTEREST": FactKind.INTEREST,
        "EXPERTISE": FactKind.OTHER,
        "TITLE": FactKind.OTHER,
        "ROLE": FactKind.OTHER,
    }
)
_SERVICES = (
    *("X-SKYPE", "X-SKYPE-USERNAME", "X-TELEGRAM", "X-TWITTER", "X-ICQ", "X-JABBER", "X-AIM"),
    *("X-MSN", "X-QQ", "X-YAHOO", "X-GOOGLE-TALK", "X-WHATSAPP", "X-MASTODON"),
)


def contact_of(card: Card) -> Contact | Unreadable:
    """Return the person on `card`; groups, and cards that tell of nobody, are unreadable."""
    sheet = _Sheet(card)
    if sheet.text("KIND", "X-ADDRESSBOOKSERVER-KIND").lower() in ("group", "location"):
        return Unreadable(card.line, Reason.NOT_A_PERSON)
    family, given, additional, prefix, suffix = sheet.name()
    phones, emails = sheet.labelled("TEL"), sheet.labelled("EMAIL")
    company = next(iter(_words(sheet.first("ORG"))), None)
    full_name = name_or_stand_in(
        sheet.text("FN"), " ".join(filter(None, (prefix, given, additional, family, suffix)))
    ) or name_or_stand_in(company or "", *(entry.value for entry in (*emails, *phones)))
    if not full_name:
        return Unreadable(card.line, Reason.NOBODY)
    born, birth_facts = sheet.birthday()
    return Contact(
        line=card.line,
        full_name=full_name,
        given_name=given or None,
        family_name=family or None,
        preferred_name=next(iter(split_list(sheet.value("NICKNAME"))), None),
        form_of_address=sheet.text("X-AGENTDESK-FORM-OF-ADDRESS") or None,
        respelling=sheet.respelling(),
        ipa=sheet.ipa(),
        pronouns=sheet.pronouns(),
        gender=sheet.text("GENDER", "X-GENDER") or None,
        language=values.language_tag(sheet.text("LANG", "X-AGENTDESK-LANGUAGE")),
        birthday=born,
        hometown=sheet.text("BIRTHPLACE", "X-AGENTDESK-HOMETOWN") or None,
        time_zone=values.time_zone(sheet.text("TZ")),
        company=company,
        phones=phones,
        emails=emails,
        addresses=sheet.addresses(),
        handles=sheet.handles(),
        facts=(*birth_facts, *sheet.facts()),
        notes=tuple(note.text() for note in sheet.every("NOTE") if note.text()),
        photo=sheet.photo(),
        uid=values.trusted_uid(sheet.text("UID")),
    )


class _Sheet:
    """The properties of a card by name, the preferred ones first."""

    def __init__(self, card: Card) -> None:
        self._all = card.properties
        self._group_labels = {
            p.group: _APPLE_LABEL.sub(r"\1", p.text())
            for p in card.properties
            if p.name == "X-ABLABEL" and p.group
        }

    def every(self, *names: str) -> list[Property]:
        found = [p for p in self._all if p.name in names and p.value.strip()]
        return sorted(found, key=_preference)

    def first(self, *names: str) -> Property | None:
        return next(iter(self.every(*names)), None)

    def value(self, name: str) -> str:
        found = self.first(name)
        return found.value if found else ""

    def text(self, *names: str) -> str:
        return next((p.text() for name in names for p in self.every(name) if p.text()), "")

    def label(self, found: Property) -> str | None:
        if found.group in self._group_labels:
            return values.label(self._group_labels[found.group])
        words = [w for w in found.types() if w not in _NO_LABEL]
        return values.label(" ".join("mobile" if w == "cell" else w for w in words))

    def labelled(self, name: str) -> tuple[Labelled, ...]:
        entries = (Labelled(p.text(), self.label(p)) for p in self.every(name) if p.text())
        return tuple({entry.value: entry for entry in entries}.values())

    def name(self) -> list[str]:
        """Family, given, additional, prefix, suffix, as the person writes them."""
        plain = (p for p in self.every("N") if not p.params.get("PHONETIC"))
        return [*(_words(next(plain, None), keep_empty=True)), *[""] * 5][:5]

    def respelling(self) -> str | None:
        stated = self.text("X-AGENTDESK-RESPELLING")
        spoken = [p.text() for p in self.every("PRONUNCIATION", "X-PRONUNCIATION")]
        sounds = [p.text() for p in self.every("SOUND") if "x-irmc-n" in p.types()]
        plain = next((text for text in spoken if not _IPA.search(text)), "")
        parts = [self.text(f"X-PHONETIC-{part}-NAME") for part in ("FIRST", "MIDDLE", "LAST")]
        apart = " ".join(filter(None, parts))
        said = [" ".join(filter(None, sound.replace(";", " ").split())) for sound in sounds]
        return name_or_stand_in(stated, self._phonetic(ipa=False), plain, apart, *said) or None

    def ipa(self) -> str | None:
        spoken = [p.text() for p in self.every("PRONUNCIATION", "X-PRONUNCIATION")]
        found = next((text for text in spoken if _IPA.search(text)), "")
        return (
            name_or_stand_in(self.text("X-AGENTDESK-IPA"), self._phonetic(ipa=True), found) or None
        )

    def _phonetic(self, *, ipa: bool) -> str:
        """A second N with the sound of the name (RFC 9554, section 4.8)."""
        for found in self.every("N"):
            system = found.param("PHONETIC").lower()
            if system and (system == "ipa") == ipa:
                family, given, additional = [*found.parts(), "", "", ""][:3]
                return " ".join(filter(None, (given, additional, family)))
        return ""

    def pronouns(self) -> str | None:
        if stated := self.text("PRONOUNS", "X-PRONOUNS"):
            return stated
        # How to speak of the person is what GRAMGENDER is for; GENDER does not tell that.
        for found in self.every("GRAMGENDER"):
            language = found.param("LANGUAGE").lower()[:2] or self.text("LANG").lower()[:2]
            gender = found.text().lower()
            known = _PRONOUNS_OF_GRAMMAR.get((gender, language))
            if known or (gender, "") in _PRONOUNS_OF_GRAMMAR:
                return known or _PRONOUNS_OF_GRAMMAR[gender, ""]
        return None

    def birthday(self) -> tuple[str | None, list[LooseFact]]:
        """The birthday, and what is known of one that is no full day."""
        found = self.first("BDAY")
        if found is None:
            return None, []
        text = found.text()
        day = birthday(text, DayOrder.UNKNOWN, found.param("X-APPLE-OMIT-YEAR"))
        return day, [] if day else [LooseFact(FactKind.OTHER, f"BDAY {text}")]

    def addresses(self) -> tuple[Labelled, ...]:
        found = []
        for entry in self.every("ADR"):
            written = entry.param("LABEL").strip()
            text = written or values.address(*[*entry.parts(), *[""] * 7][:7])
            if text:
                found.append(Labelled(text, self.label(entry)))
        return tuple(found)

    def handles(self) -> tuple[Labelled, ...]:
        found = []
        for entry in self.every("IMPP", "SOCIALPROFILE", "X-SOCIALPROFILE", "URL", *_SERVICES):
            text, service = (
                entry.text(),
                entry.param("SERVICE-TYPE") or entry.param("X-SERVICE-TYPE"),
            )
            if entry.name == "IMPP" and ":" in text:
                scheme, _colon, text = text.partition(":")
                service = service or scheme
            elif entry.name == "URL":
                service = "website"
            elif entry.name in _SERVICES:
                service = entry.name.removeprefix("X-").removesuffix("-USERNAME")
            found.append(Labelled(text, values.label(service) or self.label(entry)))
        return tuple(entry for entry in found if entry.value)

    def facts(self) -> Iterable[LooseFact]:
        for entry in self.every("X-AGENTDESK-FACT"):
            yield LooseFact(FactKind(entry.param("KIND").lower()), entry.text())
        for name, kind in _FACTS.items():
            for entry in self.every(name):
                yield LooseFact(kind, entry.text())
        for entry in self.every("RELATED", "X-SPOUSE", "X-ABRELATEDNAMES"):
            relation = "spouse" if entry.name == "X-SPOUSE" else self.label(entry)
            if not entry.text().lower().startswith(("urn:", "http:", "https:", "mailto:")):
                yield LooseFact(FactKind.FAMILY, ": ".join(filter(None, (relation, entry.text()))))
        for entry in self.every("ANNIVERSARY", "X-ANNIVERSARY"):
            yield LooseFact(FactKind.FAMILY, f"anniversary: {entry.text()}")
        for entry in self.every("CATEGORIES"):
            for category in split_list(entry.value):
                if category.lower() not in values.SYSTEM_GROUPS:
                    yield LooseFact(FactKind.OTHER, category)

    def photo(self) -> Picture | None:
        for entry in self.every("PHOTO"):
            found = inline_data(entry)
            if found is None or len(found[1]) > MAX_PHOTO_BYTES:
                continue
            media_type = values.picture_type(found[1])
            if media_type:
                return Picture(media_type, base64.b64encode(found[1]).decode("ascii"))
        return None


def _preference(found: Property) -> int:
    """1 to 100 as in RFC 6350, section 5.3; TYPE=pref of older versions counts as 1."""
    stated = found.param("PREF")
    if stated.isascii() and stated.isdigit():
        return min(int(stated[:3]), 100)
    return 1 if "pref" in found.types() else 100


def _words(found: Property | None, *, keep_empty: bool = False) -> list[str]:
    parts = found.parts() if found else []
    return parts if keep_empty else [part for part in parts if part]
