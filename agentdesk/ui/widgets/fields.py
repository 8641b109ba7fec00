"""Fields: labelled, with their error where the eye is; search fields; combo boxes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from agentdesk.i18n import tr
from agentdesk.ui.icons import Icon, paint_icon
from agentdesk.ui.theme import Size, Space, TextRole, Theme, Tone
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.alert import ToneIcon
from agentdesk.ui.widgets.buttons import IconButton
from agentdesk.ui.widgets.frames import column, row
from agentdesk.ui.widgets.keyhint import KeyHint
from agentdesk.ui.widgets.text import Label


class InlineError(QWidget):
    """What is wrong with the field above and what to do; hidden while there is nothing to say."""

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line = row(self)
        self._words = Label(themes, "", TextRole.QUIET, tone=Tone.DANGER)
        self._words.setWordWrap(True)
        glyph = ToneIcon(themes, Icon.WRONG, Tone.DANGER, size=Size.ICON_SMALL)
        self._line.addWidget(glyph, 0, Qt.AlignmentFlag.AlignTop)
        self._line.addWidget(self._words, 1)
        self.setVisible(False)
        themes.follow(self._restyle)

    @property
    def text(self) -> str:
        return self._words.text()

    def say(self, text: str) -> None:
        """Show `text`, or nothing when it is empty."""
        self._words.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))

    def _restyle(self, theme: Theme) -> None:
        self._line.setSpacing(theme.px(Space.XS))


class LabelledField(QWidget):
    """A caption over a field, a quiet hint or an error under it."""

    def __init__(
        self,
        themes: ThemeSwitch,
        caption: str,
        field: QWidget,
        *,
        hint: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.field = field
        self._layout = column(self)
        self._caption = Label(themes, caption, TextRole.CAPTION)
        self._caption.setBuddy(field)
        self._hint = Label(themes, hint, TextRole.QUIET)
        self._hint.setWordWrap(True)
        self._hint.setVisible(bool(hint))
        self.error = InlineError(themes)
        for widget in (self._caption, field, self._hint, self.error):
            self._layout.addWidget(widget)
        field.setAccessibleName(caption)
        field.setAccessibleDescription(hint)
        self.setFocusProxy(field)
        themes.follow(self._restyle)

    def show_error(self, text: str) -> None:
        """Say under the field what is wrong with it; an empty text takes the error away."""
        self.error.say(text)
        self._hint.setVisible(bool(self._hint.text()) and not text)
        self.field.setProperty("bad", "true" if text else "false")
        self.field.style().unpolish(self.field)
        self.field.style().polish(self.field)
        self.field.setAccessibleDescription(text or self._hint.text())

    def _restyle(self, theme: Theme) -> None:
        self._layout.setSpacing(theme.px(Space.XS))


class SearchField(QLineEdit):
    """A line to search with: a glass before it, a cross to clear it, its shortcut while empty."""

    dismissed = Signal()
    """Escape was pressed while the field was empty already."""

    def __init__(
        self,
        themes: ThemeSwitch,
        placeholder: str,
        *,
        shortcut: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self._keys = KeyHint(themes, shortcut, self)
        self._clear = IconButton(themes, Icon.CLOSE, tr("Clear search"), parent=self)
        self._clear.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._clear.clicked.connect(self.clear)
        self.textChanged.connect(self._show_end)
        self._show_end("")
        themes.follow(self._restyle)

    def _show_end(self, text: str) -> None:
        self._keys.setVisible(not text)
        self._clear.setVisible(bool(text))

    def _restyle(self, theme: Theme) -> None:
        self.setFont(theme.font(TextRole.TEXT))
        lead = theme.px(Size.ICON) + theme.px(Space.S)
        end = max(self._keys.sizeHint().width(), theme.px(Size.TARGET))
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            lead, end = end, lead
        self.setTextMargins(lead, 0, end, 0)
        self._place_end()

    def _place_end(self) -> None:
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        for widget, gap in ((self._keys, self._themes.theme.px(Space.S)), (self._clear, 2)):
            size = widget.sizeHint() if widget is self._keys else widget.size()
            left = gap if mirrored else self.width() - size.width() - gap
            widget.setGeometry(QRect(QPoint(left, (self.height() - size.height()) // 2), size))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_end()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        theme = self._themes.theme
        side = theme.px(Size.ICON)
        left = float(theme.px(Space.S))
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            left = self.width() - left - side
        painter = QPainter(self)
        rect = QRectF(left, (self.height() - side) / 2, side, side)
        paint_icon(painter, rect, Icon.SEARCH, theme.colours.quiet)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if self.text():
                self.clear()
            else:
                self.dismissed.emit()
            return
        super().keyPressEvent(event)


class ComboBox(QComboBox):
    """A combo box with our caret, that the wheel does not change by accident."""

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.installEventFilter(self)
        themes.follow(self._restyle)

    def _restyle(self, theme: Theme) -> None:
        self.setFont(theme.font(TextRole.TEXT))
        side = theme.px(Size.ICON)
        self.setIconSize(QSize(side, side))
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and not self.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        theme = self._themes.theme
        side = theme.px(Size.ICON_SMALL)
        left = float(self.width() - theme.px(Space.S) - side)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            left = float(theme.px(Space.S))
        painter = QPainter(self)
        ink = theme.colours.quiet if self.isEnabled() else theme.colours.disabled
        rect = QRectF(left, (self.height() - side) / 2, side, side)
        paint_icon(painter, rect, Icon.CHOOSE, ink)
        painter.end()
