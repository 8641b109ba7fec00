"""The card in the middle of the start window: a title, one sentence, and what a page puts there."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from agentdesk.i18n import tr
from agentdesk.ui.icons import Icon
from agentdesk.ui.notices import Words
from agentdesk.ui.theme import Size, Space, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button, ButtonKind, IconButton
from agentdesk.ui.widgets.frames import Ground, Panel, row
from agentdesk.ui.widgets.text import Paragraph
from agentdesk.views.words_panel import WordsPanel

CARD_WIDTH = 440


class CardPage(Panel):
    """A page of the start window. `fields` is where a page puts its own."""

    def __init__(
        self, themes: ThemeSwitch, title: str, sentence: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(
            themes, Ground.SURFACE, framed=True, padding=Space.XL, gap=Space.M, parent=parent
        )
        self._themes = themes
        self.setAccessibleName(title)
        self.title = Paragraph(themes, title, TextRole.OPENING)
        self.sentence = Paragraph(themes, sentence, quiet=True)
        self.trouble = WordsPanel(themes)
        self.trouble.setObjectName("start_trouble")
        for widget in (self.title, self.sentence, self.trouble):
            self.body.addWidget(widget)
        self.sentence.setVisible(bool(sentence))

    def say(self, words: Words) -> None:
        """Tell what went wrong, over the fields, and let the person try again."""
        self.set_busy(False)
        self.trouble.show_words(words)
        self.take_keyboard()

    def set_busy(self, busy: bool) -> None:
        """Show that something is under way; the fields stay as they are and cannot be changed."""

    def take_keyboard(self) -> None:
        """Put the keyboard where the person goes on."""

    def add_primary(self, text: str) -> Button:
        """Return a new button for the one thing to do here, over the width of the card."""
        button = Button(self._themes, text, ButtonKind.PRIMARY)
        self.body.addWidget(button)
        return button

    def add_quiet(self, *buttons: Button) -> None:
        """Put quiet buttons side by side at the foot of the card."""
        line = row(gap=Space.S)
        line.addStretch(1)
        for button in buttons:
            line.addWidget(button)
        line.addStretch(1)
        self.body.addLayout(line)


class SecretField(QLineEdit):
    """A line for a password, hidden unless the person wants to see it."""

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhNoAutoUppercase
        )
        self.reveal = IconButton(themes, Icon.SHOWN, tr("Show what is typed"), parent=self)
        self.reveal.setCheckable(True)
        self.reveal.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.reveal.toggled.connect(self._show_typed)
        themes.follow(self._restyle)

    def _show_typed(self, shown: bool) -> None:
        self.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
        self.reveal.set_glyph(Icon.HIDDEN if shown else Icon.SHOWN)
        self.reveal.set_name(tr("Hide what is typed") if shown else tr("Show what is typed"))

    def _restyle(self, theme: Theme) -> None:
        self.setFont(theme.font(TextRole.TEXT))
        end = theme.px(Size.CONTROL)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        self.setTextMargins(end if mirrored else 0, 0, 0 if mirrored else end, 0)
        self._place()

    def _place(self) -> None:
        size = self.reveal.size()
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = 0 if mirrored else self.width() - size.width()
        self.reveal.setGeometry(QRect(QPoint(left, (self.height() - size.height()) // 2), size))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()
