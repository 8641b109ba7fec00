"""Templates are read strictly and told with variety."""

from __future__ import annotations

import pytest

from agentdesk.demo.chance import chance
from agentdesk.demo.wording import Teller, read, read_lexicon

WORDS = read_lexicon({"part": ["pump", "belt"], "part@oven": ["hinge"], "day": ["(Mon|Tues)day"]})


def teller(*, feminine: bool = False) -> Teller:
    return Teller(chance("telling"), WORDS, feminine)


def test_alternatives_take_turns_and_may_be_empty() -> None:
    wording = read("go(es|) home")
    said = {Teller(chance(number), WORDS, False).say(wording) for number in range(40)}
    assert said == {"Goes home", "Go home"}


def test_gender_chooses_by_the_customer() -> None:
    wording = read("позвонил<|а> сам<|а>")
    assert teller().say(wording) == "Позвонил сам"
    assert teller(feminine=True).say(wording) == "Позвонила сама"


def test_a_word_stays_the_same_through_one_story() -> None:
    one = teller()
    said = {one.say(read("$part on $day")) for _ in range(20)}
    assert len(said) == 1


def test_a_fresh_word_changes() -> None:
    one = teller()
    assert len({one.say(read("$~part")) for _ in range(40)}) == 2


def test_a_topic_has_its_own_words() -> None:
    one = teller()
    one.topic = "oven"
    assert one.say(read("the $part: $^part")) == "The hinge: Hinge"


@pytest.mark.parametrize("template", ["half (open", "he <or she"])
def test_a_bracket_that_is_not_closed_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match="lacks"):
        read(template)
