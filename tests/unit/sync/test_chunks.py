"""Chunks of a snapshot on their way: resumed where they were cut, and refused where they differ."""

from __future__ import annotations

import gzip
import hashlib
import socket

import pytest
import zstandard

from agentdesk.errors import Code, ExternalError
from agentdesk.sync.bodies import Held, open_chunk
from agentdesk.sync.protocol import ChunkInfo
from tests.unit.sync.sockets import CENTRAL, Answer, Asked, response, serving
from tests.unit.sync.test_transport import client

CONTENT = b"".join(hashlib.sha256(b"%d" % n).hexdigest().encode() + b"\n" for n in range(5_000))
INFO = ChunkInfo(sha256=hashlib.sha256(CONTENT).hexdigest(), rows=5_000, size_bytes=len(CONTENT))
PACKED = {"zstd": zstandard.compress(CONTENT), "gzip": gzip.compress(CONTENT), "": CONTENT}


def chunk_answer(cut: int | None = None, etag: str = '"one"', coding: str = "zstd") -> Answer:
    """Answer as Central does, with the bytes from where they are asked for, cut after `cut`."""
    packed = PACKED[coding]

    def answer(asked: Asked, visitor: socket.socket) -> None:
        head = CENTRAL + f"ETag: {etag}\r\n" + f"Content-Encoding: {coding}\r\n" * bool(coding)
        start, status = 0, "200 OK"
        if asked.headers.get("if-range") == etag:
            start = int(asked.headers["range"].removeprefix("bytes=").rstrip("-"))
            status = "206 Partial Content"
            head += f"Content-Range: bytes {start}-{len(packed) - 1}/{len(packed)}\r\n"
        rest = packed[start:]
        visitor.sendall(response(rest[:cut], status=status, head=head, length=len(rest)))

    return answer


@pytest.mark.parametrize("coding", ["zstd", "gzip", ""])
def test_a_chunk_arrives_whole_in_every_coding(coding: str) -> None:
    held = Held()
    with serving(chunk_answer(coding=coding)) as server:
        assert client(server).fetch_chunk(INFO.sha256, held, lambda: True)
    assert open_chunk(INFO, held) == CONTENT
    assert server.asked[0].line == f"GET /v1/sync/chunk/{INFO.sha256} HTTP/1.1"
    assert "range" not in server.asked[0].headers


def fetch_cut_then_whole(first: Answer, second: Answer) -> tuple[Held, list[Asked]]:
    """Fetch a chunk from a Central that answers so and then so."""
    held, answers = Held(), iter((first, second))
    with serving(lambda asked, visitor: next(answers)(asked, visitor)) as server:
        with pytest.raises(ExternalError):
            client(server).fetch_chunk(INFO.sha256, held, lambda: True)
        assert client(server).fetch_chunk(INFO.sha256, held, lambda: True)
    return held, server.asked


def test_what_was_cut_is_continued_where_it_ended() -> None:
    held, asked = fetch_cut_then_whole(chunk_answer(cut=100_000), chunk_answer())
    assert asked[1].headers["range"] == "bytes=100000-"
    assert asked[1].headers["if-range"] == '"one"'
    assert asked[1].headers["accept-encoding"] == "zstd"
    assert open_chunk(INFO, held) == CONTENT


def test_what_was_packed_anew_meanwhile_is_fetched_from_its_start() -> None:
    held, _asked = fetch_cut_then_whole(chunk_answer(cut=100_000), chunk_answer(etag='"two"'))
    assert open_chunk(INFO, held) == CONTENT


def test_a_weak_tag_vouches_for_no_bytes() -> None:
    weak = 'W/"one"'
    held, asked = fetch_cut_then_whole(chunk_answer(cut=900, etag=weak), chunk_answer(etag=weak))
    assert "range" not in asked[1].headers
    assert open_chunk(INFO, held) == CONTENT


def test_a_part_that_does_not_fit_is_refused() -> None:
    misplaced = response(
        PACKED["zstd"][7:],
        status="206 Partial Content",
        head=CENTRAL + "Content-Range: bytes 7-9/10\r\n",
    )
    held = Held()
    with (
        serving(lambda _asked, visitor: visitor.sendall(misplaced)) as server,
        pytest.raises(ExternalError) as refused,
    ):
        client(server).fetch_chunk(INFO.sha256, held, lambda: True)
    assert refused.value.code is Code.ANSWER_DAMAGED


def test_fetching_stops_when_it_is_not_wanted_and_goes_on_later() -> None:
    held = Held()
    with serving(chunk_answer()) as server:
        assert not client(server).fetch_chunk(INFO.sha256, held, lambda: False)
        assert 0 < len(held.packed) < len(PACKED["zstd"])
        assert client(server).fetch_chunk(INFO.sha256, held, lambda: True)
    assert open_chunk(INFO, held) == CONTENT


@pytest.mark.parametrize("coding", ["zstd", "gzip", ""])
def test_other_bytes_than_those_named_are_refused_and_forgotten(coding: str) -> None:
    altered = bytearray(PACKED[coding])
    altered[len(altered) // 2] ^= 1
    held = Held(altered, coding, '"one"', whole=True)
    with pytest.raises(ExternalError) as refused:
        open_chunk(INFO, held)
    assert refused.value.code is Code.ANSWER_DAMAGED
    assert held == Held()


def test_a_chunk_that_unpacks_to_more_than_was_said_is_given_up() -> None:
    bomb = zstandard.compress(b"\0" * 50_000_000)
    with pytest.raises(ExternalError) as refused:
        open_chunk(INFO, Held(bytearray(bomb), "zstd", None, whole=True))
    assert refused.value.code is Code.ANSWER_DAMAGED
