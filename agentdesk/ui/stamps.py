"""Small paintings that occur again and again, such as chips: painted once, kept as pictures."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap, QPixmapCache


def stamp(
    painter: QPainter, rect: QRectF, what: str, paint: Callable[[QPainter, QRectF], None]
) -> None:
    """Paint into `rect` what `paint` paints; `what` names all that its looks depend on but size.

    `paint` is given a painter and a rectangle of the same size, at 0, 0; it is called only if
    this has not been painted before, or has been forgotten since.
    """
    size = rect.size().toSize()
    ratio = painter.device().devicePixelRatio()
    key = f"{what} {size.width()} {size.height()} {ratio}"
    picture = QPixmap()
    if not QPixmapCache.find(key, picture):
        picture = _painted(size, ratio, paint)
        QPixmapCache.insert(key, picture)
    painter.drawPixmap(rect.topLeft(), picture)


def _painted(size: QSize, ratio: float, paint: Callable[[QPainter, QRectF], None]) -> QPixmap:
    picture = QPixmap(size * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint(painter, QRectF(0, 0, size.width(), size.height()))
    painter.end()
    return picture
