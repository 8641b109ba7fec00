"""Text size and theme from anywhere in the window, by key or by the palette."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from agentdesk.i18n import mark
from agentdesk.settings import TEXT_SIZE, THEME, Preferences
from agentdesk.ui.actions import WINDOW, Actions, ActionSpec
from agentdesk.ui.theme_switch import ThemeChoice

LARGER = ActionSpec("text.larger", mark("Larger text"), "Ctrl++", WINDOW, "search", mark("zoom"))
SMALLER = ActionSpec("text.smaller", mark("Smaller text"), "Ctrl+-", WINDOW, "search", mark("zoom"))
NORMAL = ActionSpec(
    "text.normal", mark("Usual text size"), "Ctrl+0", WINDOW, "search", mark("zoom")
)
_THEMES = {
    ThemeChoice.LIGHT: ("theme.light", mark("Light theme")),
    ThemeChoice.DARK: ("theme.dark", mark("Dark theme")),
    ThemeChoice.HIGH_CONTRAST: ("theme.high-contrast", mark("High-contrast theme")),
    ThemeChoice.SYSTEM: ("theme.system", mark("Theme as the system has it")),
}


def step_text_size(preferences: Preferences, steps: int) -> None:
    """Make the text larger by `steps`, smaller by negative ones, as far as it goes."""
    size = preferences.get(TEXT_SIZE) + steps * TEXT_SIZE.step
    preferences.set(TEXT_SIZE, min(max(size, TEXT_SIZE.low), TEXT_SIZE.high))


def bind_appearance(actions: Actions, preferences: Preferences, scope: QWidget) -> None:
    """Bind the text size to its keys, and the themes for the palette; `scope` is the window."""
    actions.bind(
        LARGER,
        lambda: step_text_size(preferences, 1),
        scope=scope,
        enabled=lambda: preferences.get(TEXT_SIZE) < TEXT_SIZE.high,
    )
    actions.bind(
        SMALLER,
        lambda: step_text_size(preferences, -1),
        scope=scope,
        enabled=lambda: preferences.get(TEXT_SIZE) > TEXT_SIZE.low,
    )
    actions.bind(NORMAL, lambda: preferences.set(TEXT_SIZE, TEXT_SIZE.default), scope=scope)
    for choice, (action_id, words) in _THEMES.items():
        spec = ActionSpec(action_id, words, icon="shown", keywords=mark("colours appearance"))
        actions.bind(spec, partial(preferences.set, THEME, choice.value), scope=scope)
    stop = preferences.on_change(lambda _key, _value: _refresh(actions))
    scope.destroyed.connect(stop)


def _refresh(actions: Actions) -> None:
    for spec in (LARGER, SMALLER):
        actions.refresh(spec.id)
