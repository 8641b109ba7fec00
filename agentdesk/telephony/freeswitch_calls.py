"""What FreeSWITCH's events mean for the calls of one desk.

Source: FreeSWITCH's documentation of its event list and channel variables. What belongs together
has one Channel-Call-UUID: that of the channel by which the call came in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from agentdesk.telephony.events import Call, CallEvent
from agentdesk.telephony.session import Message
from agentdesk.telephony.talks import Talks

_USER_OF_CHANNEL = re.compile(r"[^/]+/[^/]+/(?:sip:)?(?P<user>[^@/]+)(?:@.*)?")
_LATE = frozenset({"LOSE_RACE", "PICKED_OFF"})
"""How the telephones of a group are hung up that were too late."""
_PASSED_ON = frozenset({"BLIND_TRANSFER", "ATTENDED_TRANSFER"})
_NO_NUMBER = frozenset({"0000000000", "anonymous", "unknown", "unavailable"})


class FreeSwitchCalls:
    """Follows all channels, and tells of those of the desk's extensions."""

    def __init__(self, extensions: tuple[str, ...], tell: Callable[[CallEvent], None]) -> None:
        self._talks = Talks("freeswitch", extensions, tell)
        self._keys: dict[str, str] = {}
        self._events: Mapping[str, Callable[[Message], None]] = MappingProxyType(
            {
                "CHANNEL_CREATE": self._created,
                "CHANNEL_PROGRESS": self._rings,
                "CHANNEL_PROGRESS_MEDIA": self._rings,
                "CHANNEL_ANSWER": self._answered,
                "CHANNEL_BRIDGE": self._bridged,
                "CHANNEL_HANGUP_COMPLETE": self._hung_up,
            }
        )

    def take(self, message: Message) -> None:
        """Understand one event; others than those above mean nothing here."""
        understand = self._events.get(message.get("Event-Name", ""))
        if understand is not None and message.get("Unique-ID"):
            understand(message)
        elif message.get("Event-Name") == "BACKGROUND_JOB":
            self._job_done(message)

    def dialled(self, call: Call) -> None:
        """This desk has asked for a call: its channel's id is the call's."""
        self._talks.dialled(call, call.call_id)

    def refused(self, call: Call) -> None:
        """That call will not come about."""
        self._talks.refused(call.call_id)

    # --- Events -------------------------------------------------------------------------------

    def _created(self, told: Message) -> None:
        leg_id, key = told["Unique-ID"], _key(told)
        extension = extension_of(told)
        name = _name(told, "Caller-Callee-ID-Name") if _is_called(told) else None
        self._talks.leg(leg_id, key, extension, name or extension)
        self._keys.setdefault(leg_id, key)
        if leg_id == key or not _is_called(told):
            line = told.get("Caller-Destination-Number") if not _is_called(told) else None
            self._talks.caller(key, *_caller(told), line)

    def _rings(self, told: Message) -> None:
        if _is_called(told):
            self._created(told)
            self._talks.caller(_key(told), *_caller(told), None)
            self._talks.rings(told["Unique-ID"])

    def _answered(self, told: Message) -> None:
        # The channel by which a call came in is answered for a greeting too: that takes no call.
        if _is_called(told):
            self._rings(told)
            self._talks.answers(told["Unique-ID"])

    def _bridged(self, told: Message) -> None:
        """Two channels speak with each other; of two talks, that is an attended transfer."""
        first = told.get("Bridge-A-Unique-ID") or told["Unique-ID"]
        second = told.get("Bridge-B-Unique-ID") or told.get("Other-Leg-Unique-ID", "")
        keys = self._keys.get(first), self._keys.get(second)
        if None in keys or keys[0] == keys[1]:
            return
        for leg_id, other in ((first, second), (second, first)):
            # Who came in by a channel of their own is the caller; the other was asked first.
            if self._keys[other] == other and self._keys[leg_id] != leg_id:
                asker = self._talks.caller_name(self._keys[leg_id])
                self._talks.joined(leg_id, self._keys[other], asker)
                self._keys[leg_id] = self._keys[other]
                return

    def _job_done(self, told: Message) -> None:
        # A call that this desk asks for is a job of the same id.
        if told.get("_body", "").startswith("-ERR"):
            self._talks.refused(told.get("Job-UUID", ""))

    def _hung_up(self, told: Message) -> None:
        leg_id, cause = told["Unique-ID"], told.get("Hangup-Cause", "")
        if cause in _PASSED_ON:
            self._talks.passed_on(leg_id, None)
        self._talks.gone(leg_id, elsewhere=cause in _LATE)
        self._keys.pop(leg_id, None)


def extension_of(told: Message) -> str:
    """Return the extension of the telephone at a channel: "sofia/internal/101@pbx" is 101."""
    dialled = told.get("variable_dialed_user", "")
    if dialled:
        return dialled
    found = _USER_OF_CHANNEL.fullmatch(told.get("Channel-Name", ""))
    return found["user"] if found is not None else ""


def _key(told: Message) -> str:
    return (
        told.get("Channel-Call-UUID") or told.get("variable_call_uuid") or told.get("Unique-ID", "")
    )


def _is_called(told: Message) -> bool:
    """Tell whether the system called this channel's telephone, rather than the other way round."""
    return told.get("Call-Direction") == "outbound"


def _caller(told: Message) -> tuple[str, str | None]:
    number = told.get("Caller-Caller-ID-Number", "")
    return ("" if number.lower() in _NO_NUMBER else number), _name(told, "Caller-Caller-ID-Name")


def _name(told: Message, key: str) -> str | None:
    name = told.get(key, "")
    return name if name and name.lower() not in _NO_NUMBER | {"outbound call"} else None
