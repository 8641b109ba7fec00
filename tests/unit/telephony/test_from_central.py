"""What Central tells of calls, as a desk's source passes it on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agentdesk.domain.moments import now
from agentdesk.sync.protocol import CallSignal
from agentdesk.telephony.events import CallEvent, Step
from agentdesk.telephony.from_central import CentralSource

RANG_AT = now()


class Stream:
    """Central's stream, told by hand."""

    def __init__(self) -> None:
        self.heard: list[Step] = []
        self._listener: Callable[[CallSignal], None] = lambda _signal: None

    def follow(self, listener: Callable[[CallSignal], None]) -> Callable[[], None]:
        """Take the listener."""
        self._listener = listener
        return lambda: None

    def take(self, event: CallEvent) -> None:
        """Note a step."""
        self.heard.append(event.step)

    def say(self, *steps: Step, call_id: str = "one") -> None:
        """Tell of a call."""
        for step in steps:
            self._listener(CallSignal(step=step.value, call_id=call_id, rang_at=RANG_AT))


@pytest.fixture
def stream() -> Stream:
    """A stream that a source listens to."""
    told = Stream()
    CentralSource(told.follow).start(told.take, lambda _status: None)
    return told


def test_what_a_stream_that_opens_tells_once_more_is_heard_once(stream: Stream) -> None:
    stream.say(Step.RINGING, Step.RINGING, Step.ANSWERED, Step.ANSWERED, Step.ENDED)
    assert stream.heard == [Step.RINGING, Step.ANSWERED, Step.ENDED]


def test_a_call_may_ring_again_where_it_had_stopped(stream: Stream) -> None:
    stream.say(Step.RINGING, Step.STOPPED, Step.RINGING)
    assert stream.heard == [Step.RINGING, Step.STOPPED, Step.RINGING]


def test_calls_are_told_apart(stream: Stream) -> None:
    stream.say(Step.RINGING)
    stream.say(Step.RINGING, call_id="two")
    assert stream.heard == [Step.RINGING, Step.RINGING]
