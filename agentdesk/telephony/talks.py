"""What becomes of the calls of a telephone system, seen from one desk; pure.

Telephone systems tell of channels: one for each telephone that takes part. What belongs together,
they mark with an id (a linked id, a call's id). This gathers channels into talks, and tells the
steps of those that concern the desk's own extensions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from agentdesk.domain.entities import Direction
from agentdesk.domain.ids import derived_id
from agentdesk.domain.moments import now
from agentdesk.telephony.events import Call, CallEvent, Step, told_text

MOST_TALKS = 2_000
"""So many at a time are taken for a telephone system that never says that they end."""


@dataclass(slots=True, eq=False)
class _Leg:
    """One channel."""

    id: str
    talk: _Talk
    mine: str | None
    """The desk's extension that this is the telephone of."""
    name: str | None = None
    rings: bool = False
    answered: bool = False


@dataclass(slots=True, eq=False)
class _Talk:
    """All channels that belong together."""

    key: str
    number: str = ""
    name: str | None = None
    line: str | None = None
    legs: dict[str, _Leg] = field(default_factory=dict)
    call: Call | None = None
    """What this desk was told of it."""
    step: Step | None = None
    taken: bool = False
    """Somebody has answered it, here or elsewhere."""
    passed_on_by: str | None = None
    passed_to: str | None = None
    dialled: bool = False
    turn: int = 0


_OVER = frozenset({Step.ENDED, Step.PASSED_ON, Step.MISSED, Step.FAILED})


class Talks:
    """The talks of one telephone system. `tell` hears of steps, in order."""

    def __init__(
        self,
        kind: str,
        extensions: tuple[str, ...],
        tell: Callable[[CallEvent], None],
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._kind = kind
        self._extensions = {extension.casefold() for extension in extensions}
        self._tell = tell
        self._clock = clock
        self._talks: dict[str, _Talk] = {}
        self._legs: dict[str, _Leg] = {}

    # --- What a telephone system tells ---------------------------------------------------------

    def mine(self, extension: str) -> str | None:
        """Return the extension if it is one of this desk's."""
        return extension if extension.casefold() in self._extensions else None

    def leg(self, leg_id: str, key: str, extension: str, name: str | None = None) -> None:
        """A channel is there, the telephone of `extension` (empty for one outside)."""
        if not leg_id or leg_id in self._legs:
            return
        talk = self._talk(key)
        leg = _Leg(leg_id, talk, self.mine(extension) if extension else None, told_text(name))
        self._legs[leg_id] = talk.legs[leg_id] = leg

    def caller(self, key: str, number: str, name: str | None, line: str | None) -> None:
        """Say who began a talk, and what they dialled; what is known already stays."""
        talk = self._talk(key)
        talk.number = talk.number or (told_text(number) or "")
        talk.name = talk.name or told_text(name)
        talk.line = talk.line or told_text(line)

    def caller_name(self, key: str) -> str | None:
        """Return what a talk's caller is known by."""
        talk = self._talks.get(key)
        return (talk.name or talk.number or None) if talk is not None else None

    def rings(self, leg_id: str) -> None:
        """The telephone of this channel rings."""
        leg = self._legs.get(leg_id)
        if leg is None or leg.mine is None or leg.rings or leg.answered:
            return
        leg.rings = True
        talk = leg.talk
        if talk.dialled or talk.step in (Step.RINGING, Step.ANSWERED):
            return
        if talk.call is None or talk.step in _OVER:
            # Whoever has had it once keeps what came of that; what comes now is another call.
            talk.turn += talk.call is not None
            talk.call = self._new_call(talk, leg.mine)
        talk.call = msgspec.structs.replace(talk.call, passed_on_by=talk.passed_on_by)
        talk.passed_to = None
        self._step(talk, Step.RINGING)

    def answers(self, leg_id: str) -> None:
        """The channel was answered, wherever its telephone stands."""
        leg = self._legs.get(leg_id)
        if leg is None or leg.answered:
            return
        leg.answered, leg.rings = True, False
        talk = leg.talk
        if (leg.mine is not None and not talk.dialled) or (talk.dialled and leg.mine is None):
            talk.taken = True
            if talk.step is Step.RINGING:
                self._step(talk, Step.ANSWERED)
        elif leg.mine is None:
            talk.taken = True
            if talk.step is Step.RINGING:
                self._step(talk, Step.STOPPED, by=leg.name)

    def gone(self, leg_id: str, *, elsewhere: bool = False) -> None:
        """The channel is no more; `elsewhere` says that another telephone has the call."""
        leg = self._legs.pop(leg_id, None)
        if leg is None:
            return
        talk = leg.talk
        talk.legs.pop(leg_id, None)
        talk.taken = talk.taken or elsewhere
        if leg.mine is not None:
            self._mine_gone(talk, leg)
        if not talk.legs:
            self._over(talk)

    def passed_on(self, leg_id: str, to: str | None, by: str | None = None) -> None:
        """Who is on this channel passes the call on; `by` is what they are known by."""
        leg = self._legs.get(leg_id)
        if leg is None:
            return
        leg.talk.passed_on_by = told_text(by) or leg.name or leg.mine
        if leg.mine is not None:
            leg.talk.passed_to = told_text(to) or ""

    def joined(self, leg_id: str, key: str, by: str | None) -> None:
        """This channel, which was in a talk of its own, goes on with the caller of `key`."""
        leg, other = self._legs.get(leg_id), self._talks.get(key)
        if leg is None or other is None or leg.talk is other:
            return
        former = leg.talk
        former.legs.pop(leg_id, None)
        leg.talk = other
        other.legs[leg_id] = leg
        other.passed_on_by = told_text(by) or former.name or former.number or None
        if leg.mine is None or former.call is None or former.step in _OVER:
            return
        # The colleague who asked is gone from here; the caller is who there is now.
        former_call, former.call = former.call, None
        other.turn += 1
        other.call = msgspec.structs.replace(
            former_call,
            number=other.number,
            name=other.name,
            line=other.line,
            passed_on_by=other.passed_on_by,
        )
        other.passed_to = None
        other.step = former.step
        self._tell(CallEvent(step=Step.CHANGED, call=other.call))

    def dialled(self, call: Call, key: str) -> None:
        """This desk has asked for a call under the id `key`."""
        talk = self._talk(key)
        talk.dialled, talk.call, talk.number = True, call, call.number
        self._step(talk, Step.RINGING)

    def refused(self, key: str) -> None:
        """What this desk has asked for will not come about."""
        talk = self._talks.get(key)
        if talk is not None and talk.dialled and talk.step is Step.RINGING:
            self._step(talk, Step.FAILED)

    # --- Beneath --------------------------------------------------------------------------------

    def _talk(self, key: str) -> _Talk:
        talk = self._talks.get(key)
        if talk is None:
            if len(self._talks) >= MOST_TALKS:
                self._forget(next(iter(self._talks.values())))
            talk = self._talks[key] = _Talk(key)
        return talk

    def _new_call(self, talk: _Talk, extension: str) -> Call:
        told = (self._kind, talk.key, talk.number)
        return Call(
            number=talk.number,
            call_id=derived_id(*told, extension.casefold(), str(talk.turn)),
            shared_id=derived_id(*told),
            name=talk.name,
            line=talk.line,
            direction=Direction.INBOUND,
            rang_at=self._clock(),
        )

    def _mine_gone(self, talk: _Talk, leg: _Leg) -> None:
        if any(other.mine and (other.rings or other.answered) for other in talk.legs.values()):
            return
        match talk.step:
            case Step.RINGING if talk.dialled:
                self._step(talk, Step.FAILED)
            case Step.RINGING if leg.rings:
                self._step(talk, Step.STOPPED)
            case Step.ANSWERED if talk.passed_to is not None:
                self._step(talk, Step.PASSED_ON, by=talk.passed_to or None)
            case Step.ANSWERED:
                self._step(talk, Step.ENDED)

    def _over(self, talk: _Talk) -> None:
        if talk.step is Step.STOPPED and not talk.taken:
            self._step(talk, Step.MISSED)
        elif talk.step is Step.RINGING and talk.dialled:
            self._step(talk, Step.FAILED)
        self._forget(talk)

    def _forget(self, talk: _Talk) -> None:
        self._talks.pop(talk.key, None)
        for leg_id in talk.legs:
            self._legs.pop(leg_id, None)

    def _step(self, talk: _Talk, step: Step, *, by: str | None = None) -> None:
        talk.step = step
        if talk.call is not None:
            self._tell(CallEvent(step=step, call=talk.call, by=by))
