"""A picture from the disk, made small and square enough to be a face."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter

from agentdesk.errors import Code, UserError
from agentdesk.services.people import MOST_PHOTO_BYTES

SIDE = 112
"""A face is shown at 56 px, twice as fine on a fine screen."""

_QUALITIES = (88, 75, 60, 40)


def face_from_file(path: Path) -> Future[bytes]:
    """Read, crop and shrink a picture on a thread of its own; the result is a JPEG.

    The future fails with `UserError(UNREADABLE_FILE)` for anything that is no picture.
    """
    worker = ThreadPoolExecutor(1, thread_name_prefix="photo")
    future = worker.submit(_face, path)
    worker.shutdown(wait=False)
    return future


def _face(path: Path) -> bytes:
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    whole = reader.size()
    if whole.isValid() and min(whole.width(), whole.height()) > SIDE * 8:
        # Decoders of JPEG shrink while they read, which spares memory for large photographs.
        reader.setScaledSize(
            whole.scaled(QSize(SIDE * 4, SIDE * 4), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
        )
    picture = reader.read()
    if picture.isNull():
        raise UserError(Code.UNREADABLE_FILE)
    return _jpeg(_square(picture))


def _square(picture: QImage) -> QImage:
    """Return the middle of `picture`, a little towards the top, where faces are."""
    side = min(picture.width(), picture.height())
    left = (picture.width() - side) // 2
    top = (picture.height() - side) // 3
    cut = picture.copy(QRect(left, top, side, side))
    if side > SIDE:
        smooth = Qt.TransformationMode.SmoothTransformation
        cut = cut.scaled(SIDE, SIDE, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
    # JPEG knows no transparency: what is transparent becomes white.
    ground = QImage(cut.size(), QImage.Format.Format_RGB32)
    ground.fill(Qt.GlobalColor.white)
    painter = QPainter(ground)
    painter.drawImage(0, 0, cut)
    painter.end()
    return ground


def _jpeg(picture: QImage) -> bytes:
    for quality in _QUALITIES:
        kept = QByteArray()
        buffer = QBuffer(kept)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        picture.save(buffer, "JPEG", quality)  # type: ignore[call-overload] # Qt's stubs want bytes
        buffer.close()
        data = bytes(kept.data())
        if data and len(data) <= MOST_PHOTO_BYTES:
            return data
    raise UserError(Code.UNREADABLE_FILE)
