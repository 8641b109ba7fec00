"""The letters of the icon font: Phosphor, from the files that the package qtawesome brings.

The package itself is not run: it would load every font that it has, and its own view of Qt, a
quarter of a second of each start (docs/decisions/016-a-start-imports-what-it-shows.md).
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from agentdesk.decoding import decode_json
from agentdesk.ui.theme import colour

_LETTER_SHARE = 0.875
"""A letter's size as a share of its icon's, which leaves room for the font's bearings."""


def character(glyph: str) -> str:
    """Return the character that draws `glyph`; raises `KeyError` if the font has none."""
    return _characters()[glyph]


def is_there(glyph: str) -> bool:
    """Tell whether the font can draw `glyph`."""
    return glyph in _characters()


@lru_cache(maxsize=64)
def glyph_font(size_px: int) -> QFont:
    """Return the icon font with letters of `size_px`."""
    font = QFont(_family())
    font.setPixelSize(size_px)
    return font


class GlyphEngine(QIconEngine):
    """Paints an icon from its letter, at any size, in one colour and a quieter one."""

    def __init__(self, glyph: str, ink: str, disabled: str) -> None:
        super().__init__()
        self._glyph = glyph
        self._ink = ink
        self._disabled = disabled

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, _state: QIcon.State) -> None:
        ink = self._disabled if mode is QIcon.Mode.Disabled else self._ink
        painter.save()
        painter.setPen(colour(ink))
        painter.setFont(glyph_font(max(1, round(_LETTER_SHARE * rect.height()))))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, character(self._glyph))
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        drawn = QPixmap(size)
        drawn.fill(Qt.GlobalColor.transparent)
        painter = QPainter(drawn)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return drawn

    def clone(self) -> GlyphEngine:
        return GlyphEngine(self._glyph, self._ink, self._disabled)


@lru_cache(maxsize=1)
def _characters() -> dict[str, str]:
    """Return the character of every glyph by its name."""
    codes = decode_json(_file("phosphor-charmap-*.json").read_bytes(), dict[str, str])
    return {name: chr(int(code, 16)) for name, code in codes.items()}


@lru_cache(maxsize=1)
def _family() -> str:
    loaded = QFontDatabase.addApplicationFont(str(_file("phosphor-*.ttf")))
    return QFontDatabase.applicationFontFamilies(loaded)[0]


def _file(pattern: str) -> Path:
    spec = find_spec("qtawesome")
    if spec is None or spec.origin is None:
        raise FileNotFoundError(pattern)
    return next((Path(spec.origin).parent / "fonts").glob(pattern))
