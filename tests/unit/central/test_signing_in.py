"""Who gets in, for how long, and what a stolen token is worth."""

from __future__ import annotations

import msgspec
import pytest
import sqlalchemy as sa
from httpx import Response
from litestar import Litestar
from litestar.testing import TestClient

from agentdesk.central import tables as t
from agentdesk.central.accounts import NOBODYS_HASH, check_password, needs_rehash
from agentdesk.central.database import open_database
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.errors import Code
from agentdesk.sync import protocol as p
from tests.unit.central.driver import (
    PASSWORD,
    Company,
    Desk,
    TurnedClock,
    decoded,
    error_of,
    look_into,
    sign_in,
)


def try_to_sign_in(client: TestClient[Litestar], name: str, password: str) -> Response:
    request = p.SignInRequest(name=name, password=password, device_id=new_id())
    return client.post("/v1/auth/sign-in", content=msgspec.json.encode(request))


def exchange(desk: Desk, token: str, device_id: str | None = None) -> Response:
    request = p.RefreshRequest(refresh_token=token, device_id=device_id or desk.device_id)
    return desk.client.post("/v1/auth/refresh", content=msgspec.json.encode(request))


def works(desk: Desk) -> bool:
    return desk.client.get("/v1/sync/changes", headers=desk.headers).status_code == 200


def change(url: str, statement: sa.Update) -> None:
    database = open_database(url)
    with database.writing() as connection:
        connection.execute(statement)
    database.close()


def test_signing_in_tells_who_and_where_one_is(
    client: TestClient[Litestar], company: Company
) -> None:
    tokens = sign_in(client, " ANN ").tokens
    assert (tokens.user_id, tokens.user_name, tokens.role) == (
        company.agent.id,
        "Ann Agent",
        "agent",
    )
    assert (tokens.organisation_name, tokens.region, tokens.expires_in_s) == ("Acme", "GB", 600)


@pytest.mark.parametrize(("name", "password"), [("ann", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_name_and_a_wrong_password_are_answered_alike(
    client: TestClient[Litestar], name: str, password: str
) -> None:
    assert error_of(try_to_sign_in(client, name, password)) == (401, Code.WRONG_PASSWORD)


def test_the_hash_for_names_that_nobody_has_takes_as_long_as_others() -> None:
    assert needs_rehash(NOBODYS_HASH) is False
    assert check_password(NOBODYS_HASH, "") is False


@pytest.mark.parametrize("name", ["ann", "nobody"])
def test_guessing_gets_slower_whether_the_account_exists_or_not(
    client: TestClient[Litestar], clock: TurnedClock, name: str
) -> None:
    for _ in range(5):
        assert try_to_sign_in(client, name, "guess").status_code == 401
    answer = try_to_sign_in(client, name, PASSWORD)
    wait_s = msgspec.json.decode(answer.content, type=p.ErrorAnswer).retry_after_s
    assert error_of(answer) == (429, Code.SERVER_BUSY)
    assert wait_s == 1
    assert answer.headers["retry-after"] == "1"
    clock.turn(seconds=1)
    assert try_to_sign_in(client, name, "guess").status_code == 401
    clock.turn(seconds=1)
    assert try_to_sign_in(client, name, PASSWORD).status_code == 429


def test_the_right_password_ends_the_count_of_failures(
    client: TestClient[Litestar], clock: TurnedClock
) -> None:
    for _ in range(5):
        try_to_sign_in(client, "ann", "guess")
    clock.turn(seconds=301)
    sign_in(client, "ann")
    assert try_to_sign_in(client, "ann", "guess").status_code == 401
    assert try_to_sign_in(client, "ann", PASSWORD).status_code == 200


def test_an_access_token_lasts_ten_minutes(ann: Desk, clock: TurnedClock) -> None:
    clock.turn(minutes=9, seconds=59)
    assert works(ann)
    clock.turn(seconds=1)
    answer = ann.client.get("/v1/sync/changes", headers=ann.headers)
    assert error_of(answer) == (401, Code.TOKEN_EXPIRED)
    ann.tokens = decoded(exchange(ann, ann.tokens.refresh_token), p.TokenResponse)
    assert works(ann)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", Code.NOT_SIGNED_IN),
        ("Basic YW5uOmFubg==", Code.NOT_SIGNED_IN),
        ("Bearer", Code.NOT_SIGNED_IN),
        ("Bearer nonsense", Code.TOKEN_EXPIRED),
        ("Bearer a.b.c", Code.TOKEN_EXPIRED),
    ],
)
def test_without_a_good_token_nothing_is_told(
    client: TestClient[Litestar], header: str, code: Code
) -> None:
    for path in ("/v1/sync/changes", "/v1/sync/poke"):
        answer = client.get(path, headers={"Authorization": header})
        assert error_of(answer) == (401, code)


def test_a_token_signed_with_another_key_or_none_is_not_accepted(ann: Desk, url: str) -> None:
    head, body, _ = ann.tokens.access_token.split(".")
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
    for forged in (f"{head}.{body}.AAAA", f"{unsigned}.{body}."):
        answer = ann.client.get("/v1/sync/changes", headers={"Authorization": f"Bearer {forged}"})
        assert error_of(answer) == (401, Code.TOKEN_EXPIRED)
    change(url, sa.update(t.org).values(signing_key=b"another key, as long as it has to be"))
    assert not works(ann)


def test_a_refresh_token_is_exchanged_and_never_stored(ann: Desk, url: str) -> None:
    first = ann.tokens.refresh_token
    second = decoded(exchange(ann, first), p.TokenResponse).refresh_token
    third = decoded(exchange(ann, second), p.TokenResponse).refresh_token
    stored = str(look_into(url, sa.select(t.refresh_token)))
    assert len({first, second, third}) == 3
    assert all(token not in stored for token in (first, second, third))


def test_an_answer_that_got_lost_signs_nobody_out(ann: Desk, clock: TurnedClock) -> None:
    first = ann.tokens.refresh_token
    exchange(ann, first)
    clock.turn(seconds=30)
    again = decoded(exchange(ann, first), p.TokenResponse)
    assert exchange(ann, again.refresh_token).status_code == 200


def test_a_used_refresh_token_ends_the_session_for_whoever_has_it(
    ann: Desk, clock: TurnedClock
) -> None:
    first = ann.tokens.refresh_token
    ann.tokens = decoded(exchange(ann, first), p.TokenResponse)
    clock.turn(seconds=31)
    assert error_of(exchange(ann, first)) == (401, Code.SIGNED_OUT)
    assert error_of(exchange(ann, ann.tokens.refresh_token)) == (401, Code.SIGNED_OUT)
    assert not works(ann)


def test_a_token_before_the_last_is_reuse_even_at_once(ann: Desk) -> None:
    first = ann.tokens.refresh_token
    second = decoded(exchange(ann, first), p.TokenResponse).refresh_token
    third = decoded(exchange(ann, second), p.TokenResponse).refresh_token
    assert error_of(exchange(ann, first)) == (401, Code.SIGNED_OUT)
    assert error_of(exchange(ann, third)) == (401, Code.SIGNED_OUT)


def test_a_refresh_token_is_worth_nothing_elsewhere_or_later(
    ann: Desk, cole: Desk, clock: TurnedClock
) -> None:
    token = ann.tokens.refresh_token
    assert error_of(exchange(ann, token, cole.device_id)) == (401, Code.SIGNED_OUT)
    assert error_of(exchange(ann, "nonsense")) == (401, Code.SIGNED_OUT)
    clock.turn(days=30)
    assert error_of(exchange(ann, token)) == (401, Code.SIGNED_OUT)


@pytest.mark.parametrize("with_refresh_token", [True, False])
def test_signing_out_ends_this_session_and_no_other(
    client: TestClient[Litestar], ann: Desk, with_refresh_token: bool
) -> None:
    elsewhere = sign_in(client, "ann")
    body = p.RefreshRequest(refresh_token=ann.tokens.refresh_token, device_id=ann.device_id)
    answer = ann.post("/v1/auth/sign-out", body if with_refresh_token else b"")
    assert answer.status_code == 204
    assert not works(ann)
    assert error_of(exchange(ann, ann.tokens.refresh_token)) == (401, Code.SIGNED_OUT)
    assert works(elsewhere)


def test_a_closed_account_is_shut_out_at_once(
    client: TestClient[Litestar], ann: Desk, cole: Desk, company: Company, url: str
) -> None:
    of_ann = t.account.c.user_id == company.agent.id
    change(url, sa.update(t.account).where(of_ann).values(disabled_at="2026-03-02T09:00:00.000Z"))
    assert not works(ann)
    assert works(cole)
    assert error_of(try_to_sign_in(client, "ann", PASSWORD)) == (401, Code.WRONG_PASSWORD)


def test_a_new_role_counts_at_once(ann: Desk, company: Company, url: str) -> None:
    team = p.Append(kind=KindName.TEAM, id=new_id(), fields={"name": "Tigers"})
    assert ann.push_one(team).reason == Code.NO_PERMISSION
    of_ann = (t.record.c.kind == "user") & (t.record.c.id == company.agent.id)
    change(url, sa.update(t.record).where(of_ann).values(fields='{"name":"Ann","role":"lead"}'))
    again = p.Append(kind=KindName.TEAM, id=new_id(), fields={"name": "Tigers"})
    assert ann.push_one(again).outcome is p.Outcome.APPLIED


@pytest.mark.parametrize("orders", [[p.Order.LOCK], [p.Order.LOCK, p.Order.WIPE]])
def test_a_device_under_orders_is_told_them_and_nothing_else(
    client: TestClient[Litestar], ann: Desk, url: str, orders: list[p.Order]
) -> None:
    columns = {p.Order.LOCK: "locked_at", p.Order.WIPE: "wiped_at"}
    for order in orders:
        change(url, sa.update(t.device).values({columns[order]: "2026-03-02T09:00:00.000Z"}))
    push = p.PushRequest(device_id=ann.device_id, groups=[])
    request = p.SignInRequest(name="ann", password=PASSWORD, device_id=ann.device_id)
    told = ann.hello()
    assert (told.orders, told.salvage) == (orders, False)
    assert error_of(ann.post("/v1/sync/push", push)) == (403, Code.DEVICE_LOCKED)
    changes = ann.client.get("/v1/sync/changes", headers=ann.headers)
    assert error_of(changes) == (403, Code.DEVICE_LOCKED)
    assert error_of(ann.post("/v1/auth/sign-in", request)) == (403, Code.DEVICE_LOCKED)


def test_a_device_that_is_to_be_wiped_may_send_what_waits_and_nothing_else(
    client: TestClient[Litestar], ann: Desk, url: str
) -> None:
    change(url, sa.update(t.device).values(wiped_at="2026-03-02T09:00:00.000Z"))
    told = ann.hello()
    assert (told.orders, told.salvage) == ([p.Order.WIPE], True)
    append = p.Append(kind=KindName.CUSTOMER, id=new_id(), fields={"full_name": "Saved"})
    assert ann.push_one(append).outcome is p.Outcome.APPLIED
    for path in ("changes", "digest", "snapshot"):
        answer = ann.client.get(f"/v1/sync/{path}", headers=ann.headers)
        assert error_of(answer) == (403, Code.DEVICE_LOCKED), path
    request = p.SignInRequest(name="ann", password=PASSWORD, device_id=ann.device_id)
    assert error_of(ann.post("/v1/auth/sign-in", request)) == (403, Code.DEVICE_LOCKED)
