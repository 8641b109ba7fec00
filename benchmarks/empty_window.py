"""An empty PySide6 window; prints when, by the monotonic clock, it was first painted."""

from __future__ import annotations

import sys
import time

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget


class _Window(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        sys.stdout.write(f"{time.monotonic()}\n")
        QApplication.quit()


def main() -> int:
    """Show it until it is painted."""
    app = QApplication(sys.argv[:1])
    window = _Window()
    window.resize(1366, 768)
    window.show()
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
