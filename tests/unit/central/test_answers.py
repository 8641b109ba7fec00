"""What every answer has in common, and the greeting."""

from __future__ import annotations

import logging

import msgspec
import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from agentdesk.central import tables as t
from agentdesk.central.app import create_app
from agentdesk.errors import Code
from agentdesk.sync import protocol as p
from tests.unit.central.driver import Desk, a_fact, error_of, look_into


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, Code.NOT_FOUND),
        ("GET", "/v1/nothing", 404, Code.NOT_FOUND),
        ("GET", "/v1/sync/push", 405, Code.INVALID_REQUEST),
        ("POST", "/v1/auth/sign-in", 400, Code.INVALID_REQUEST),
        ("POST", "/v1/auth/refresh", 400, Code.INVALID_REQUEST),
        ("POST", "/v1/sync/hello", 401, Code.NOT_SIGNED_IN),
    ],
)
def test_every_refusal_carries_a_code_and_says_that_it_is_centrals(
    client: TestClient[Litestar], method: str, path: str, status: int, code: Code
) -> None:
    answer = client.request(method, path)
    assert error_of(answer) == (status, code)
    assert answer.headers["x-agentdesk-central"] == "1"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("limit", ["0", "50001", "many", "-1"])
def test_a_limit_out_of_bounds_is_refused(ann: Desk, limit: str) -> None:
    answer = ann.client.get("/v1/sync/changes", params={"limit": limit}, headers=ann.headers)
    assert error_of(answer) == (400, Code.INVALID_REQUEST)


def test_health_is_told_to_everybody(client: TestClient[Litestar]) -> None:
    answer = client.get("/v1/health")
    assert answer.json()["status"] == "ok"
    assert answer.headers["x-agentdesk-central"] == "1"


def test_the_description_of_the_interface_is_openapi_3_1(client: TestClient[Litestar]) -> None:
    document = client.get("/schema").json()
    schemas = document["components"]["schemas"]
    assert document["openapi"].startswith("3.1")
    assert document == client.get("/schema/openapi.json").json()
    assert {"Mutation", "Patch", "PageRow", "PageEnd", "ErrorAnswer", "Verdict"} <= schemas.keys()
    push = document["paths"]["/v1/sync/push"]["post"]
    assert "PushRequest" in str(push["requestBody"])
    assert "ErrorAnswer" in str(push["responses"]["default"])


def test_every_reference_in_the_description_leads_somewhere(client: TestClient[Litestar]) -> None:
    document = client.get("/schema").json()

    def references(part: object) -> set[str]:
        if isinstance(part, dict):
            own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
            return own.union(*(references(value) for value in part.values()))
        if isinstance(part, list):
            return set().union(*(references(value) for value in part))
        return set()

    named = {reference.rpartition("/")[2] for reference in references(document)}
    assert named
    assert named <= document["components"]["schemas"].keys()


def test_hello_tells_a_desk_where_it_stands(ann: Desk, url: str) -> None:
    answer = ann.hello()
    [org] = look_into(url, sa.select(t.org))
    [device] = look_into(url, sa.select(t.device))
    assert (answer.epoch, answer.scope, answer.reset) == (org.epoch, "all", False)
    assert (answer.organisation_id, answer.user_id) == (org.org_id, ann.tokens.user_id)
    assert (answer.last_n, answer.orders, answer.role) == (0, [], "agent")
    assert (device.device_id, device.program) == (ann.device_id, "test")


@pytest.mark.parametrize(
    ("oldest", "newest", "code"),
    [(0, 0, Code.PROGRAM_TOO_OLD), (99, 100, Code.PROGRAM_TOO_NEW)],
)
def test_a_desk_that_speaks_another_language_is_told_so(
    ann: Desk, oldest: int, newest: int, code: Code
) -> None:
    request = p.HelloRequest(
        device_id=ann.device_id, program="x", schema_oldest=oldest, schema_newest=newest
    )
    assert error_of(ann.post("/v1/sync/hello", request)) == (426, code)


def test_a_failure_is_told_by_a_code_and_logged_without_what_people_wrote(
    url: str, ann: Desk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("Robert Blunt, +442079460000")

    monkeypatch.setattr("agentdesk.central.routes.push", fail)
    with caplog.at_level(logging.DEBUG, logger="agentdesk"):
        answer = ann.post("/v1/sync/push", p.PushRequest(device_id=ann.device_id, groups=[]))
    assert error_of(answer) == (500, Code.UNEXPECTED)
    assert "RuntimeError" in caplog.text
    assert "Blunt" not in caplog.text


def test_a_database_that_fails_is_told_as_busy_and_what_was_sent_is_not_logged(
    ann: Desk, company: object, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE processed")
    body = p.PushRequest(
        device_id=ann.device_id,
        groups=[p.Group(id="g", mutations=[msgspec.Raw(ann.encode(a_fact("x", "a secret")))])],
    )
    with caplog.at_level(logging.DEBUG, logger="agentdesk"):
        answer = ann.post("/v1/sync/push", body)
    assert error_of(answer) == (503, Code.SERVER_BUSY)
    assert answer.headers["retry-after"] == "2"
    assert "secret" not in caplog.text


def test_an_application_that_is_never_started_leaves_nothing_open(url: str) -> None:
    app = create_app(url)
    assert app.state.hub.listening == {}


def test_a_request_that_breaks_off_is_not_logged_as_a_fault_of_ours(
    ann: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/sync/hello",
        "raw_path": b"/v1/sync/hello",
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(b"authorization", ann.headers["Authorization"].encode())],
    }
    parts: list[dict[str, object]] = [
        {"type": "http.request", "body": b'{"device', "more_body": True},
        {"type": "http.disconnect"},
    ]
    told: list[object] = []

    async def receive() -> dict[str, object]:
        return parts.pop(0)

    async def send(message: dict[str, object]) -> None:
        told.append(message.get("status"))

    with caplog.at_level(logging.DEBUG, logger="agentdesk"), ann.client.portal() as portal:
        portal.call(ann.client.app, scope, receive, send)
    assert told[0] == 400
    assert "unexpected" not in caplog.text


def test_the_description_tells_of_snapshots_digests_and_lookups(
    client: TestClient[Litestar],
) -> None:
    document = client.get("/schema").json()
    calls = {path: call["get"] for path, call in document["paths"].items() if "get" in call}
    chunk = calls["/v1/sync/chunk/{sha256}"]
    assert {"Manifest", "ChunkInfo", "ChunkTable", "Digest", "BucketDigest", "LookupAnswer"} <= (
        document["components"]["schemas"].keys()
    )
    assert {one["name"] for one in chunk["parameters"]} == {"sha256", "Range", "If-Range"}
    assert chunk["responses"].keys() == {"200", "206", "default"}
    [e164] = calls["/v1/sync/customers/lookup"]["parameters"]
    assert (e164["name"], e164["in"], e164["required"]) == ("e164", "query", True)
