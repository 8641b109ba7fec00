"""What Asterisk's events mean for the calls of one desk.

Source: the reference of AMI events (Asterisk 13 and later). What belongs together has one Linkedid.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from agentdesk.telephony.events import Call, CallEvent
from agentdesk.telephony.session import Message
from agentdesk.telephony.talks import Talks

_DEVICE = re.compile(r"(?P<kind>[A-Za-z0-9]+)/(?P<name>.+?)(?:-[0-9a-fA-F]{8,16})?(?:;[12])?")
_UNKNOWN = frozenset({"<unknown>", "unknown"})
_RINGING, _UP = "5", "6"
_ANSWERED_ELSEWHERE = "26"
"""Q.850's cause, by which Asterisk hangs up the telephones of a group that were too late."""


class AsteriskCalls:
    """Follows all channels, and tells of those of the desk's extensions."""

    def __init__(self, extensions: tuple[str, ...], tell: Callable[[CallEvent], None]) -> None:
        self._talks = Talks("asterisk", extensions, tell)
        self._events: Mapping[str, Callable[[Message], None]] = MappingProxyType(
            {
                "Newchannel": self._new_channel,
                "NewCallerid": self._caller_known,
                "Newstate": self._state,
                "DialBegin": self._dial_begins,
                "DialEnd": self._dial_ends,
                "BridgeEnter": self._enters_bridge,
                "BlindTransfer": self._blindly_passed,
                "AttendedTransfer": self._passed_after_asking,
                "OriginateResponse": self._originated,
                "Hangup": self._hung_up,
            }
        )

    def take(self, message: Message) -> None:
        """Understand one event; others than those above mean nothing here."""
        understand = self._events.get(message.get("Event", ""))
        if understand is not None:
            understand(message)

    def dialled(self, call: Call) -> None:
        """This desk has asked for a call: its channel's ids are the call's."""
        self._talks.dialled(call, call.call_id)

    def refused(self, call: Call) -> None:
        """That call will not come about."""
        self._talks.refused(call.call_id)

    # --- Events -------------------------------------------------------------------------------

    def _new_channel(self, told: Message) -> None:
        leg_id, key = told.get("Uniqueid", ""), told.get("Linkedid", "")
        self._known(told, "")
        if leg_id == key:
            line = told.get("Exten", "")
            self._talks.caller(key, *_caller(told, "CallerID"), line if line != "s" else None)

    def _caller_known(self, told: Message) -> None:
        if told.get("Uniqueid") == told.get("Linkedid"):
            self._talks.caller(told.get("Linkedid", ""), *_caller(told, "CallerID"), None)

    def _state(self, told: Message) -> None:
        if told.get("ChannelState") == _RINGING:
            self._talks.caller(told.get("Linkedid", ""), *_caller(told, "ConnectedLine"), None)
            self._rings(told, "")
        elif told.get("ChannelState") == _UP and _is_telephone(told.get("Channel", "")):
            self._known(told, "")
            # The channel by which the caller came in is up as soon as anything answers it, as a
            # greeting does: nobody has taken the call by that.
            if told.get("Uniqueid") != told.get("Linkedid"):
                self._talks.answers(told.get("Uniqueid", ""))

    def _dial_begins(self, told: Message) -> None:
        key = told.get("DestLinkedid") or told.get("Linkedid", "")
        number, name = _caller(told, "DestConnectedLine")
        if not number:
            number, name = _caller(told, "CallerID")
        self._talks.caller(key, number, name, None)
        self._rings(told, "Dest")

    def _dial_ends(self, told: Message) -> None:
        if told.get("DialStatus") == "ANSWER" and _is_telephone(told.get("DestChannel", "")):
            self._known(told, "Dest")
            self._talks.answers(told.get("DestUniqueid", ""))

    def _enters_bridge(self, told: Message) -> None:
        self._known(told, "")

    def _blindly_passed(self, told: Message) -> None:
        by = _who(told, "Transferer")
        self._talks.passed_on(told.get("TransfererUniqueid", ""), told.get("Extension"), by)

    def _passed_after_asking(self, told: Message) -> None:
        by = _who(told, "OrigTransferer")
        to = _who(told, "TransferTarget")
        caller = told.get("OrigTransfererLinkedid", "")
        self._talks.passed_on(told.get("OrigTransfererUniqueid", ""), to, by)
        self._talks.joined(told.get("TransferTargetUniqueid", ""), caller, by)

    def _originated(self, told: Message) -> None:
        if told.get("Response") == "Failure":
            self._talks.refused(told.get("ActionID", ""))

    def _hung_up(self, told: Message) -> None:
        elsewhere = told.get("Cause") == _ANSWERED_ELSEWHERE
        self._talks.gone(told.get("Uniqueid", ""), elsewhere=elsewhere)

    # --- Beneath ------------------------------------------------------------------------------

    def _rings(self, told: Message, which: str) -> None:
        if _is_telephone(told.get(f"{which}Channel", "")):
            self._known(told, which)
            self._talks.rings(told.get(f"{which}Uniqueid", ""))

    def _known(self, told: Message, which: str) -> None:
        """Note a channel, also one whose beginning was missed."""
        channel = told.get(f"{which}Channel", "")
        name = told.get(f"{which}CallerIDName", "")
        self._talks.leg(
            told.get(f"{which}Uniqueid", ""),
            told.get(f"{which}Linkedid") or told.get("Linkedid", ""),
            extension_of(channel),
            None if name in _UNKNOWN else name,
        )


def extension_of(channel: str) -> str:
    """Return the extension of a telephone's channel: "PJSIP/101-0000002a" is 101.

    A channel of kind Local is no telephone: it leads to one, whose own channel tells.
    """
    found = _DEVICE.fullmatch(channel)
    if found is None or found["kind"].lower() == "local":
        return ""
    return found["name"].partition("@")[0]


def _is_telephone(channel: str) -> bool:
    return not channel.lower().startswith("local/")


def _caller(told: Message, prefix: str) -> tuple[str, str | None]:
    number, name = told.get(f"{prefix}Num", ""), told.get(f"{prefix}Name", "")
    return ("" if number in _UNKNOWN else number), (None if name in _UNKNOWN else name)


def _who(told: Message, prefix: str) -> str | None:
    number, name = _caller(told, f"{prefix}CallerID")
    return name or number or extension_of(told.get(f"{prefix}Channel", "")) or None
