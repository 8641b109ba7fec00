"""Two desks and a Central as processes, and the network between them cut at every place.

Everything that was typed on one desk is on the other in the end, once; meanwhile each desk says
truly what waits. The processes live as long as this module: every test adds a note of its own and
then finds all notes so far in all three places.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest
import zstandard

from agentdesk.central.seed import SeedAccount, seed
from tests import killable
from tests.command_line import CommandLine
from tests.desk_process import DeskProcess
from tests.exchanges import central_notes
from tests.killable import killables
from tests.network_proxy import (
    Ending,
    Fault,
    NetworkProxy,
    all_but_one_byte,
    all_but_the_last_line,
    half_the_body,
    half_the_head,
    nothing,
    the_head,
)
from tests.real import ANN, BEN, ORGANISATION, PASSWORD, Central, person

ANNA = person("Anna Blunt", "+442079460958")
HELLO, PUSH, CHANGES = "/sync/hello", "/sync/push", "/sync/changes"

CUTS: dict[str, Fault] = {
    "before-the-request": Fault(request=nothing),
    "inside-the-requests-head": Fault(request=half_the_head),
    "before-the-requests-body": Fault(request=the_head),
    "inside-the-requests-body": Fault(request=half_the_body),
    "before-the-requests-last-byte": Fault(request=all_but_one_byte),
    "before-the-answer": Fault(answer=nothing),
    "inside-the-answers-head": Fault(answer=half_the_head),
    "before-the-answers-body": Fault(answer=the_head),
    "inside-the-answers-body": Fault(answer=half_the_body),
    "before-the-answers-last-line": Fault(answer=all_but_the_last_line),
    "before-the-answers-last-byte": Fault(answer=all_but_one_byte),
}

GIVEN_UP = ("server-unreachable", "answer-damaged")
OF_THE_BODY = ("requests-body", "requests-last-byte")
EVERY_ENDING = {
    "before-the-request",
    "inside-the-requests-head",
    "before-the-answer",
    "inside-the-answers-body",
}


@dataclass
class Company:
    """Two desks that reach Central through a network each, and all that was typed."""

    central: Central
    ann: DeskProcess
    ben: DeskProcess
    anns_network: NetworkProxy
    bens_network: NetworkProxy
    typed: list[str] = field(default_factory=list)
    _turns: Iterator[int] = field(default_factory=count)

    def type(self, desk: DeskProcess) -> str:
        """Write the next note on a desk."""
        text = f"Note {next(self._turns)}"
        desk.note(ANNA[0].id, text)
        self.typed.append(text)
        return text

    def everywhere(self) -> list[list[str]]:
        """Return the notes at Central and on both desks once both have exchanged all."""
        for desk in (self.ann, self.ben, self.ann):
            done = desk.sync()
            assert done == {"pending": 0, "state": "live"}
        return [
            central_notes(self.central),
            self.ann.notes(ANNA[0].id),
            self.ben.notes(ANNA[0].id),
        ]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The company, with both desks signed in and up to date."""
    folder = tmp_path_factory.mktemp("company")
    url = f"sqlite:///{folder / 'central.db'}"
    accounts = [SeedAccount(ANN.id, "ann", PASSWORD), SeedAccount(BEN.id, "ben", PASSWORD)]
    seed(url, [ORGANISATION, ANN, BEN, *ANNA], accounts)
    with ExitStack() as running:
        processes = running.enter_context(killables())
        processes.start(killable.serve_central, url, 0)
        ann, ben = (running.enter_context(_desk_in(folder / name)) for name in ("ann", "ben"))
        central = Central(url, int(processes.wait_for(1)[0]))
        anns, bens = (running.enter_context(NetworkProxy(central.port)) for _desk in (ann, ben))
        for desk, network, name in ((ann, anns, "ann"), (ben, bens, "ben")):
            desk.sign_in(network.url, name)
            assert desk.sync() == {"pending": 0, "state": "live"}
        yield Company(central, ann, ben, anns, bens)


def _desk_in(folder: Path) -> DeskProcess:
    folder.mkdir()
    return DeskProcess(folder / "cache.db")


def _cases() -> Iterator[tuple[str, str, Ending]]:
    """Tell which call is cut where and how; of each kind of place one for every ending."""
    for call in (HELLO, PUSH, CHANGES):
        for cut in CUTS:
            if call is CHANGES and cut.endswith(OF_THE_BODY):
                # There is none.
                continue
            yield call, cut, Ending.CLOSED
            if cut in EVERY_ENDING:
                yield call, cut, Ending.RESET
                yield call, cut, Ending.SILENT


@pytest.mark.parametrize(("call", "cut", "ending"), list(_cases()))
def test_what_is_typed_arrives_once_wherever_the_exchange_is_cut(
    company: Company, call: str, cut: str, ending: Ending
) -> None:
    company.anns_network.plan(call, replace(CUTS[cut], ending=ending))
    company.type(company.ann)
    done = _synced_until_cut(company, ending)
    if "error" in done:
        assert company.ann.standing() == {"pending": 1, "state": "offline"}
    else:
        # The last byte only ends a page of which all has come.
        assert (call, cut) == (CHANGES, "before-the-answers-last-byte")
    assert company.everywhere() == [sorted(company.typed)] * 3


def _synced_until_cut(company: Company, ending: Ending) -> dict[str, object]:
    """Exchange until what is planned has happened, and return how that exchange ended."""
    if ending is not Ending.SILENT:
        done = company.ann.sync()
        assert company.anns_network.is_spent
        return done
    with company.ann.impatient():
        while True:
            # On a busy machine something else may take too long for it first.
            done = company.ann.sync()
            if company.anns_network.is_spent:
                return done


@pytest.mark.parametrize("call", [HELLO, PUSH, CHANGES])
@pytest.mark.parametrize("answers_last", [False, True])
def test_a_request_that_arrives_three_times_has_one_effect(
    company: Company, call: str, answers_last: bool
) -> None:
    company.anns_network.plan(call, Fault(again=2, answers_last=answers_last))
    company.type(company.ann)
    assert company.ann.sync() == {"pending": 0, "state": "live"}
    assert company.anns_network.is_spent
    assert company.everywhere() == [sorted(company.typed)] * 3


def test_a_page_that_was_shortened_without_a_trace_in_http_is_not_taken(company: Company) -> None:
    company.type(company.ben)
    company.ben.sync()
    company.anns_network.plan(CHANGES, Fault(rewritten=_without_its_last_line))
    assert company.ann.sync() == {"error": "answer-damaged"}
    assert company.everywhere() == [sorted(company.typed)] * 3


def _without_its_last_line(answer: bytes) -> bytes:
    """Return an answer that is whole by its length, and lacks the page's end line."""
    head, _, body = answer.partition(b"\r\n\r\n")
    packed = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        packed, body = packed + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    page = zstandard.ZstdDecompressor().decompressobj().decompress(packed)
    shortened = b"".join(page.splitlines(keepends=True)[:-1])
    kept = [
        line
        for line in head.split(b"\r\n")
        if not line.lower().startswith((b"transfer-encoding", b"content-encoding"))
    ]
    kept.append(b"content-length: %d" % len(shortened))
    return b"\r\n".join(kept) + b"\r\n\r\n" + shortened


def test_an_answer_that_drips_is_given_up_and_nothing_is_lost(company: Company) -> None:
    company.anns_network.plan(PUSH, Fault(drips=True))
    company.type(company.ann)
    assert _synced_until_cut(company, Ending.SILENT)["error"] in GIVEN_UP
    assert company.ann.standing() == {"pending": 1, "state": "offline"}
    assert company.everywhere() == [sorted(company.typed)] * 3


@pytest.mark.parametrize("answer", [False, True], ids=["request", "answer"])
@pytest.mark.parametrize("call", [HELLO, PUSH])
def test_what_is_written_while_an_exchange_is_delayed_on_one_desk_arrives_too(
    company: Company, call: str, answer: bool
) -> None:
    held = company.anns_network.hold(call, answer=answer)
    company.type(company.ann)
    end = company.ann.begin_sync()
    assert held.reached.wait(20)
    company.type(company.ben)
    assert company.ben.sync() == {"pending": 0, "state": "live"}
    held.release()
    assert end() == {"pending": 0, "state": "live"}
    assert company.everywhere() == [sorted(company.typed)] * 3


# --- Engines that run --------------------------------------------------------------------------


@pytest.fixture
def running(company: Company) -> Iterator[Company]:
    """The company with both engines running, and live."""
    for desk in (company.ann, company.ben):
        desk.run()
    try:
        for desk in (company.ann, company.ben):
            desk.wait_for("live", 0)
        yield company
    finally:
        company.anns_network.come_up()
        for desk in (company.ann, company.ben):
            desk.rest()


def test_a_desk_without_a_network_says_so_and_what_waits(running: Company) -> None:
    running.anns_network.go_down()
    text = running.type(running.ann)
    offline = running.ann.wait_for("offline", 1)
    assert not offline["all_saved"]
    assert offline["offline_since"] is not None
    running.anns_network.come_up()
    live = running.ann.wait_for("live", 0)
    assert live == {"all_saved": True, "offline_since": None}
    running.ben.wait_for_note(ANNA[0].id, text)
    assert central_notes(running.central) == sorted(running.typed)


@pytest.mark.parametrize("ending", list(Ending))
def test_a_note_arrives_though_the_stream_of_pokes_is_cut(running: Company, ending: Ending) -> None:
    # A desk is live before its stream is open.
    running.ben.wait_for_note(ANNA[0].id, running.type(running.ann))
    running.bens_network.wait_for_stream()
    assert running.bens_network.cut_streams(ending) == 1
    running.ben.wait_for_note(ANNA[0].id, running.type(running.ann))
    running.ben.wait_for("live", 0)
    assert running.ben.notes(ANNA[0].id) == sorted(running.typed)
    assert central_notes(running.central) == sorted(running.typed)


# --- The commands themselves -------------------------------------------------------------------


def test_the_commands_tell_the_truth_while_the_network_is_cut(
    company: Company,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = CommandLine(tmp_path / "home", monkeypatch, capsys)
    with NetworkProxy(company.central.port) as network:
        run.sign_in(Central("", network.port))
        company.typed.append("By command")
        assert run("note", "add", ANNA[0].id, "By command").code == 0
        network.plan(PUSH, Fault(answer=nothing))
        cut = run.run("sync", "--once", "--json")
        assert (cut.code, cut.error) == (1, "server-unreachable")
        told = run("status", "--json").json
        assert (told["state"], told["pending"]) == ("offline", 1)
        assert run.run("sync", "--once", "--json").code == 0
        told = run("status", "--json").json
        assert (told["state"], told["pending"]) == ("live", 0)
    assert company.everywhere() == [sorted(company.typed)] * 3
