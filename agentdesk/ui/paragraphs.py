"""Running text laid out into lines, remembered: the same playbook is shown again and again."""

from __future__ import annotations

import unicodedata
from collections import OrderedDict
from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QTextLayout, QTextOption

_KEPT = 2_000
"""Layouts that are remembered: some hundred people's worth; each takes a few kilobytes."""


class ParagraphLayouts:
    """Lays texts out with a fixed distance between the lines, each text and width once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, int, int], QTextLayout] = OrderedDict()

    def lines(self, text: str, font: QFont, line_px: int, width: int) -> QTextLayout:
        """Return `text` wrapped at `width`, its lines `line_px` apart; not to be changed."""
        key = (text, font.key(), line_px, width)
        layout = self._kept.get(key)
        if layout is None:
            layout = self._kept[key] = laid_out(text, font, line_px, width)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return layout

    def forget(self) -> None:
        """Forget every layout, as before the fonts go."""
        self._kept.clear()


def laid_out(
    text: str,
    font: QFont,
    line_px: int,
    width: int,
    formats: Sequence[QTextLayout.FormatRange] = (),
) -> QTextLayout:
    """Return `text` wrapped at `width`, its lines `line_px` apart, parts of it in `formats`."""
    layout = QTextLayout(text.replace("\n", "\u2028"), font)
    if formats:
        layout.setFormats(formats)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    option.setTextDirection(
        Qt.LayoutDirection.RightToLeft
        if reads_right_to_left(text)
        else Qt.LayoutDirection.LeftToRight
    )
    layout.setTextOption(option)
    layout.beginLayout()
    count = 0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(width, 1))
        line.setPosition(QPointF(0, count * line_px + (line_px - line.height()) / 2))
        count += 1
    layout.endLayout()
    return layout


def reads_right_to_left(text: str) -> bool:
    """Tell whether the first letter with a direction is Hebrew, Arabic or the like (UAX 9, P2)."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("R", "AL"):
            return True
        if kind == "L":
            return False
    return False
