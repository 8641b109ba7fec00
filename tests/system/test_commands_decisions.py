"""Conflicts, refusals, history and watching, from the command line."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from filelock import FileLock

from agentdesk import log
from agentdesk.commands.session import Session, opened
from agentdesk.domain.entities import Team
from agentdesk.domain.ids import new_id
from agentdesk.store.profile import profile_paths
from agentdesk.store.workers import Store
from agentdesk.sync.edits import Edits
from tests.command_line import CommandLine
from tests.exchanges import desk_on, settle
from tests.real import ANN, Central, central_with, person

ANNA = person("Anna Blunt", "+442079460958")
WHO = ANNA[0].id


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central that serves a company with one customer."""
    with central_with(tmp_path, ANNA) as running:
        yield running


@pytest.fixture
def contested(run: CommandLine, ben: Store) -> CommandLine:
    """The command line after Ann and Ben have changed one name at once, Ann's arriving later."""
    desk_on(ben).set_fields(WHO, {"preferred_name": "Ann"}).result()
    settle(ben)
    assert run("customer", "set", WHO, "preferred_name=Annie").code == 0
    run("sync", "--once")
    return run


def the_conflict(run: CommandLine) -> dict[str, Any]:
    """Return the only conflict that is listed."""
    [conflict] = run("conflicts", "list", "--json").json
    assert isinstance(conflict, dict)
    return conflict


def test_conflicts_are_listed_with_all_values_and_whose_they_are(contested: CommandLine) -> None:
    conflict = the_conflict(contested)
    assert (conflict["field"], conflict["mine"], conflict["theirs"]) == (
        "preferred_name",
        "Annie",
        "Ann",
    )
    assert (conflict["customer"], conflict["their_author"]) == ("Anna Blunt", "Ben Wood")
    assert conflict["choices"] == ["mine", "theirs", "anew"]
    text = contested("conflicts", "list")
    assert text.code == 0
    assert conflict["id"] in text.out
    assert "Annie" in text.out


@pytest.mark.parametrize(
    ("options", "settled", "stands"),
    [
        (["--mine"], "mine", "Annie"),
        (["--theirs"], "theirs", "Ann"),
        (["--value", "Anna-Lena"], "anew", "Anna-Lena"),
    ],
)
def test_a_conflict_is_resolved_once_and_opened_again(
    contested: CommandLine, options: list[str], settled: str, stands: str
) -> None:
    conflict = the_conflict(contested)
    answer = contested("conflicts", "resolve", conflict["id"], *options, "--json")
    assert (answer.code, answer.json) == (0, {"id": conflict["id"], "settled": settled})
    again = contested("conflicts", "resolve", conflict["id"], *options, "--json")
    assert (again.code, again.error) == (1, "not-found")
    assert contested("sync", "--once").code == 0
    shown = contested("customer", "show", WHO, "--json").json
    assert shown["preferred_name"] == stands
    assert contested("conflicts", "reopen", conflict["id"]).code == 0
    assert the_conflict(contested)["id"] == conflict["id"]


@pytest.mark.parametrize("options", [[], ["--mine", "--theirs"], ["--value", "x", "--both"]])
def test_a_conflict_is_resolved_in_exactly_one_way(run: CommandLine, options: list[str]) -> None:
    answer = run("conflicts", "resolve", "some-id", *options, "--json")
    assert (answer.code, answer.error) == (2, "usage")


def test_refused_edits_are_listed_copied_discarded_kept_and_handed_over(run: CommandLine) -> None:
    ask_for_a_team(run)
    [refused] = run("attention", "list", "--json").json
    n = str(refused["n"])
    assert (refused["kind"], refused["action"], refused["reason"]) == (
        "team",
        "append",
        "no-permission",
    )
    assert run("attention", "copy", n, "--json").json["text"] == "name: Tigers"
    assert run("attention", "discard", n, "--json").json == {"n": int(n), "done": "discarded"}
    assert run("attention", "list", "--json").json == []
    assert run("attention", "keep", n).code == 0
    assert run("attention", "retry", n).code == 0
    run("sync", "--once")
    [again] = run("attention", "list", "--json").json
    assert again["n"] > refused["n"]
    handed = run("attention", "hand-over", str(again["n"]), "--text", "Please", "--json").json
    assert (handed["done"], handed["note_id"]) == ("handed-over", None)
    gone = run("attention", "retry", str(again["n"]), "--json")
    assert (gone.code, gone.error) == (1, "not-found")


def ask_for_a_team(run: CommandLine) -> None:
    """Let Ann ask for what is left to leads, and be refused."""

    def work(connection: sa.Connection) -> None:
        edits = Edits(connection, ANN.id)
        edits.append(Team(id=new_id(), name="Tigers"))
        edits.finish()

    with opened(Session(home=run.home)) as profile:
        profile.store.write_here(work)
    log.stop_logging()
    run("sync", "--once")


def test_history_tells_what_stood_there_and_who_replaced_it(contested: CommandLine) -> None:
    found = contested("history", WHO, "--field", "preferred_name", "--json").json
    assert [(e["value"], e["now"], e["author"], e["arrived_late"]) for e in found] == [
        ("Annie", "Ann", "Ann Reed", True),
        (None, "Ann", None, False),
    ]
    text = contested("history", WHO, "--limit", "1")
    assert text.code == 0
    assert "preferred_name" in text.out
    nobody = contested("history", "nobody", "--json")
    assert (nobody.code, nobody.error) == (1, "not-found")


def test_watching_tells_each_change_and_ends_well_when_interrupted(
    run: CommandLine, ben: Store
) -> None:
    with run.start("sync", "--watch", "--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        told: list[dict[str, Any]] = []
        while not told or told[-1]["state"] != "live":
            told.append(json.loads(process.stdout.readline()))
        assert not told[-1]["elsewhere"]
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert process.stderr.read() == b""


def test_beside_a_running_window_its_standing_is_watched(run: CommandLine) -> None:
    with (
        FileLock(profile_paths(run.home, "default").sync_lock),
        run.start("sync", "--watch", "--json") as process,
    ):
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert first["elsewhere"]
    assert first["state"] in ("live", "offline")


def test_watching_without_anybody_signed_in_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = CommandLine(tmp_path / "empty", monkeypatch, capsys)
    line("profile", "create")
    answer = line("sync", "--watch", "--json")
    assert (answer.code, answer.error) == (1, "not-signed-in")
