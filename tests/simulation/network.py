"""The network between desks and Central, with everything that may go wrong on it."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import msgspec
import requests
import urllib3
import zstandard
from urllib3.exceptions import NewConnectionError, ProtocolError

from tests.simulation.chance import Chance
from tests.simulation.disk import Crash
from tests.simulation.server import Answer, Server

URL = "http://central.test"
HELLO = "/v1/sync/hello"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happens to a machine's `nth` request from now on."""

    what: str
    nth: int


TROUBLES = (
    "unreachable",
    "answer-lost",
    "sent-twice",
    "delayed",
    "stale-answer",
    "cut",
    "cut-silently",
    "corrupted",
    "portal",
    "elsewhere",
    "drip",
    "stalls",
    "401",
    "403",
    "413",
    "429",
    "500",
    "502",
    "503",
    "locked-out",
    "newer",
)
"""What can happen to a request or its answer, by name."""


@dataclass
class _Sent:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Line:
    """One desk's way to Central."""

    troubles: list[Trouble] = field(default_factory=list)
    requests: int = 0
    sprung: list[Trouble] = field(default_factory=list)
    greeted: bool = False
    """Whether Central has greeted the desk since it was last asked about here."""
    cut_off: bool = False
    """One way only: what is sent arrives, no answer comes back."""
    late: list[_Sent] = field(default_factory=list)
    earlier: dict[str, Answer] = field(default_factory=dict)
    meanwhile: Callable[[], None] | None = None

    def arm(self, troubles: list[Trouble]) -> None:
        """Let `troubles` happen from now on, in place of others."""
        self.troubles, self.requests, self.sprung = troubles, 0, []


class Network:
    """Carries requests as `requests.request` does, to Central in this process."""

    def __init__(self, chance: Chance, server: Server) -> None:
        self._chance = chance
        self._server = server
        self._adapter = requests.adapters.HTTPAdapter()
        self.line = Line()
        """That of the desk that is running."""
        self.passes: Callable[[str], None] = lambda _boundary: None
        """Told when the running desk is about to send, and when it is about to receive."""
        self.sent: Counter[str] = Counter()

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        """Do what `requests.request` does."""
        for handled_elsewhere in ("stream", "verify", "allow_redirects", "timeout"):
            options.pop(handled_elsewhere, None)
        prepared = requests.Request(method, url, **options).prepare()
        body = prepared.body or b""
        assert isinstance(body, bytes)
        target = str(prepared.url).removeprefix(URL)
        sent = _Sent(method, target, dict(prepared.headers), body)
        self.passes("send")
        self._chance.pass_by(self._chance.random.randrange(20, 400))
        answer, reading = self._carry(sent)
        self.passes("receive")
        if self.line.meanwhile is not None:
            meanwhile, self.line.meanwhile = self.line.meanwhile, None
            meanwhile()
        return self._response(prepared, answer, reading)

    def deliver_late(self, line: Line) -> None:
        """Let what was delayed arrive; nobody waits for the answer any more."""
        for sent in line.late:
            self._reach(sent)
        line.late.clear()

    # --- On the way ---------------------------------------------------------------------------

    def _carry(self, sent: _Sent) -> tuple[Answer, str]:
        line = self.line
        line.requests += 1
        path = sent.target.partition("?")[0]
        self.sent[path] += 1
        trouble = next((t for t in line.troubles if t.nth == line.requests), None)
        what = "" if trouble is None else trouble.what
        if trouble is not None:
            line.sprung.append(trouble)
        before = self._before(what, sent)
        if before is not None:
            return before, what
        answer = self._reach(sent)
        if what == "sent-twice":
            answer = self._reach(sent)
        earlier = line.earlier.get(path)
        if answer is not None and answer.whole and answer.status == 200:
            line.earlier[path] = answer
        if answer is None or what == "answer-lost" or line.cut_off:
            raise requests.exceptions.ReadTimeout("no answer")
        line.greeted |= path == HELLO and answer.status == 200 and not what
        if what == "stale-answer" and earlier is not None:
            return earlier, ""
        if not answer.status:
            raise requests.exceptions.ConnectionError(ProtocolError("aborted", CutError()))
        return self._after(what, answer), "cut" if not answer.whole else what

    def _before(self, what: str, sent: _Sent) -> Answer | None:
        """Return the answer of whoever stands in the way; None to go on to Central."""
        match what:
            case "unreachable":
                pool: Any = SimpleNamespace()
                raise requests.exceptions.ConnectionError(NewConnectionError(pool, "refused"))
            case "delayed":
                self.line.late.append(sent)
                raise requests.exceptions.ReadTimeout("no answer yet")
            case "portal":
                page = b"<html>Welcome to our network. Please accept the terms.</html>"
                return Answer(200, [("Content-Type", "text/html")], page, whole=True)
            case "elsewhere":
                return Answer(302, [("Location", "https://portal.test/")], b"", whole=True)
            case "502" | "500" | "413":
                return Answer(int(what), [("Content-Type", "text/html")], b"<html>", whole=True)
            case "401":
                return _refusal(401, "token-expired")
            case "403":
                return _refusal(403, "no-permission")
            case "locked-out":
                return _refusal(403, "device-locked")
            case "429" | "503":
                return _refusal(int(what), "server-busy", retry_after_s=7)
        return None

    def _reach(self, sent: _Sent) -> Answer | None:
        """Return Central's answer, as much of it as there is; None if Central is gone."""
        answer = Answer()
        try:
            answer = self._server.handle(sent.method, sent.target, sent.headers, sent.body)
        except Crash:
            return None
        return answer

    def _after(self, what: str, answer: Answer) -> Answer:
        if what == "corrupted" and answer.body:
            body = bytearray(answer.body)
            for _ in range(self._chance.random.choice((1, 1, 3))):
                at = self._chance.random.randrange(len(body))
                body[at] ^= 1 << self._chance.random.randrange(8)
            return Answer(answer.status, answer.headers, bytes(body), whole=True)
        if what == "newer":
            return _newer(answer)
        return answer

    # --- Back at the desk ---------------------------------------------------------------------

    def _response(
        self, prepared: requests.PreparedRequest, answer: Answer, reading: str
    ) -> requests.Response:
        body = answer.body
        ends: Exception | None = None
        if reading in ("cut", "cut-silently", "stalls"):
            body = body[: self._chance.random.randrange(len(body) + 1)] if body else body
        if reading in ("cut", "stalls"):
            ends = CutError() if reading == "cut" else TimeoutError("read timed out")
        source = _Body(body, ends, self._chance, drips=reading == "drip")
        headers = urllib3.HTTPHeaderDict(answer.headers)
        raw = urllib3.HTTPResponse(
            body=source,
            headers=headers,
            status=answer.status,
            preload_content=False,
            decode_content=False,
            request_method=prepared.method,
            connection=source.connection,  # type: ignore[arg-type]  # all that is asked of one
        )
        return self._adapter.build_response(prepared, raw)


class CutError(ConnectionResetError):
    """The other end is gone."""


class _Body(io.RawIOBase):
    """The bytes of an answer, as fast as they come, as far as they come."""

    def __init__(self, body: bytes, ends: Exception | None, chance: Chance, *, drips: bool) -> None:
        super().__init__()
        self._left = io.BytesIO(body)
        self._ends = ends
        self._chance = chance
        self._drips = drips
        self._hung_up = False
        self.connection = SimpleNamespace(
            sock=SimpleNamespace(shutdown=self._hang_up), close=lambda: None
        )

    def _hang_up(self, _how: int) -> None:
        self._hung_up = True

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        if self._drips:
            self._chance.pass_by(29_000)
            size = 2
        if self._hung_up:
            raise CutError
        some = self._left.read(size)
        if not some and self._ends is not None:
            raise self._ends
        return some


def _refusal(status: int, code: str, **more: int) -> Answer:
    body = msgspec.json.encode({"code": code, **more})
    headers = [("X-AgentDesk-Central", "1"), ("Content-Type", "application/json")]
    return Answer(status, headers, body, whole=True)


def _newer(answer: Answer) -> Answer:
    """Return a page as a newer Central may send it: with members and a kind yet unknown."""
    headers = dict(answer.headers)
    if headers.get("content-encoding") != "zstd" or not answer.whole:
        return answer
    whole = zstandard.ZstdDecompressor().stream_reader(answer.body).read()
    *lines, last = [msgspec.json.decode(line) for line in whole.splitlines()]
    lines.append({"t": "row", "kind": "hologram", "id": "h1", "seq": 1, "created_seq": 1})
    lines[-1] |= {"fields": {"shape": "cube"}}
    for line in lines:
        line["since_schema_9"] = [1, {"a": None}]
    out = msgspec.json.Encoder().encode_lines(lines)
    last |= {"count": last["count"] + 1, "checksum": hashlib.sha256(out).hexdigest(), "new": 1}
    packed = zstandard.ZstdCompressor().compress(out + msgspec.json.encode(last) + b"\n")
    headers.pop("content-length", None)
    return Answer(answer.status, list(headers.items()), packed, whole=True)
