"""Settings: defaults, bounds, what is kept, who is told."""

from __future__ import annotations

from typing import Any

import pytest

from agentdesk.errors import Code, UserError
from agentdesk.settings import (
    LANGUAGE,
    LESS_MOTION,
    SETTINGS,
    TEXT_SIZE,
    THEME,
    WINDOW_PLACE,
    Preferences,
    Setting,
    SettingKind,
)


def test_every_default_is_allowed_and_every_key_is_used_once() -> None:
    remembered = SettingKind.REMEMBERED
    assert [s.key for s in SETTINGS if s.kind is not remembered and not s.allows(s.default)] == []
    assert len({s.key for s in SETTINGS}) == len(SETTINGS)


def test_every_shown_setting_has_words_and_every_remembered_one_has_none() -> None:
    wrong = [s.key for s in SETTINGS if bool(s.label) == (s.kind is SettingKind.REMEMBERED)]
    assert wrong == []


def test_a_change_is_kept_and_told_once() -> None:
    saved: list[tuple[str, Any]] = []
    told: list[tuple[str, Any]] = []
    preferences = Preferences(save=lambda key, value: saved.append((key, value)))
    preferences.on_change(lambda key, value: told.append((key, value)))
    preferences.set(THEME, "dark")
    preferences.set(THEME, "dark")
    assert preferences.get(THEME) == "dark"
    assert saved == told == [("theme", "dark")]


def test_going_back_to_the_default_forgets_what_was_kept() -> None:
    saved: list[tuple[str, Any]] = []
    preferences = Preferences(save=lambda key, value: saved.append((key, value)))
    preferences.load({"text-size": 150})
    preferences.set(TEXT_SIZE, 100)
    assert saved == [("text-size", None)]
    assert preferences.get(TEXT_SIZE) == 100


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        (TEXT_SIZE, 210),
        (TEXT_SIZE, 70),
        (TEXT_SIZE, 95),
        (TEXT_SIZE, True),
        (TEXT_SIZE, "100"),
        (THEME, "pink"),
        (LANGUAGE, "de"),
        (LESS_MOTION, 1),
    ],
)
def test_a_value_that_is_not_declared_is_refused(setting: Setting[Any], value: object) -> None:
    preferences = Preferences()
    with pytest.raises(UserError) as refused:
        preferences.set(setting, value)
    assert refused.value.code is Code.BAD_VALUE
    assert preferences.get(setting) == setting.default


def test_an_undeclared_key_is_refused() -> None:
    with pytest.raises(UserError) as refused:
        Preferences().set("colour-of-tea", "green")
    assert refused.value.code is Code.BAD_FIELD


def test_what_another_version_kept_stays_but_the_default_holds() -> None:
    saved: list[tuple[str, Any]] = []
    preferences = Preferences(save=lambda key, value: saved.append((key, value)))
    preferences.load({"theme": "solarized", "from-the-future": [1, 2]})
    assert preferences.get(THEME) == "system"
    assert preferences.get("from-the-future") == [1, 2]
    assert saved == []


def test_loading_tells_only_what_differs() -> None:
    told: list[str] = []
    preferences = Preferences()
    preferences.on_change(lambda key, _value: told.append(key))
    preferences.load({"theme": "dark", "text-size": 100, "window.place": {"x": 1}})
    assert told == ["theme", "window.place"]
    assert preferences.get(WINDOW_PLACE) == {"x": 1}


def test_a_listener_that_stopped_hears_nothing() -> None:
    told: list[str] = []
    preferences = Preferences()
    stop = preferences.on_change(lambda key, _value: told.append(key))
    stop()
    preferences.set(THEME, "light")
    assert told == []
