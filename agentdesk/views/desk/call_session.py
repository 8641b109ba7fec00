"""The calls at this desk: which one is on the screen, which wait, how far each has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from agentdesk.domain.callers import NOBODYS, MatchKind
from agentdesk.domain.entities import Channel, Disposition, Mood
from agentdesk.services.callers import Candidate, Recognition
from agentdesk.services.calls import MOST_SUMMARY_CHARS, Promised, WrapUp
from agentdesk.telephony.events import Call, CallEvent, Step


class CallState(StrEnum):
    """How far a call has come."""

    WAITING = "waiting"
    """It rings while something else is on the screen."""
    ACTIVE = "active"
    """It is on the screen."""
    WRAP_UP = "wrap-up"
    """It is being wrapped up, perhaps still during the call."""
    DONE = "done"


class Verification(StrEnum):
    """How the caller proved who they are."""

    QUESTION = "question"
    BIRTHDAY = "birthday"
    CUSTOMER_NUMBER = "customer-number"
    CALL_BACK = "call-back"
    IN_PERSON = "in-person"


_LIKELY = {Step.PASSED_ON: Disposition.PASSED_ON, Step.FAILED: Disposition.NO_ANSWER}
"""How a call ended that ended so."""


@dataclass
class WrapUpDraft:
    """What stands in the fields of the wrap-up; kept when it is closed without saving."""

    disposition: Disposition | None = None
    summary: str = ""
    mood: Mood | None = None
    promise: str = ""
    due_at: datetime | None = None
    due_choice: str = ""
    channel: Channel = Channel.CALL
    next_step: str = ""


@dataclass
class CallSession:
    """One call from the first ring to its wrap-up.

    `customer_id` is the person on the screen for it, None while nobody is known; `chosen` says
    that the operator has said so.
    """

    call: Call
    state: CallState = CallState.WAITING
    recognition: Recognition | None = None
    customer_id: str | None = None
    customer_name: str = ""
    chosen: bool = False
    verified: Verification | None = None
    fields: WrapUpDraft = field(default_factory=WrapUpDraft)
    step: Step = Step.RINGING
    """What its source told of it last."""
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    has_it: str | None = None
    """Who has the call now, if somebody else does and the source tells."""

    @property
    def id(self) -> str:
        return self.call.call_id

    @property
    def draft_id(self) -> str:
        """Under which id the note of this call is drafted: the person's, else the call's."""
        return self.customer_id or self.call.call_id

    @property
    def is_withheld(self) -> bool:
        return self.recognition is not None and self.recognition.kind is MatchKind.WITHHELD

    @property
    def is_nobodys(self) -> bool:
        """Whether no customer calls from such a number: withheld, internal, a short one."""
        return self.recognition is not None and self.recognition.kind in NOBODYS

    @property
    def is_a_guess(self) -> bool:
        """Whether the person is only the likeliest of several, and nobody has said so."""
        shared = self.recognition is not None and self.recognition.kind is MatchKind.SHARED
        return shared and not self.chosen

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        return self.recognition.candidates if self.recognition is not None else ()

    @property
    def is_over(self) -> bool:
        """Whether the call goes on no more at this desk."""
        return self.ended_at is not None

    def follow(self, event: CallEvent, at: datetime) -> None:
        """Take over what the source tells at a moment."""
        self.step, self.call, self.has_it = event.step, event.call, event.by
        match event.step:
            case Step.RINGING:
                self.ended_at = None
            case Step.ANSWERED:
                self.answered_at = self.answered_at or at
            case Step.CHANGED:
                # Another person is on the line: who it was is no hint any more.
                self.recognition, self.customer_id, self.customer_name = None, None, ""
                self.chosen, self.verified = False, None
            case Step.ENDED | Step.PASSED_ON | Step.MISSED | Step.STOPPED | Step.FAILED:
                self.ended_at = self.ended_at or at
                if self.fields.disposition is None:
                    self.fields.disposition = _LIKELY.get(event.step)

    def recognised(self, recognition: Recognition) -> None:
        """Take over who may be calling; the likeliest one is on the screen."""
        self.recognition = recognition
        best = recognition.best
        if best is not None and self.customer_id is None:
            self.belongs_to(best.customer_id, best.name)

    def belongs_to(self, customer_id: str, name: str) -> None:
        """Say that this person calls; what proved another one does not prove this one."""
        if customer_id != self.customer_id:
            self.verified = None
        self.customer_id = customer_id
        self.customer_name = name

    def wrapped_up(
        self,
        *,
        ended_at: datetime,
        note: str,
        subject_words: str,
        verified_words: str = "",
        next_step_words: str = "",
    ) -> WrapUp:
        """Return what is to be saved of this call.

        How the caller was verified stands before the summary, the next step after it, in the
        words given, because an interaction has no fields of its own for them. Without a summary
        `subject_words` are what the timeline says.
        """
        number = self.recognition.number if self.recognition is not None else None
        summary = " ".join(self.fields.summary.split())
        told = "\n".join(part for part in (verified_words, summary, next_step_words) if part)
        promise = self.fields.promise.strip()
        due_at = self.fields.due_at
        return WrapUp(
            call_id=self.id,
            customer_id=self.customer_id,
            direction=self.call.direction,
            began_at=self.answered_at or self.call.rang_at,
            ended_at=max(self.ended_at or ended_at, self.answered_at or self.call.rang_at),
            disposition=self.fields.disposition or Disposition.OTHER,
            subject=summary[:80] or subject_words,
            summary=told[:MOST_SUMMARY_CHARS],
            mood=self.fields.mood,
            e164=number.e164 if number is not None else None,
            extension=number.extension if number is not None else None,
            promise=(
                Promised(promise, due_at, self.fields.channel)
                if promise and due_at is not None
                else None
            ),
            note=note,
            draft_id=self.draft_id if note.strip() else None,
        )


class CallBook:
    """All calls that are not done yet; at most one of them is on the screen."""

    def __init__(self) -> None:
        self._sessions: list[CallSession] = []
        self._current: CallSession | None = None

    @property
    def current(self) -> CallSession | None:
        return self._current

    @property
    def waiting(self) -> tuple[CallSession, ...]:
        """The calls that ring meanwhile, the longest waiting first."""
        return tuple(s for s in self._sessions if s.state is CallState.WAITING)

    def find(self, call_id: str) -> CallSession | None:
        """Return the session of a call that is not done, or None."""
        return next((s for s in self._sessions if s.id == call_id), None)

    def take(self, call: Call, *, busy: bool) -> tuple[CallSession, bool]:
        """Take a ringing call; tell whether it goes to the screen at once.

        It waits while another call is there or the operator is `busy` typing. A call that is
        announced twice is one call.
        """
        known = self.find(call.call_id)
        if known is not None:
            return known, False
        session = CallSession(call)
        self._sessions.append(session)
        if busy or self._current is not None:
            return session, False
        self.bring_up(session)
        return session, True

    def bring_up(self, session: CallSession) -> None:
        """Put `session` on the screen; the one that was there waits, with all it has."""
        if self._current is not None and self._current is not session:
            self._current.state = CallState.WAITING
        session.state = CallState.ACTIVE
        self._current = session

    def begin_wrap_up(self) -> bool:
        """Begin to wrap the current call up; tells whether there is one."""
        if self._current is None:
            return False
        self._current.state = CallState.WRAP_UP
        return True

    def return_to_call(self) -> None:
        """Leave the wrap-up, keeping what was filled in."""
        if self._current is not None and self._current.state is CallState.WRAP_UP:
            self._current.state = CallState.ACTIVE

    def finish(self, session: CallSession) -> CallSession | None:
        """Be done with `session`; returns the call that has waited longest."""
        session.state = CallState.DONE
        if session in self._sessions:
            self._sessions.remove(session)
        if self._current is session:
            self._current = None
        return self.waiting[0] if self.waiting else None
