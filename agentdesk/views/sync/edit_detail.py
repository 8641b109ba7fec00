"""An edit that waits or was refused: what it says, since when, and why it was refused."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from agentdesk.i18n import tr
from agentdesk.messages import Words
from agentdesk.services.queue import QueuedEdit
from agentdesk.ui.theme import Space, TextRole, Theme
from agentdesk.ui.widgets.frames import Ground, Panel, column
from agentdesk.ui.widgets.text import Paragraph
from agentdesk.views import times
from agentdesk.views.sync import words
from agentdesk.views.sync.parts import Parts
from agentdesk.views.words_panel import WordsPanel


class EditDetail(QWidget):
    """Title, times, Central's reason in words, and the whole text."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        themes = parts.themes
        self._values = parts.values
        self._layout = column(self)
        self.title = Paragraph(themes, "", TextRole.OPENING)
        self.when = Paragraph(themes, "", TextRole.QUIET)
        self.reason = WordsPanel(themes)
        self._text = Panel(themes, Ground.CANVAS, framed=True, padding=Space.L)
        self.text = Paragraph(themes)
        self._text.body.addWidget(self.text)
        for widget in (self.title, self.when, self.reason, self._text):
            self._layout.addWidget(widget)
        self._layout.addStretch(1)
        themes.follow(self._follow_theme)

    def show_edit(self, edit: QueuedEdit, reason: Words | None = None) -> None:
        """Show one edit; `reason` is why it was refused."""
        self.title.set_text(words.title(edit))
        self.when.set_text(self._when(edit))
        said = words.content(edit, self._values)
        self.text.set_text(said)
        self._text.setVisible(bool(said))
        if reason is None:
            self.reason.clear()
        else:
            self.reason.show_words(reason)

    def copy_text(self) -> bool:
        """Put what the edit says into the clipboard; False if it says nothing."""
        if not self.text.text:
            return False
        QGuiApplication.clipboard().setText(self.text.text)
        return True

    def _when(self, edit: QueuedEdit) -> str:
        language = self._values.language
        written = tr("Written %(when)s", when=times.exact(edit.made_at, language))
        if edit.raised_at is not None:
            refused = times.exact(edit.raised_at, language)
            return tr("%(written)s · refused %(when)s", written=written, when=refused)
        if edit.attempted_at is not None:
            sent = times.exact(edit.attempted_at, language)
            return tr("%(written)s · sent %(when)s, no answer yet", written=written, when=sent)
        return written

    def _follow_theme(self, theme: Theme) -> None:
        self._layout.setSpacing(theme.px(Space.M))
