"""Starting the window, ringing at the running one, files in and out, and what is imported."""

from __future__ import annotations

import signal
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from agentdesk.instance import InstanceServer, Request
from agentdesk.store.profile import profile_paths
from agentdesk.telephony.events import Call
from tests.command_line import CommandLine
from tests.real import Central, central_with, person

ANNA = person("Anna Blunt", "+442079460958")


@dataclass
class Window:
    """Stands in for the desktop: remembers how it was started."""

    started: list[Any]

    @property
    def call(self) -> Call | None:
        """The call that the last start came with."""
        found = self.started[-1].call
        assert found is None or isinstance(found, Call)
        return found


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Window:
    """A desktop that ends at once, with exit code 7."""
    window = Window([])

    def run_desktop(options: Any) -> int:
        window.started.append(options)
        return 7

    def options(home: Path, profile: str, passphrase: str, call: Call | None) -> Any:
        return types.SimpleNamespace(home=home, profile=profile, passphrase=passphrase, call=call)

    app = types.ModuleType("agentdesk.app")
    app.__dict__.update(Options=options, run_desktop=run_desktop)
    monkeypatch.setitem(sys.modules, "agentdesk.app", app)
    return window


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """The command line on a data folder without any profile."""
    return CommandLine(tmp_path / "home", monkeypatch, capsys)


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central that serves a company with Anna Blunt."""
    with central_with(tmp_path, ANNA) as running:
        yield running


@pytest.mark.parametrize("arguments", [(), ("desktop",), ("--profile", "field")])
def test_without_a_command_the_window_opens(
    run: CommandLine, window: Window, arguments: tuple[str, ...]
) -> None:
    assert run(*arguments).code == 7
    assert window.call is None
    assert window.started[-1].profile == ("field" if "field" in arguments else "default")


@pytest.mark.parametrize("before", [(), ("desktop",)])
def test_a_link_opens_the_window_with_the_call(
    run: CommandLine, window: Window, before: tuple[str, ...]
) -> None:
    assert run(*before, "tel:+44-20-7946-0958").code == 7
    assert window.call is not None
    assert "7946" in window.call.number
    assert run(*before, "agentdesk:call?number=123&line=Support").code == 7
    assert (window.call.number, window.call.line) == ("123", "Support")


def test_a_link_that_means_nothing_is_told(run: CommandLine, window: Window) -> None:
    answer = run("agentdesk:wipe")
    assert (answer.code, answer.out, window.started) == (1, "", [])
    assert "Code: bad-number" in answer.err


def test_a_call_rings_in_the_running_window(run: CommandLine, window: Window) -> None:
    heard: Queue[Request] = Queue()
    running = InstanceServer(profile_paths(run.home, "default"), heard.put)
    assert running.start()
    try:
        answer = run("call", "+442079460958", "--name", "BLUNT A", "--line", "Sales", "--json")
    finally:
        running.stop()
    call = heard.get(timeout=5).call
    assert call is not None
    assert (call.number, call.name, call.line) == ("+442079460958", "BLUNT A", "Sales")
    assert (answer.code, answer.json) == (0, {"call_id": call.call_id, "handed_over": True})
    assert window.started == []


def test_a_call_opens_the_window_if_none_runs(run: CommandLine, window: Window) -> None:
    assert run("call", "").code == 7
    assert window.call is not None
    assert window.call.number == ""


def test_commands_import_neither_the_window_nor_central(
    run: CommandLine, central: Central, tmp_path: Path
) -> None:
    run.sign_in(central)
    probe = tmp_path / "probe.py"
    probe.write_text(
        "import sys; from agentdesk.cli import main; code = main(sys.argv[1:]);"
        "heavy = ('PySide6', 'agentdesk.central', 'agentdesk.app', 'litestar', 'rich');"
        "found = [name for name in heavy if name in sys.modules];"
        "print(found, file=sys.stderr); sys.exit(code or len(found))",
        encoding="utf-8",
    )
    for command in (["lookup", "1"], ["status", "--json"], ["--help"]):
        answer = run.run_script(probe, *command)
        assert answer.code == 0, answer.err


def test_centrals_commands_tell_which_parts_are_not_installed(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "agentdesk.central.serve", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    answer = run("central", "serve", "--json")
    assert (answer.code, answer.error) == (1, "extra-missing")


def test_central_obeys_the_folder_that_is_named(run: CommandLine, tmp_path: Path) -> None:
    home = tmp_path / "elsewhere"
    arguments = ("central", "init", "--name", "Acme", "--region", "GB")
    assert run("--home", str(home), *arguments).code == 0
    assert [entry.name for entry in home.glob("central*")] != []


# --- Files -------------------------------------------------------------------------------------


def test_an_import_tells_its_counts_with_stable_keys_and_reaches_central(
    run: CommandLine, central: Central, tmp_path: Path
) -> None:
    run.sign_in(central)
    path = tmp_path / "people.csv"
    path.write_text("Full name,Phone\nAnna Blunt,020 7946 0958\nBob,1,2\nZofia,0800\n", "utf-8")
    imagined = run("import", str(path), "--dry-run", "--json")
    done = run("import", str(path), "--json")
    assert imagined.json["rejected_file"] is None
    assert done.code == 0
    assert done.json == {
        "read": 2,
        "created": 1,
        "completed": 0,
        "unchanged": 1,
        "rejected": 1,
        "rejected_file": str(tmp_path / "people.rejected.csv"),
        "lines": [
            {
                "line": 3,
                "reason": "column-count",
                "explanation": "more or fewer columns than the headers",
            }
        ],
        "stopped": False,
    }
    assert run("sync", "--once", "--json").json.items() >= {"pending": 0, "attention": 0}.items()


def test_a_file_of_which_nothing_can_be_read_fails(
    run: CommandLine, central: Central, tmp_path: Path
) -> None:
    run.sign_in(central)
    path = tmp_path / "people.csv"
    path.write_text("Full name,Phone\nBob,1,2\n", "utf-8")
    answer = run("import", str(path))
    assert answer.code == 1
    assert "Line 2: more or fewer columns than the headers" in answer.err


def test_control_c_ends_an_import_after_a_whole_person(
    run: CommandLine, central: Central, tmp_path: Path
) -> None:
    run.sign_in(central)
    path = tmp_path / "people.csv"
    rows = "".join(f"Person {n},+44 20 7946 {n:04}\n" for n in range(5_000))
    path.write_text(f"Full name,Phone\n{rows}", "utf-8")
    with run.start("import", str(path), "--json") as process:
        # The first batch is in once something waits for Central.
        while not run("status", "--json").json["pending"]:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, b"")
    status = run("status", "--json").json
    assert b'"stopped":true' in out
    assert 0 < status["customers"] - 1 < 5_000
    # One customer and one number for each.
    assert status["pending"] == 2 * (status["customers"] - 1)


def test_an_export_tells_how_many(run: CommandLine, central: Central, tmp_path: Path) -> None:
    run.sign_in(central)
    path = tmp_path / "all.vcf"
    answer = run("export", str(path), "--json")
    assert (answer.code, answer.json) == (0, {"exported": 1, "file": str(path)})
    assert "FN:Anna Blunt" in path.read_text("utf-8")


def test_the_doctor_answers_row_by_row_and_fails_for_what_is_broken(
    run: CommandLine, central: Central
) -> None:
    run.sign_in(central)
    healthy = run("doctor", "--json")
    central.stop()
    lonely = run("doctor", "--json")
    assert (healthy.code, {row["state"] for row in healthy.json}) == (0, {"ok"})
    assert set(healthy.json[0]) == {"check", "state", "detail", "remedy"}
    assert lonely.code == 1
    [central_row] = [row for row in lonely.json if row["check"] == "central"]
    assert central_row["state"] == "fail"
    assert central_row["remedy"]
