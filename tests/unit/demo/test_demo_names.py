"""Names agree with the gender of their bearer and come with how to say them."""

from __future__ import annotations

import pytest

from agentdesk.demo import names, spelling
from agentdesk.demo.chance import chance
from agentdesk.demo.pronunciation import polish, russian


@pytest.mark.parametrize(
    ("man", "woman"),
    [
        ("Kowalski", "Kowalska"),
        ("Nowicki", "Nowicka"),
        ("Zając", "Zając"),
        ("Kowalczyk", "Kowalczyk"),
        ("Wójcik", "Wójcik"),
    ],
)
def test_polish_family_names_agree(man: str, woman: str) -> None:
    assert names.feminine_polish(man) == woman


@pytest.mark.parametrize(
    ("man", "woman"),
    [
        ("Щу́кин", "Щу́кина"),
        ("Киселёв", "Киселёва"),
        ("Вишне́вский", "Вишне́вская"),
        ("Толсто́й", "Толста́я"),
        ("Бе́лый", "Бе́лая"),
        ("Бондаре́нко", "Бондаре́нко"),
        ("Шевчу́к", "Шевчу́к"),
        ("Цой", "Цой"),
        ("Петрося́н", "Петрося́н"),
    ],
)
def test_russian_family_names_agree(man: str, woman: str) -> None:
    assert names.feminine_russian(man) == woman


def test_patronymics_agree_and_no_stress_mark_is_shown() -> None:
    draws = chance("names")
    people = [names.russian(draws, cyrillic=True) for _ in range(400)]
    for person in people:
        assert person.patronymic is not None
        assert person.patronymic.endswith(("вна", "чна")) == person.feminine
        assert spelling.STRESS not in person.full + person.patronymic


def test_a_family_shares_its_name_in_both_forms() -> None:
    draws = chance("family")
    members = [names.polish(draws, "Lewandowski") for _ in range(60)]
    assert {(m.feminine, m.family) for m in members} == {
        (True, "Lewandowska"),
        (False, "Lewandowski"),
    }


def test_an_irish_name_says_how() -> None:
    draws = chance("irish")
    said = {n.given: n.respelling for n in (names.english(draws, "IE") for _ in range(900))}
    assert said["Siobhan"] is not None
    assert said["Siobhan"].startswith("shi-VAWN")


@pytest.mark.parametrize(
    ("name", "respelling", "ipa"),
    [
        ("Łukasz", "WOO-kash", "ˈwu.kaʂ"),
        ("Krzysztof", "KSHISH-tof", "ˈkʂɨʂ.tɔf"),
        ("Świątek", "SHVYON-tek", "ˈɕvjɔ̃.tɛk"),
        ("Małgorzata", "maw-go-ZHA-ta", "maw.ɡɔˈʐa.ta"),
        ("Stanisław", "sta-NEE-swaf", "staˈɲi.swaf"),
    ],
)
def test_polish_is_said_as_it_is_spelt(name: str, respelling: str, ipa: str) -> None:
    assert polish(name) == (respelling, ipa)


@pytest.mark.parametrize(
    ("name", "respelling"),
    [
        ("Щу́кин", "SHCHOO-kin"),
        ("Ивано́в", "i-va-NOHF"),
        ("Екатери́на", "ye-ka-te-REE-na"),
        ("Чернышёв", "cher-ny-SHOHF"),
        ("Лев", "LEHF"),
    ],
)
def test_russian_is_said_by_its_stress(name: str, respelling: str) -> None:
    assert russian(name)[0] == respelling


def test_cyrillic_goes_into_latin_letters() -> None:
    assert spelling.in_latin("Щу́кина") == "Shchukina"
    assert spelling.in_latin("Дми́трий") == "Dmitry"
    assert spelling.for_address("Żółć O'Neill-Ćwik") == "zolconeillcwik"
