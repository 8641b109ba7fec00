"""An open row of the timeline: its whole text, to select, copy, change and remove."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from agentdesk.domain.entities import PromiseState
from agentdesk.i18n import tr
from agentdesk.services.timeline import ItemKind, TimelineItem
from agentdesk.ui.icons import Icon
from agentdesk.ui.theme import Size, Space, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.frames import column, row
from agentdesk.ui.widgets.text import Paragraph

_MOST_LINES = 14


class _Text(QPlainTextEdit):
    """The text; read-only until it is being changed."""

    def __init__(self, themes: ThemeSwitch) -> None:
        super().__init__()
        self.setObjectName("timeline_text")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        themes.follow(self._restyle)
        self.set_editable(False)

    def set_editable(self, editable: bool) -> None:
        """Let the text be changed, or only read, selected and copied."""
        self.setReadOnly(not editable)
        self.setProperty("bare", "false" if editable else "true")
        self.style().unpolish(self)
        self.style().polish(self)
        if not editable:
            self.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByKeyboard
                | Qt.TextInteractionFlag.TextSelectableByMouse
            )

    def _restyle(self, theme: Theme) -> None:
        self.setFont(theme.font(TextRole.TEXT))
        self.document().setDocumentMargin(theme.px(2))


class TimelineDetail(QWidget):
    """Stands under the open row; the list gives it its place, this tells the height."""

    save_wanted = Signal(object, str)
    """The note (a `TimelineItem`) is to say this text."""
    remove_wanted = Signal(object)
    """The note (a `TimelineItem`) is to be removed."""
    settle_wanted = Signal(object, object)
    """What became of the promise (a `TimelineItem`): a `PromiseState`."""
    height_changed = Signal()
    left = Signal()
    """The person wants to close the row."""

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.item: TimelineItem | None = None
        self._whole = ""
        self._layout = column(self)
        self._meta = Paragraph(themes, "", TextRole.QUIET, max_lines=2)
        self.text = _Text(themes)
        self._line = row()
        self.copy = Button(themes, tr("Copy text"), ButtonKind.QUIET, glyph=Icon.COPY)
        self.edit = Button(themes, tr("Change note"), ButtonKind.QUIET, glyph=Icon.EDIT)
        self.remove = Button(themes, tr("Remove note"), ButtonKind.QUIET, glyph=Icon.REMOVE)
        self.kept = Button(themes, tr("Mark kept"), ButtonKind.QUIET, glyph=Icon.CHECK)
        self.save = Button(themes, tr("Save change"), ButtonKind.PRIMARY)
        self.discard = Button(themes, tr("Leave as it was"))
        for button in (self.copy, self.edit, self.remove, self.kept, self.save, self.discard):
            self._line.addWidget(button)
        self._line.addStretch(1)
        for widget in (self._meta, self.text):
            self._layout.addWidget(widget)
        self._layout.addLayout(self._line)
        self._connect()
        themes.follow(self._restyle)

    def _connect(self) -> None:
        self.copy.clicked.connect(self.copy_text)
        self.edit.clicked.connect(self.begin_change)
        self.remove.clicked.connect(self.ask_to_remove)
        self.kept.clicked.connect(self._settle)
        self.save.clicked.connect(self._save)
        self.discard.clicked.connect(self.end_change)

    @property
    def is_changing(self) -> bool:
        """Whether a note is being rewritten here."""
        return not self.text.isReadOnly()

    def show_item(self, item: TimelineItem, meta: str, text: str, left_px: int) -> None:
        """Show the whole of `item`; `left_px` is where the texts of the rows begin."""
        self.item = item
        self._whole = text
        self._meta.set_text(meta)
        theme = self._themes.theme
        self._layout.setContentsMargins(left_px, 0, theme.px(Space.L), theme.px(Space.S))
        self.end_change()

    def copy_text(self) -> None:
        """Put the whole text on the clipboard."""
        QGuiApplication.clipboard().setText(self._whole)

    def begin_change(self) -> None:
        """Let the note be rewritten; does nothing for other rows."""
        if self.item is None or self.item.kind is not ItemKind.NOTE:
            return
        self.text.set_editable(True)
        self.text.setAccessibleName(tr("Text of the note"))
        self._show_buttons()
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)
        self.height_changed.emit()

    def end_change(self) -> None:
        """Show the text as it is kept."""
        self.text.set_editable(False)
        self.text.setPlainText(self._whole)
        self._show_buttons()
        self.height_changed.emit()

    def ask_to_remove(self) -> None:
        """Remove the note; does nothing for other rows."""
        if self.item is not None and self.item.kind is ItemKind.NOTE:
            self.remove_wanted.emit(self.item)

    def height_for(self, width: int) -> int:
        """Return the height in px that the detail needs when it is `width` wide."""
        theme = self._themes.theme
        margins = self._layout.contentsMargins()
        self.text.resize(max(width - margins.left() - margins.right(), 80), self.text.height())
        lines = min(max(self.text.document().size().height(), 1), _MOST_LINES)
        line_px = self.text.fontMetrics().lineSpacing()
        frame = theme.px(Space.M) + (theme.px(Space.XS) if self.is_changing else 0)
        self.text.setFixedHeight(int(lines * line_px) + frame)
        buttons = theme.px(Size.CONTROL)
        gaps = 2 * self._layout.spacing()
        inner = width - margins.left() - margins.right()
        meta = self._meta.heightForWidth(inner)
        return meta + self.text.height() + buttons + gaps + margins.bottom()

    def _show_buttons(self) -> None:
        kind = self.item.kind if self.item is not None else None
        changing = self.is_changing
        is_open = self.item is not None and self.item.disposition == PromiseState.OPEN
        self.copy.setVisible(not changing)
        self.edit.setVisible(kind is ItemKind.NOTE and not changing)
        self.remove.setVisible(kind is ItemKind.NOTE and not changing)
        self.kept.setVisible(kind is ItemKind.PROMISE and is_open)
        self.save.setVisible(changing)
        self.discard.setVisible(changing)

    def _save(self) -> None:
        text = self.text.toPlainText()
        if self.item is not None and text.strip():
            self.save_wanted.emit(self.item, text)

    def _settle(self) -> None:
        if self.item is not None:
            self.settle_wanted.emit(self.item, PromiseState.KEPT)

    def _restyle(self, theme: Theme) -> None:
        self._layout.setSpacing(theme.px(Space.XS))
        self._line.setSpacing(theme.px(Space.XS))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves the change first, then the row; Ctrl+Enter saves the change."""
        if event.key() == Qt.Key.Key_Escape:
            if self.is_changing:
                self.end_change()
                self.text.setFocus(Qt.FocusReason.OtherFocusReason)
            else:
                self.left.emit()
            return
        control = Qt.KeyboardModifier.ControlModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers() & control:
            if self.is_changing:
                self._save()
            return
        super().keyPressEvent(event)
