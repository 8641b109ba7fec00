"""The fields of the customer form, declared once: words, section, and what they may hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from zoneinfo import available_timezones

from babel import Locale, localedata

from agentdesk.domain.entities import Consent, LoyaltyStage, Standing, TechnicalLevel
from agentdesk.domain.labels import label
from agentdesk.domain.names import fold
from agentdesk.domain.playbook import Playbook
from agentdesk.i18n import mark, tr

Choices = tuple[tuple[str, str], ...]
"""Values with their words in the viewer's language; "" is the value for nothing."""


class FormSection(StrEnum):
    """The parts of the form, in order; the value is the marked caption."""

    NAME = mark("Name and how to say it")
    MANNER = mark("Manner")
    ABOUT = mark("About")
    CONSENT = mark("Consent")


class Control(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    CHOICE = "choice"
    TRUTH = "truth"


@dataclass(frozen=True)
class FormField:
    """A field of `Customer`. `wide` fields take the whole line; `choices(language)` fill a list."""

    name: str
    section: FormSection
    label: str
    help: str = ""
    control: Control = Control.TEXT
    choices: Callable[[str], Choices] | None = None
    wide: bool = False


def _of(kind: Iterable[StrEnum], nothing: str = mark("Not known")) -> Callable[[str], Choices]:
    values = tuple(kind)
    return lambda _language: (("", tr(nothing)), *((v.value, label(v)) for v in values))


def _consent(_language: str) -> Choices:
    return tuple((value.value, label(value)) for value in Consent)


@lru_cache(maxsize=4)
def languages(language: str) -> Choices:
    """Return the world's larger languages by ISO 639-1 code, named in `language`."""
    named = Locale.parse(language).languages
    codes = (code for code in localedata.locale_identifiers() if len(code) == 2)
    return _sorted_by_words((code, str(named[code])) for code in codes if code in named)


@lru_cache(maxsize=4)
def countries(language: str) -> Choices:
    """Return the countries by ISO 3166 code, named in `language`."""
    named = Locale.parse(language).territories
    apart = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
    pairs = ((str(code), str(words)) for code, words in named.items())
    return _sorted_by_words(
        (code, words)
        for code, words in pairs
        if len(code) == 2 and code.isalpha() and code not in apart
    )


@lru_cache(maxsize=4)
def time_zones(_language: str) -> Choices:
    """Return the IANA zones that belong to a place, by name."""
    zones = (zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return _sorted_by_words((zone, zone.replace("_", " ")) for zone in zones)


def _sorted_by_words(pairs: Iterable[tuple[str, str]]) -> Choices:
    named = [(value, words[:1].upper() + words[1:]) for value, words in pairs]
    named.sort(key=lambda pair: fold(pair[1]))
    return (("", tr("Not known")), *named)


def customer_types(playbooks: Iterable[Playbook]) -> Choices:
    """Return the customer types as choices; nothing means that the desk suggests one."""
    return (("", tr("Leave it to suggestions")), *((book.key, book.name) for book in playbooks))


FIELDS: tuple[FormField, ...] = (
    FormField(
        "full_name",
        FormSection.NAME,
        mark("Full name"),
        mark("As the person writes it."),
        wide=True,
    ),
    FormField("given_name", FormSection.NAME, mark("Given name")),
    FormField("family_name", FormSection.NAME, mark("Family name")),
    FormField(
        "preferred_name",
        FormSection.NAME,
        mark("Preferred name"),
        mark("What friends would say: “Bob”."),
    ),
    FormField(
        "form_of_address",
        FormSection.NAME,
        mark("Form of address"),
        mark("What to say first: “Mrs Blunt”."),
    ),
    FormField(
        "respelling",
        FormSection.NAME,
        mark("How to say it"),
        mark("Plain syllables: “veesh-NYEF-ska”."),
    ),
    FormField("ipa", FormSection.NAME, mark("Sounds (IPA)")),
    FormField("pronouns", FormSection.NAME, mark("Pronouns")),
    FormField(
        "language",
        FormSection.NAME,
        mark("Preferred language"),
        control=Control.CHOICE,
        choices=languages,
    ),
    FormField(
        "customer_type",
        FormSection.MANNER,
        mark("Customer type"),
        mark("Decides which playbook is shown."),
        Control.CHOICE,
        wide=True,
    ),
    FormField(
        "technical_level",
        FormSection.MANNER,
        mark("Technical level"),
        control=Control.CHOICE,
        choices=_of(TechnicalLevel),
    ),
    FormField(
        "loyalty_stage",
        FormSection.MANNER,
        mark("Loyalty"),
        control=Control.CHOICE,
        choices=_of(LoyaltyStage),
    ),
    FormField(
        "standing",
        FormSection.MANNER,
        mark("Standing"),
        control=Control.CHOICE,
        choices=_of(Standing),
    ),
    FormField("vip", FormSection.MANNER, mark("VIP"), control=Control.TRUTH),
    FormField("company", FormSection.ABOUT, mark("Company"), wide=True),
    FormField("hometown", FormSection.ABOUT, mark("Hometown")),
    FormField(
        "country",
        FormSection.ABOUT,
        mark("Country"),
        control=Control.CHOICE,
        choices=countries,
    ),
    FormField(
        "birthday",
        FormSection.ABOUT,
        mark("Birthday"),
        mark("1984-03-07, or --03-07 without the year."),
    ),
    FormField(
        "time_zone",
        FormSection.ABOUT,
        mark("Time zone"),
        control=Control.CHOICE,
        choices=time_zones,
    ),
    FormField(
        "consent",
        FormSection.CONSENT,
        mark("May we write about other things?"),
        control=Control.CHOICE,
        choices=_consent,
    ),
    FormField(
        "do_not_call", FormSection.CONSENT, mark("Do not call this person"), control=Control.TRUTH
    ),
)
"""Everything that the form shows, in the order of the eyes."""
