"""What every source of calls does alike: whoever listens to one may listen to any."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from agentdesk.domain.entities import Direction
from agentdesk.errors import AgentDeskError
from agentdesk.telephony.events import Call, Step
from tests.unit.telephony.scenes import CALLER, LINE, SCENES, Scene


@pytest.fixture(params=SCENES, ids=lambda make: make.__name__)
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    """A source that hears, and what can happen around it."""
    make: Callable[[], Scene] = request.param
    made = make()
    made.begin()
    yield made
    made.end()


def test_the_first_ring_tells_number_line_and_when(scene: Scene) -> None:
    scene.rings()
    call = scene.heard.next(Step.RINGING).call
    assert (call.number, call.line, call.direction) == (CALLER, LINE, Direction.INBOUND)
    assert call.rang_at.tzinfo is not None
    scene.settled()
    assert scene.heard.nothing_more()


def test_a_call_that_is_answered_here_ends_when_it_is_hung_up(scene: Scene) -> None:
    scene.rings()
    call_id = scene.heard.next(Step.RINGING).call.call_id
    scene.answered_here()
    assert scene.heard.next(Step.ANSWERED).call.call_id == call_id
    scene.hung_up()
    assert scene.heard.next(Step.ENDED).call.call_id == call_id
    scene.settled()
    assert scene.heard.nothing_more()


def test_a_call_that_somebody_else_answers_stops_here_and_is_not_missed(scene: Scene) -> None:
    scene.rings()
    call_id = scene.heard.next(Step.RINGING).call.call_id
    scene.answered_elsewhere()
    assert scene.heard.next(Step.STOPPED).call.call_id == call_id
    scene.hung_up()
    scene.settled()
    assert scene.heard.nothing_more()


def test_a_call_that_nobody_answers_is_missed(scene: Scene) -> None:
    scene.rings()
    call_id = scene.heard.next(Step.RINGING).call.call_id
    scene.hung_up()
    event = scene.heard.next(Step.MISSED) if not scene.source.can_dial else None
    if event is None:
        # A telephone system's own telephones stop before the caller is known to be gone.
        scene.heard.next(Step.STOPPED)
        event = scene.heard.next(Step.MISSED)
    assert event.call.call_id == call_id


def test_a_source_that_was_stopped_tells_nothing(scene: Scene) -> None:
    assert callable(scene.source.stop)
    scene.source.stop()
    assert scene.heard.nothing_more()


def test_dialling_fails_with_a_code_where_it_cannot_be(scene: Scene) -> None:
    dialled = scene.source.dial(Call(number="not a number", direction=Direction.OUTBOUND))
    failure = dialled.exception(timeout=20)
    assert isinstance(failure, AgentDeskError)
    assert scene.heard.nothing_more()
