"""Whatever stands at Central's address, the desk takes in whole answers of a Central, or none."""

from __future__ import annotations

import gzip
import hashlib
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st

from agentdesk.errors import AgentDeskError, Code, ExternalError, UserError
from agentdesk.sync import bodies, transport
from agentdesk.sync.address import Address, Tokens
from agentdesk.sync.bodies import read_page
from agentdesk.sync.protocol import (
    SCHEMA,
    ErrorAnswer,
    PageEnd,
    PageGone,
    PageHead,
    PageRow,
    PushResponse,
    RefreshRequest,
    TokenResponse,
    seal_of,
)
from agentdesk.sync.transport import CentralClient, refusal
from tests.stock import NOON
from tests.unit.sync.sockets import CENTRAL, Answer, Asked, Server, response, saying, serving

TOKENS = Tokens("access-1", "refresh-1")
PUSHED = msgspec.json.encode(PushResponse(verdicts=[], last_n=7, server_time=NOON))


def client(server: Server, scheme: str = "http", **options: str) -> CentralClient:
    return CentralClient(
        Address(f"{scheme}://127.0.0.1:{server.port}/", **options), "device", TOKENS
    )


def page(rows: int = 3) -> bytes:
    """Return a page as Central writes it."""
    lines: list[PageHead | PageRow] = [PageHead(epoch="e", scope_revision=1, schema=SCHEMA)]
    lines += [
        PageRow(kind="customer", id=str(n), seq=n, created_seq=n, fields={"full_name": "Żaneta"})
        for n in range(rows)
    ]
    body = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    end = PageEnd(
        cursor="c9",
        count=rows,
        checksum=hashlib.sha256(body).hexdigest(),
        more=False,
        absorbed=4,
    )
    end = msgspec.structs.replace(end, seal=seal_of(end))
    return body + msgspec.json.encode(end) + b"\n"


def failure_of(call: Callable[[], object]) -> AgentDeskError:
    with pytest.raises(AgentDeskError) as failed:
        call()
    return failed.value


def code_for(answer: Answer, call: str = "changes") -> Code:
    """Return what asking a server that answers so comes to."""
    with serving(answer) as server:
        desk = client(server)
        calls: dict[str, Callable[[], object]] = {
            "changes": lambda: desk.changes(None),
            "push": lambda: desk.push([]),
        }
        return failure_of(calls[call]).code


both = pytest.mark.parametrize("call", ["changes", "push"])


# --- A page that is whole ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        (None, bytes),
        ("gzip", gzip.compress),
        ("zstd", zstandard.compress),
        ("ZSTD", lambda body: zstandard.compress(body[:70]) + zstandard.compress(body[70:])),
    ],
)
def test_a_whole_page_is_read_in_every_encoding(
    encoding: str | None, pack: Callable[[bytes], bytes]
) -> None:
    head = CENTRAL + (f"Content-Encoding: {encoding}\r\n" if encoding else "")
    with serving(saying(response(pack(page()), head=head))) as server:
        read = client(server).changes("c8", limit=50)
    assert [line.id for line in read.lines] == ["0", "1", "2"]
    assert (read.end.cursor, read.end.absorbed) == ("c9", 4)
    asked = server.asked[0]
    assert asked.line == "GET /v1/sync/changes?limit=50&cursor=c8 HTTP/1.1"
    assert asked.headers["authorization"] == "Bearer access-1"
    assert asked.headers["accept-encoding"] == "zstd, gzip"


def test_a_page_in_chunks_is_read() -> None:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(b), b) for b in (page()[:9], page()[9:]))
    head = f"HTTP/1.1 200 OK\r\n{CENTRAL}Transfer-Encoding: chunked\r\n\r\n".encode()
    with serving(saying(head + chunks + b"0\r\n\r\n")) as server:
        assert len(client(server).changes(None).lines) == 3


@given(st.lists(st.integers(1, 400), max_size=12))
def test_where_a_page_is_cut_into_pieces_does_not_matter(cuts: list[int]) -> None:
    whole, pieces = page(5), []
    for cut in cuts:
        pieces.append(whole[:cut])
        whole = whole[cut:]
    assert len(read_page(iter([*pieces, whole])).lines) == 5


def test_lines_that_only_a_newer_central_understands_do_no_harm() -> None:
    head = b'{"t":"head","epoch":"e","scope_revision":1,"new":{"x":[1]}}\n'
    gone = msgspec.json.encode(PageGone(kind="hologram", id="1", seq=1, reason="removed")) + b"\n"  # type: ignore[arg-type]  # as it is on the wire
    checksum = hashlib.sha256(head + gone).hexdigest()
    end = PageEnd(cursor="c", count=1, checksum=checksum, more=True, absorbed=0)
    read = read_page(iter([head + gone + msgspec.json.encode(end)]))
    assert [line.kind for line in read.lines] == ["hologram"]


# --- A page that is not ------------------------------------------------------------------------


@given(st.integers(0, len(page()) - 2), st.integers(1, 255))
@example(page().rindex(b'"c9"') + 2, 1)
@example(page().rindex(b'"absorbed":4') + len(b'"absorbed":'), 1)
def test_a_page_with_one_altered_byte_is_refused(at: int, change: int) -> None:
    altered = bytearray(page())
    altered[at] ^= change
    with pytest.raises(ExternalError) as refused:
        read_page(iter([bytes(altered)]))
    assert refused.value.code is Code.ANSWER_DAMAGED


@given(st.integers(0, len(page()) - 2))
def test_a_page_that_was_cut_short_is_refused(length: int) -> None:
    with pytest.raises(ExternalError) as refused:
        read_page(iter([page()[:length]]))
    assert refused.value.code is Code.ANSWER_DAMAGED


@pytest.mark.parametrize(
    "body",
    [
        b"",
        page() + page(),
        page() + b"\n",
        page().replace(b"\xc5\xbb", b"\xff\xfe"),
        b"[" * 10_000,
        b"\n\n\n",
    ],
)
def test_what_is_no_page_is_refused(body: bytes) -> None:
    assert code_for(saying(response(body))) is Code.ANSWER_DAMAGED


@pytest.mark.parametrize("encoding", ["gzip", "zstd", ""])
def test_a_page_cut_on_its_way_is_refused(encoding: str) -> None:
    packed = {"gzip": gzip.compress(page()), "zstd": zstandard.compress(page()), "": page()}[
        encoding
    ]
    head = CENTRAL + f"Content-Encoding: {encoding}\r\n" * bool(encoding)
    cut = packed[: len(packed) * 2 // 3]
    said_whole = response(cut, head=head)
    lost_half = response(cut, head=head, length=len(packed))
    assert code_for(saying(said_whole)) is Code.ANSWER_DAMAGED
    assert code_for(saying(lost_half)) is Code.ANSWER_DAMAGED


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_page_that_is_not_packed_as_it_says_is_refused(encoding: str) -> None:
    head = f"{CENTRAL}Content-Encoding: {encoding}\r\n"
    assert code_for(saying(response(page(), head=head))) is Code.ANSWER_DAMAGED


def endless(start: str, block: bytes) -> Answer:
    """Return an answer whose body never ends."""

    def answer(_asked: Asked, visitor: socket.socket) -> None:
        visitor.sendall(f"HTTP/1.1 200 OK\r\n{start}\r\n".encode())
        with suppress(OSError):
            while True:
                visitor.sendall(block)

    return answer


ROW_LINE = page(1).split(b"\n")[1] + b"\n"


@pytest.mark.parametrize("block", [ROW_LINE * 500, b"x" * 65_536])
def test_a_body_without_an_end_is_given_up(block: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MOST_PAGE_BYTES", 2_000_000)
    monkeypatch.setattr(bodies, "MOST_LINE_BYTES", 500_000)
    assert code_for(endless(CENTRAL, block)) is Code.ANSWER_DAMAGED


@both
def test_an_endless_page_of_somebody_else_is_not_even_read(call: str) -> None:
    assert code_for(endless("", b"x" * 65_536), call) is Code.SERVER_NOT_CENTRAL


def test_an_endless_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MOST_ANSWER_BYTES", 1_000_000)
    assert code_for(endless(CENTRAL, b"x" * 65_536), "push") is Code.ANSWER_DAMAGED


def test_a_small_page_that_unpacks_to_a_huge_one_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "MOST_PAGE_BYTES", 2_000_000)
    head = f"{CENTRAL}Content-Encoding: zstd\r\n"
    packed = zstandard.compress(ROW_LINE * 100_000)
    assert len(packed) < 10_000
    assert code_for(saying(response(packed, head=head))) is Code.ANSWER_DAMAGED


# --- Somebody else at Central's address --------------------------------------------------------


@both
@pytest.mark.parametrize(
    "said",
    [
        response(b"<html>Welcome to Free Wi-Fi</html>", head="Content-Type: text/html\r\n"),
        response(b"", status="302 Found", head="Location: http://portal.example/\r\n"),
        response(b"", status="204 No Content", head=""),
        response(b"{}", status="401 Unauthorized", head=""),
        response(b"oops", status="500 Internal Server Error", head=""),
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"220 mail.example ESMTP\r\n" * 50,
        b"A" * 100_000,
    ],
)
def test_whatever_is_not_central_is_told_to_be_something_else(said: bytes, call: str) -> None:
    assert code_for(saying(said), call) is Code.SERVER_NOT_CENTRAL


@both
@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\n" + CENTRAL.encode()])
def test_a_connection_that_is_cut_means_that_central_cannot_be_reached(
    said: bytes, call: str
) -> None:
    code = code_for(saying(said), call)
    assert code in (Code.SERVER_UNREACHABLE, Code.ANSWER_DAMAGED)
    assert said or code is Code.SERVER_UNREACHABLE


def test_a_port_where_nobody_listens_cannot_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    desk = CentralClient(Address(f"http://127.0.0.1:{port}"), "device", TOKENS)
    assert failure_of(lambda: desk.push([])).code is Code.SERVER_UNREACHABLE


@pytest.mark.parametrize(
    "url",
    [
        "",
        "central",
        "http://",
        "ftp://127.0.0.1",
        "http://[::1",
        "http://a..b",
        "http://127.0.0.1:x",
        "http://\x00",
        f"http://{'a' * 300}",
        "//127.0.0.1",
        "http://user:pass@",
        "file:///etc",
    ],
)
def test_an_address_that_is_none_is_told_and_breaks_nothing(url: str) -> None:
    desk = CentralClient(Address(url), "device")
    failure = failure_of(lambda: desk.sign_in("ann", "password", "desk"))
    assert failure.code in (Code.SERVER_NOT_CENTRAL, Code.SERVER_UNREACHABLE)


@both
@pytest.mark.parametrize("said", [b"", response(b"", length=9)])
def test_a_server_that_falls_silent_is_not_waited_for(
    said: bytes, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "READ_TIMEOUT_S", 0.2)
    given_up = threading.Event()

    def silent(_asked: Asked, visitor: socket.socket) -> None:
        visitor.sendall(said)
        given_up.wait(5)

    with serving(silent) as server:
        desk = client(server)
        failure = failure_of(lambda: desk.push([]) if call == "push" else desk.changes(None))
        given_up.set()
    assert failure.code is Code.SERVER_UNREACHABLE


@both
def test_an_answer_that_drips_is_given_up(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LONGEST_ANSWER_S", 0.3)
    monkeypatch.setattr(transport, "LONGEST_PAGE_S", 0.3)
    ended = threading.Event()

    def drip(_asked: Asked, visitor: socket.socket) -> None:
        visitor.sendall(response(b"", length=1_000_000))
        with suppress(OSError):
            while not ended.wait(0.05):
                visitor.sendall(b" ")

    code = code_for(drip, call)
    ended.set()
    assert code in (Code.SERVER_UNREACHABLE, Code.ANSWER_DAMAGED)


# --- Tokens ------------------------------------------------------------------------------------


class Issuer:
    """Answers like a Central whose access token has expired."""

    def __init__(self) -> None:
        self.refreshed: list[str] = []
        self.lose_answers = 0
        self._guard = threading.Lock()

    def __call__(self, asked: Asked, visitor: socket.socket) -> None:
        if asked.line.startswith("POST /v1/auth/refresh"):
            self._refresh(asked, visitor)
        elif asked.headers.get("authorization") == "Bearer access-1":
            body = msgspec.json.encode(ErrorAnswer(code="token-expired"))
            visitor.sendall(response(body, status="401 Unauthorized"))
        else:
            visitor.sendall(response(PUSHED))

    def _refresh(self, asked: Asked, visitor: socket.socket) -> None:
        with self._guard:
            request = msgspec.json.decode(asked.body, type=RefreshRequest)
            self.refreshed.append(request.refresh_token)
            if self.lose_answers:
                self.lose_answers -= 1
                return
        answer = TokenResponse(
            access_token="access-2",
            refresh_token="refresh-2",
            expires_in_s=900,
            user_id="u",
            user_name="Ann",
            role="agent",
            organisation_id="o",
            organisation_name="Larkfield",
            region="GB",
        )
        visitor.sendall(response(msgspec.json.encode(answer)))


def test_two_threads_refresh_an_expired_token_once() -> None:
    kept: list[Tokens] = []
    answers: list[int] = []
    start = threading.Barrier(2)
    with serving(Issuer()) as server:
        desk = CentralClient(
            Address(f"http://127.0.0.1:{server.port}"), "device", TOKENS, kept.append
        )

        def push() -> None:
            start.wait(5)
            answers.append(desk.push([]).last_n)

        threads = [threading.Thread(target=push) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert isinstance(server.answer, Issuer)
        assert server.answer.refreshed == ["refresh-1"]
    assert answers == [7, 7]
    assert kept == [Tokens("access-2", "refresh-2")]


def test_after_a_lost_refresh_the_same_token_is_tried_again() -> None:
    issuer, kept = Issuer(), list[Tokens]()
    issuer.lose_answers = 1
    with serving(issuer) as server:
        desk = CentralClient(
            Address(f"http://127.0.0.1:{server.port}"), "device", TOKENS, kept.append
        )
        assert failure_of(lambda: desk.push([])).code is Code.SERVER_UNREACHABLE
        assert kept == []
        assert desk.push([]).last_n == 7
    assert issuer.refreshed == ["refresh-1", "refresh-1"]
    assert kept == [Tokens("access-2", "refresh-2")]


def test_tokens_that_could_not_be_kept_are_not_used() -> None:
    issuer = Issuer()

    def full(_tokens: Tokens) -> None:
        raise ExternalError(Code.DISK_FULL)

    with serving(issuer) as server:
        address = Address(f"http://127.0.0.1:{server.port}")
        desk = CentralClient(address, "device", TOKENS, full)
        assert failure_of(lambda: desk.push([])).code is Code.DISK_FULL
    assert [a.line.split()[1] for a in server.asked] == ["/v1/sync/push", "/v1/auth/refresh"]


def test_a_refusal_after_the_refresh_is_told_as_it_is() -> None:
    body = msgspec.json.encode(ErrorAnswer(code="token-expired"))
    with serving(saying(response(body, status="401 Unauthorized"))) as server:
        assert failure_of(lambda: client(server).push([])).code is Code.TOKEN_EXPIRED
        assert len(server.asked) == 2


def test_without_tokens_nothing_is_asked() -> None:
    with serving(saying(response(PUSHED))) as server:
        desk = CentralClient(Address(f"http://127.0.0.1:{server.port}"), "device")
        assert failure_of(lambda: desk.push([])).code is Code.NOT_SIGNED_IN
        assert server.asked == []


def test_passwords_for_other_programs_are_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(saying(response(PUSHED))) as server:
        client(server).push([])
        with suppress(AgentDeskError):
            client(server).sign_in("ann", "password", "desk")
    assert server.asked[0].headers["authorization"] == "Bearer access-1"
    assert "authorization" not in server.asked[1].headers


# --- Refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "code", "family"),
    [
        (401, b'{"code":"wrong-password"}', Code.WRONG_PASSWORD, UserError),
        (401, b'{"code":"signed-out"}', Code.SIGNED_OUT, UserError),
        (403, b'{"code":"no-permission"}', Code.NO_PERMISSION, UserError),
        (410, b'{"code":"reset"}', Code.CURSOR_RESET, ExternalError),
        (429, b"", Code.SERVER_BUSY, ExternalError),
        (503, b"<html>", Code.SERVER_BUSY, ExternalError),
        (413, b"", Code.SERVER_FAILED, ExternalError),
        (500, b'{"code":"made-up"}', Code.SERVER_FAILED, ExternalError),
        (500, b'{"code":7}', Code.SERVER_FAILED, ExternalError),
        (500, b"\xff\x00", Code.SERVER_FAILED, ExternalError),
    ],
)
def test_a_refusal_has_a_code_of_its_own(
    status: int, body: bytes, code: Code, family: type[AgentDeskError]
) -> None:
    failure = refusal(status, body)
    assert (failure.code, type(failure)) == (code, family)


def test_a_refusal_tells_how_long_to_wait() -> None:
    failure = refusal(429, b'{"code":"server-busy","retry_after_s":30}')
    assert (failure.code, failure.params) == (Code.SERVER_BUSY, {"seconds": 30})


# --- Pokes -------------------------------------------------------------------------------------


def test_a_stream_of_pokes_tells_of_its_opening_and_of_every_poke() -> None:
    stream = b": heartbeat\n\nevent: poke\ndata: x\n\n: heartbeat\n\nevent: poke\n\n"
    with serving(saying(response(stream))) as server:
        assert len(list(client(server).pokes(threading.Event()))) == 3


def test_hanging_up_ends_a_stream_that_another_thread_reads() -> None:
    ended = threading.Event()

    def quiet(_asked: Asked, visitor: socket.socket) -> None:
        visitor.sendall(response(b"", length=1_000))
        ended.wait(10)

    opened = threading.Event()
    with serving(quiet) as server:
        desk = client(server)

        def listen() -> None:
            with suppress(AgentDeskError):
                for _poke in desk.pokes(threading.Event()):
                    opened.set()

        thread = threading.Thread(target=listen)
        thread.start()
        assert opened.wait(5)
        desk.hang_up()
        thread.join(5)
        hung = thread.is_alive()
        ended.set()
    assert not hung
