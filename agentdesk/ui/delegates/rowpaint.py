"""What all rows share: their ground when chosen, one line of text with its highlights."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QPainter,
    QPen,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from agentdesk.ui.paragraphs import reads_right_to_left
from agentdesk.ui.roles import Ranges
from agentdesk.ui.theme import Size, Space, Theme, colour

Index = QModelIndex | QPersistentModelIndex


def is_chosen(option: QStyleOptionViewItem) -> bool:
    """Tell whether the row is selected."""
    return bool(option.state & QStyle.StateFlag.State_Selected)


def paint_ground(painter: QPainter, option: QStyleOptionViewItem, theme: Theme) -> None:
    """Paint a row's ground: chosen, under the mouse or plain; with the ring of the focus."""
    rect: QRect = option.rect
    colours = theme.colours
    if is_chosen(option):
        painter.fillRect(rect, colour(colours.accent_soft))
        edge = QRect(rect.left(), rect.top(), theme.px(3), rect.height())
        painter.fillRect(mirrored(option, edge), colour(colours.accent))
    elif option.state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(rect, colour(colours.raised))
    if option.state & QStyle.StateFlag.State_HasFocus:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour(colours.accent), Size.RING))
        radius = theme.px(Space.XS)
        painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), radius, radius)
        painter.restore()


def paint_hairline(painter: QPainter, option: QStyleOptionViewItem, theme: Theme, x: int) -> None:
    """Paint the line under a row, from `x` px after its leading edge; a ring needs none."""
    if option.state & QStyle.StateFlag.State_HasFocus:
        return
    rect: QRect = option.rect
    line = QRect(rect.left() + x, rect.bottom(), rect.width() - x, 1)
    painter.fillRect(mirrored(option, line), colour(theme.colours.hairline))


def mirrored(option: QStyleOptionViewItem, rect: QRect) -> QRect:
    """Return `rect`, laid out for left to right, as the option's direction wants it."""
    return QStyle.visualRect(option.direction, option.rect, rect)


def paint_line(
    painter: QPainter,
    rect: QRect,
    text: str,
    font: QFont,
    ink: str,
    *,
    ranges: Ranges = (),
    highlight: str = "",
    at_end: bool = False,
) -> int:
    """Paint one line of plain text, cut with an …, centred in height; return its width in px.

    Text is set in the direction of its first letter but stays at the left of `rect` (at its right
    with `at_end`). `ranges` are painted heavier, underlined, in `highlight`.
    """
    words = " ".join(text.split()) if "\n" in text or "\t" in text else text
    shown = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, rect.width())
    layout = QTextLayout(shown, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.NoWrap)
    option.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute)
    if reads_right_to_left(shown):
        option.setTextDirection(Qt.LayoutDirection.RightToLeft)
    layout.setTextOption(option)
    if ranges:
        layout.setFormats(_formats(ranges, len(shown), font, highlight or ink))
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(rect.width() + 1)
    layout.endLayout()
    width = int(line.naturalTextWidth()) + 1
    left = rect.right() - width if at_end else rect.left()
    top = rect.top() + (rect.height() - line.height()) / 2
    painter.setPen(colour(ink))
    line.draw(painter, QPointF(left, top))
    return width


def _formats(
    ranges: Ranges, length: int, font: QFont, ink: str
) -> Sequence[QTextLayout.FormatRange]:
    made = []
    for start, count in ranges:
        if start >= length:
            continue
        part = QTextLayout.FormatRange()
        part.start = start
        part.length = min(count, length - start)
        part_format = QTextCharFormat()
        heavier = QFont(font)
        heavier.setWeight(QFont.Weight.DemiBold)
        part_format.setFont(heavier)
        part_format.setFontUnderline(True)
        part_format.setForeground(colour(ink))
        part.format = part_format
        made.append(part)
    return made
