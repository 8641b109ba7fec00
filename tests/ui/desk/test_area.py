"""The card says when somebody is shown who is not in the desk's area."""

from __future__ import annotations

import pytest

from agentdesk.domain.areas import Area
from agentdesk.domain.entities import Customer
from agentdesk.domain.ids import new_id
from agentdesk.services.cards import Card
from agentdesk.views.desk.card_words import badges


@pytest.mark.parametrize(
    ("area", "first"),
    [
        (Area.INSIDE, "VIP"),
        (Area.LEFT, "No longer in your area"),
        (Area.VISITING, "From outside your area"),
    ],
)
def test_the_first_badge_tells_that_somebody_is_outside_the_area(area: Area, first: str) -> None:
    anna = Customer(id=new_id(), full_name="Anna Blunt", vip=True)
    assert badges(Card(anna, area=area))[0].text == first
