"""Suggesting a customer type: what raises a score, what does not matter, and real people."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentdesk.domain.customer_type import (
    PERHAPS_FROM,
    VERY_LIKELY_FROM,
    Certainty,
    Evidence,
    Suggestion,
    suggest,
)
from agentdesk.domain.entities import LoyaltyStage, TechnicalLevel
from agentdesk.domain.playbook import Measure, Playbook, Sign, SignKind
from agentdesk.services.playbooks import in_language, shipped_playbooks

# A busy machine is no failure.
unhurried = settings(deadline=None)

SHIPPED = shipped_playbooks()
ENGLISH = in_language(SHIPPED, "en")
PHRASES = [(p.key, s, words) for p in SHIPPED for s in p.signs for words in s.phrases]

small = st.integers(min_value=0, max_value=40)
evidence = st.builds(
    Evidence,
    contacts_last_year=small,
    first_name_only_greetings=small,
    calls=small,
    mean_call_s=st.none() | st.floats(min_value=0, max_value=4000),
    share_digital_channels=st.floats(min_value=0, max_value=1),
    purchases=small,
    years_customer=st.none() | st.floats(min_value=0, max_value=50),
    open_complaints=small,
    repeat_contacts_48h=small,
    low_ratings=small,
    high_ratings=small,
    referrals=small,
    technical_level=st.none() | st.sampled_from([level.value for level in TechnicalLevel]),
    loyalty_stage=st.none() | st.sampled_from([stage.value for stage in LoyaltyStage]),
    birth_year=st.none() | st.integers(min_value=1930, max_value=2010),
    texts=st.lists(
        st.text(max_size=40) | st.sampled_from([words.rstrip("*") for _, _, words in PHRASES]),
        max_size=5,
    ).map(tuple),
)


def scores(found: tuple[Suggestion, ...]) -> dict[str, float]:
    return {suggestion.key: suggestion.score for suggestion in found}


def one_sign(sign: Sign) -> Playbook:
    """Return a playbook that knows `sign` only."""
    return msgspec.structs.replace(ENGLISH[0], signs=(sign,))


def phrase_sign(*phrases: str, weight: float = 0.5) -> Sign:
    return Sign("said", SignKind.PHRASE, weight, "Said “{phrase}”", phrases=phrases)


# Properties -------------------------------------------------------------------------------


@unhurried
@given(known=evidence)
def test_every_type_gets_a_score_between_none_and_certain(known: Evidence) -> None:
    found = suggest(known, ENGLISH)
    assert sorted(s.key for s in found) == sorted(p.key for p in ENGLISH)
    assert all(0.0 <= s.score < 1.0 for s in found)
    assert [s.score for s in found] == sorted((s.score for s in found), reverse=True)
    assert all(bool(s.reasons) == (s.score > 0) for s in found)


@unhurried
@given(known=evidence, said=st.sampled_from(PHRASES), before=st.text(max_size=10))
def test_one_more_text_with_a_phrase_never_lowers_its_type(
    known: Evidence, said: tuple[str, Sign, str], before: str
) -> None:
    key, _, words = said
    more = msgspec.structs.replace(known, texts=(*known.texts, f"{before} {words.rstrip('*')}"))
    assert scores(suggest(more, SHIPPED))[key] >= scores(suggest(known, SHIPPED))[key]


@unhurried
@given(known=evidence, data=st.data())
def test_a_figure_that_satisfies_a_rule_never_lowers_its_type(
    known: Evidence, data: st.DataObject
) -> None:
    playbook = data.draw(st.sampled_from(ENGLISH))
    sign = data.draw(st.sampled_from([s for s in playbook.signs if s.rules]))
    values: dict[str, Any] = {}
    for rule in sign.rules:
        bound = rule.at_least if rule.at_least is not None else rule.at_most
        values[rule.name.value] = rule.one_of[0] if rule.one_of else bound
    alone = one_sign(sign)
    before = suggest(known, [alone])[0].score
    after = suggest(msgspec.structs.replace(known, **values), [alone])[0].score
    assert after >= before
    assert after == pytest.approx(sign.weight)


@unhurried
@given(known=evidence, seed=st.integers())
def test_the_order_of_texts_signs_and_types_changes_nothing(known: Evidence, seed: int) -> None:
    chance = random.Random(seed)
    texts = chance.sample(known.texts, len(known.texts))
    types = [
        msgspec.structs.replace(p, signs=tuple(chance.sample(p.signs, len(p.signs))))
        for p in chance.sample(ENGLISH, len(ENGLISH))
    ]
    shuffled = msgspec.structs.replace(known, texts=tuple(texts))
    assert suggest(shuffled, types) == suggest(known, ENGLISH)


@unhurried
@given(known=evidence)
def test_only_one_type_can_be_very_likely_and_it_is_the_first(known: Evidence) -> None:
    found = suggest(known, ENGLISH)
    assert all(s.certainty is not Certainty.VERY_LIKELY for s in found[1:])
    for suggestion in found:
        if suggestion.certainty is Certainty.VERY_LIKELY:
            assert suggestion.score >= VERY_LIKELY_FROM
        assert (suggestion.certainty is Certainty.UNKNOWN) == (suggestion.score < PERHAPS_FROM)


@unhurried
@given(known=evidence, noise=st.text())
def test_any_text_at_all_can_be_read(known: Evidence, noise: str) -> None:
    noisy = msgspec.structs.replace(known, texts=(noise, noise + "\x00{phrase}[[", *known.texts))
    assert len(suggest(noisy, SHIPPED)) == len(ENGLISH)


# Finding phrases --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "text", "quoted"),
    [
        ("it's only me", "Hello, IT’S  only me!", "IT’S only me"),
        ("it's only me", "its only me", "its only me"),
        ("me again", "Hi - me, again.", "me, again"),
        ("żartuję", "Zartuje sobie", "Zartuje"),
        ("łóżko", "LOZKO", "LOZKO"),
        ("ещё жду", "Еще жду", "Еще жду"),
        ("жалоб*", "Подал жалобу вчера", "жалобу"),
        ("copy that", "cafe\u0301 copy that", "copy that"),
    ],
)
def test_a_phrase_is_found_as_it_is_said_and_quoted_as_written(
    phrase: str, text: str, quoted: str
) -> None:
    found = suggest(Evidence(texts=(text,)), [one_sign(phrase_sign(phrase))])
    assert " ".join(found[0].reasons[0].split()) == f"Said “{quoted}”"


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("api", "capital, rapid, apiary"),
        ("me again", "name against"),
        ("жалоб*", "разжалобить"),
        ("me again", "me. And then again"),
    ],
)
def test_a_phrase_inside_other_words_is_not_found(phrase: str, text: str) -> None:
    assert suggest(Evidence(texts=(text,)), [one_sign(phrase_sign(phrase))])[0].score == 0


def test_a_habit_counts_more_than_once_but_not_without_end() -> None:
    playbook = one_sign(phrase_sign("me again", weight=0.4))
    said = [f"me again, call {n}" for n in range(9)]
    by_times = [suggest(Evidence(texts=tuple(said[:n])), [playbook])[0].score for n in range(9)]
    assert by_times[:4] == pytest.approx([0.0, 0.4, 0.52, 0.616])
    assert len(set(by_times[3:])) == 1


def test_the_same_text_twice_counts_once() -> None:
    playbook = one_sign(phrase_sign("me again"))
    once = suggest(Evidence(texts=("me again",)), [playbook])
    assert suggest(Evidence(texts=("me again", "me again")), [playbook]) == once


def test_phrases_of_all_languages_count_and_reasons_come_in_the_viewers() -> None:
    viewer_first = in_language(SHIPPED, "pl") + SHIPPED
    best = suggest(Evidence(texts=("Привет, это Боря. Шучу.",)), viewer_first)[0]
    assert best.key == "informal-regular"
    assert best.reasons[0] == "Zaczyna od słów „Привет, это”"
    assert len(best.reasons) == 2


def test_the_strongest_reason_stands_first() -> None:
    known = Evidence(open_complaints=1, repeat_contacts_48h=3, low_ratings=1)
    best = suggest(known, ENGLISH)[0]
    assert best.key == "disappointed"
    assert best.reasons == (
        "Complaints still open: 1",
        "3 contacts within 48 hours",
        "Low ratings lately: 1",
    )


def test_two_types_close_together_are_a_perhaps() -> None:
    known = Evidence(
        open_complaints=1, repeat_contacts_48h=3, low_ratings=1, referrals=2, high_ratings=5,
        loyalty_stage="committed",
    )  # fmt: skip
    first, second = suggest(known, ENGLISH)[:2]
    assert first.score >= VERY_LIKELY_FROM
    assert first.certainty is Certainty.PERHAPS
    assert {first.key, second.key} == {"disappointed", "advocate"}


def test_nothing_known_suggests_nothing() -> None:
    assert {s.certainty for s in suggest(Evidence(), ENGLISH)} == {Certainty.UNKNOWN}
    assert suggest(Evidence(), []) == ()


def test_every_measure_of_a_rule_is_part_of_the_evidence() -> None:
    assert {m.value for m in Measure} == set(Evidence.__struct_fields__) - {"texts"}


def test_words_in_shipped_rules_are_words_that_customers_carry() -> None:
    known = {*(level.value for level in TechnicalLevel), *(stage.value for stage in LoyaltyStage)}
    rules = [rule for p in SHIPPED for s in p.signs for rule in s.rules]
    assert {word for rule in rules for word in rule.one_of} <= known


# People -----------------------------------------------------------------------------------

PEOPLE = {
    "respect-seeker": (
        Evidence(years_customer=15, calls=6, contacts_last_year=6, share_digital_channels=0.1,
                 texts=("This is Dr Hargreaves. I have always dealt with Mr Cole.",)),
        Evidence(years_customer=12, texts=(
            "Говорит профессор Орлов. Я у вас давно.", "Позовите старшего, пожалуйста")),
        Evidence(years_customer=9, texts=(
            "Mówi profesor Zawadzki, zawsze rozmawiałem z panem Lisem", "Z poważaniem, Zawadzki")),
    ),
    "informal-regular": (
        Evidence(first_name_only_greetings=9, calls=14, contacts_last_year=14, mean_call_s=95,
                 purchases=6, texts=("Hi, it's Bob. Same as last time.",)),
        Evidence(first_name_only_greetings=5, calls=12, mean_call_s=120, purchases=4,
                 contacts_last_year=12, texts=("Привет, это Боря, как дела?",)),
        Evidence(first_name_only_greetings=4, calls=11, mean_call_s=100, purchases=4,
                 contacts_last_year=11, texts=("Cześć, tu Bogdan, to co zawsze",)),
    ),
    "tech-savvy": (
        Evidence(share_digital_channels=0.9, contacts_last_year=5, purchases=3, birth_year=1999,
                 technical_level="expert", texts=("Error code 691, already reset it",)),
        Evidence(share_digital_channels=0.8, contacts_last_year=4, purchases=3, texts=(
            "Код ошибки 691, прошивка 4.2, уже перезагружал. Скиньте ссылку",)),
        Evidence(share_digital_channels=0.8, contacts_last_year=4, purchases=3, texts=(
            "Kod błędu 691, zresetowałem, podeślijcie link",)),
    ),
    "worried": (
        Evidence(contacts_last_year=2, purchases=3, texts=(
            "Sorry to bother you. We have saved for this trip, I'm worried.",)),
        Evidence(contacts_last_year=2, purchases=3, texts=(
            "Извините, что беспокою. Мы копили три года, очень волнуюсь",)),
        Evidence(contacts_last_year=2, purchases=3, texts=(
            "Przepraszam, że zawracam głowę. Odkładaliśmy na ten wyjazd, bardzo się martwię",)),
    ),
    "disappointed": (
        Evidence(open_complaints=1, purchases=3, contacts_last_year=5, texts=(
            "Third time I call, still not working, I will cancel my contract",)),
        Evidence(open_complaints=1, purchases=3, contacts_last_year=5, texts=(
            "Подал жалобу. Звоню третий раз, до сих пор не работает",)),
        Evidence(open_complaints=1, purchases=3, contacts_last_year=5, texts=(
            "Złożył reklamację, dzwoni po raz trzeci, nikt nie oddzwonił",)),
    ),
    "advocate": (
        Evidence(referrals=2, high_ratings=4, purchases=2, contacts_last_year=4, texts=(
            "Told all my friends about you",)),
        Evidence(referrals=1, purchases=2, contacts_last_year=4, texts=(
            "Всем вас рекомендую! Оставила отзыв, пять звёзд",)),
        Evidence(referrals=1, purchases=2, contacts_last_year=4, texts=(
            "Jesteście najlepsi, wszystkim polecam",)),
    ),
    "first-timer": (
        Evidence(years_customer=0.01, contacts_last_year=1, texts=(
            "Hello, I'm new here, how does it work?",)),
        Evidence(years_customer=0.01, contacts_last_year=1, texts=(
            "Здравствуйте, я у вас впервые. С чего начать?",)),
        Evidence(years_customer=0.01, contacts_last_year=1, texts=(
            "Dzień dobry, jestem tu nowa. Jak to działa?",)),
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("key", "person"), [(key, person) for key, people in PEOPLE.items() for person in people]
)
def test_a_typical_person_is_recognised_in_their_language(key: str, person: Evidence) -> None:
    best = suggest(person, ENGLISH + SHIPPED)[0]
    assert best.key == key
    assert best.certainty is Certainty.VERY_LIKELY
    assert all("{" not in reason for reason in best.reasons)


def test_each_phrase_of_each_sign_speaks_for_its_type() -> None:
    for playbook in SHIPPED:
        for sign in playbook.signs:
            for words in sign.phrases:
                said = Evidence(texts=(words.rstrip("*"),))
                assert suggest(said, [one_sign(sign)])[0].score == pytest.approx(sign.weight)


def test_figures_are_quoted_as_people_say_them() -> None:
    known = Evidence(mean_call_s=95.4, calls=5, share_digital_channels=0.85, contacts_last_year=4)
    reasons = {r for s in suggest(known, ENGLISH) for r in s.reasons}
    assert "Keeps calls short, 1:35 minutes on average" in reasons
    assert "85% of contacts by chat, app, e-mail or social network" in reasons
