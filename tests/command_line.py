"""The command line as tests call it: in this process, or as a process of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agentdesk.cli import main
from agentdesk.commands.exchange import PASSWORD_VARIABLE
from agentdesk.commands.session import PASSPHRASE_VARIABLE
from agentdesk.paths import HOME_VARIABLE
from tests.real import PASSWORD, Central

PASSPHRASE = "a cat walks over the bridge"


@dataclass(frozen=True)
class Answer:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer as JSON; it is one line."""
        assert self.out.count("\n") == 1, self
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The answers of a command that reads one question per line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> str:
        """The code of the error that stands in the place of the answer."""
        told = self.json["error"]
        assert set(told) == {"code", "what", "next_step"}
        return str(told["code"])


class CommandLine:
    """Runs commands on a data folder of the test's own, whose profiles have a passphrase."""

    def __init__(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.home = home
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.setting = {
            HOME_VARIABLE: str(home),
            PASSPHRASE_VARIABLE: PASSPHRASE,
            PASSWORD_VARIABLE: PASSWORD,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "LC_ALL": "C.UTF-8",
        }
        for name, value in self.setting.items():
            monkeypatch.setenv(name, value)

    def __call__(self, *arguments: str, stdin: str = "") -> Answer:
        """Run a command in this process."""
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        self._capsys.readouterr()
        code = main(arguments)
        said = self._capsys.readouterr()
        return Answer(code, said.out, said.err)

    def start(self, *arguments: str, **without: None) -> subprocess.Popen[bytes]:
        """Start a command as a process; environment variables in `without` are left out."""
        setting = {k: v for k, v in (os.environ | self.setting).items() if k not in without}
        return subprocess.Popen(
            [sys.executable, "-m", "agentdesk", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=setting,
        )

    def run_script(self, script: Path, *arguments: str) -> Answer:
        """Run a Python script as a process, with the setting of a command."""
        done = subprocess.run(
            [sys.executable, str(script), *arguments],
            capture_output=True,
            check=False,
            env=os.environ | self.setting,
            timeout=60,
        )
        return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())

    def run(self, *arguments: str, stdin: bytes = b"", **without: None) -> Answer:
        """Run a command as a process."""
        with self.start(*arguments, **without) as process:
            out, err = process.communicate(stdin, timeout=60)
        return Answer(process.returncode, out.decode(), err.decode())

    def sign_in(self, central: Central, name: str = "ann", *, profile: str = "default") -> None:
        """Make a profile, sign it in and fetch everything."""
        mine = ("--profile", profile)
        assert self(*mine, "profile", "create").code == 0
        signed_in = self(*mine, "sign-in", "--server", central.address.url, "--name", name)
        assert signed_in.code == 0, signed_in.err
        assert self(*mine, "sync", "--once").code == 0
