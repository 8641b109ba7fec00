"""Bad input and broken surroundings: a code, words with a next step, nothing lost."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agentdesk.commands.exchange import PASSWORD_VARIABLE
from agentdesk.commands.session import PASSPHRASE_VARIABLE
from agentdesk.store.profile import profile_paths
from tests.certificates import certificate_for_localhost
from tests.command_line import PASSPHRASE, CommandLine
from tests.real import Central, central_with


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central that serves a company without customers."""
    with central_with(tmp_path, []) as running:
        yield running


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """The command line on a data folder with an empty profile."""
    run = CommandLine(tmp_path / "home", monkeypatch, capsys)
    assert run("profile", "create").code == 0
    return run


@contextmanager
def _serving(certificate: Path | None = None) -> Iterator[int]:
    """Serve something that is no Central, over TLS if there is a certificate."""

    class Greeter(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Greeter)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# --- The profile -------------------------------------------------------------------------------


def test_a_wrong_passphrase_opens_nothing(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "a dog")
    answer = run("status", "--json")
    assert (answer.code, answer.error) == (1, "wrong-passphrase")


def test_without_keyring_and_passphrase_the_way_to_give_one_is_told(run: CommandLine) -> None:
    answer = run.run("status", AGENTDESK_PASSPHRASE=None)
    assert answer.code == 1
    assert answer.out == ""
    assert "AGENTDESK_PASSPHRASE" in answer.err
    assert "Code: passphrase-needed" in answer.err


def test_the_passphrase_may_lie_in_a_file(run: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text(f"{PASSPHRASE}\nnot this line\n", encoding="utf-8")
    answer = run.run("--passphrase-file", str(file), "status", "--json", AGENTDESK_PASSPHRASE=None)
    missing = run("--passphrase-file", str(tmp_path / "none"), "status", "--json")
    assert answer.json["state"] == "signed-out"
    assert missing.error == "unreadable-file"


def test_profiles_live_side_by_side_in_the_folder_that_is_named(
    run: CommandLine, tmp_path: Path
) -> None:
    elsewhere = ("--home", str(tmp_path / "elsewhere"))
    assert run(*elsewhere, "profile", "create", "field", "--demo").code == 0
    assert run("profile", "create", "second").code == 0
    listed = run("profile", "list", "--json").json
    assert [p["name"] for p in listed] == ["default", "second"]
    assert run(*elsewhere, "profile", "list", "--json").json == [
        {"name": "field", "passphrase": True, "demo": True}
    ]


def test_a_profile_is_made_once_and_under_a_plain_name(run: CommandLine) -> None:
    assert run("profile", "create", "--json").error == "profile-exists"
    assert run("--profile", "../up", "profile", "create", "--json").error == "bad-value"
    assert run("--profile", "none", "status", "--json").error == "profile-missing"


# --- Central -----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [("lookup", "1"), ("search", "a"), ("sync", "--once")])
def test_what_needs_a_sign_in_says_so(run: CommandLine, command: tuple[str, ...]) -> None:
    answer = run(*command, "--json")
    assert (answer.code, answer.error) == (1, "not-signed-in")


def test_a_wrong_password_and_an_unknown_name_read_alike(
    run: CommandLine, central: Central, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "wrong horse battery")
    answers = [
        run("sign-in", "--server", central.address.url, "--name", name, "--json")
        for name in ("ann", "nobody")
    ]
    assert [answer.code for answer in answers] == [1, 1]
    assert answers[0].json == answers[1].json
    assert answers[0].error == "wrong-password"


def test_a_server_that_is_down_cannot_be_reached(run: CommandLine, central: Central) -> None:
    central.stop()
    answer = run("sign-in", "--server", central.address.url, "--name", "ann", "--json")
    assert (answer.code, answer.error) == (1, "server-unreachable")


def test_something_else_that_answers_is_not_central(run: CommandLine) -> None:
    with _serving() as port:
        answer = run("sign-in", "--server", f"http://127.0.0.1:{port}", "--name", "ann", "--json")
    assert (answer.code, answer.error) == (1, "server-not-central")


def test_a_certificate_that_is_not_known_is_not_trusted(run: CommandLine, tmp_path: Path) -> None:
    certificate = certificate_for_localhost(tmp_path)
    with _serving(certificate) as port:
        # An address without a scheme is taken for the safe one.
        asked = ("sign-in", "--server", f"localhost:{port}", "--name", "ann", "--json")
        unknown = run(*asked)
        vouched = run(*asked, "--ca-file", str(certificate))
    assert (unknown.code, unknown.error) == (1, "server-untrusted")
    assert vouched.error == "server-not-central"


# --- Calling commands --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("lookup",),
        ("search", "a", "--limit", "0"),
        ("fact", "add", "id", "shoe-size", "9"),
        ("customer", "set", "id", "hometown"),
        ("export", "customers.pdf"),
    ],
)
def test_a_command_that_is_called_wrongly_exits_with_2(
    run: CommandLine, arguments: tuple[str, ...]
) -> None:
    told = run(*arguments)
    as_json = run(*arguments, "--json")
    assert (told.code, told.out) == (2, "")
    assert "--help" in told.err
    assert (as_json.code, as_json.error) == (2, "usage")


def test_json_is_an_option_only_in_front_of_two_hyphens(run: CommandLine) -> None:
    answer = run("search", "--", "--json")
    assert (answer.code, answer.out) == (1, "")
    assert "Code: not-signed-in" in answer.err


def test_a_file_that_cannot_be_read_changes_nothing(
    run: CommandLine, central: Central, tmp_path: Path
) -> None:
    run("sign-in", "--server", central.address.url, "--name", "ann")
    table = tmp_path / "table.xlsx"
    table.write_bytes(b"PK\x03\x04 a spreadsheet")
    assert run("import", str(tmp_path / "none.csv"), "--json").error == "unreadable-file"
    assert run("import", str(table), "--json").error == "unknown-format"
    assert run("import", str(tmp_path), "--json").error == "unreadable-file"
    assert run("status", "--json").json["pending"] == 0


def test_what_is_not_foreseen_has_words_and_is_logged_without_quoting_anybody(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise ValueError("Anna Blunt, +44 20 7946 0958")

    monkeypatch.setattr("agentdesk.commands.exchange.syncing.standing", fail)
    answer = run("status", "--json")
    log = profile_paths(run.home, "default").log.read_text(encoding="utf-8")
    assert (answer.code, answer.error) == (1, "unexpected")
    assert "builtins.ValueError" in log
    assert "in fail" in log
    assert "Anna" not in log + answer.out + answer.err
