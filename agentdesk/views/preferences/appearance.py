"""Text size by keyboard, from anywhere in the window."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from agentdesk.i18n import mark
from agentdesk.settings import TEXT_SIZE, Preferences
from agentdesk.ui.actions import WINDOW, Actions, ActionSpec

LARGER = ActionSpec("text.larger", mark("Larger text"), "Ctrl++", WINDOW, "search", mark("zoom"))
SMALLER = ActionSpec("text.smaller", mark("Smaller text"), "Ctrl+-", WINDOW, "search", mark("zoom"))
NORMAL = ActionSpec(
    "text.normal", mark("Usual text size"), "Ctrl+0", WINDOW, "search", mark("zoom")
)


def step_text_size(preferences: Preferences, steps: int) -> None:
    """Make the text larger by `steps`, smaller by negative ones, as far as it goes."""
    size = preferences.get(TEXT_SIZE) + steps * TEXT_SIZE.step
    preferences.set(TEXT_SIZE, min(max(size, TEXT_SIZE.low), TEXT_SIZE.high))


def bind_appearance(actions: Actions, preferences: Preferences, scope: QWidget) -> None:
    """Bind the text size to its keys; `scope` is the window."""
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
    stop = preferences.on_change(lambda _key, _value: _refresh(actions))
    scope.destroyed.connect(stop)


def _refresh(actions: Actions) -> None:
    for spec in (LARGER, SMALLER):
        actions.refresh(spec.id)
