"""Commands for scripts: stable keys, exit codes, one question per line, errors with codes."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import CommandLine
from tests.real import Central, central_with, person

ANNA = person("Anna Blunt", "+442079460958")
ZOFIA = person("Zofia Żak", "+48225550123")


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central that serves a company with two customers."""
    with central_with(tmp_path, [*ANNA, *ZOFIA]) as running:
        yield running


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """The command line on a data folder without any profile."""
    return CommandLine(tmp_path / "home", monkeypatch, capsys)


@pytest.fixture
def signed_in(run: CommandLine, central: Central) -> CommandLine:
    """The command line on a profile that Ann has signed in and filled."""
    run.sign_in(central)
    return run


# --- Asking ------------------------------------------------------------------------------------


def test_lookup_tells_who_calls_with_stable_keys(signed_in: CommandLine) -> None:
    answer = signed_in("lookup", "020 7946 0958", "--json")
    assert answer.code == 0
    assert answer.json.items() >= {"kind": "exact", "e164": "+442079460958"}.items()
    assert answer.json["explanation"] == "exact number"
    [customer] = answer.json["customers"]
    assert customer == {
        "id": ANNA[0].id,
        "name": "Anna Blunt",
        "extension": None,
        "label": None,
        "last_contact_at": None,
        "calls": 0,
    }
    assert answer.json["mentioned"] == []


def test_lookup_says_perhaps_where_a_number_is_only_mentioned(signed_in: CommandLine) -> None:
    signed_in("note", "add", ANNA[0].id, "Her sister: 020 7946 0001")
    answer = signed_in("lookup", "020 7946 0001", "--json").json
    assert (answer["kind"], answer["customers"]) == ("mentioned", [])
    [maybe] = answer["mentioned"]
    assert (maybe["id"], maybe["name"], maybe["in"]) == (ANNA[0].id, "Anna Blunt", "note")
    assert maybe["explanation"] == answer["explanation"]
    shown = signed_in("lookup", "020 7946 0001").out
    assert "number mentioned in a note of" in shown
    assert "perhaps Anna Blunt" in shown


def test_lookup_reads_a_national_number_as_the_called_line_does(signed_in: CommandLine) -> None:
    for line in ("+48 22 555 00 00", "sip:+48225550000@pbx.example"):
        answer = signed_in("lookup", "22 555 01 23", "--line", line, "--json").json
        assert [one["name"] for one in answer["customers"]] == ["Zofia Żak"]
    assert signed_in("lookup", "22 555 01 23", "--json").json["customers"] == []


def test_lookup_answers_for_unknown_and_withheld_numbers_too(signed_in: CommandLine) -> None:
    unknown = signed_in("lookup", "07700 900123", "--json")
    withheld = signed_in("lookup", "", "--json")
    assert (unknown.code, unknown.json["kind"]) == (0, "unknown")
    assert unknown.json["e164"] == "+447700900123"
    assert (withheld.code, withheld.json["kind"], withheld.json["e164"]) == (0, "withheld", None)


def test_search_finds_the_misspelt_and_fails_when_nobody_is_found(signed_in: CommandLine) -> None:
    found = signed_in("search", "zofja", "--json")
    nobody = signed_in("search", "qqqq", "--json")
    assert (found.code, [hit["name"] for hit in found.json]) == (0, ["Zofia Żak"])
    assert set(found.json[0]) >= {"id", "name", "score", "why", "matched"}
    assert (nobody.code, nobody.json) == (1, [])


def test_a_search_of_several_words_needs_no_quotes(signed_in: CommandLine) -> None:
    answer = signed_in("search", "anna", "blunt", "--limit", "1")
    assert answer.code == 0
    assert answer.out.split() == ["Anna", "Blunt", "name", ANNA[0].id]


def test_a_process_answers_each_line_before_the_next_is_written(signed_in: CommandLine) -> None:
    with signed_in.start("lookup", "-") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        answers = []
        for number in (b"+442079460958\n", b"+48 22 555 01 23\n", b"\xff\n"):
            process.stdin.write(number)
            process.stdin.flush()
            answers.append(process.stdout.readline())
        process.stdin.close()
        assert process.wait(30) == 0
    assert b"Anna Blunt" in answers[0]
    assert "Zofia Żak".encode() in answers[1]
    assert b'"unknown"' in answers[2]


def test_an_empty_line_has_its_answer_too(signed_in: CommandLine) -> None:
    answer = signed_in("search", "-", stdin="anna\n\nzofia\n")
    assert answer.code == 0
    assert [len(hits) for hits in answer.lines] == [1, 0, 1]


def test_a_reader_that_has_had_enough_is_no_reason_to_complain(signed_in: CommandLine) -> None:
    with signed_in.start("search", "-") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"anna\n")
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        process.stdin.write(b"anna\n")
        process.stdin.close()
        assert process.wait(30) == 1
        assert process.stderr.read() == b""


def test_control_c_ends_a_command_quietly(signed_in: CommandLine) -> None:
    with signed_in.start("lookup", "-") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"1\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr.read() == b""


# --- Writing -----------------------------------------------------------------------------------


def test_a_note_from_input_reaches_another_desk_once(
    signed_in: CommandLine, central: Central
) -> None:
    signed_in.sign_in(central, "ben", profile="ben")
    added = signed_in(
        "note", "add", ANNA[0].id, "-", "--json", stdin="Prefers mornings.\nAlways.\n"
    )
    assert added.code == 0
    assert signed_in("status", "--json").json["pending"] == 1
    exchanged = signed_in("sync", "--once", "--json").json
    assert exchanged.items() >= {"pushed": 1, "pending": 0, "state": "live"}.items()
    assert signed_in("sync", "--once", "--json").json["pushed"] == 0
    assert signed_in("--profile", "ben", "sync", "--once").code == 0
    shown = signed_in("--profile", "ben", "customer", "show", ANNA[0].id, "--json").json
    assert [item["summary"] for item in shown["timeline"]] == ["Prefers mornings.\nAlways."]
    assert shown["timeline"][0]["id"] == added.json["id"]


def test_fields_are_set_all_or_none(signed_in: CommandLine) -> None:
    done = signed_in("customer", "set", ANNA[0].id, "hometown=Riga", "vip=yes", "--json")
    wrong = signed_in("customer", "set", ANNA[0].id, "hometown=Oslo", "birthday=soon", "--json")
    unknown = signed_in("customer", "set", ANNA[0].id, "shoe_size=9", "--json")
    shown = signed_in("customer", "show", ANNA[0].id, "--json").json
    assert (done.code, done.json) == (0, {"id": ANNA[0].id, "changed": True})
    assert (wrong.code, wrong.error) == (1, "bad-value")
    assert (unknown.code, unknown.error) == (1, "bad-field")
    assert (shown["hometown"], shown["vip"], shown["pending"]) == ("Riga", True, True)


def test_sensitive_facts_stay_masked(signed_in: CommandLine) -> None:
    arguments = ("fact", "add", ANNA[0].id, "family", "Her mother is ill")
    added = signed_in(*arguments, "--sensitive", "--json")
    shown = signed_in("customer", "show", ANNA[0].id)
    as_json = signed_in("customer", "show", ANNA[0].id, "--json")
    assert added.code == shown.code == as_json.code == 0
    assert "mother" not in shown.out + as_json.out
    assert as_json.json["facts"][0]["kind"] == "family"


@pytest.mark.parametrize(
    "arguments",
    [
        ("customer", "show", "nobody"),
        ("customer", "set", "nobody", "hometown=Riga"),
        ("note", "add", "nobody", "text"),
        ("fact", "add", "nobody", "likes", "tea"),
    ],
)
def test_an_id_that_is_not_there_is_told_and_nothing_is_written(
    signed_in: CommandLine, arguments: tuple[str, ...]
) -> None:
    answer = signed_in(*arguments, "--json")
    assert (answer.code, answer.error) == (1, "not-found")
    assert signed_in("status", "--json").json["pending"] == 0


def test_what_people_wrote_shows_as_text_and_rules_no_terminal(signed_in: CommandLine) -> None:
    named = "company=<b>\x1b[31mred\u202e & Co</b>"
    assert signed_in("customer", "set", ANNA[0].id, named).code == 0
    shown = signed_in("customer", "show", ANNA[0].id)
    assert "<b>" in shown.out
    assert not {"\x1b", "\u202e"} & set(shown.out)


def test_commands_write_while_another_process_has_the_cache_open(signed_in: CommandLine) -> None:
    with signed_in.start("lookup", "-") as beside:
        assert beside.stdin is not None
        assert beside.stdout is not None
        beside.stdin.write(b"1\n")
        beside.stdin.flush()
        beside.stdout.readline()
        assert signed_in("note", "add", ANNA[0].id, "written beside").code == 0
        beside.stdin.close()
        assert beside.wait(30) == 0
    assert signed_in("status", "--json").json["pending"] == 1


# --- Standing ----------------------------------------------------------------------------------


def test_status_has_its_stable_keys(signed_in: CommandLine) -> None:
    answer = signed_in("status", "--json")
    assert answer.code == 0
    assert list(answer.json) == [
        "state",
        "pending",
        "attention",
        "conflicts",
        "customers",
        "interactions",
        "last_sync_at",
    ]
    assert (answer.json["state"], answer.json["customers"]) == ("live", 2)


def test_a_note_waits_while_central_is_down_and_status_says_so(
    signed_in: CommandLine, central: Central
) -> None:
    central.stop()
    assert signed_in("note", "add", ANNA[0].id, "from the cellar").code == 0
    failed = signed_in("sync", "--once", "--json")
    status = signed_in("status", "--json").json
    assert (failed.code, failed.error) == (1, "server-unreachable")
    assert (status["state"], status["pending"]) == ("offline", 1)
    central.start()
    assert signed_in("sync", "--once", "--json").json["pushed"] == 1


def test_signing_out_keeps_what_waits_for_the_same_person(
    signed_in: CommandLine, central: Central
) -> None:
    assert signed_in("note", "add", ANNA[0].id, "unsent").code == 0
    out = signed_in("sign-out", "--json").json
    assert out == {"signed_out": True, "central_told": True, "pending": 1}
    assert signed_in("status", "--json").json["state"] == "signed-out"
    assert signed_in("sync", "--once", "--json").error == "not-signed-in"
    url = central.address.url
    taken = signed_in("sign-in", "--server", url, "--name", "ben", "--json")
    assert (taken.code, taken.error) == (1, "edits-wait")
    assert signed_in("sign-in", "--server", url, "--name", "ann").code == 0
    assert signed_in("sync", "--once", "--json").json["pushed"] == 1
