"""Talking to Central over HTTP; the only importer of requests.

Every call has connect and read timeouts and raises `ExternalError` or `UserError` with a code.
Calls block: they belong on a worker.
"""

from __future__ import annotations

import http.client
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import msgspec
import requests
import urllib3.exceptions
import zstandard

import agentdesk
from agentdesk.decoding import decode_json
from agentdesk.errors import AgentDeskError, Code, ExternalError, UserError
from agentdesk.sync.absorb import Page
from agentdesk.sync.address import Address, Tokens
from agentdesk.sync.bodies import NOT_JSON, PIECE_BYTES, Held, read_page, unpacked
from agentdesk.sync.protocol import (
    PAGE_LIMIT,
    POKE_HEARTBEAT_S,
    CallSignal,
    Digest,
    ErrorAnswer,
    Group,
    HelloRequest,
    HelloResponse,
    LookupAnswer,
    Manifest,
    PushRequest,
    PushResponse,
    RefreshRequest,
    SearchAnswer,
    SignInRequest,
    TokenResponse,
)

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 30.0
MOST_PAGE_BYTES = 256 * 1024 * 1024
"""A page that unpacks to more than this is no answer of a Central."""
MOST_ANSWER_BYTES = 32 * 1024 * 1024
LONGEST_ANSWER_S = 90.0
LONGEST_PAGE_S = 600.0
"""How long an answer may take as a whole: one that drips never runs into a read timeout."""

CENTRAL_HEADER = "X-AgentDesk-Central"

_T = TypeVar("_T")


class CentralClient:
    """One desk's conversation with Central.

    `keep_tokens` is called, in the calling thread, whenever a refresh has given new tokens; they
    must be on the disk when it returns. Threads may share a client; each call has a connection of
    its own.
    """

    def __init__(
        self,
        address: Address,
        device_id: str,
        tokens: Tokens | None = None,
        keep_tokens: Callable[[Tokens], None] = lambda _tokens: None,
    ) -> None:
        self._address = address
        self._device_id = device_id
        self._tokens = tokens
        self._keep_tokens = keep_tokens
        self._refreshing = threading.Lock()
        self._stream: requests.Response | None = None
        self._fetched: requests.Response | None = None

    # --- Signing in ---------------------------------------------------------------------------

    def sign_in(self, name: str, password: str, device_name: str) -> TokenResponse:
        """Sign in; raises `UserError(WRONG_PASSWORD)` if name and password do not fit."""
        body = SignInRequest(
            name=name, password=password, device_id=self._device_id, device_name=device_name
        )
        answer = self._decode(self._send("POST", "/v1/auth/sign-in", body), TokenResponse)
        self._tokens = Tokens(answer.access_token, answer.refresh_token)
        return answer

    def sign_out(self) -> None:
        """Tell Central that this device's tokens are done with."""
        self._authorised("POST", "/v1/auth/sign-out", None).close()

    def _refresh(self, stale: Tokens) -> None:
        with self._refreshing:
            if self._tokens is not stale:
                return
            body = RefreshRequest(refresh_token=stale.refresh, device_id=self._device_id)
            answer = self._decode(self._send("POST", "/v1/auth/refresh", body), TokenResponse)
            fresh = Tokens(answer.access_token, answer.refresh_token)
            # Kept before it is used: a refresh token works once.
            self._keep_tokens(fresh)
            self._tokens = fresh

    def clock(self) -> datetime | None:
        """Ask Central, without a sign-in, whether it answers; returns its clock, if it tells it.

        The clock is that of the answer's Date field (RFC 9110, section 6.6.1): whole seconds.
        """
        with closing(self._send("GET", "/v1/health", None)) as response:
            told = response.headers.get("Date")
        try:
            return parsedate_to_datetime(told) if told else None
        except ValueError:
            return None

    # --- Synchronising ------------------------------------------------------------------------

    def hello(self, request: HelloRequest) -> HelloResponse:
        """Introduce this desk."""
        return self._decode(self._authorised("POST", "/v1/sync/hello", request), HelloResponse)

    def push(self, groups: list[Group]) -> PushResponse:
        """Send groups of mutations; the answer holds one verdict for each mutation."""
        body = PushRequest(device_id=self._device_id, groups=groups)
        return self._decode(self._authorised("POST", "/v1/sync/push", body), PushResponse)

    def changes(self, cursor: str | None, limit: int = PAGE_LIMIT) -> Page:
        """Return the next page behind `cursor`, whole and with its checksum verified.

        Raises `ExternalError`: `CURSOR_RESET` if Central cannot continue the cursor,
        `ANSWER_DAMAGED` for a page that was cut short or altered.
        """
        query: dict[str, str | int] = {"limit": limit}
        if cursor is not None:
            query["cursor"] = cursor
        response = self._authorised(
            "GET",
            "/v1/sync/changes",
            None,
            params=query,
            headers={"Accept-Encoding": "zstd, gzip"},
        )
        with explained(), closing(response), _at_most(LONGEST_PAGE_S, response):
            coding = response.headers.get("Content-Encoding", "")
            return read_page(unpacked(_pieces(response), coding, MOST_PAGE_BYTES))

    def snapshot(self) -> Manifest:
        """Return what a snapshot of this desk's scope consists of.

        Raises `ExternalError(NOT_FOUND)` if this Central is too old to have snapshots.
        """
        return self._decode(self._authorised("GET", "/v1/sync/snapshot", None), Manifest)

    def fetch_chunk(self, sha256: str, held: Held, wanted: Callable[[], bool]) -> bool:
        """Fetch what `held` lacks of a chunk; True once it is whole.

        Call it again with the same `held` after a failure, or after `wanted` has said no: only
        the rest is asked for (RFC 9110, sections 13.1.5 and 14.2), and all of it if Central's
        copy is another meanwhile.
        """
        if held.whole:
            return True
        headers = {"Accept-Encoding": held.coding or "zstd, gzip"}
        if held.packed and held.etag:
            headers |= {"Range": f"bytes={len(held.packed)}-", "If-Range": held.etag}
        else:
            held.clear()
        path = f"/v1/sync/chunk/{sha256}"
        response = self._authorised("GET", path, None, headers=headers)
        with explained(), closing(response), _at_most(LONGEST_PAGE_S, response):
            self._fetched = response
            held.begin(response.status_code, response.headers)
            for piece in _pieces(response):
                held.take(piece)
                if not wanted():
                    return False
            held.end()
            self._fetched = None
        return True

    def digest(self) -> Digest:
        """Return the counts and checksums of what this desk's scope holds at Central."""
        return self._decode(self._authorised("GET", "/v1/sync/digest", None), Digest)

    def lookup(self, e164: str) -> LookupAnswer:
        """Return the customers with a number, in this desk's scope or not."""
        query = {"e164": e164}
        response = self._authorised("GET", "/v1/sync/customers/lookup", None, params=query)
        return self._decode(response, LookupAnswer)

    def search(self, text: str) -> SearchAnswer:
        """Return customers outside this desk's scope by their names."""
        query = {"text": text}
        response = self._authorised("GET", "/v1/sync/customers/search", None, params=query)
        return self._decode(response, SearchAnswer)

    def visit(self, customer_id: str) -> LookupAnswer:
        """Return a customer whole, in this desk's scope or not."""
        query = {"customer_id": customer_id}
        response = self._authorised("GET", "/v1/sync/customers/visit", None, params=query)
        return self._decode(response, LookupAnswer)

    def pokes(self, stop: threading.Event) -> Iterator[CallSignal | None]:
        """Yield None once the stream is open and for every poke, and what is told of calls.

        Until the stream ends; a silence of more than two heartbeats ends it with
        `SERVER_UNREACHABLE`. What a newer Central words otherwise is passed over.
        """
        response = self._authorised(
            "GET",
            "/v1/sync/poke",
            None,
            headers={"Accept": "text/event-stream"},
            timeout=(CONNECT_TIMEOUT_S, 2 * POKE_HEARTBEAT_S + 5),
        )
        with closing(response):
            self._stream = response
            yield None
            event = b""
            for line in _lines(response):
                if stop.is_set():
                    return
                if line.startswith(b"event:"):
                    event = line.removeprefix(b"event:").strip()
                    if event == b"poke":
                        yield None
                elif line.startswith(b"data:") and event == b"call":
                    signal = _signal(line.removeprefix(b"data:"))
                    if signal is not None:
                        yield signal

    def hang_up(self) -> None:
        """End an open stream of pokes, and a chunk on its way, from another thread."""
        stream, self._stream = self._stream, None
        if stream is not None:
            _shut(stream)
        self.stop_fetching()

    def stop_fetching(self) -> None:
        """End a chunk on its way from another thread."""
        fetched, self._fetched = self._fetched, None
        if fetched is not None:
            _shut(fetched)

    # --- Beneath ------------------------------------------------------------------------------

    def _authorised(self, method: str, path: str, body: Any, **options: Any) -> requests.Response:
        tokens = self._tokens
        if tokens is None:
            raise UserError(Code.NOT_SIGNED_IN)
        try:
            return self._send(method, path, body, token=tokens.access, **options)
        except AgentDeskError as refused:
            if refused.code is not Code.TOKEN_EXPIRED:
                raise
        self._refresh(tokens)
        fresh = self._tokens or tokens
        return self._send(method, path, body, token=fresh.access, **options)

    def _send(
        self,
        method: str,
        path: str,
        body: Any,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        timeout: tuple[float, float] | None = None,
        **options: Any,
    ) -> requests.Response:
        sent = {"User-Agent": f"AgentDesk/{agentdesk.__version__}", **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/json"
        with explained():
            response = requests.request(
                method,
                self._address.url.rstrip("/") + path,
                data=None if body is None else msgspec.json.encode(body),
                headers=sent,
                auth=_Bearer(token),
                # The head is looked at before a body, which may have no end, is read.
                stream=True,
                verify=self._address.ca_file or True,
                allow_redirects=False,
                timeout=timeout or (CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
                **options,
            )
            if response.headers.get(CENTRAL_HEADER) is None:
                # A captive portal's page, or another program altogether, whatever its status.
                response.close()
                raise ExternalError(Code.SERVER_NOT_CENTRAL)
            if not response.ok:
                raise refusal(response.status_code, _body(response))
        return response

    def _decode(self, response: requests.Response, answer: type[_T]) -> _T:
        with explained():
            return decode_json(_body(response), answer)


class _Bearer(requests.auth.AuthBase):
    """Puts the token into a request; without it requests would send what `.netrc` says."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _body(response: requests.Response) -> bytes:
    """Return the body of an answer, and close it."""
    body = bytearray()
    with closing(response), _at_most(LONGEST_ANSWER_S, response):
        for chunk in response.iter_content(1 << 16):
            body += chunk
            if len(body) > MOST_ANSWER_BYTES:
                raise ExternalError(Code.ANSWER_DAMAGED)
    return bytes(body)


@contextmanager
def _at_most(longest_s: float, response: requests.Response) -> Iterator[None]:
    """Hang up on an answer that is not read to its end within `longest_s`."""
    watch = threading.Timer(longest_s, _shut, [response])
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _shut(response: requests.Response) -> None:
    """End the connection beneath an answer that another thread is reading."""
    connection = getattr(response.raw, "connection", None)
    sock = getattr(connection, "sock", None)
    if sock is None:
        # Of an answer that says `Connection: close`, only the answer itself still has the socket.
        file = getattr(getattr(response.raw, "_fp", None), "fp", None)
        sock = getattr(getattr(file, "raw", None), "_sock", None)
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """Yield the body as it was sent, without undoing its content coding."""
    return iter(lambda: response.raw.read(PIECE_BYTES), b"")


def _signal(data: bytes) -> CallSignal | None:
    try:
        return decode_json(data, CallSignal)
    except NOT_JSON:
        return None


def _lines(response: requests.Response) -> Iterator[bytes]:
    with explained():
        yield from response.iter_lines(chunk_size=1)


_CODE_FAMILIES: dict[Code, type[AgentDeskError]] = {
    Code.WRONG_PASSWORD: UserError,
    Code.NO_PERMISSION: UserError,
    Code.SIGNED_OUT: UserError,
}


def refusal(status: int, body: bytes) -> AgentDeskError:
    """Return the error that an answer other than 2xx means."""
    try:
        answer = decode_json(body, ErrorAnswer)
    except NOT_JSON:
        answer = ErrorAnswer(code="")
    known = {code.value: code for code in Code}
    if answer.code in known:
        code = known[answer.code]
        family = _CODE_FAMILIES.get(code, ExternalError)
        wait = answer.retry_after_s
        return family(code) if wait is None else family(code, seconds=wait)
    if status in (429, 503):
        return ExternalError(Code.SERVER_BUSY)
    return ExternalError(Code.SERVER_FAILED, status=status)


@contextmanager
def explained() -> Iterator[None]:
    """Turn errors of the network into `ExternalError` with a code."""
    try:
        yield
    except _NETWORK_FAILURES as failure:
        raise ExternalError(_network_meaning(failure)) from failure


_NETWORK_FAILURES = (
    requests.exceptions.RequestException,
    urllib3.exceptions.HTTPError,
    *NOT_JSON,
    zstandard.ZstdError,
    zlib.error,
    OSError,
    UnicodeError,
)


def _network_meaning(failure: BaseException) -> Code:
    match failure:
        case requests.exceptions.SSLError() if _says(failure, "WRONG_VERSION", "RECORD_LAYER"):
            # Whoever answers there does not speak TLS.
            return Code.SERVER_NOT_CENTRAL
        case requests.exceptions.SSLError() if _says(failure, "EOF", "timed out"):
            return Code.SERVER_UNREACHABLE
        case requests.exceptions.SSLError():
            return Code.SERVER_UNTRUSTED
        case OSError() if "TLS CA" in str(failure):
            # The certificate file that was chosen is not there or is no certificate.
            return Code.SERVER_UNTRUSTED
        case (
            requests.exceptions.InvalidURL()
            | requests.exceptions.MissingSchema()
            | requests.exceptions.InvalidSchema()
            | UnicodeEncodeError()
        ):
            return Code.SERVER_NOT_CENTRAL
        case requests.exceptions.ConnectionError() if _speaks_no_http(failure):
            return Code.SERVER_NOT_CENTRAL
        case urllib3.exceptions.ProtocolError() if "IncompleteRead" in str(failure):
            return Code.ANSWER_DAMAGED
        case (
            requests.exceptions.ChunkedEncodingError()
            | requests.exceptions.ContentDecodingError()
            | msgspec.DecodeError()
            | UnicodeDecodeError()
            | RecursionError()
            | zstandard.ZstdError()
            | zlib.error()
        ):
            return Code.ANSWER_DAMAGED
        case _:
            return Code.SERVER_UNREACHABLE


def _says(failure: BaseException, *words: str) -> bool:
    return any(word in str(failure) for word in words)


def _speaks_no_http(failure: BaseException) -> bool:
    """Tell whether the connection ended over what was said in it rather than by being cut."""
    inner = failure.args[0] if failure.args else None
    said = inner.args[-1] if isinstance(inner, urllib3.exceptions.ProtocolError) else None
    return isinstance(said, http.client.HTTPException) and not isinstance(
        said, http.client.RemoteDisconnected
    )
