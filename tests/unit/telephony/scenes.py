"""The same happenings, as each source hears of them."""

from __future__ import annotations

import queue
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime

from agentdesk.sync.protocol import CallSignal
from agentdesk.telephony.command import CommandSource
from agentdesk.telephony.connection import PhoneConnection
from agentdesk.telephony.events import Call, CallEvent, Step
from agentdesk.telephony.from_central import CentralSource
from agentdesk.telephony.source import LineState, LineStatus, Source
from agentdesk.telephony.system import PhoneSystem, SystemKind
from tests.unit.telephony.servers import (
    PATIENCE_S,
    SECRET,
    FakeAsterisk,
    FakeFreeSwitch,
    PhoneServer,
)

CALLER = "+442079460001"
LINE = "02079460999"


class Heard:
    """What a source told, in order."""

    def __init__(self) -> None:
        self._steps: queue.Queue[CallEvent] = queue.Queue()
        self._statuses: queue.Queue[LineStatus] = queue.Queue()

    def tell(self, event: CallEvent) -> None:
        """Note a step."""
        self._steps.put(event)

    def stands(self, status: LineStatus) -> None:
        """Note a status."""
        self._statuses.put(status)

    def next(self, step: Step) -> CallEvent:
        """Return the next step, which has to be this one."""
        event = self._steps.get(timeout=PATIENCE_S)
        assert event.step is step, event.step
        return event

    def nothing_more(self) -> bool:
        """Tell whether no step is left that nobody has looked at."""
        return self._steps.empty()

    def until(self, state: LineState) -> LineStatus:
        """Return the next status that says so."""
        while True:
            status = self._statuses.get(timeout=PATIENCE_S)
            if status.state is state:
                return status


class Scene:
    """A source, and how the world around it makes things happen to one call."""

    source: Source
    heard: Heard

    def begin(self) -> None:
        """Start the source and wait until it hears."""
        self.heard = Heard()
        self.source.start(self.heard.tell, self.heard.stands)
        self.heard.until(LineState.CONNECTED)

    def end(self) -> None:
        """Stop it."""
        self.source.stop()

    def rings(self) -> None:
        """A call from outside rings at this desk, and at another one."""
        raise NotImplementedError

    def answered_here(self) -> None:
        """This desk's telephone is taken up."""
        raise NotImplementedError

    def answered_elsewhere(self) -> None:
        """The other one is."""
        raise NotImplementedError

    def hung_up(self) -> None:
        """The call is over, for everybody."""
        raise NotImplementedError

    def settled(self) -> None:
        """Return once everything that was said has been heard."""


class CommandScene(Scene):
    """Said by hand."""

    def __init__(self) -> None:
        self.source: CommandSource = CommandSource()
        self.call = Call(number=CALLER, line=LINE)
        self._was = Step.RINGING

    def rings(self) -> None:
        self.source.announce(self.call)

    def answered_here(self) -> None:
        self._say(Step.ANSWERED)

    def answered_elsewhere(self) -> None:
        self._say(Step.STOPPED)

    def hung_up(self) -> None:
        if self._was is not Step.STOPPED:
            self._say(Step.ENDED if self._was is Step.ANSWERED else Step.MISSED)

    def _say(self, step: Step) -> None:
        self._was = step
        self.source.announce(self.call, step)


class CentralScene(Scene):
    """Signals, as the stream of pokes brings them."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[CallSignal], None]] = []
        self.source: Source = CentralSource(self._follow)
        self._was = Step.RINGING

    def _follow(self, listener: Callable[[CallSignal], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def signal(self, step: str) -> None:
        """Let Central say so."""
        told = CallSignal(
            step=step, call_id="c", number=CALLER, line=LINE, rang_at=datetime.now(UTC)
        )
        for listener in tuple(self._listeners):
            listener(told)

    def rings(self) -> None:
        self.signal("ringing")

    def answered_here(self) -> None:
        self._say(Step.ANSWERED)

    def answered_elsewhere(self) -> None:
        self._say(Step.STOPPED)

    def hung_up(self) -> None:
        if self._was is not Step.STOPPED:
            self._say(Step.ENDED if self._was is Step.ANSWERED else Step.MISSED)

    def _say(self, step: Step) -> None:
        self._was = step
        self.signal(step.value)


def system_at(server: PhoneServer, **more: object) -> PhoneSystem:
    """Return the settings of a desk with the extension 101."""
    kind = SystemKind.ASTERISK if isinstance(server, FakeAsterisk) else SystemKind.FREESWITCH
    user = "desk" if kind is SystemKind.ASTERISK else ""
    values: dict[str, object] = {
        "host": "127.0.0.1",
        "port": server.port,
        "encrypted": False,
        "user": user,
        "secret": SECRET,
        "extensions": ("101",),
        **more,
    }
    return PhoneSystem(kind=kind, **values)  # type: ignore[arg-type]  # each of its field's type


class PhoneScene(Scene):
    """A telephone system that the desk is connected to."""

    server: PhoneServer

    def __init__(self, server: PhoneServer, **more: object) -> None:
        self.server = server
        self.source: PhoneConnection = PhoneConnection(
            system_at(server, **more), jitter=lambda: 0.0
        )

    def begin(self) -> None:
        super().begin()
        self.server.live()

    def end(self) -> None:
        super().end()
        self.server.close()

    def dial(self, call: Call) -> Future[None]:
        """Ask for a call."""
        return self.source.dial(call)


class AsteriskScene(PhoneScene):
    """The events of a ring group of 101 and 102, in Asterisk's order."""

    linked = "1764000000.10"

    def __init__(self, **more: object) -> None:
        super().__init__(FakeAsterisk(), **more)
        self._answered = ""

    def channel(self, name: str, number: int) -> dict[str, str]:
        """Return the fields by which a channel is named."""
        return {
            "Channel": f"PJSIP/{name}-0000000{number}",
            "Uniqueid": f"1764000000.1{number}",
            "Linkedid": self.linked,
        }

    def dest(self, name: str, number: int) -> dict[str, str]:
        """Return the same of a channel that is called."""
        return {f"Dest{key}": value for key, value in self.channel(name, number).items()}

    def arrives(self) -> None:
        """A caller comes in, and waits."""
        self.server.event(
            "Newchannel",
            **self.channel("trunk", 0),
            ChannelState="4",
            CallerIDNum=CALLER,
            CallerIDName="Anna",
            Exten=LINE,
        )

    def rings_at(self, name: str, number: int) -> None:
        """The telephone of an extension is dialled, and rings."""
        self.server.event(
            "Newchannel",
            **self.channel(name, number),
            ChannelState="0",
            CallerIDNum=name,
            CallerIDName="<unknown>",
        )
        self.server.event(
            "DialBegin",
            **self.channel("trunk", 0),
            **self.dest(name, number),
            CallerIDNum=CALLER,
            DestCallerIDNum=name,
            DestCallerIDName=f"Desk {name}",
            DestConnectedLineNum=CALLER,
        )
        self.server.event(
            "Newstate",
            **self.channel(name, number),
            ChannelState="5",
            ConnectedLineNum=CALLER,
        )

    def taken_by(self, name: str, number: int) -> None:
        """An extension answers."""
        self._answered = name
        self.server.event("Newstate", **self.channel(name, number), ChannelState="6")
        self.server.event(
            "DialEnd",
            **self.channel("trunk", 0),
            **self.dest(name, number),
            DestCallerIDName=f"Desk {name}",
            DialStatus="ANSWER",
        )

    def gone(self, name: str, number: int, cause: str = "16") -> None:
        """A channel ends."""
        self.server.event("Hangup", **self.channel(name, number), Cause=cause)

    def rings(self) -> None:
        self.arrives()
        self.rings_at("102", 2)
        self.rings_at("101", 1)

    def answered_here(self) -> None:
        self.taken_by("101", 1)
        self.gone("102", 2, "26")

    def answered_elsewhere(self) -> None:
        self.taken_by("102", 2)
        self.gone("101", 1, "26")

    def hung_up(self) -> None:
        for name, number in (("101", 1), ("102", 2)):
            if self._answered in ("", name):
                self.gone(name, number)
        self.gone("trunk", 0)

    def settled(self) -> None:
        """Events come in order: once one more call has been heard of, so have all before it."""
        former, self.linked = self.linked, "settled"
        self.rings_at("101", 9)
        self.heard.next(Step.RINGING)
        self.linked = former


class FreeSwitchScene(PhoneScene):
    """The events of a group of 101 and 102, in FreeSWITCH's order."""

    def __init__(self, **more: object) -> None:
        super().__init__(FakeFreeSwitch(), **more)
        self._answered = ""
        self.talk = "a-leg"

    def leg(self, name: str, **more: str) -> dict[str, str]:
        """Return the fields by which the telephone of an extension is named."""
        return {
            "Unique-ID": f"{self.talk}-{name}",
            "Channel-Call-UUID": self.talk,
            "Call-Direction": "outbound",
            "Channel-Name": f"sofia/internal/{name}@10.0.0.7:5060",
            "Caller-Caller-ID-Number": CALLER,
            "Caller-Caller-ID-Name": "Anna",
            "Caller-Destination-Number": name,
            "Caller-Callee-ID-Name": f"Desk {name}",
            **more,
        }

    def outside(self, **more: str) -> dict[str, str]:
        """Return the fields by which the caller's channel is named."""
        return {
            "Unique-ID": self.talk,
            "Channel-Call-UUID": self.talk,
            "Call-Direction": "inbound",
            "Channel-Name": "sofia/external/+442079460001@provider.example",
            "Caller-Caller-ID-Number": CALLER,
            "Caller-Caller-ID-Name": "Anna",
            "Caller-Destination-Number": LINE,
            **more,
        }

    def rings_at(self, name: str) -> None:
        """The telephone of an extension is called, and rings."""
        self.server.event("CHANNEL_CREATE", **self.leg(name))
        self.server.event("CHANNEL_PROGRESS", **self.leg(name))

    def taken_by(self, name: str) -> None:
        """An extension answers."""
        self._answered = name
        self.server.event("CHANNEL_ANSWER", **self.leg(name))
        self.server.event("CHANNEL_ANSWER", **self.outside())
        bridge = {"Bridge-A-Unique-ID": self.talk, "Bridge-B-Unique-ID": f"{self.talk}-{name}"}
        self.server.event("CHANNEL_BRIDGE", **self.outside(), **bridge)

    def gone(self, name: str, cause: str = "NORMAL_CLEARING") -> None:
        """An extension's channel ends."""
        self.server.event("CHANNEL_HANGUP_COMPLETE", **self.leg(name), **{"Hangup-Cause": cause})

    def arrives(self) -> None:
        """A caller comes in; a greeting answers at once."""
        self.server.event("CHANNEL_CREATE", **self.outside())
        self.server.event("CHANNEL_ANSWER", **self.outside())

    def rings(self) -> None:
        self.arrives()
        self.rings_at("102")
        self.rings_at("101")

    def answered_here(self) -> None:
        self.taken_by("101")
        self.gone("102", "LOSE_RACE")

    def answered_elsewhere(self) -> None:
        self.taken_by("102")
        self.gone("101", "LOSE_RACE")

    def hung_up(self) -> None:
        for name in ("101", "102"):
            if self._answered in ("", name):
                self.gone(name, "ORIGINATOR_CANCEL" if not self._answered else "NORMAL_CLEARING")
        self.server.event(
            "CHANNEL_HANGUP_COMPLETE", **self.outside(), **{"Hangup-Cause": "NORMAL_CLEARING"}
        )

    def settled(self) -> None:
        """Events come in order: once one more call has been heard of, so have all before it."""
        former, self.talk = self.talk, "settled"
        self.rings_at("101")
        self.heard.next(Step.RINGING)
        self.talk = former


SCENES: tuple[Callable[[], Scene], ...] = (
    CommandScene,
    CentralScene,
    AsteriskScene,
    FreeSwitchScene,
)
PHONE_SCENES: tuple[Callable[..., AsteriskScene | FreeSwitchScene], ...] = (
    AsteriskScene,
    FreeSwitchScene,
)
