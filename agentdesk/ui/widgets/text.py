"""Texts: labels, section captions, paragraphs with room between the lines, names cut with an …"""

from __future__ import annotations

import html

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextCharFormat,
    QTextLayout,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from agentdesk.ui.paragraphs import laid_out
from agentdesk.ui.roles import Ranges
from agentdesk.ui.theme import TextRole, Theme, Tone, colour
from agentdesk.ui.theme_switch import ThemeSwitch


def ink_of(theme: Theme, tone: Tone, *, quiet: bool) -> str:
    """Return the token's colour of a text: `quiet` ink, else ink, else the tone's own."""
    if tone is not Tone.NEUTRAL:
        return theme.tone(tone).ink
    return theme.colours.quiet if quiet else theme.colours.ink


class Label(QLabel):
    """A short text in one of the roles of the type scale; never interpreted as markup."""

    def __init__(
        self,
        themes: ThemeSwitch,
        text: str = "",
        role: TextRole = TextRole.TEXT,
        *,
        tone: Tone = Tone.NEUTRAL,
        quiet: bool | None = None,
        tabular: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._themes = themes
        self._role = role
        self._tone = tone
        self._quiet = role in (TextRole.QUIET, TextRole.CAPTION) if quiet is None else quiet
        self._tabular = tabular
        self.setText(text)
        themes.follow(self._restyle)

    def set_tone(self, tone: Tone) -> None:
        """Show the text in the ink of `tone`; an icon or the words must tell the same."""
        self._tone = tone
        self._restyle(self._themes.theme)

    def take_font(self) -> None:
        """Take the theme's font again, after Qt has dressed the widget anew in another place."""
        self._restyle(self._themes.theme)

    def _restyle(self, theme: Theme) -> None:
        self.setFont(theme.font(self._role, tabular=self._tabular))
        self.setMinimumHeight(theme.line_px(self._role))
        palette = self.palette()
        ink = ink_of(theme, self._tone, quiet=self._quiet)
        palette.setColor(QPalette.ColorRole.WindowText, colour(ink))
        self.setPalette(palette)


class SectionCaption(Label):
    """The quiet heading of a section of the card or the playbook, in sentence case."""

    def __init__(self, themes: ThemeSwitch, text: str, parent: QWidget | None = None) -> None:
        super().__init__(themes, text, TextRole.CAPTION, parent=parent)


class ElidedLabel(Label):
    """One line that ends in … where it does not fit; then the tool tip holds the whole text."""

    def __init__(
        self,
        themes: ThemeSwitch,
        text: str = "",
        role: TextRole = TextRole.TEXT,
        *,
        tone: Tone = Tone.NEUTRAL,
        quiet: bool | None = None,
        tabular: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        self._full = text
        super().__init__(themes, "", role, tone=tone, quiet=quiet, tabular=tabular, parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_full_text(text)

    @property
    def full_text(self) -> str:
        return self._full

    def set_full_text(self, text: str) -> None:
        """Show `text`, in one line whatever it holds."""
        self._full = " ".join(text.split())
        self.setAccessibleName(self._full)
        self._elide()
        self.updateGeometry()

    def _restyle(self, theme: Theme) -> None:
        super()._restyle(theme)
        self._elide()

    def _elide(self) -> None:
        metrics = QFontMetrics(self.font())
        shown = metrics.elidedText(self._full, Qt.TextElideMode.ElideRight, max(self.width(), 0))
        self.setText(shown)
        self.setToolTip(plain_tool_tip(self._full) if shown != self._full else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        height = self._themes.theme.line_px(self._role)
        return QSize(metrics.horizontalAdvance(self._full) + 2, height)

    def minimumSizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        shortest = min(metrics.horizontalAdvance(self._full), metrics.averageCharWidth() * 4)
        return QSize(shortest, self._themes.theme.line_px(self._role))


class Paragraph(QWidget):
    """Running text of outside origin, wrapped, with a line height of 1.4; as high as it needs.

    With `max_lines` the last line ends in … and the tool tip holds the whole text.
    """

    def __init__(
        self,
        themes: ThemeSwitch,
        text: str = "",
        role: TextRole = TextRole.TEXT,
        *,
        tone: Tone = Tone.NEUTRAL,
        quiet: bool | None = None,
        max_lines: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._role = role
        self._tone = tone
        self._quiet = role in (TextRole.QUIET, TextRole.CAPTION) if quiet is None else quiet
        self._max_lines = max_lines
        self._text = text
        self._ink = ""
        self._laid: dict[int, tuple[QTextLayout, int]] = {}
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.set_text(text)
        themes.follow(self._restyle)

    @property
    def text(self) -> str:
        return self._text

    def set_text(self, text: str) -> None:
        """Show `text`; its own line breaks are kept."""
        if text == self._text and self._laid:
            return
        self._text = text
        self._laid.clear()
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def set_ink(self, ink: str) -> None:
        """Use a colour made by the theme (a hue band) instead of the role's; empty for default."""
        self._ink = ink
        self.update()

    def take_font(self) -> None:
        """Take the theme's font again, after Qt has dressed the widget anew in another place."""
        self._restyle(self._themes.theme)

    def _restyle(self, theme: Theme) -> None:
        self._laid.clear()
        self.setFont(theme.font(self._role))
        self.updateGeometry()
        self.update()

    def _laid_out(self, width: int) -> tuple[QTextLayout, int]:
        """Return the lines for `width`, and how many of them are shown; made once for a text."""
        if width not in self._laid:
            self._laid[width] = self._lay_out(width)
        return self._laid[width]

    def _lay_out(self, width: int) -> tuple[QTextLayout, int]:
        line_px = self._themes.theme.line_px(self._role)
        layout = self._themes.paragraphs.lines(self._text, self.font(), line_px, width)
        count = layout.lineCount()
        return layout, min(count, self._max_lines) if self._max_lines else count

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        layout, shown = self._laid_out(self.width())
        ink = self._ink or ink_of(theme, self._tone, quiet=self._quiet)
        painter.setPen(colour(ink if self.isEnabled() else theme.colours.disabled))
        cut = shown < layout.lineCount()
        for index in range(shown - 1 if cut else shown):
            layout.lineAt(index).draw(painter, QPointF(0, 0))
        if cut:
            self._draw_cut_line(painter, layout, shown - 1)
        painter.end()

    def _draw_cut_line(self, painter: QPainter, layout: QTextLayout, index: int) -> None:
        line_px = self._themes.theme.line_px(self._role)
        rest = layout.text()[layout.lineAt(index).textStart() :].replace("\u2028", " ")
        metrics = QFontMetrics(self.font())
        words = metrics.elidedText(rest, Qt.TextElideMode.ElideRight, self.width())
        where = QRect(0, index * line_px, self.width(), line_px)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
        painter.setFont(self.font())
        painter.drawText(where, flags, words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._max_lines:
            layout, shown = self._laid_out(self.width())
            cut = shown < layout.lineCount()
            self.setToolTip(plain_tool_tip(self._text) if cut else "")

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        _layout, shown = self._laid_out(width)
        return max(shown, 1) * self._themes.theme.line_px(self._role)

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        theme = self._themes.theme
        longest = max(metrics.horizontalAdvance(line) for line in self._text[:400].split("\n"))
        width = min(longest + 2, theme.px(320))
        # Near enough: layouts ask for the height of the width that they give.
        lines = -(-(longest + 2) // width) + self._text.count("\n")
        shown = min(lines, self._max_lines) if self._max_lines else lines
        return QSize(width, max(shown, 1) * theme.line_px(self._role))

    def minimumSizeHint(self) -> QSize:
        theme = self._themes.theme
        return QSize(min(self.sizeHint().width(), theme.px(96)), theme.line_px(self._role))


class MarkedParagraph(Paragraph):
    """A paragraph in which some words are marked: by weight and a line under them, never by
    colour alone; words that are gone elsewhere (`struck`) are struck through.
    """

    def __init__(self, themes: ThemeSwitch, text: str = "", role: TextRole = TextRole.TEXT) -> None:
        self._marks: Ranges = ()
        self._struck = False
        super().__init__(themes, text, role)

    @property
    def marks(self) -> Ranges:
        """What is marked, as (start, length) in characters."""
        return self._marks

    def set_marked(self, text: str, marks: Ranges = (), *, struck: bool = False) -> None:
        """Show `text` with `marks`."""
        if (text, marks, struck) == (self._text, self._marks, self._struck):
            return
        self._marks, self._struck = marks, struck
        self._laid.clear()
        self.set_text(text)
        self.update()

    def _lay_out(self, width: int) -> tuple[QTextLayout, int]:
        if not self._marks:
            return super()._lay_out(width)
        theme = self._themes.theme
        made = QTextCharFormat()
        if self._struck:
            made.setFontStrikeOut(True)
            made.setForeground(colour(theme.colours.quiet))
        else:
            made.setFontWeight(QFont.Weight.DemiBold)
            made.setFontUnderline(True)
            made.setBackground(colour(theme.colours.accent_soft))
        formats = []
        for start, length in self._marks:
            part = QTextLayout.FormatRange()
            part.start, part.length, part.format = start, length, made
            formats.append(part)
        line_px = theme.line_px(self._role)
        layout = laid_out(self._text, self.font(), line_px, width, formats)
        return layout, layout.lineCount()


def plain_tool_tip(text: str) -> str:
    """Return `text` so that a tool tip, which guesses at markup, shows it as it is."""
    return "" if not text else f"<qt>{html.escape(text)}</qt>"
