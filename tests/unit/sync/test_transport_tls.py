"""Over TLS the desk talks only to a Central that a chosen authority vouches for."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

from agentdesk.errors import Code
from agentdesk.sync.address import Address
from agentdesk.sync.transport import CentralClient
from tests.unit.sync.sockets import response, saying, serving
from tests.unit.sync.test_transport import PUSHED, TOKENS, client, failure_of


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, with its key in one file."""
    folder = tmp_path_factory.mktemp("tls")
    made = folder / "made.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=Central"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", folder / "key.pem", "-out", made),
        ],
        check=True,
        capture_output=True,
    )
    both_ = folder / "both.pem"
    both_.write_bytes((folder / "key.pem").read_bytes() + made.read_bytes())
    return both_


def speaking_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_certificate_nobody_vouches_for_is_not_trusted(certificate: Path) -> None:
    with serving(saying(response(PUSHED)), speaking_tls(certificate)) as server:
        code = failure_of(lambda: client(server, "https").push([])).code
    assert code is Code.SERVER_UNTRUSTED
    assert server.asked == []


def test_a_certificate_of_the_chosen_authority_is_trusted(certificate: Path) -> None:
    with serving(saying(response(PUSHED)), speaking_tls(certificate)) as server:
        answer = client(server, "https", ca_file=str(certificate)).push([])
    assert answer.last_n == 7


def test_a_certificate_for_another_name_is_not_trusted(certificate: Path) -> None:
    with serving(saying(response(PUSHED)), speaking_tls(certificate)) as server:
        address = Address(f"https://localhost:{server.port}", str(certificate))
        desk = CentralClient(address, "device", TOKENS)
        assert failure_of(lambda: desk.push([])).code is Code.SERVER_UNTRUSTED


@pytest.mark.parametrize("content", [None, b"", b"this is no certificate"])
def test_a_file_that_is_no_authority_trusts_nobody(
    certificate: Path, tmp_path: Path, content: bytes | None
) -> None:
    chosen = tmp_path / "ca.pem"
    if content is not None:
        chosen.write_bytes(content)
    with serving(saying(response(PUSHED)), speaking_tls(certificate)) as server:
        desk = client(server, "https", ca_file=str(chosen))
        assert failure_of(lambda: desk.push([])).code is Code.SERVER_UNTRUSTED


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Code.SERVER_NOT_CENTRAL),
        (b"SSH-2.0-OpenSSH_9.6\r\n", Code.SERVER_NOT_CENTRAL),
        (b"", Code.SERVER_UNREACHABLE),
    ],
)
def test_a_server_without_tls_is_not_called_untrusted(said: bytes, code: Code) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            visitor, _address = listener.accept()
            with visitor:
                visitor.recv(65_536)
                visitor.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        address = Address(f"https://127.0.0.1:{listener.getsockname()[1]}")
        desk = CentralClient(address, "device", TOKENS)
        failure = failure_of(lambda: desk.push([]))
        thread.join(5)
    assert failure.code is code
