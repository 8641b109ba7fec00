"""Finding, merging and telling apart customers from the command line."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import CommandLine
from tests.real import Central, central_with, person

ANNA, ANNIE = person("Anna Szczukin", "+442079460958"), person("Ana Szchukin", "+442079460958")
JAN = person("Jan Lis", "+442079460957")
FIRST, SECOND = ANNA[0].id, ANNIE[0].id


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central that serves a company in which Anna is there twice."""
    with central_with(tmp_path, [*ANNA, *ANNIE, *JAN]) as running:
        yield running


def test_the_whole_base_is_searched_and_the_pairs_are_explained(run: CommandLine) -> None:
    assert run("duplicates", "list", "--json").json["searched_at"] is None
    found = run("duplicates", "--json").json
    [pair] = found["pairs"]
    assert {pair["a"]["id"], pair["b"]["id"]} == {FIRST, SECOND}
    assert {e["field"]: e["level"] for e in pair["evidence"]} == {
        "family_name": "sounds",
        "given_name": "close",
        "number": "same",
    }
    assert run("duplicates", "list", "--json").json["pairs"] == found["pairs"]
    told = run("duplicates", "list")
    assert (told.code, "same number" in told.out) == (0, True)


def test_a_merge_with_a_choice_reaches_central_and_is_taken_back(run: CommandLine) -> None:
    run("customer", "set", FIRST, "hometown=Leeds")
    run("customer", "set", SECOND, "hometown=York")
    looked = run("duplicates", "merge", FIRST, SECOND, "--dry-run", "--json").json
    assert looked["merged"] is False
    keep = "hometown=B" if looked["winner"] == FIRST else "hometown=A"
    other = "York" if looked["winner"] == FIRST else "Leeds"
    merged = run("duplicates", "merge", FIRST, SECOND, "--keep", keep, "--json").json
    assert (merged["merged"], merged["fields"]["hometown"]["kept"]) == (True, other)
    assert run("sync").code == 0
    card = run("customer", "show", merged["loser"], "--json").json
    assert (card["id"], card["hometown"]) == (merged["winner"], other)
    assert run("duplicates", "unmerge", merged["winner"], "--json").json == {
        "id": merged["winner"],
        "unmerged": merged["loser"],
    }
    assert run("sync").code == 0
    towns = {run("customer", "show", i, "--json").json["hometown"] for i in (FIRST, SECOND)}
    assert towns == {"Leeds", "York"}


def test_two_people_stay_off_the_list_until_it_is_undone(run: CommandLine) -> None:
    assert run("duplicates", "distinct", FIRST, SECOND).code == 0
    assert run("duplicates", "--json").json["pairs"] == []
    assert run("duplicates", "distinct", FIRST, SECOND, "--undo").code == 0
    assert len(run("duplicates", "list", "--json").json["pairs"]) == 1


def test_any_two_can_be_compared(run: CommandLine) -> None:
    compared = run("duplicates", "compare", FIRST, JAN[0].id, "--json").json
    assert compared["probability"] < 0.01


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("merge", FIRST, SECOND, "--keep", "hometown"), 2),
        (("merge", FIRST, FIRST), 1),
        (("merge", FIRST, SECOND, "--leave-out", "nothing"), 1),
        (("merge", FIRST, SECOND, "--keep", "created_at=A"), 1),
        (("distinct", FIRST, "nobody"), 1),
        (("unmerge", FIRST), 1),
    ],
)
def test_what_cannot_be_is_refused(run: CommandLine, arguments: tuple[str, ...], code: int) -> None:
    refused = run("duplicates", *arguments, "--json")
    assert refused.code == code
    assert set(refused.json["error"]) == {"code", "what", "next_step"}


def test_a_search_that_is_interrupted_says_so(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "agentdesk.commands.duplicates._Teller.tell",
        lambda _teller, _progress: signal.raise_signal(signal.SIGINT),
    )
    stopped = run("duplicates", "--json")
    assert (stopped.code, stopped.json["stopped"]) == (130, True)
