"""That a poke reaches open streams, and that streams end when they should."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar

from agentdesk.central import app as app_module
from agentdesk.central.app import create_app
from agentdesk.central.database import open_database
from agentdesk.central.organisations import write_entities
from agentdesk.central.poke import HEARTBEAT, POKE, PokeHub
from agentdesk.domain import entities as e
from agentdesk.domain.ids import new_id
from agentdesk.domain.moments import now
from agentdesk.sync import protocol as p
from tests.unit.central.driver import PASSWORD, Company, a_fact, group_of

PATIENCE_S = 20


class Stream:
    """An open poke stream over bare ASGI, as a client library would first collect all of it."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._hung_up = asyncio.Event()

    async def open(self, app: Litestar, access_token: str) -> None:
        """Talk to the application until one side ends it."""
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/v1/sync/poke",
            "raw_path": b"/v1/sync/poke",
            "query_string": b"",
            "root_path": "",
            "headers": [(b"authorization", f"Bearer {access_token}".encode())],
            "client": ("test", 1),
            "server": ("test", 80),
        }
        await app(scope, self._receive, self.messages.put)  # type: ignore[arg-type]  # bare ASGI

    async def next_event(self) -> bytes:
        """Return the next piece of the body."""
        async with asyncio.timeout(PATIENCE_S):
            message = await self.messages.get()
        if message["type"] == "http.response.start":
            assert message["status"] == 200
            return await self.next_event()
        body: bytes = message["body"]
        return body

    def hang_up(self) -> None:
        """End it from the client's side."""
        self._hung_up.set()

    async def _receive(self) -> dict[str, Any]:
        if not self._hung_up.is_set():
            await self._hung_up.wait()
        return {"type": "http.disconnect"}


@asynccontextmanager
async def running(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # Litestar's own types
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://c") as http:
        yield http


async def signed_in(http: httpx.AsyncClient, device_id: str) -> str:
    request = p.SignInRequest(name="ann", password=PASSWORD, device_id=device_id)
    answer = await http.post("/v1/auth/sign-in", content=msgspec.json.encode(request))
    return msgspec.json.decode(answer.content, type=p.TokenResponse).access_token


def with_stream(
    url: str, scenario: Callable[[Litestar, httpx.AsyncClient, str, Stream], Awaitable[None]]
) -> None:
    """Run `scenario` with an open stream, which has to end when the scenario is over."""

    async def run() -> None:
        app = create_app(url)
        async with running(app) as http:
            device_id = new_id()
            token = await signed_in(http, device_id)
            stream = Stream()
            talking = asyncio.create_task(stream.open(app, token))
            assert await stream.next_event() == HEARTBEAT
            http.headers["Authorization"] = f"Bearer {token}"
            await scenario(app, http, device_id, stream)
            stream.hang_up()
            async with asyncio.timeout(PATIENCE_S):
                await talking
            assert app.state.hub.listening == {}

    asyncio.run(run())


def test_a_poke_arrives_after_a_push(url: str, company: Company) -> None:
    heard: list[bytes] = []

    async def scenario(
        _app: Litestar, http: httpx.AsyncClient, device_id: str, stream: Stream
    ) -> None:
        mutation = p.Mutation(n=1, operation=a_fact(company.customer.id), made_at=now())
        body = p.PushRequest(device_id=device_id, groups=[group_of(msgspec.json.encode(mutation))])
        answer = await http.post("/v1/sync/push", content=msgspec.json.encode(body))
        assert answer.status_code == 200
        heard.append(await stream.next_event())

    with_stream(url, scenario)
    assert heard == [POKE]


def test_a_poke_arrives_after_another_process_has_written(
    url: str, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "WATCH_S", 0.01)
    heard: list[bytes] = []

    async def scenario(
        app: Litestar, _http: httpx.AsyncClient, _device_id: str, stream: Stream
    ) -> None:
        other = open_database(url)
        waiting = asyncio.create_task(stream.next_event())
        while not waiting.done():
            customer = e.Customer(id=new_id(), full_name="Somebody Else")
            with other.writing() as connection:
                write_entities(connection, company.organisation.id, [customer], now())
            await asyncio.wait([waiting], timeout=0.05)
        other.close()
        heard.append(await waiting)

    with_stream(url, scenario)
    assert heard == [POKE]


def test_closing_the_hub_ends_the_streams(url: str) -> None:
    heard: list[bytes] = []

    async def scenario(
        app: Litestar, _http: httpx.AsyncClient, _device_id: str, stream: Stream
    ) -> None:
        app.state.hub.close()
        heard.append(await stream.next_event())

    with_stream(url, scenario)
    assert heard == [b""]


def test_a_silent_stream_carries_heartbeats_and_ends_with_the_token() -> None:
    async def listen() -> list[bytes]:
        hub = PokeHub()
        hub.open()
        return [event async for event in hub.stream("org", lasts_s=0.05, heartbeat_s=0.02)]

    events = asyncio.run(listen())
    assert len(events) >= 2
    assert set(events) == {HEARTBEAT}


def test_a_poke_is_for_one_organisation_and_several_make_one() -> None:
    async def listen() -> list[bytes]:
        hub = PokeHub()
        hub.open()
        stream = hub.stream("ours", lasts_s=PATIENCE_S)
        heard = [await anext(stream)]
        hub.poke("theirs")
        hub.poke("ours")
        hub.poke("ours")
        heard.append(await anext(stream))
        hub.close()
        heard += [event async for event in stream]
        return heard

    assert asyncio.run(listen()) == [HEARTBEAT, POKE]


def test_a_poke_without_listeners_or_a_loop_is_lost_quietly() -> None:
    hub = PokeHub()
    hub.poke("org")

    async def open_and_leave() -> None:
        hub.open()

    asyncio.run(open_and_leave())
    hub.poke("org")
    assert hub.listening == {}
