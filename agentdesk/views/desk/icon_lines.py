"""Short lists of the card: an icon, what is known, and a quiet remark, painted in one widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from agentdesk.ui.icons import Icon, paint_icon
from agentdesk.ui.paragraphs import reads_right_to_left
from agentdesk.ui.theme import Size, Space, TextRole, Theme, Tone, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.text import ink_of


@dataclass(frozen=True)
class Line:
    """One entry; `remark` follows the text in quiet ink."""

    text: str
    remark: str = ""
    glyph: Icon | None = None
    tone: Tone = Tone.NEUTRAL


class IconLines(QWidget):
    """Lines of plain text that wrap beside their icons; as high as they need to be."""

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._lines: tuple[Line, ...] = ()
        self._laid: dict[int, list[QTextLayout]] = {}
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        themes.follow(self._restyle)

    @property
    def lines(self) -> tuple[Line, ...]:
        return self._lines

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show `lines`; without any the widget takes no room."""
        if tuple(lines) == self._lines:
            return
        self._lines = tuple(lines)
        self._laid.clear()
        texts = (f"{line.text} {line.remark}".strip() for line in self._lines)
        self.setAccessibleName("\n".join(texts))
        self.updateGeometry()
        self.update()

    def _restyle(self, _theme: Theme) -> None:
        self._laid.clear()
        self.updateGeometry()
        self.update()

    def _text_left(self) -> int:
        theme = self._themes.theme
        return theme.px(Size.ICON) + theme.px(Space.S)

    def _layout_of(self, line: Line, width: int) -> QTextLayout:
        theme = self._themes.theme
        text = f"{line.text}  {line.remark}" if line.remark else line.text
        layout = QTextLayout(text.replace("\n", "\u2028"), theme.font(TextRole.TEXT))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        if reads_right_to_left(text):
            option.setTextDirection(Qt.LayoutDirection.RightToLeft)
        layout.setTextOption(option)
        if line.remark:
            quiet = QTextLayout.FormatRange()
            quiet.start, quiet.length = len(line.text) + 2, len(line.remark)
            quiet.format.setFont(theme.font(TextRole.QUIET))
            quiet.format.setForeground(colour(theme.colours.quiet))
            layout.setFormats([quiet])
        line_px = theme.line_px()
        layout.beginLayout()
        count = 0
        while (part := layout.createLine()).isValid():
            part.setLineWidth(max(width - self._text_left(), 1))
            part.setPosition(QPointF(0, count * line_px + (line_px - part.height()) / 2))
            count += 1
        layout.endLayout()
        return layout

    def _layouts(self, width: int) -> list[QTextLayout]:
        """Return the lines laid out for `width`; made once for what is shown."""
        if width not in self._laid:
            self._laid[width] = [self._layout_of(line, width) for line in self._lines]
        return self._laid[width]

    def _height(self, layout: QTextLayout) -> int:
        theme = self._themes.theme
        return layout.lineCount() * theme.line_px() + theme.px(Space.XS)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return sum(map(self._height, self._layouts(width)))

    def sizeHint(self) -> QSize:
        width = self._themes.theme.px(300)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._themes.theme.px(120), 0)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        side, line_px = theme.px(Size.ICON), theme.line_px()
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        top = 0
        for line, layout in zip(self._lines, self._layouts(self.width()), strict=True):
            if line.glyph is not None:
                left = self.width() - side if mirrored else 0
                spot = QRectF(left, top + (line_px - side) / 2, side, side)
                ink = ink_of(theme, line.tone, quiet=line.tone is Tone.NEUTRAL)
                paint_icon(painter, spot, line.glyph, ink)
            painter.setPen(colour(theme.colours.ink))
            text_left = 0 if mirrored else self._text_left()
            layout.draw(painter, QPointF(text_left, top))
            top += self._height(layout)
        painter.end()
