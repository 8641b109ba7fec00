"""Short forms lead to names, names to short forms, in every language that has a file."""

from __future__ import annotations

from importlib import resources

import pytest

from agentdesk.store.short_forms import short_forms


@pytest.mark.parametrize(
    ("short", "name"),
    [
        ("bob", "robert"),
        ("kasia", "katarzyna"),
        ("sasha", "aleksandr"),
        ("sasha", "aleksandra"),
        ("uschi", "ursula"),
        ("kostas", "konstantinos"),
    ],
)
def test_a_short_form_and_its_name_lead_to_each_other(short: str, name: str) -> None:
    assert name in short_forms(short)
    assert short in short_forms(name)


def test_a_word_that_is_no_name_leads_nowhere() -> None:
    assert short_forms("washing") == frozenset()


def test_every_language_of_the_customers_has_a_file() -> None:
    folder = resources.files("agentdesk") / "resources" / "short_forms"
    assert {one.name for one in folder.iterdir()} >= {
        f"{language}.yaml" for language in ("en", "ru", "pl", "de", "el")
    }
