"""`agentdesk central device`: who has a desk, and which orders it gets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from agentdesk.central.commands import central_app
from agentdesk.errors import AgentDeskError, Code
from agentdesk.sync.protocol import Order
from tests.unit.central.driver import Desk


def run(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(central_app, ["device", *arguments, "--database", url])


def listed(url: str) -> list[Any]:
    found: list[Any] = json.loads(run(url, "list", "--json").stdout)
    return found


@pytest.mark.parametrize(
    ("arguments", "orders", "salvage"),
    [
        (["lock"], [Order.LOCK], False),
        (["wipe"], [Order.WIPE], True),
        (["wipe", "--no-salvage"], [Order.LOCK, Order.WIPE], False),
    ],
)
def test_an_order_reaches_the_desk_until_it_is_taken_back(
    url: str, ann: Desk, arguments: list[str], orders: list[Order], salvage: bool
) -> None:
    assert run(url, *arguments, ann.device_id).exit_code == 0
    told = ann.hello()
    assert (told.orders, told.salvage) == (orders, salvage)
    assert run(url, "unlock", ann.device_id).exit_code == 0
    assert ann.hello().orders == []


def test_desks_are_listed_with_their_orders(url: str, ann: Desk, cole: Desk) -> None:
    run(url, "lock", cole.device_id)
    locked = {row["device_id"]: bool(row["locked_at"]) for row in listed(url)}
    assert locked == {ann.device_id: False, cole.device_id: True}
    lines = run(url, "list").stdout.splitlines()
    assert [line.endswith("locked") for line in lines if cole.device_id in line] == [True]


def test_an_order_for_a_desk_that_is_not_there_is_refused(url: str, ann: Desk) -> None:
    result = run(url, "wipe", "nobody")
    assert isinstance(result.exception, AgentDeskError)
    assert result.exception.code is Code.NOT_FOUND
    assert ann.hello().orders == []
