"""Files of contacts in a folder of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentdesk.interchange.contact import Contact, Unreadable
from agentdesk.interchange.reading import read_contacts

Read = Callable[..., list[Contact | Unreadable]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a text in an encoding, or bytes, and read it back as contacts."""

    def reading(content: str | bytes, encoding: str = "utf-8") -> list[Contact | Unreadable]:
        path = tmp_path / "contacts"
        path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
        return list(read_contacts(path))

    return reading


@pytest.fixture
def read_one(read: Read) -> Callable[..., Contact]:
    """The same, for a file that holds exactly one readable contact."""

    def reading(content: str | bytes, encoding: str = "utf-8") -> Contact:
        (found,) = read(content, encoding)
        assert isinstance(found, Contact)
        return found

    return reading
