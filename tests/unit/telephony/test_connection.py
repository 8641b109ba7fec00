"""That a desk's connection to a telephone system outlives what networks and systems do to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentdesk.domain.entities import Direction
from agentdesk.errors import AgentDeskError, Code, UserError
from agentdesk.telephony.asterisk import packed
from agentdesk.telephony.asterisk_calls import extension_of
from agentdesk.telephony.connection import PhoneConnection
from agentdesk.telephony.events import Call, Step
from agentdesk.telephony.freeswitch import headers_of
from agentdesk.telephony.source import LineState
from agentdesk.telephony.system import PhoneSystem, SystemKind, dialled_number, extensions_of
from tests.certificates import certificate_for_localhost
from tests.unit.telephony.scenes import (
    CALLER,
    PHONE_SCENES,
    AsteriskScene,
    FreeSwitchScene,
    Heard,
    system_at,
)
from tests.unit.telephony.servers import SERVERS, FakeAsterisk, FakeFreeSwitch, PhoneServer

PhoneScenes = AsteriskScene | FreeSwitchScene


@pytest.fixture(params=PHONE_SCENES, ids=lambda make: make.__name__)
def scene(request: pytest.FixtureRequest) -> Iterator[PhoneScenes]:
    """A desk that is connected to a telephone system."""
    made: PhoneScenes = request.param()
    made.begin()
    yield made
    made.end()


@pytest.fixture(params=SERVERS, ids=lambda kind: kind.__name__)
def server(request: pytest.FixtureRequest) -> Iterator[PhoneServer]:
    """A telephone system that nobody is connected to."""
    made: PhoneServer = request.param()
    yield made
    made.close()


def attempt(system: PhoneSystem, **more: object) -> tuple[Code | None, list[float]]:
    """Connect until it is waited for the first time; return why, and for how long."""
    heard, pauses = Heard(), list[float]()
    ended = asyncio.Event

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await ended().wait()

    source = PhoneConnection(system, jitter=lambda: 1.0, pause=pause, **more)  # type: ignore[arg-type]  # by name
    source.start(heard.tell, heard.stands)
    code = heard.until(LineState.WAITING).code
    source.stop()
    return code, pauses


# --- What goes wrong ------------------------------------------------------------------------------


def test_a_wrong_secret_is_told_and_not_tried_again_soon(server: PhoneServer) -> None:
    server.refuses = True
    code, pauses = attempt(system_at(server))
    assert code is Code.PHONES_REFUSED
    assert pauses in ([], [300.0])


def test_nobody_at_the_address_is_unreachable(server: PhoneServer) -> None:
    system = system_at(server, host="127.0.0.1", port=1)
    assert attempt(system)[0] is Code.PHONES_UNREACHABLE


@pytest.mark.parametrize(
    "greeting",
    [
        b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n",
        b"\x00\xff" * 200_000 + b"\n\n",
        b"220 mail.example ESMTP\r\n\n\n",
        b"Content-Type: auth/request\nContent-Length: 99999999999\n\n",
        b"Content-Type: auth/request\nContent-Length: -1\n\n",
        b"Content-Type: auth/request\nContent-Length: 99999999\n\n",
        b"\n\n\n\n",
    ],
)
def test_something_else_at_the_port_is_not_understood(server: PhoneServer, greeting: bytes) -> None:
    server.greeting = greeting
    assert attempt(system_at(server))[0] is Code.PHONES_NOT_UNDERSTOOD


def test_an_address_kept_out_by_an_access_list_is_refused() -> None:
    server = FakeFreeSwitch()
    server.greeting = (
        b"Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n"
    )
    try:
        assert attempt(system_at(server))[0] is Code.PHONES_REFUSED
    finally:
        server.close()


def test_a_dropped_line_is_taken_up_again_and_tells_calls_again(scene: PhoneScenes) -> None:
    scene.server.drop()
    assert scene.heard.until(LineState.WAITING).code is Code.PHONES_UNREACHABLE
    scene.heard.until(LineState.CONNECTED)
    scene.server.live()
    scene.rings()
    assert scene.heard.next(Step.RINGING).call.number == CALLER


@pytest.mark.parametrize("make", PHONE_SCENES)
def test_a_system_that_answers_no_ping_is_left(
    make: Callable[[], PhoneScenes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("session", "freeswitch"):
        monkeypatch.setattr(f"agentdesk.telephony.{module}.ANSWER_S", 0.05)
    scene = make()
    scene.source = PhoneConnection(system_at(scene.server), jitter=lambda: 0.0, ping_every_s=0.01)
    scene.begin()
    scene.server.silent = True
    code = scene.heard.until(LineState.WAITING).code
    scene.end()
    assert code is Code.PHONES_UNREACHABLE


def test_pauses_grow_to_a_minute(server: PhoneServer) -> None:
    heard, pauses, enough = Heard(), list[float](), 8

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == enough:
            await asyncio.Event().wait()

    source = PhoneConnection(system_at(server, port=1), jitter=lambda: 1.0, pause=pause)
    source.start(heard.tell, heard.stands)
    for _time in range(enough):
        heard.until(LineState.WAITING)
    source.stop()
    assert pauses[:7] == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]


# --- How it arrives -------------------------------------------------------------------------------


def test_events_may_come_in_any_number_of_packets(
    scene: PhoneScenes, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = scene.server.send

    def byte_by_byte(data: bytes) -> None:
        for one in data:
            whole(bytes([one]))

    monkeypatch.setattr(scene.server, "send", byte_by_byte)
    scene.rings()
    assert scene.heard.next(Step.RINGING).call.number == CALLER


def test_several_events_may_come_in_one_packet(
    scene: PhoneScenes, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, held = scene.server.send, bytearray()
    monkeypatch.setattr(scene.server, "send", held.extend)
    scene.rings()
    scene.answered_here()
    scene.hung_up()
    whole(bytes(held))
    steps = (Step.RINGING, Step.ANSWERED, Step.ENDED)
    assert {scene.heard.next(step).call.number for step in steps} == {CALLER}


def test_events_that_mean_nothing_here_are_passed_over(scene: PhoneScenes) -> None:
    scene.server.event("PeerStatus", Peer="PJSIP/101")
    scene.server.event("CHANNEL_DESTROY")
    scene.server.event("Hangup")
    scene.server.event("Newstate", ChannelState="5", Channel="PJSIP/101-00000001")
    scene.server.event("CHANNEL_PROGRESS", **{"Call-Direction": "outbound"})
    scene.rings()
    assert scene.heard.next(Step.RINGING).call.number == CALLER


def test_what_cannot_be_read_in_the_middle_is_passed_over_or_cuts_the_line(
    scene: PhoneScenes,
) -> None:
    if isinstance(scene, FreeSwitchScene):
        scene.server.send(b"Content-Type: text/event-json\nContent-Length: 3\n\n{]}")
        scene.server.send(b"Content-Type: text/event-json\nContent-Length: 9\n\n" + b'{"a":[1]}')
    else:
        scene.server.send(b"Event: Newchannel\r\nno colon here\r\nUniqueid\r\n\r\n")
        scene.server.send(b"\r\n\r\n")
        scene.heard.until(LineState.WAITING)
        scene.heard.until(LineState.CONNECTED)
        scene.server.live()
    scene.rings()
    assert scene.heard.next(Step.RINGING).call.number == CALLER


def test_plain_events_say_the_same_as_json() -> None:
    scene = FreeSwitchScene()
    server = scene.server
    assert isinstance(server, FakeFreeSwitch)
    server.plain = True
    scene.begin()
    scene.rings()
    call = scene.heard.next(Step.RINGING).call
    scene.end()
    assert (call.number, call.name) == (CALLER, "Anna")


def test_a_call_for_other_extensions_is_none_of_this_desks(scene: PhoneScenes) -> None:
    scene.arrives()
    if isinstance(scene, AsteriskScene):
        scene.rings_at("102", 2)
        scene.rings_at("1011", 3)
    else:
        scene.rings_at("102")
        scene.rings_at("1011")
    scene.settled()
    assert scene.heard.nothing_more()


def test_a_withheld_number_is_empty() -> None:
    scene = AsteriskScene()
    scene.begin()
    scene.server.event(
        "DialBegin",
        **scene.dest("101", 1),
        CallerIDNum="<unknown>",
        DestConnectedLineNum="<unknown>",
    )
    assert scene.heard.next(Step.RINGING).call.number == ""
    scene.end()


# --- TLS and secrets ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SERVERS)
def test_a_certificate_that_is_known_protects_the_line(
    kind: Callable[[Path], PhoneServer], tmp_path: Path
) -> None:
    certificate = certificate_for_localhost(tmp_path)
    server = kind(certificate)
    try:
        heard = Heard()
        source = PhoneConnection(
            system_at(server, encrypted=True, ca_file=str(certificate)), jitter=lambda: 0.0
        )
        source.start(heard.tell, heard.stands)
        heard.until(LineState.CONNECTED)
        source.stop()
        if isinstance(server, FakeAsterisk):
            assert "Secret" in server.wait_for(Action="Login")
    finally:
        server.close()


@pytest.mark.parametrize("kind", SERVERS)
def test_an_unknown_certificate_is_refused_before_anything_is_said(
    kind: Callable[[Path], PhoneServer], tmp_path: Path
) -> None:
    server = kind(certificate_for_localhost(tmp_path))
    try:
        assert attempt(system_at(server, encrypted=True))[0] is Code.PHONES_UNTRUSTED
        assert server.asked.empty()
    finally:
        server.close()


def test_a_system_without_tls_is_not_spoken_to_in_the_clear(server: PhoneServer) -> None:
    code, _pauses = attempt(system_at(server, encrypted=True))
    assert code is Code.PHONES_NOT_UNDERSTOOD
    assert server.asked.empty()


def test_without_tls_asterisk_never_hears_the_secret() -> None:
    scene = AsteriskScene()
    scene.begin()
    login = scene.server.wait_for(Action="Login")
    scene.end()
    assert "Secret" not in login
    assert login["AuthType"] == "MD5"


def test_a_secret_does_not_show_in_what_is_logged(server: PhoneServer) -> None:
    system = system_at(server)
    assert system.secret not in repr(system)


# --- Injection ------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", ["\r\n", "\n", "\r", "\x00", "\x7f"])
def test_no_value_can_end_its_line(sign: str) -> None:
    with pytest.raises(UserError) as refused:
        packed({"Action": "Login", "Username": f"desk{sign}Action: Command"})
    assert refused.value.code is Code.BAD_VALUE


@pytest.mark.parametrize(
    "more",
    [
        {"secret": "a\r\nAction: Command"},
        {"user": "a\nb"},
        {"extensions": ("101\n",)},
        {"extensions": ("101}x",)},
        {"extensions": ()},
        {"channel": "user/101 &system(reboot)"},
        {"context": "default\n"},
        {"host": "10.0.0.1 evil"},
        {"port": 70_000},
    ],
)
def test_settings_that_would_break_a_line_are_refused(
    server: PhoneServer, more: dict[str, object]
) -> None:
    assert attempt(system_at(server, **more))[0] is Code.BAD_VALUE
    assert server.asked.empty()


@pytest.mark.parametrize(
    "number",
    [
        "",
        "+",
        "12\r\nAction: Command",
        "12}user/1",
        "12 XML default",
        "1" * 40,
        "system",
        "+12+3",
        "sip:a@b",
    ],
)
def test_what_is_no_number_is_not_dialled(number: str) -> None:
    if number == "12 XML default":
        number = "12 XML default;"
    with pytest.raises(UserError) as refused:
        dialled_number(number)
    assert refused.value.code is Code.BAD_NUMBER


def test_a_number_is_dialled_without_what_makes_it_readable() -> None:
    assert dialled_number("+44 (20) 7946-0001") == "+442079460001"
    assert dialled_number("*21#") == "*21#"


# --- Dialling -------------------------------------------------------------------------------------


def dial(scene: PhoneScenes) -> Call:
    call = Call(number="+44 20 7946 0002", direction=Direction.OUTBOUND)
    scene.dial(call).result(timeout=20)
    assert scene.heard.next(Step.RINGING).call == call
    return call


def own_leg(scene: PhoneScenes, call: Call) -> dict[str, str]:
    if isinstance(scene, AsteriskScene):
        return {
            "Channel": "PJSIP/101-00000007",
            "Uniqueid": call.call_id,
            "Linkedid": call.call_id,
        }
    return scene.leg("101", **{"Unique-ID": call.call_id, "Channel-Call-UUID": call.call_id})


def test_a_dialled_call_is_answered_when_the_other_side_answers(scene: PhoneScenes) -> None:
    call = dial(scene)
    mine = own_leg(scene, call)
    server = scene.server
    if isinstance(scene, AsteriskScene):
        asked = server.wait_for(Action="Originate")
        assert (asked["Exten"], asked["Channel"]) == ("+442079460002", "PJSIP/101")
        server.event("Newchannel", **mine, ChannelState="0")
        server.event("Newstate", **mine, ChannelState="5")
        server.event("Newstate", **mine, ChannelState="6")
        scene.linked = call.call_id
        server.event("DialBegin", **mine, **scene.dest("trunk", 8))
        server.event("DialEnd", **mine, **scene.dest("trunk", 8), DialStatus="ANSWER")
        assert scene.heard.next(Step.ANSWERED).call.call_id == call.call_id
        scene.gone("trunk", 8)
        server.event("Hangup", **mine, Cause="16")
    else:
        asked = server.wait_for(word="bgapi")
        assert asked["rest"].endswith("}user/101 +442079460002 XML default")
        assert asked["more"] == f"Job-UUID: {call.call_id}"
        scene.talk = call.call_id
        server.event("CHANNEL_CREATE", **mine)
        server.event("CHANNEL_PROGRESS", **mine)
        server.event("CHANNEL_ANSWER", **mine)
        server.event("CHANNEL_CREATE", **scene.leg("442079460002"))
        server.event("CHANNEL_PROGRESS", **scene.leg("442079460002"))
        server.event("CHANNEL_ANSWER", **scene.leg("442079460002"))
        assert scene.heard.next(Step.ANSWERED).call.call_id == call.call_id
        scene.gone("442079460002")
        server.event("CHANNEL_HANGUP_COMPLETE", **mine, **{"Hangup-Cause": "NORMAL_CLEARING"})
    assert scene.heard.next(Step.ENDED).call.call_id == call.call_id


def test_a_dialled_call_that_is_not_taken_has_failed(scene: PhoneScenes) -> None:
    call = dial(scene)
    mine = own_leg(scene, call)
    if isinstance(scene, AsteriskScene):
        scene.server.event("Newchannel", **mine, ChannelState="0")
        scene.server.event("Newstate", **mine, ChannelState="5")
        scene.server.event("Hangup", **mine, Cause="19")
    else:
        scene.server.event("CHANNEL_CREATE", **mine)
        scene.server.event("CHANNEL_HANGUP_COMPLETE", **mine, **{"Hangup-Cause": "NO_ANSWER"})
    assert scene.heard.next(Step.FAILED).call.call_id == call.call_id


def test_a_call_that_comes_to_nothing_at_all_has_failed(scene: PhoneScenes) -> None:
    call = dial(scene)
    if isinstance(scene, AsteriskScene):
        scene.server.event(
            "OriginateResponse", ActionID=call.call_id, Response="Failure", Uniqueid="<null>"
        )
    else:
        scene.server.event(
            "BACKGROUND_JOB", **{"Job-UUID": call.call_id, "_body": "-ERR USER_NOT_REGISTERED\n"}
        )
    assert scene.heard.next(Step.FAILED).call.call_id == call.call_id


def test_a_refused_call_fails_with_a_code(scene: PhoneScenes) -> None:
    scene.server.refuses = True
    failure = scene.dial(Call(number="123")).exception(timeout=20)
    assert isinstance(failure, AgentDeskError)
    assert failure.code is Code.CALL_REFUSED
    scene.heard.next(Step.RINGING)
    scene.heard.next(Step.FAILED)


def test_nothing_is_dialled_without_a_connection(server: PhoneServer) -> None:
    source = PhoneConnection(system_at(server))
    failure = source.dial(Call(number="123")).exception(timeout=20)
    assert isinstance(failure, AgentDeskError)
    assert failure.code is Code.PHONES_UNREACHABLE


# --- Names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "extension"),
    [
        ("PJSIP/101-0000002a", "101"),
        ("SIP/front-desk-0000002a", "front-desk"),
        ("Local/101@from-queue-00000001;2", ""),
        ("IAX2/101-1234", "101-1234"),
        ("PJSIP/", ""),
        ("", ""),
    ],
)
def test_the_extension_of_a_channel(channel: str, extension: str) -> None:
    assert extension_of(channel) == extension


def test_extensions_may_be_listed_in_any_way() -> None:
    assert extensions_of(" 101, 102;103\n101 ") == ("101", "102", "103")
    assert extensions_of("  ") == ()


def test_of_doubled_headers_the_first_counts() -> None:
    assert headers_of(b"A: 1\nA: 2\nnothing") == {"A": "1"}


def test_ports_have_usual_values() -> None:
    def port(kind: SystemKind, encrypted: bool) -> int:
        return PhoneSystem(kind, "pbx", encrypted=encrypted).real_port

    assert port(SystemKind.ASTERISK, True) == 5039
    assert port(SystemKind.ASTERISK, False) == 5038
    assert port(SystemKind.FREESWITCH, False) == 8021
