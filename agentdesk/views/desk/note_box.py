"""The one note box, always at the same place: type, file a line as a fact, save."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QTextCursor, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from agentdesk.domain.entities import FactKind
from agentdesk.i18n import mark, tr
from agentdesk.ui.actions import ActionContext, ActionSpec
from agentdesk.ui.icons import Icon
from agentdesk.ui.theme import Size, Space, TextRole, Theme, Tone
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.alert import ToneIcon
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.fields import InlineError
from agentdesk.ui.widgets.frames import Ground, Hairline, Panel, row
from agentdesk.ui.widgets.keyhint import KeyHint
from agentdesk.ui.widgets.text import Label, SectionCaption
from agentdesk.views.desk.fact_chips import FactChips
from agentdesk.views.desk.fact_guess import Rules, guess_kinds

_SAVED_MS = 4000

NOTE = ActionContext("note", mark("Note box"))
WRITE_NOTE = ActionSpec("note.write", mark("Write a note"), "Ctrl+J", icon="note")
SAVE_NOTE = ActionSpec("note.save", mark("Save note"), "Ctrl+Return", NOTE, "note")
FILE_FACT = ActionSpec("note.fact", mark("File this line as a fact"), "Ctrl+L", NOTE, "fact")
ACTIONS = (WRITE_NOTE, SAVE_NOTE, FILE_FACT)


class NoteEdit(QPlainTextEdit):
    """The text of the note, plain whatever is pasted; Tab goes on to the next thing."""

    left = Signal()
    """The keyboard went elsewhere."""

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("note_edit")
        self.setAccessibleName(tr("Note"))
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        themes.follow(self._restyle)

    def line_or_selection(self) -> str:
        """Return what would be filed: the selection, else the line the cursor is in."""
        cursor = self.textCursor()
        if cursor.hasSelection():
            return " ".join(cursor.selectedText().replace("\u2029", "\n").split())
        return " ".join(cursor.block().text().split())

    def take_line_out(self) -> tuple[int, str]:
        """Take what was filed out of the text; returns where it stood and what it was."""
        cursor = self.textCursor()
        if not cursor.hasSelection():
            cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock)
            cursor.movePosition(
                QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor
            )
            following = cursor.block().next()
            if following.isValid():
                cursor.movePosition(
                    QTextCursor.MoveOperation.NextCharacter, QTextCursor.MoveMode.KeepAnchor
                )
        where = cursor.selectionStart()
        text = cursor.selectedText().replace("\u2029", "\n")
        cursor.removeSelectedText()
        return where, text

    def put_back(self, where: int, text: str) -> None:
        """Put a text back that `take_line_out` has taken."""
        cursor = self.textCursor()
        cursor.setPosition(min(where, len(self.toPlainText())))
        cursor.insertText(text)

    def _restyle(self, theme: Theme) -> None:
        self.setFont(theme.font(TextRole.TEXT))
        # The hint is painted with the font of the viewport, which does not follow by itself.
        self.viewport().setFont(theme.font(TextRole.TEXT))
        self.document().setDocumentMargin(theme.px(Space.XS))
        self.setMinimumHeight(2 * theme.line_px() + theme.px(Space.L))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class NoteBox(Panel):
    """Note and what can be done with it; what it says of itself is true when it says it."""

    save_wanted = Signal()
    """The note is to be saved."""
    chips_offered = Signal()
    """The chips are to be placed; the screen that holds the box knows where."""
    fact_wanted = Signal(str, object, bool)
    """File this text as this `FactKind`; whether it is sensitive."""

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(themes, Ground.SURFACE, parent=parent)
        self._rules: Rules = {}
        self._fact_text = ""
        self.setObjectName("note_box")
        self.edit = NoteEdit(themes)
        self.status = Label(themes, "", TextRole.QUIET)
        self.status.setObjectName("note_status")
        self._mark = ToneIcon(themes, Icon.CHECK, Tone.GOOD, size=Size.ICON_SMALL)
        self._mark.hide()
        keeps_room = self._mark.sizePolicy()
        keeps_room.setRetainSizeWhenHidden(True)
        self._mark.setSizePolicy(keeps_room)
        self.save = Button(themes, tr("Save note"), ButtonKind.PRIMARY)
        self.save.setObjectName("save_note")
        self.file_fact = Button(themes, tr("File line as fact"), ButtonKind.QUIET, glyph=Icon.FACT)
        self.error = InlineError(themes)
        self.chips = FactChips(themes, self)
        self._head = row()
        self._foot_bar = QWidget()
        self._foot = row(self._foot_bar)
        self._hairline = Hairline(themes)
        self._inside = Panel(themes, Ground.SURFACE, padding=Space.M, gap=Space.S)
        self._build(themes)
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(_SAVED_MS)
        self._calm.timeout.connect(lambda: self._say(""))
        self.edit.textChanged.connect(self._text_changed)
        self.chips.chosen.connect(self._file)
        self.chips.left.connect(self.leave_chips)
        themes.follow(self._lay_out)
        self._text_changed()

    def _build(self, themes: ThemeSwitch) -> None:
        self._head.addWidget(SectionCaption(themes, tr("Note")))
        self._head.addWidget(KeyHint(themes, WRITE_NOTE.shortcut))
        self._head.addStretch(1)
        self._head.addWidget(self._mark)
        self._head.addWidget(self.status)
        self._foot.addWidget(self.file_fact)
        self._foot.addWidget(KeyHint(themes, FILE_FACT.shortcut))
        self._foot.addStretch(1)
        self._foot.addWidget(KeyHint(themes, SAVE_NOTE.shortcut))
        self._foot.addWidget(self.save)
        self.body.addWidget(self._hairline)
        self._inside.body.addLayout(self._head)
        self._inside.body.addWidget(self.edit, 1)
        self._inside.body.addWidget(self.error)
        self._inside.body.addWidget(self._foot_bar)
        self.body.addWidget(self._inside)

    # --- Text -----------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        return self.edit.toPlainText()

    @property
    def is_typing(self) -> bool:
        """Whether somebody is in the middle of a note: keyboard and text are here."""
        busy = self.edit.hasFocus() or not self.chips.isHidden()
        return busy and bool(self.text.strip())

    def show_text(self, text: str, *, placeholder: str) -> None:
        """Show the draft of another person or call; the cursor stands at its end."""
        self.leave_chips(keep_focus=True)
        self.edit.blockSignals(True)
        self.edit.setPlainText(text)
        self.edit.blockSignals(False)
        self.edit.setPlaceholderText(placeholder)
        self.edit.moveCursor(QTextCursor.MoveOperation.End)
        self.error.say("")
        self._text_changed()
        self._say(tr("Draft kept") if text.strip() else "")

    def use_rules(self, rules: Rules) -> None:
        """Guess kinds of facts by these words from now on."""
        self._rules = rules

    def saved(self, text: str) -> None:
        """The note with this text is on the disk; what was typed meanwhile stays."""
        now_there = self.text
        rest = now_there[len(text) :].lstrip() if now_there.startswith(text) else now_there
        self.edit.setPlainText(rest)
        self.edit.moveCursor(QTextCursor.MoveOperation.End)
        self.error.say("")
        self._say(tr("Saved"), done=True)
        self._calm.start()

    def show_keeping(self) -> None:
        """Something is typed that is not on the disk yet."""
        self._calm.stop()
        self._say("")

    def show_kept(self) -> None:
        """All that is typed is on the disk."""
        self._say(tr("Draft kept") if self.text.strip() else "", done=bool(self.text.strip()))

    def _say(self, words: str, *, done: bool = False) -> None:
        self.status.setText(words)
        self._mark.setVisible(done and bool(words))

    def _text_changed(self) -> None:
        something = bool(self.text.strip())
        self.save.setEnabled(something)
        self.file_fact.setEnabled(something)

    # --- Filing a line --------------------------------------------------------------------------

    def offer_chips(self) -> None:
        """Ask under which kind the line is to be filed."""
        self._fact_text = self.edit.line_or_selection()
        if not self._fact_text:
            return
        self.chips.offer(self._fact_text, guess_kinds(self._fact_text, self._rules))
        self.chips_offered.emit()

    def leave_chips(self, *, keep_focus: bool = False) -> None:
        """Go back to the text without filing."""
        if self.chips.isHidden():
            return
        self.chips.hide()
        if not keep_focus:
            self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _file(self, kind: FactKind, sensitive: bool) -> None:
        text = self._fact_text
        self.leave_chips()
        self.fact_wanted.emit(text, kind, sensitive)

    def _lay_out(self, theme: Theme) -> None:
        for line in (self._head, self._foot):
            line.setSpacing(theme.px(Space.S))
        self._inside.body.setContentsMargins(
            theme.px(Space.L), theme.px(Space.S), theme.px(Space.L), theme.px(Space.M)
        )
