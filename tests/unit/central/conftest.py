"""A running Central for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from agentdesk.central.app import create_app
from agentdesk.central.database import sqlite_url
from tests.unit.central.driver import (
    Company,
    Desk,
    TurnedClock,
    fill,
    sign_in,
    small_company,
)


@pytest.fixture
def clock() -> TurnedClock:
    """Return Central's clock."""
    return TurnedClock()


@pytest.fixture(scope="session")
def company() -> Company:
    """Return the company that Central is filled with."""
    return small_company()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, company: Company) -> Path:
    """Return the file of a filled database; copy it."""
    folder = tmp_path_factory.mktemp("filled")
    return fill(folder / "central.sqlite3", company)


@pytest.fixture
def url(tmp_path: Path, filled: Path) -> str:
    """Return the URL of a filled database."""
    return sqlite_url(Path(shutil.copy(filled, tmp_path)))


@pytest.fixture
def client(url: str, clock: TurnedClock) -> Iterator[TestClient[Litestar]]:
    """Return a client of the running application."""
    with TestClient(create_app(url, clock=clock)) as client:
        yield client


@pytest.fixture
def ann(client: TestClient[Litestar]) -> Desk:
    """Return the desk of an agent."""
    return sign_in(client, "ann")


@pytest.fixture
def cole(client: TestClient[Litestar]) -> Desk:
    """Return the desk of another agent."""
    return sign_in(client, "cole")


@pytest.fixture
def lea(client: TestClient[Litestar]) -> Desk:
    """Return the desk of a lead."""
    return sign_in(client, "lea")
