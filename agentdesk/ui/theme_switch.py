"""Which theme is in force, and who is told when that changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from agentdesk.ui.paragraphs import ParagraphLayouts
from agentdesk.ui.theme import TEXT_SCALES, Theme, ThemeName


class ThemeChoice(StrEnum):
    """What a person can choose in Preferences."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    HIGH_CONTRAST = "high-contrast"


class ThemeSwitch(QObject):
    """Holds the theme in force and tells widgets and delegates when it changes.

    The composition root makes one and gives it to every widget. It follows the system's colour
    scheme, contrast and motion preference while the choice is `SYSTEM`.
    """

    changed = Signal(object)
    """A new `Theme` is in force; the argument is that theme."""

    def __init__(
        self,
        choice: ThemeChoice = ThemeChoice.SYSTEM,
        text_scale: float = 1.0,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._choice = choice
        self._text_scale = _bounded(text_scale)
        self._less_motion = False
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._follow_system)
        hints.accessibility().contrastPreferenceChanged.connect(self._follow_system)
        motion_changed = getattr(hints.accessibility(), "motionPreferenceChanged", None)
        if motion_changed is not None:
            motion_changed.connect(self._follow_system)
        self._tell_platform()
        self._theme = self._resolved()
        self.paragraphs = ParagraphLayouts()
        self.destroyed.connect(self.paragraphs.forget)

    @property
    def theme(self) -> Theme:
        return self._theme

    @property
    def choice(self) -> ThemeChoice:
        return self._choice

    def choose(self, choice: ThemeChoice) -> None:
        """Use the theme of `choice` from now on."""
        self._choice = choice
        self._tell_platform()
        self._update()

    def set_text_scale(self, text_scale: float) -> None:
        """Use letters of `text_scale` × 14 px, kept within `TEXT_SCALES`."""
        self._text_scale = _bounded(text_scale)
        self._update()

    def set_less_motion(self, less_motion: bool) -> None:
        """Keep things still, whatever the system prefers; False leaves it to the system."""
        self._less_motion = less_motion
        self._update()

    def follow(self, restyle: Callable[[Theme], None]) -> None:
        """Call `restyle` now and on every change; a bound method ends with its QObject."""
        self.changed.connect(restyle)
        restyle(self._theme)

    def _tell_platform(self) -> None:
        """Ask for window frames as dark as the theme, unless the system chooses both."""
        hints = QGuiApplication.styleHints()
        if self._choice is ThemeChoice.SYSTEM:
            hints.unsetColorScheme()
        elif self._choice is ThemeChoice.LIGHT:
            hints.setColorScheme(Qt.ColorScheme.Light)
        else:
            hints.setColorScheme(Qt.ColorScheme.Dark)

    def _follow_system(self) -> None:
        self._update()

    def _update(self) -> None:
        theme = self._resolved()
        if theme != self._theme:
            self._theme = theme
            self.paragraphs.forget()
            self.changed.emit(theme)

    def _resolved(self) -> Theme:
        hints = QGuiApplication.styleHints()
        theme = Theme(
            name=ThemeName.LIGHT,
            text_scale=self._text_scale,
            reduced_motion=self._less_motion or _system_wants_less_motion(),
        )
        if self._choice is not ThemeChoice.SYSTEM:
            return replace(theme, name=ThemeName(self._choice.value))
        if hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast:
            return replace(theme, name=ThemeName.HIGH_CONTRAST)
        if hints.colorScheme() == Qt.ColorScheme.Dark:
            return replace(theme, name=ThemeName.DARK)
        return theme


def _system_wants_less_motion() -> bool:
    """Return what the system prefers; Qt tells it from 6.12 on only."""
    preference = getattr(QGuiApplication.styleHints().accessibility(), "motionPreference", None)
    return preference is not None and preference().name == "ReducedMotion"


def _bounded(text_scale: float) -> float:
    smallest, largest = TEXT_SCALES
    return min(max(text_scale, smallest), largest)
