"""The calls of `/v1`: decoding, permission, and handing over to what does the work."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import anyio.to_thread
import sqlalchemy as sa
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, RawBody
from litestar.response import Stream

from agentdesk import __version__
from agentdesk.central import pages, searching
from agentdesk.central.calls import encoded, going_on
from agentdesk.central.database import Database
from agentdesk.central.devices import check_may_push, check_unlocked, hello, organisation
from agentdesk.central.identity import Identity
from agentdesk.central.lookups import look_up
from agentdesk.central.operations import Caller
from agentdesk.central.phone_events import MOST_BODY_BYTES
from agentdesk.central.phone_routes import PhoneDesk
from agentdesk.central.poke import PokeHub
from agentdesk.central.push import push
from agentdesk.central.ranges import serve
from agentdesk.central.scopes import Scope, scope_of
from agentdesk.central.sequencer import number_all
from agentdesk.central.snapshots import Snapshots
from agentdesk.central.standing import start_of
from agentdesk.central.tallies import digest
from agentdesk.central.throttle import NotNowError
from agentdesk.decoding import decode_json
from agentdesk.errors import Code, UserError
from agentdesk.sync import protocol as p

_SMALL_BODY_BYTES = 64 * 1024
_DIGEST_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Central:
    """What the calls work with."""

    database: Database
    identity: Identity
    hub: PokeHub
    snapshots: Snapshots
    clock: Callable[[], datetime]
    phones: PhoneDesk


@dataclass(frozen=True, slots=True)
class Visit:
    """A call by somebody who is signed in, and how long that holds."""

    caller: Caller
    valid_s: float


class Health(p.Wire, frozen=True, kw_only=True):
    """That Central works, and which one it is."""

    status: str
    version: str
    schema: int


_AnyRequest = Request[Any, Any, Any]
TheCentral = NamedDependency[Central]
TheVisit = NamedDependency[Visit]


def provide_visit(request: _AnyRequest, central: TheCentral) -> Visit:
    """Recognise the caller by the `Authorization` header."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise UserError(Code.NOT_SIGNED_IN)
    caller, valid_s = central.identity.recognise(token.strip())
    return Visit(caller, valid_s)


@get("/health", sync_to_thread=True)
def get_health(central: TheCentral) -> Health:
    """Say that Central answers and reaches its database."""
    with central.database.reading() as connection:
        connection.execute(sa.select(1)).one()
    return Health(status="ok", version=__version__, schema=p.SCHEMA)


@post(
    "/auth/sign-in",
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=_SMALL_BODY_BYTES,
)
def post_sign_in(data: JSONBody[p.SignInRequest], central: TheCentral) -> p.TokenResponse:
    """Exchange name and password for tokens."""
    if not 1 <= len(data.device_id) <= 64 or len(data.password) > 1024:
        raise UserError(Code.INVALID_REQUEST)
    return central.identity.sign_in(data)


@post(
    "/auth/refresh",
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=_SMALL_BODY_BYTES,
)
def post_refresh(data: JSONBody[p.RefreshRequest], central: TheCentral) -> p.TokenResponse:
    """Exchange a refresh token, once, for new tokens."""
    return central.identity.refresh(data)


@post(
    "/auth/sign-out",
    sync_to_thread=True,
    status_code=204,
    request_max_body_size=_SMALL_BODY_BYTES,
)
def post_sign_out(request: _AnyRequest, body: RawBody, central: TheCentral) -> None:
    """End the caller's session, or without an access token that of a refresh token."""
    if body.strip():
        central.identity.sign_out(decode_json(body, p.RefreshRequest))
    else:
        central.identity.end_session(provide_visit(request, central).caller)


@post(
    "/sync/hello",
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=_SMALL_BODY_BYTES,
)
def post_hello(
    data: JSONBody[p.HelloRequest], visit: TheVisit, central: TheCentral
) -> p.HelloResponse:
    """Tell a desk where it stands, and what it is to do first."""
    _check_device(visit, data.device_id)
    return central.database.write(hello, visit.caller, data, central.clock())


@post(
    "/sync/push",
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=p.MAX_PUSH_BYTES,
)
def post_push(body: RawBody, visit: TheVisit, central: TheCentral) -> p.PushResponse:
    """Apply groups of mutations in order; each element of a group is a `Mutation`."""
    # Decoded here, as the bytes of each mutation are what identifies it.
    request = decode_json(body, p.PushRequest)
    _check_device(visit, request.device_id)
    if len(request.groups) > p.MAX_PUSH_GROUPS:
        raise UserError(Code.INVALID_REQUEST)
    central.database.read(check_may_push, visit.caller)
    try:
        return push(central.database, visit.caller, request, received_at=central.clock())
    finally:
        # Also after a failure: groups before it are committed.
        central.hub.poke(visit.caller.org_id)


@get(
    "/sync/changes",
    sync_to_thread=True,
    media_type=p.PAGE_MEDIA_TYPE,
)
def get_changes(
    request: _AnyRequest,
    visit: TheVisit,
    central: TheCentral,
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=pages.MAX_LIMIT)] = pages.DEFAULT_LIMIT,
) -> Stream:
    """Return what changed after `cursor`, as lines of JSON; without one, everything."""
    caller = visit.caller
    with central.database.reading() as connection:
        check_unlocked(connection, caller)
        scope = scope_of(connection, caller.org_id, caller.user_id)
        epoch = organisation(connection, caller.org_id).epoch
        start = start_of(connection, caller.org_id, epoch, scope, cursor)
    coding = pages.accepted_coding(request.headers.get("accept-encoding", ""))
    lines: Iterator[bytes] = pages.page_lines(
        central.database, pages.PageRequest(caller.org_id, caller.device_id, start, limit, scope)
    )
    return Stream(
        pages.compressed(lines, coding),
        media_type=p.PAGE_MEDIA_TYPE,
        headers={"Vary": "Accept-Encoding"} | ({"Content-Encoding": coding} if coding else {}),
    )


@get("/sync/snapshot", sync_to_thread=True)
def get_snapshot(visit: TheVisit, central: TheCentral) -> p.Manifest:
    """Return what a snapshot of the caller's scope consists of."""
    return central.snapshots.manifest(visit.caller.org_id, _scope(visit, central))


@get("/sync/chunk/{sha256:str}", sync_to_thread=True, media_type=p.PAGE_MEDIA_TYPE)
def get_chunk(
    request: _AnyRequest, sha256: FromPath[str], visit: TheVisit, central: TheCentral
) -> Response[bytes]:
    """Return a chunk of a snapshot of the caller's scope, or a part of it."""
    packed = central.snapshots.chunk(visit.caller.org_id, _scope(visit, central), sha256)
    if packed is None:
        raise UserError(Code.NOT_FOUND)
    coding = pages.accepted_coding(request.headers.get("accept-encoding", ""))
    served = serve(packed, coding, request.headers)
    return Response(
        served.body,
        status_code=served.status,
        headers=served.headers,
        media_type=p.PAGE_MEDIA_TYPE,
    )


@get("/sync/digest", sync_to_thread=True)
def get_digest(visit: TheVisit, central: TheCentral) -> p.Digest:
    """Return count and checksum of each bucket of the caller's scope."""
    for _attempt in range(_DIGEST_ATTEMPTS):
        counted = central.database.read(_digest, visit.caller)
        if counted is not None:
            return counted
        number_all(central.database, visit.caller.org_id)
    raise NotNowError(1)


@get("/sync/customers/lookup", sync_to_thread=True)
def get_lookup(visit: TheVisit, central: TheCentral, e164: FromQuery[str]) -> p.LookupAnswer:
    """Return the customers with a number, in the caller's scope or not."""
    central.database.read(check_unlocked, visit.caller)
    return central.database.write(look_up, visit.caller, e164, central.clock())


@get("/sync/customers/search", sync_to_thread=True)
def get_search(visit: TheVisit, central: TheCentral, text: FromQuery[str]) -> p.SearchAnswer:
    """Return names of customers outside the caller's scope."""
    central.database.read(check_unlocked, visit.caller)
    return central.database.write(searching.search, visit.caller, text, central.clock())


@get("/sync/customers/visit", sync_to_thread=True)
def get_visitor(
    visit: TheVisit, central: TheCentral, customer_id: FromQuery[str]
) -> p.LookupAnswer:
    """Return a customer whom a search has named, in the caller's scope or not."""
    central.database.read(check_unlocked, visit.caller)
    return central.database.write(searching.visit, visit.caller, customer_id, central.clock())


@get("/sync/poke", media_type="text/event-stream")
async def get_poke(visit: TheVisit, central: TheCentral) -> Stream:
    """Keep telling that there is something new, and of calls for this user; ends with the token."""
    caller = visit.caller

    async def calls() -> list[bytes]:
        found = await anyio.to_thread.run_sync(
            central.database.read, going_on, caller.org_id, caller.user_id, central.clock()
        )
        return encoded(found)

    events: AsyncIterator[bytes] = central.hub.stream(
        caller.org_id, user_id=caller.user_id, lasts_s=visit.valid_s, first=calls
    )
    # X-Accel-Buffering keeps reverse proxies from holding the stream back.
    return Stream(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@post(
    "/telephony/events",
    sync_to_thread=True,
    status_code=204,
    request_max_body_size=MOST_BODY_BYTES,
)
def post_telephony_event(request: _AnyRequest, body: RawBody, central: TheCentral) -> None:
    """Take what a telephone system tells about a call; the line proves itself by its secret."""
    peer = request.client.host if request.client is not None else ""
    headers = request.headers
    central.phones.take(
        headers.get("authorization", ""), peer, body, headers.get("content-type", "")
    )


def router(central: Central) -> Router:
    """Return all calls under `/v1`."""
    return Router(
        "/v1",
        route_handlers=[
            get_health,
            post_sign_in,
            post_refresh,
            post_sign_out,
            post_hello,
            post_push,
            get_changes,
            get_snapshot,
            get_chunk,
            get_digest,
            get_lookup,
            get_search,
            get_visitor,
            get_poke,
            post_telephony_event,
        ],
        dependencies={
            "central": Provide(lambda: central, sync_to_thread=False),
            "visit": Provide(provide_visit, sync_to_thread=True),
        },
    )


def _check_device(visit: Visit, device_id: str) -> None:
    if device_id != visit.caller.device_id:
        raise UserError(Code.NO_PERMISSION)


def _scope(visit: Visit, central: Central) -> Scope:
    """Return the caller's scope; raises `ExternalError(DEVICE_LOCKED)`."""
    central.database.read(check_unlocked, visit.caller)
    return central.database.read(scope_of, visit.caller.org_id, visit.caller.user_id)


def _digest(connection: sa.Connection, caller: Caller) -> p.Digest | None:
    check_unlocked(connection, caller)
    scope = scope_of(connection, caller.org_id, caller.user_id)
    epoch = organisation(connection, caller.org_id).epoch
    return digest(connection, caller.org_id, epoch, scope, caller.device_id)
