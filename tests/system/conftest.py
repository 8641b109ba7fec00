"""Desks of the people of a test's company; the test's file says which Central serves it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentdesk.store.workers import Store
from tests.command_line import CommandLine
from tests.exchanges import settle
from tests.real import Central, Maker, signed_in


@pytest.fixture
def ann(make_store: Maker, central: Central) -> Store:
    """Ann's cache, signed in and filled."""
    store = signed_in(make_store("ann"), central)
    settle(store)
    return store


@pytest.fixture
def ben(make_store: Maker, central: Central) -> Store:
    """Ben's cache, signed in and filled."""
    store = signed_in(make_store("ben"), central, "ben")
    settle(store)
    return store


@pytest.fixture
def run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    central: Central,
) -> CommandLine:
    """The command line on a profile that Ann has signed in and filled."""
    line = CommandLine(tmp_path / "home", monkeypatch, capsys)
    line.sign_in(central)
    return line
