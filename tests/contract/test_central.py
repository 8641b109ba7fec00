"""That the desk's client and Central understand each other over a real socket."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from agentdesk.central.database import sqlite_url
from agentdesk.central.serve import CentralServer
from agentdesk.domain.ids import new_id
from agentdesk.errors import AgentDeskError, Code
from agentdesk.sync import protocol as p
from agentdesk.sync.address import Address, Tokens
from agentdesk.sync.transport import CentralClient
from tests.unit.central.driver import (
    PASSWORD,
    Company,
    a_fact,
    fill,
    group_of,
    patch_customer,
    small_company,
)

MADE_AT = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def company() -> Company:
    """Return the company that Central is filled with."""
    return small_company()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, company: Company) -> Path:
    """Return the file of a filled database; copy it."""
    path = tmp_path_factory.mktemp("filled") / "central.sqlite3"
    fill(sqlite_url(path), company)
    return path


@pytest.fixture
def address(tmp_path: Path, filled: Path) -> Iterator[Address]:
    """Run Central on a free port; return where."""
    server = CentralServer(sqlite_url(Path(shutil.copy(filled, tmp_path))), port=0)
    ready = threading.Event()
    thread = threading.Thread(target=server.run, args=(ready.set,))
    thread.start()
    assert ready.wait(20)
    yield Address(server.address)
    server.stop()
    thread.join()


@pytest.fixture
def client(address: Address) -> CentralClient:
    """Return a client that has signed in."""
    client = CentralClient(address, new_id())
    client.sign_in("ann", PASSWORD, "desk")
    return client


def mutation(n: int, operation: p.Operation) -> p.Group:
    """Return a group of one mutation."""
    return group_of(msgspec.json.encode(p.Mutation(n=n, operation=operation, made_at=MADE_AT)))


def test_a_desk_signs_in_greets_sends_and_receives(client: CentralClient, company: Company) -> None:
    start = client.changes(None)
    fact = a_fact(company.customer.id)
    answer = client.push([mutation(1, fact)])
    page = client.changes(start.end.cursor)
    assert len(start.lines) == 6
    assert [v.outcome for v in answer.verdicts] == [p.Outcome.APPLIED]
    assert [line.id for line in page.lines] == [fact.id]
    assert page.end.absorbed == 1


def test_a_large_page_arrives_whole(client: CentralClient, company: Company) -> None:
    facts = [mutation(n, a_fact(company.customer.id, "x" * 500)) for n in range(1, 201)]
    client.push(facts)
    assert len(client.changes(None, limit=50_000).lines) == 206


def test_a_client_gets_a_new_token_by_itself_when_the_old_one_is_not_accepted(
    address: Address, client: CentralClient, company: Company
) -> None:
    device_id = new_id()
    fresh = CentralClient(address, device_id).sign_in("cole", PASSWORD, "desk")
    kept: list[Tokens] = []
    stale = CentralClient(
        address, device_id, Tokens("no.longer.good", fresh.refresh_token), kept.append
    )
    assert len(stale.changes(None).lines) == 6
    [tokens] = kept
    assert tokens.refresh != fresh.refresh_token


def test_errors_arrive_as_the_codes_that_they_were(
    address: Address, client: CentralClient, company: Company
) -> None:
    codes: list[Code] = []
    hello = p.HelloRequest(device_id="x", program="x", schema_oldest=1, schema_newest=1)
    client.push([mutation(1, a_fact(company.customer.id))])
    for call in (
        lambda: CentralClient(address, new_id()).sign_in("ann", "wrong", "desk"),
        lambda: client.changes("nonsense"),
        lambda: client.hello(hello),
        lambda: client.push([mutation(1, patch_customer(company.customer.id, vip=(False, True)))]),
        client.sign_out,
        lambda: client.changes(None),
    ):
        try:
            call()
        except AgentDeskError as error:
            codes.append(error.code)
    assert codes == [
        Code.WRONG_PASSWORD,
        Code.CURSOR_RESET,
        Code.NO_PERMISSION,
        Code.DEVICE_FORKED,
        Code.SIGNED_OUT,
    ]


def test_a_poke_arrives_at_another_desk(
    address: Address, client: CentralClient, company: Company
) -> None:
    listener = CentralClient(address, new_id())
    listener.sign_in("cole", PASSWORD, "desk")
    stop = threading.Event()
    pokes = listener.pokes(stop)
    next(pokes)
    client.push([mutation(1, a_fact(company.customer.id))])
    next(pokes)
    page = listener.changes(None)
    stop.set()
    listener.hang_up()
    assert list(pokes) == []
    assert len(page.lines) == 7
