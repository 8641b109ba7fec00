"""`agentdesk central line`: which telephone systems may tell of calls, and whom they mean."""

from __future__ import annotations

import json
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from typer.testing import CliRunner, Result

from agentdesk.central.commands import central_app
from agentdesk.errors import AgentDeskError, Code
from tests.unit.central.driver import Company
from tests.unit.central.phones import PATH


def run(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(central_app, ["line", *arguments, "--database", url])


def answer(url: str, *arguments: str) -> Any:
    return json.loads(run(url, *arguments, "--json").stdout)


def may_tell(client: TestClient[Litestar], line: dict[str, str]) -> bool:
    told = client.post(
        PATH,
        json={"event": "newCall", "callId": "1", "user": "101"},
        auth=(line["line_id"], line["secret"]),
    )
    return told.status_code == 204


def test_the_secret_that_is_shown_once_proves_the_line_until_it_is_rotated(
    url: str, client: TestClient[Litestar]
) -> None:
    line = answer(url, "add", "Sales", "--number", "+442079460999", "--region", "gb")
    assert may_tell(client, line)
    fresh = answer(url, "rotate", "sales")
    assert [may_tell(client, line), may_tell(client, fresh)] == [False, True]
    [listed] = answer(url, "list")
    assert (listed["name"], listed["number"], listed["region"]) == ("Sales", "+442079460999", "GB")
    assert listed["heard_at"] is not None
    assert line["secret"] not in run(url, "list").stdout
    assert answer(url, "remove", line["line_id"]) == {"line_id": line["line_id"]}
    assert not may_tell(client, fresh)


def test_whom_a_telephone_system_means_can_be_said_and_taken_back(
    url: str, company: Company
) -> None:
    assert answer(url, "assign", "101", "cole") == {"user_id": company.colleague.id}
    assert answer(url, "assign", "101", "ann") == {"user_id": company.agent.id}
    assert run(url, "unassign", "101").exit_code == 0
    assert code_of(run(url, "unassign", "101")) is Code.NOT_FOUND


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["add", " "], Code.BAD_VALUE),
        (["add", "x" * 200], Code.BAD_VALUE),
        (["add", "Sales", "--region", "QQ"], Code.BAD_VALUE),
        (["rotate", "nothing"], Code.NOT_FOUND),
        (["remove", "nothing"], Code.NOT_FOUND),
        (["assign", "101", "nobody"], Code.NOT_FOUND),
    ],
)
def test_what_cannot_be_is_refused(url: str, arguments: list[str], code: Code) -> None:
    assert code_of(run(url, *arguments)) is code


def test_two_lines_cannot_have_one_name(url: str) -> None:
    run(url, "add", "Sales")
    assert code_of(run(url, "add", "SALES")) is Code.NAME_TAKEN


def code_of(result: Result) -> Code:
    assert isinstance(result.exception, AgentDeskError)
    return result.exception.code
