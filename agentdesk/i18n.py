"""Translations by gettext: one language for the process, English when none is set."""

from __future__ import annotations

import gettext
from pathlib import Path

LANGUAGES = {"en": "English", "pl": "Polski", "ru": "Русский"}
"""Languages of the interface by ISO 639-1 code, each named in itself."""

_DOMAIN = "agentdesk"
_CATALOGUES = Path(__file__).parent / "resources" / "translations"
_active: gettext.NullTranslations = gettext.NullTranslations()


def use_language(code: str) -> None:
    """Translate everything that is asked for from now on into `code`; unknown means English."""
    global _active
    _active = gettext.translation(_DOMAIN, _CATALOGUES, languages=[code], fallback=True)


def tr(message: str, **values: object) -> str:
    """Return `message` in the active language with `%(name)s` blanks filled from `values`."""
    translated = _active.gettext(message) if message else ""
    return translated % values if values else translated


def tr_in(language: str, message: str) -> str:
    """Return `message` in a given language: for what a server writes for others to read."""
    kept = gettext.translation(_DOMAIN, _CATALOGUES, languages=[language], fallback=True)
    return kept.gettext(message)


def trn(singular: str, plural: str, n: int, **values: object) -> str:
    """Return the plural form for `n` in the active language; `%(n)d` is filled with `n`."""
    return _active.ngettext(singular, plural, n) % {"n": n, **values}


def trc(context: str, message: str, **values: object) -> str:
    """Return `message` as meant in `context`, for words that translate differently by place."""
    translated = _active.pgettext(context, message)
    return translated % values if values else translated


def mark(message: str) -> str:
    """Mark a text for translation where it is declared; `tr` translates it where it is shown."""
    return message
