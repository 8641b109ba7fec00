"""Why two customers are probably one, in words that somebody can judge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from agentdesk.domain.name_likeness import Level
from agentdesk.domain.sameness import SURE, Trait
from agentdesk.i18n import mark, tr

ALMOST_CERTAIN = 10.0
"""From so many bits on, a thousand to one, it is called that."""

_TRAITS: Mapping[Trait, str] = MappingProxyType(
    {
        Trait.FAMILY: mark("Family name"),
        Trait.GIVEN: mark("Given name"),
        Trait.PATRONYMIC: mark("Patronymic"),
        Trait.GENERATION: mark("Junior or senior"),
        Trait.BIRTHDAY: mark("Birthday"),
        Trait.NUMBER: mark("Number"),
        Trait.EMAIL: mark("E-mail"),
        Trait.TOWN: mark("Town"),
        Trait.COMPANY: mark("Company"),
    }
)
_LEVELS: Mapping[tuple[Trait, Level], str] = MappingProxyType(
    {
        (Trait.FAMILY, Level.SAME): mark("same family name"),
        (Trait.FAMILY, Level.SOUNDS): mark("family name sounds the same"),
        (Trait.FAMILY, Level.CLOSE): mark("family name differs by a slip"),
        (Trait.FAMILY, Level.PARTLY): mark("family name agrees in part"),
        (Trait.FAMILY, Level.DIFFERENT): mark("other family name"),
        (Trait.GIVEN, Level.SAME): mark("same given name"),
        (Trait.GIVEN, Level.SOUNDS): mark("given name sounds the same"),
        (Trait.GIVEN, Level.CLOSE): mark("given name differs by a slip"),
        (Trait.GIVEN, Level.SHORT): mark("short form of the given name"),
        (Trait.GIVEN, Level.PARTLY): mark("given name agrees in part"),
        (Trait.GIVEN, Level.INITIAL): mark("same initial"),
        (Trait.GIVEN, Level.DIFFERENT): mark("other given name"),
        (Trait.PATRONYMIC, Level.SAME): mark("same patronymic"),
        (Trait.PATRONYMIC, Level.CLOSE): mark("similar patronymic"),
        (Trait.PATRONYMIC, Level.DIFFERENT): mark("other patronymic"),
        (Trait.GENERATION, Level.SAME): mark("both junior, or both senior"),
        (Trait.GENERATION, Level.DIFFERENT): mark("junior and senior"),
        (Trait.BIRTHDAY, Level.SAME): mark("same birthday"),
        (Trait.BIRTHDAY, Level.DAY): mark("same day of birth, without the year"),
        (Trait.BIRTHDAY, Level.ALIKE): mark("birthday differs by a slip"),
        (Trait.BIRTHDAY, Level.DIFFERENT): mark("other birthday"),
        (Trait.NUMBER, Level.SAME): mark("same number"),
        (Trait.NUMBER, Level.SHARED): mark("same number, which others have too"),
        (Trait.NUMBER, Level.PARTLY): mark("same line, other extension"),
        (Trait.NUMBER, Level.DIFFERENT): mark("other number"),
        (Trait.EMAIL, Level.SAME): mark("same e-mail"),
        (Trait.EMAIL, Level.ALIKE): mark("similar e-mail"),
        (Trait.EMAIL, Level.DIFFERENT): mark("other e-mail"),
        (Trait.TOWN, Level.SAME): mark("same town"),
        (Trait.TOWN, Level.CLOSE): mark("nearly the same town"),
        (Trait.TOWN, Level.DIFFERENT): mark("other town"),
        (Trait.COMPANY, Level.SAME): mark("same company"),
        (Trait.COMPANY, Level.CLOSE): mark("nearly the same company"),
        (Trait.COMPANY, Level.DIFFERENT): mark("other company"),
    }
)
_STRENGTHS = (
    (6.0, mark("speaks strongly for it")),
    (1.0, mark("speaks for it")),
    (-1.0, mark("says little")),
    (-4.0, mark("speaks against it")),
)


def trait_words(trait: Trait) -> str:
    """Return what is compared."""
    return tr(_TRAITS[trait])


def level_words(trait: Trait, level: Level) -> str:
    """Return how far two values agree: "same number"."""
    return tr(_LEVELS[trait, level])


def strength_words(bits: float) -> str:
    """Return how much something says."""
    found = next((words for least, words in _STRENGTHS if bits >= least), None)
    return tr(found or mark("speaks strongly against it"))


def certainty_words(bits: float) -> str:
    """Return how sure it is that two customers are one."""
    if bits >= ALMOST_CERTAIN:
        return tr("almost certain")
    return tr("very likely") if bits >= SURE else tr("probably")


def reasons(said: Iterable[tuple[Trait, Level, float]], most: int = 4) -> str:
    """Return in one line what says most, for and against, in the order of its weight."""
    strongest = sorted(said, key=lambda one: -abs(one[2]))[:most]
    return ", ".join(level_words(trait, level) for trait, level, _bits in strongest)
