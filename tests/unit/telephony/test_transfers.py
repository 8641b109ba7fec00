"""A call that is passed on keeps its course, at the desk that gives and at the one that gets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agentdesk.telephony.asterisk_calls import AsteriskCalls
from agentdesk.telephony.events import CallEvent, Step
from agentdesk.telephony.freeswitch_calls import FreeSwitchCalls

CALLER = "+442079460001"


class Desks:
    """The desks of 101 and 102, which both hear everything the system tells."""

    def __init__(self, kind: type[AsteriskCalls] | type[FreeSwitchCalls]) -> None:
        self.heard: dict[str, list[CallEvent]] = {"101": [], "102": []}
        self._calls = [kind((name,), events.append) for name, events in self.heard.items()]

    def tell(self, **message: str) -> None:
        """Let the system tell both of an event."""
        for calls in self._calls:
            calls.take(message)

    def steps(self, name: str) -> list[Step]:
        """Return what a desk was told."""
        return [event.step for event in self.heard[name]]


class Asterisk(Desks):
    """Events of Asterisk; a channel is a name, a number and what it belongs to."""

    def __init__(self) -> None:
        super().__init__(AsteriskCalls)

    def named(self, prefix: str, name: str, number: int, linked: str) -> dict[str, str]:
        return {
            f"{prefix}Channel": f"PJSIP/{name}-0000000{number}",
            f"{prefix}Uniqueid": f"1.{number}",
            f"{prefix}Linkedid": linked,
        }

    def arrives(self, linked: str = "1.1", number: str = CALLER, name: str = "trunk") -> None:
        who = self.named("", name, int(linked[-1]), linked)
        self.tell(Event="Newchannel", **who, ChannelState="4", CallerIDNum=number, Exten="100")

    def rings(self, name: str, number: int, linked: str, caller: str = CALLER) -> None:
        who = self.named("Dest", name, number, linked)
        self.tell(Event="DialBegin", **who, CallerIDNum=caller, DestConnectedLineNum=caller)

    def answers(self, name: str, number: int, linked: str) -> None:
        who = self.named("Dest", name, number, linked)
        self.tell(Event="DialEnd", **who, DialStatus="ANSWER", DestCallerIDName=f"Desk {name}")

    def gone(self, name: str, number: int, linked: str) -> None:
        self.tell(Event="Hangup", **self.named("", name, number, linked), Cause="16")


def asterisk_blind() -> Desks:
    """101 answers and passes the caller on to 102 without asking."""
    desks = Asterisk()
    desks.arrives()
    desks.rings("101", 2, "1.1")
    desks.answers("101", 2, "1.1")
    desks.tell(
        Event="BlindTransfer",
        **desks.named("Transferer", "101", 2, "1.1"),
        **desks.named("Transferee", "trunk", 1, "1.1"),
        Extension="102",
    )
    desks.gone("101", 2, "1.1")
    desks.rings("102", 3, "1.1")
    desks.answers("102", 3, "1.1")
    desks.gone("102", 3, "1.1")
    desks.gone("trunk", 1, "1.1")
    return desks


def asterisk_attended() -> Desks:
    """101 answers, asks 102 in a call of their own, and puts the caller through."""
    desks = Asterisk()
    desks.arrives()
    desks.rings("101", 2, "1.1")
    desks.answers("101", 2, "1.1")
    desks.arrives("1.4", "101", "101")
    desks.rings("102", 5, "1.4", caller="101")
    desks.answers("102", 5, "1.4")
    desks.tell(
        Event="AttendedTransfer",
        Result="Success",
        **desks.named("OrigTransferer", "101", 2, "1.1"),
        **desks.named("SecondTransferer", "101", 4, "1.4"),
        **desks.named("Transferee", "trunk", 1, "1.1"),
        **desks.named("TransferTarget", "102", 5, "1.4"),
        OrigTransfererCallerIDNum="101",
        TransferTargetCallerIDNum="102",
    )
    desks.gone("101", 2, "1.1")
    desks.gone("101", 4, "1.4")
    # From now on Asterisk tells the older of the two linked ids.
    desks.gone("102", 5, "1.1")
    desks.gone("trunk", 1, "1.1")
    return desks


class FreeSwitch(Desks):
    """Events of FreeSWITCH; a channel is an id and the call that it belongs to."""

    def __init__(self) -> None:
        super().__init__(FreeSwitchCalls)

    def named(self, name: str, leg: str, call: str, caller: str, called: bool) -> dict[str, str]:
        return {
            "Unique-ID": leg,
            "Channel-Call-UUID": call,
            "Call-Direction": "outbound" if called else "inbound",
            "Channel-Name": f"sofia/internal/{name}@10.0.0.7",
            "Caller-Caller-ID-Number": caller,
            "Caller-Destination-Number": name if called else "100",
        }

    def told(self, event: str, *about: str, called: bool = True, **more: str) -> None:
        name, leg, call, caller = about
        fields = self.named(name, leg, call, caller, called) | more
        self.tell(**{"Event-Name": event, **fields})

    def taken(self, name: str, leg: str, call: str, caller: str = CALLER) -> None:
        for event in ("CHANNEL_CREATE", "CHANNEL_PROGRESS", "CHANNEL_ANSWER"):
            self.told(event, name, leg, call, caller)

    def over(self, name: str, leg: str, call: str, cause: str = "NORMAL_CLEARING") -> None:
        more = {"Hangup-Cause": cause}
        self.told("CHANNEL_HANGUP_COMPLETE", name, leg, call, CALLER, called=True, **more)


def freeswitch_blind() -> Desks:
    """101 answers and passes the caller on to 102 without asking."""
    desks = FreeSwitch()
    desks.told("CHANNEL_CREATE", CALLER, "a", "a", CALLER, called=False)
    desks.taken("101", "b", "a")
    desks.over("101", "b", "a", "BLIND_TRANSFER")
    desks.taken("102", "c", "a")
    desks.over("102", "c", "a")
    desks.over(CALLER, "a", "a")
    return desks


def freeswitch_attended() -> Desks:
    """101 answers, asks 102 in a call of their own, and puts the caller through."""
    desks = FreeSwitch()
    desks.told("CHANNEL_CREATE", CALLER, "a", "a", CALLER, called=False)
    desks.taken("101", "b", "a")
    desks.told("CHANNEL_CREATE", "101", "d", "d", "101", called=False)
    desks.taken("102", "e", "d", "101")
    bridged = {"Bridge-A-Unique-ID": "a", "Bridge-B-Unique-ID": "e"}
    desks.told("CHANNEL_BRIDGE", CALLER, "a", "a", CALLER, called=False, **bridged)
    desks.over("101", "b", "a", "ATTENDED_TRANSFER")
    desks.over("101", "d", "d")
    desks.over("102", "e", "a")
    desks.over(CALLER, "a", "a")
    return desks


@pytest.mark.parametrize("play", [asterisk_blind, freeswitch_blind])
def test_a_call_passed_on_unasked_rings_with_who_passed_it_on(play: Callable[[], Desks]) -> None:
    desks = play()
    assert desks.steps("101") == [Step.RINGING, Step.ANSWERED, Step.PASSED_ON]
    assert desks.steps("102") == [Step.RINGING, Step.ANSWERED, Step.ENDED]
    call = desks.heard["102"][0].call
    assert (call.number, call.passed_on_by) == (CALLER, "101")
    assert call.call_id != desks.heard["101"][0].call.call_id


@pytest.mark.parametrize("play", [asterisk_attended, freeswitch_attended])
def test_a_call_passed_on_after_asking_becomes_the_callers(play: Callable[[], Desks]) -> None:
    desks = play()
    assert desks.steps("101") == [Step.RINGING, Step.ANSWERED, Step.PASSED_ON]
    assert desks.steps("102") == [Step.RINGING, Step.ANSWERED, Step.CHANGED, Step.ENDED]
    asked, _answered, changed, _ended = desks.heard["102"]
    assert asked.call.number == "101"
    assert (changed.call.number, changed.call.passed_on_by) == (CALLER, "101")
    assert changed.call.call_id == asked.call.call_id


def test_a_call_that_comes_back_is_another_one_for_who_had_it() -> None:
    desks = Asterisk()
    desks.arrives()
    for number, name in ((2, "101"), (3, "102"), (4, "101")):
        desks.rings(name, number, "1.1")
        desks.answers(name, number, "1.1")
        desks.tell(
            Event="BlindTransfer", **desks.named("Transferer", name, number, "1.1"), Extension="1"
        )
        desks.gone(name, number, "1.1")
    first, *_between, last = desks.heard["101"]
    assert first.call.call_id != last.call.call_id
    assert first.call.shared_id == last.call.shared_id


def test_all_desks_of_a_group_know_a_missed_call_by_one_id() -> None:
    desks = Asterisk()
    desks.arrives()
    for number, name in ((2, "101"), (3, "102")):
        desks.rings(name, number, "1.1")
    for number, name in ((2, "101"), (3, "102"), (1, "trunk")):
        desks.gone(name, number, "1.1")
    missed = [events[-1] for events in desks.heard.values()]
    assert [event.step for event in missed] == [Step.MISSED, Step.MISSED]
    assert len({event.call.shared_id for event in missed}) == 1
    assert len({event.call.call_id for event in missed}) == 2
