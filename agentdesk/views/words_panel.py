"""An error where the eye is: what happened, what it means, what to do, and a code to quote."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from agentdesk.i18n import tr
from agentdesk.ui.icons import Icon
from agentdesk.ui.notices import Words
from agentdesk.ui.theme import Size, Space, TextRole, Theme, Tone, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.alert import TONE_ICONS, ToneIcon
from agentdesk.ui.widgets.frames import column, row
from agentdesk.ui.widgets.text import Label, Paragraph


class WordsPanel(QWidget):
    """Shows `Words` on a soft ground; hidden while there is nothing to say."""

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._tone = Tone.DANGER
        self._line = row(self)
        self._icon = ToneIcon(themes, Icon.WRONG, Tone.DANGER)
        self._what = Paragraph(themes, "", TextRole.SUBJECT)
        self._meaning = Paragraph(themes)
        self._next_step = Paragraph(themes)
        self._code = Label(themes, "", TextRole.QUIET)
        self._code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._texts = column()
        for widget in (self._what, self._meaning, self._next_step, self._code):
            self._texts.addWidget(widget)
        self._line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        self._line.addLayout(self._texts, 1)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setVisible(False)
        themes.follow(self._restyle)

    @property
    def text(self) -> str:
        """What it says now, as one text; "" while hidden."""
        parts = (self._what.text, self._meaning.text, self._next_step.text)
        return "" if self.isHidden() else "\n".join(part for part in parts if part)

    def show_words(self, words: Words, tone: Tone = Tone.DANGER) -> None:
        """Say `words` until `clear`."""
        self._tone = tone
        self._icon.show_icon(TONE_ICONS[tone], tone)
        for widget, text in (
            (self._what, words.what),
            (self._meaning, words.meaning),
            (self._next_step, words.next_step),
        ):
            widget.set_text(text)
            widget.setVisible(bool(text))
        self._code.setText(tr("Code to quote: %(code)s", code=words.code) if words.code else "")
        self._code.setVisible(bool(words.code))
        self.setAccessibleName(words.what)
        self.setAccessibleDescription(f"{words.meaning} {words.next_step}".strip())
        self.setVisible(True)
        self.updateGeometry()
        self.update()

    def clear(self) -> None:
        """Say nothing any more."""
        self.setVisible(False)

    def _restyle(self, theme: Theme) -> None:
        side = theme.px(Space.M)
        self._line.setContentsMargins(side, side, side, side)
        self._line.setSpacing(theme.px(Space.S))
        self._texts.setSpacing(theme.px(2))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        tones = theme.tone(self._tone)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        radius = theme.px(Size.RADIUS)
        shape = QPainterPath()
        shape.addRoundedRect(rect, radius, radius)
        painter.fillPath(shape, colour(tones.ground))
        if theme.is_high_contrast:
            painter.setPen(QPen(colour(tones.edge), Size.RING))
            painter.drawPath(shape)
        painter.end()
