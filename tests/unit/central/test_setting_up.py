"""Making Central's database, filling it, and the commands for both."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from litestar.testing import TestClient
from typer.testing import CliRunner, Result

from agentdesk.central import tables as t
from agentdesk.central.app import create_app
from agentdesk.central.commands import PASSWORD_VARIABLE, central_app
from agentdesk.central.database import open_database, sqlite_url
from agentdesk.central.options import database_url
from agentdesk.central.seed import SeedAccount, seed
from agentdesk.demo.company import DEMO_USERS
from agentdesk.domain import entities as e
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import to_row
from agentdesk.errors import AgentDeskError, BugError, Code
from agentdesk.sync.protocol import SCHEMA
from tests.unit.central.driver import Company, decoded, look_into, sign_in, small_company


def run(*arguments: str | Path, password: str | None = None) -> Result:
    environment = {} if password is None else {PASSWORD_VARIABLE: password}
    return CliRunner().invoke(central_app, [str(a) for a in arguments], env=environment)


def code_of(result: Result) -> Code:
    assert isinstance(result.exception, AgentDeskError)
    return result.exception.code


def test_the_migrations_lead_to_the_tables_as_they_are_declared(tmp_path: Path) -> None:
    database = open_database(sqlite_url(tmp_path / "new.sqlite3"))
    with database.reading() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), t.metadata)
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
    database.close()
    assert differences == []
    assert (mode, synchronous) == ("wal", 2)


def test_every_key_starts_with_the_organisation() -> None:
    unique = [
        constraint
        for table in t.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, (sa.PrimaryKeyConstraint, sa.UniqueConstraint))
    ]
    assert len(unique) > len(t.metadata.tables)
    assert {next(iter(constraint.columns)).name for constraint in unique} == {"org_id"}


def test_a_new_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    open_database(sqlite_url(path)).close()
    # Windows has no such modes; there the folder's rights are inherited.
    assert stat.S_IMODE(path.stat().st_mode) == (0o666 if sys.platform == "win32" else 0o600)


def test_the_database_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "newer.sqlite3")
    open_database(url).close()
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(AgentDeskError) as caught:
        create_app(url)
    assert caught.value.code is Code.STORE_TOO_NEW
    version: sa.Select[Any] = sa.select(sa.column("version_num")).select_from(
        sa.table("alembic_version")
    )
    assert look_into(url, version) == [("9999",)]


@pytest.mark.parametrize("url", ["sqlite://", "nonsense", "sqlite:////nowhere/at/all.sqlite3"])
def test_a_database_that_cannot_be_opened_is_told(url: str) -> None:
    with pytest.raises(AgentDeskError) as caught:
        open_database(url)
    assert caught.value.code is Code.DISK_FAILED


def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir or Madam, " * 100, encoding="utf-8")
    with pytest.raises(AgentDeskError) as caught:
        open_database(sqlite_url(path))
    assert caught.value.code is Code.DISK_FAILED
    assert path.read_text(encoding="utf-8").startswith("Dear Sir")


def test_a_seeded_company_arrives_at_a_desk_as_it_was_given(tmp_path: Path) -> None:
    company = small_company()
    customers = [e.Customer(id=new_id(), full_name=f"Customer {i}") for i in range(6_000)]
    told: list[int] = []
    url = sqlite_url(tmp_path / "central.sqlite3")
    count = seed(
        url,
        iter([company.organisation, company.agent, *customers]),
        [SeedAccount(company.agent.id, "ann", "correct horse")],
        told.append,
    )
    with TestClient(create_app(url)) as client:
        page = sign_in(client, "ann").pull(limit=50_000)
    assert count == len(page.lines) == 6_002
    assert told == [5_001, 6_002]
    entities = (company.organisation, company.agent, *customers)
    given = json.loads(json.dumps([to_row(entity) for entity in entities]))
    assert [row.fields | {"id": row.id} for row in page.rows.values()] == given
    assert [line.seq for line in page.lines] == list(range(1, 6_003))


def test_a_company_is_seeded_once_and_whole_or_not_at_all(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "central.sqlite3")
    company = small_company()
    twice = [SeedAccount(company.agent.id, "ann", "x"), SeedAccount(company.lead.id, "Ann", "x")]
    with pytest.raises(AgentDeskError) as caught:
        seed(url, [company.organisation, company.agent, company.lead], twice)
    assert caught.value.code is Code.NAME_TAKEN
    assert look_into(url, sa.select(t.org)) == []
    seed(url, [company.organisation, company.agent])
    with pytest.raises(AgentDeskError) as caught:
        seed(url, [company.organisation, company.agent])
    assert caught.value.code is Code.PROFILE_EXISTS


def test_a_seed_begins_with_its_organisation(tmp_path: Path, company: Company) -> None:
    with pytest.raises(BugError):
        seed(sqlite_url(tmp_path / "central.sqlite3"), [company.customer])


def test_init_and_user_add_make_a_central_that_one_can_sign_in_to(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "central.sqlite3"
    made = run("init", "--name", "Acme", "--region", "gb", "--database", path, "--json")
    added = run(
        "user", "add", "ann", "--full-name", "Ann Agent", "--role", "admin", "--database", path,
        "--json", password="correct horse",
    )  # fmt: skip
    assert (made.exit_code, added.exit_code) == (0, 0)
    with TestClient(create_app(sqlite_url(path))) as client:
        desk = sign_in(client, "ann")
    assert desk.tokens.organisation_id == json.loads(made.stdout)["organisation_id"]
    assert desk.tokens.user_id == json.loads(added.stdout)["user_id"]
    assert (desk.tokens.region, desk.tokens.role) == ("GB", "admin")


def test_the_demo_company_can_be_seeded_and_signed_in_to(tmp_path: Path) -> None:
    path = tmp_path / "central.sqlite3"
    made = run("seed", "--customers", "20", "--database", path, "--json")
    told = json.loads(made.stdout)
    with TestClient(create_app(sqlite_url(path))) as client:
        demo_user = DEMO_USERS[0]
        page = sign_in(client, demo_user.login, password=demo_user.password).pull(limit=50_000)
    kinds = [line.kind for line in page.lines]
    assert made.exit_code == 0
    assert told["records"] == len(kinds)
    assert told["accounts"] == len(DEMO_USERS)
    assert kinds.count("customer") == 20


def test_a_second_init_and_a_name_that_is_taken_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "central.sqlite3"
    password_file = tmp_path / "password"
    password_file.write_text("correct horse\nsecond line\n", encoding="utf-8")
    init = ("init", "--name", "Acme", "--region", "GB", "--database", path)
    add = (
        "user", "add", "ann", "--full-name", "Ann", "--password-file", password_file,
        "--database", path,
    )  # fmt: skip
    assert code_of(run(*add)) is Code.PROFILE_MISSING
    assert run(*init).exit_code == 0
    assert code_of(run(*init)) is Code.PROFILE_EXISTS
    assert run(*add).exit_code == 0
    assert code_of(run(*add)) is Code.NAME_TAKEN


def test_a_password_that_is_too_short_or_unreadable_is_refused(tmp_path: Path) -> None:
    add = ("user", "add", "ann", "--full-name", "Ann", "--database", tmp_path / "c.sqlite3")
    assert code_of(run(*add, password="short")) is Code.BAD_VALUE
    missing = run(*add, "--password-file", tmp_path / "none")
    assert code_of(missing) is Code.UNREADABLE_FILE


def test_without_the_extra_serving_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("agentdesk.central.")]:
        if name != "agentdesk.central.commands":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    result = run("serve", "--database", tmp_path / "c.sqlite3")
    assert code_of(result) is Code.EXTRA_MISSING


def test_the_database_lies_in_the_data_folder_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTDESK_HOME", str(tmp_path / "home"))
    assert database_url(None) == sqlite_url(tmp_path / "home" / "central.sqlite3")
    assert database_url("postgresql+psycopg://h/d") == "postgresql+psycopg://h/d"
    assert (tmp_path / "home").is_dir()


def test_health_works_on_an_empty_database(tmp_path: Path) -> None:
    with TestClient(create_app(sqlite_url(tmp_path / "empty.sqlite3"))) as client:
        assert decoded(client.get("/v1/health"), dict) == {
            "status": "ok",
            "version": client.get("/schema").json()["info"]["version"],
            "schema": SCHEMA,
        }


def test_teams_and_scopes_are_set_by_commands(tmp_path: Path) -> None:
    path = tmp_path / "central.sqlite3"
    on = ("--database", path, "--json")
    assert run("init", "--name", "Acme", "--region", "GB", *on).exit_code == 0
    north = run("team", "add", "North", *on)
    team_id = json.loads(north.stdout)["team_id"]
    added = run(
        "user", "add", "ann", "--full-name", "Ann", "--scope", "team", "--team", "north", *on,
        password="correct horse",
    )  # fmt: skip
    assert added.exit_code == 0
    with TestClient(create_app(sqlite_url(path))) as client:
        desk = sign_in(client, "ann")
        first = desk.hello()
        assert desk.row(desk.tokens.user_id).fields["team_id"] == team_id
        changed = run("user", "change", "Ann", "--scope", "all", "--team", "", *on)
        assert changed.exit_code == 0
        second = desk.hello()
        assert desk.row(desk.tokens.user_id).fields["team_id"] is None
    assert (first.scope, second.scope) == ("team", "all")
    assert second.scope_revision > first.scope_revision
    assert code_of(run("user", "change", "bob", *on)) is Code.NOT_FOUND
    assert code_of(run("user", "change", "ann", "--team", "East", *on)) is Code.NOT_FOUND


def test_the_feed_is_pruned_by_a_command(tmp_path: Path) -> None:
    path = tmp_path / "central.sqlite3"
    on = ("--database", path, "--json")
    assert json.loads(run("prune", *on).stdout) == {"changes": 0, "chunks": 0}
    assert run("init", "--name", "Acme", "--region", "GB", *on).exit_code == 0
    assert json.loads(run("prune", "--days", "1", *on).stdout) == {"changes": 0, "chunks": 0}
    assert len(look_into(sqlite_url(path), sa.select(t.feed_mark))) == 1
