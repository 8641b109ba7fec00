"""A running Central for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from agentdesk.central.app import create_app
from agentdesk.central.database import open_database, sqlite_url
from agentdesk.central.feed import Numbering
from agentdesk.central.sequencer import choose
from agentdesk.domain.ids import new_id
from tests.postgres import Postgres
from tests.unit.central.driver import (
    Backend,
    Company,
    Desk,
    TurnedClock,
    fill,
    sign_in,
    small_company,
)
from tests.unit.central.phones import Line, make_line


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of a module that names `BACKENDS` on each of them."""
    backends = getattr(metafunc.module, "BACKENDS", None)
    if backends is not None and "backend" in metafunc.fixturenames:
        metafunc.parametrize("backend", backends, indirect=True, ids=str)


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> Backend:
    """Return what Central runs on."""
    chosen: Backend = getattr(request, "param", Backend.SQLITE)
    return chosen


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
    path = tmp_path_factory.mktemp("filled") / "central.sqlite3"
    fill(sqlite_url(path), company)
    return path


@pytest.fixture(scope="session")
def template(postgres: Postgres, company: Company) -> str:
    """Return the name of a filled database; make copies of it."""
    name = postgres.create()
    fill(postgres.url(name), company)
    return name


@pytest.fixture
def url(
    backend: Backend, tmp_path: Path, request: pytest.FixtureRequest, company: Company
) -> Iterator[str]:
    """Give the URL of a filled database."""
    if backend is Backend.SQLITE:
        filled: Path = request.getfixturevalue("filled")
        yield sqlite_url(Path(shutil.copy(filled, tmp_path)))
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create(request.getfixturevalue("template"))
    if backend is Backend.SEQUENCER:
        database = open_database(server.url(name))
        database.write(choose, Numbering.SEQUENCER)
        database.close()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def backed_up(
    backend: Backend, tmp_path: Path, url: str, request: pytest.FixtureRequest
) -> Iterator[Callable[[], str]]:
    """Return what makes a copy of the database as it is and returns its URL."""
    made: list[str] = []

    def into_file() -> str:
        copy = tmp_path / f"backup-{new_id()}.sqlite3"
        with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(copy),))
        return sqlite_url(copy)

    def into_database() -> str:
        server: Postgres = request.getfixturevalue("postgres")
        made.append(server.create(server.alone_with(url)))
        return server.url(made[-1])

    yield into_file if backend is Backend.SQLITE else into_database
    for name in made:
        request.getfixturevalue("postgres").drop(name)


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


@pytest.fixture
def line(
    url: str, client: TestClient[Litestar], company: Company, clock: TurnedClock
) -> Iterator[Line]:
    """Return a telephone system that may tell Central of calls."""
    database = open_database(url)
    yield make_line(database, client, company, clock)
    database.close()
