"""A conflict side by side: what stood there, what Central has, what was typed here."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from agentdesk.domain.moments import now
from agentdesk.i18n import tr
from agentdesk.services.conflicts import Choice, ContestedField, ContestedValue
from agentdesk.sync.protocol import Reason
from agentdesk.ui.difference import changed_words, together
from agentdesk.ui.theme import Space, TextRole, Theme
from agentdesk.ui.widgets.frames import column
from agentdesk.ui.widgets.text import Paragraph
from agentdesk.views.sync import words
from agentdesk.views.sync.anew import Anew, can_be_written
from agentdesk.views.sync.parts import Parts
from agentdesk.views.sync.side_by_side import SideBySide
from agentdesk.views.sync.value_card import ValueCard
from agentdesk.views.values import field_words, is_told


class ConflictDetail(QWidget):
    """Three cards, and under them the place to write the value anew."""

    written = Signal(str, str)
    """The conflict with this id is settled by this value."""
    editor_opened = Signal()
    """The place to write the value anew is open, and may be out of sight."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        themes = parts.themes
        self._values = parts.values
        self._contested: ContestedField | None = None
        self._layout = column(self)
        self.title = Paragraph(themes, "", TextRole.OPENING)
        self.why = Paragraph(themes, quiet=True)
        self.base = ValueCard(themes, tr("Before"))
        self.theirs = ValueCard(themes, tr("At Central"), "1")
        self.mine = ValueCard(themes, tr("Yours"), "2")
        self.anew = Anew(themes, parts.values.language)
        self.anew.saved.connect(self._tell_written)
        cards = SideBySide(themes, self.base, self.theirs, self.mine)
        for widget in (self.title, self.why, cards, self.anew):
            self._layout.addWidget(widget)
        self._layout.addStretch(1)
        themes.follow(self._follow_theme)

    def show_conflict(self, contested: ContestedField) -> None:
        """Show one contested thing; what is being written for it stays."""
        if self._contested is None or contested.id != self._contested.id:
            self.anew.forget()
        self._contested = contested
        self.title.set_text(words.contested_title(contested))
        self.why.set_text(words.contested_why(contested))
        base, theirs, mine = self._sides(contested)
        gone = together(changed_words(theirs, base), changed_words(mine, base))
        self.base.show_value(base, marks=gone, struck=True)
        self.theirs.show_value(theirs, self._theirs_remark(contested), changed_words(base, theirs))
        self.mine.show_value(mine, self._mine_remark(contested), changed_words(base, mine))

    def can_write(self) -> bool:
        """Tell whether what is shown can be settled by a newly written value."""
        found = self._contested
        if found is None or Choice.ANEW not in found.choices:
            return False
        return can_be_written(found.kind, found.field)

    def write_anew(self) -> None:
        """Open the editor, filled with what was typed here."""
        found = self._contested
        if found is None or not self.can_write():
            return
        value = "" if found.mine is None else str(found.mine)
        caption = field_words(found.field)
        self.anew.begin(found.id, caption, found.kind, found.field, value)
        self.editor_opened.emit()

    # --- In words -----------------------------------------------------------------------------

    def _sides(self, contested: ContestedField) -> tuple[str, str, str]:
        """Return what stood before, what Central has and what was typed here, in words."""
        first = ContestedValue(contested.field, contested.base, contested.mine, contested.theirs)
        also = [value for value in contested.also if is_told(value.field)]
        removal = contested.reason in (Reason.REMOVED, Reason.EDITED)
        told = [value for value in (first, *also) if not removal or is_told(value.field)]
        removed = tr("removed")
        base = self._lines(contested, [(v.field, v.base) for v in told])
        theirs = self._lines(contested, [(v.field, v.theirs) for v in told])
        mine = self._lines(contested, [(v.field, v.mine) for v in told])
        if contested.reason == Reason.REMOVED:
            theirs = removed
            mine = mine or tr("what you added to it")
        if contested.reason == Reason.EDITED:
            mine = removed
            theirs = theirs or tr("changed")
        return base, theirs, mine

    def _lines(self, contested: ContestedField, told: list[tuple[str, object]]) -> str:
        """Return one value as it is, several under the names of their fields."""
        shown = [(f, self._values.of(contested.kind, f, value)) for f, value in told]
        if len(shown) == 1:
            return shown[0][1]
        return "\n".join(words.line(field, value) for field, value in shown)

    def _theirs_remark(self, contested: ContestedField) -> str:
        author = words.who(contested.their_author)
        if contested.changed_at is None:
            return tr("by %(author)s", author=author)
        return tr("by %(author)s, %(when)s", author=author, when=self._stamp(contested.changed_at))

    def _mine_remark(self, contested: ContestedField) -> str:
        if contested.made_at is None:
            return tr("typed at this desk")
        return tr("typed at this desk, %(when)s", when=self._stamp(contested.made_at))

    def _stamp(self, moment: datetime) -> str:
        return words.stamp(moment, now(), self._values.language)

    def _tell_written(self, value: str) -> None:
        if self._contested is not None:
            self.written.emit(self._contested.id, value)

    def _follow_theme(self, theme: Theme) -> None:
        self._layout.setSpacing(theme.px(Space.M))
