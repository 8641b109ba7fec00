"""Spellings of one name share a sound; names with a slip or two meet under a key."""

from __future__ import annotations

import pytest

from agentdesk.domain.names import search_forms
from agentdesk.domain.sounds import near_keys, slips_allowed, sound


def heard(name: str) -> str:
    return sound(search_forms(name)[0][-1])


@pytest.mark.parametrize(
    "spellings",
    [
        ("Shchukin", "Schtschukin", "Szczukin", "Щукин"),
        ("Müller", "Mueller", "Muller", "Мюллер"),
        ("Meier", "Mayer", "Maier", "Meyer"),
        ("Ivanov", "Iwanow", "Ivanoff", "Иванов"),
        ("Chekhov", "Czechow", "Чехов"),
        ("Grzegorz", "Гжегож"),
        ("Papadopoulos", "Παπαδόπουλος"),
        ("Kowalska", "Kovalskaya", "Ковальская"),
        ("Dmitriev", "Dmitriyev", "Дмитриев"),
        ("Schmidt", "Schmitt", "Шмидт"),
    ],
)
def test_spellings_of_one_name_sound_alike(spellings: tuple[str, ...]) -> None:
    assert len({heard(name) for name in spellings}) == 1


@pytest.mark.parametrize(("one", "other"), [("Anna", "Hanna"), ("Karl", "Kurt"), ("Ivan", "Jan")])
def test_names_that_differ_do_not(one: str, other: str) -> None:
    assert heard(one) != heard(other)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("kowalski", "kowlaski"),
        ("kowalski", "kowaski"),
        ("kowalski", "kkowalksi"),
        ("smith", "smiht"),
        ("anna", "ana"),
        ("badowski", "patofski"),
    ],
)
def test_a_name_and_its_slips_meet(name: str, typed: str) -> None:
    assert near_keys(name) & near_keys(typed)


def test_strangers_do_not_meet() -> None:
    assert not near_keys("kowalski") & near_keys("brzezinska")


def test_short_words_allow_fewer_slips() -> None:
    assert [slips_allowed(length) for length in (2, 3, 5, 6, 12)] == [0, 1, 1, 2, 2]
