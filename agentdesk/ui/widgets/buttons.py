"""Buttons: with words (primary, secondary, quiet, danger) and with an icon alone."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QToolButton, QWidget

from agentdesk.ui.icons import Icon, icon
from agentdesk.ui.theme import Size, TextRole, Theme, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.text import plain_tool_tip


class ButtonKind(StrEnum):
    """How much a button asks for attention; at most one `PRIMARY` in a region.

    `LINK` stands in running text and is aligned with it.
    """

    PRIMARY = "primary"
    SECONDARY = "secondary"
    QUIET = "quiet"
    LINK = "link"
    DANGER = "danger"


class Button(QPushButton):
    """A button that says what it does with a verb: "Save note"."""

    def __init__(
        self,
        themes: ThemeSwitch,
        text: str,
        kind: ButtonKind = ButtonKind.SECONDARY,
        *,
        glyph: Icon | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._kind = kind
        self._glyph = glyph
        self.set_words(text)
        self.setProperty("kind", kind.value)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        themes.follow(self._restyle)

    def set_words(self, text: str) -> None:
        """Show `text` as it is, without an & becoming a mnemonic."""
        self.setText(text.replace("&", "&&"))
        self.setAccessibleName(text)

    def perform(self, action: QAction) -> None:
        """Carry out `action` when clicked, enabled and explained as the action is."""
        self.clicked.connect(action.trigger)
        self.setEnabled(action.isEnabled())
        self.setToolTip(plain_tool_tip(action.toolTip()))
        action.enabledChanged.connect(self.setEnabled)

    def _ink(self, theme: Theme) -> str:
        colours = theme.colours
        return {
            ButtonKind.PRIMARY: colours.on_accent,
            ButtonKind.SECONDARY: colours.ink,
            ButtonKind.QUIET: colours.accent,
            ButtonKind.LINK: colours.accent,
            ButtonKind.DANGER: colours.danger,
        }[self._kind]

    def _restyle(self, theme: Theme) -> None:
        self.setFont(theme.font(TextRole.TEXT))
        height = Size.TARGET if self._kind is ButtonKind.LINK else Size.CONTROL
        self.setFixedHeight(theme.px(height))
        if self._glyph is not None:
            self.setIcon(icon(self._glyph, theme, ink=self._ink(theme)))
            side = theme.px(Size.ICON)
            self.setIconSize(QSize(side, side))
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._kind is ButtonKind.PRIMARY and self.hasFocus():
            theme = self._themes.theme
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colour(theme.colours.on_accent), 1))
            radius = theme.px(Size.RADIUS) - 2
            inside = QRectF(self.rect()).adjusted(2.5, 2.5, -2.5, -2.5)
            painter.drawRoundedRect(inside, radius, radius)
            painter.end()


class IconButton(QToolButton):
    """An icon that can be pressed, 28 px at least; `name` is its tool tip and accessible name."""

    def __init__(
        self,
        themes: ThemeSwitch,
        glyph: Icon,
        name: str,
        *,
        quiet: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._glyph = glyph
        self._quiet = quiet
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_name(name)
        themes.follow(self._restyle)

    def set_name(self, name: str) -> None:
        """Say what the button does."""
        self.setAccessibleName(name)
        self.setToolTip(plain_tool_tip(name))

    def set_glyph(self, glyph: Icon) -> None:
        """Show another icon from now on."""
        self._glyph = glyph
        self._restyle(self._themes.theme)

    def perform(self, action: QAction) -> None:
        """Carry out `action` when clicked, enabled and explained as the action is."""
        self.clicked.connect(action.trigger)
        self.setEnabled(action.isEnabled())
        self.setToolTip(plain_tool_tip(action.toolTip()))
        action.enabledChanged.connect(self.setEnabled)

    def _restyle(self, theme: Theme) -> None:
        ink = theme.colours.quiet if self._quiet else theme.colours.ink
        self.setIcon(icon(self._glyph, theme, ink=ink))
        side = theme.px(Size.ICON)
        self.setIconSize(QSize(side, side))
        self.setFixedSize(theme.px(Size.CONTROL), theme.px(Size.CONTROL))
