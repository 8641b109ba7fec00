"""Russian and Polish are complete, and the catalogues say what the source says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
_BLANK = re.compile(r"%\((\w+)\)[sd]")


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """The tool that keeps the catalogues."""
    spec = importlib.util.spec_from_file_location(
        "translations", ROOT / "packaging" / "translations.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def messages(language: str) -> list[Message]:
    """Return every text of a catalogue but its header."""
    path = ROOT / "agentdesk" / "resources" / "translations" / f"{language}.po"
    with path.open("rb") as file:
        return [message for message in read_po(file, locale=language) if message.id]


def forms(message: Message) -> list[str]:
    """Return the translation, or all its plural forms."""
    said = message.string or ""
    return [said] if isinstance(said, str) else list(said)


def test_no_catalogue_is_stale(tool: ModuleType) -> None:
    assert tool.stale() == []


@pytest.mark.parametrize("language", ["pl", "ru"])
def test_every_text_is_translated(language: str) -> None:
    missing = [m.id for m in messages(language) if not all(forms(m)) or m.fuzzy]
    assert missing == []


@pytest.mark.parametrize("language", ["pl", "ru"])
def test_translations_fill_the_same_blanks(language: str) -> None:
    for message in messages(language):
        source = message.id if isinstance(message.id, (list, tuple)) else (message.id,)
        wanted = set().union(*(_BLANK.findall(text) for text in source))
        for form in forms(message):
            given = set(_BLANK.findall(form))
            # A plural form may leave the number out ("one person"), and nothing else.
            assert given <= wanted, message.id
            assert wanted - given <= {"n"}, message.id
