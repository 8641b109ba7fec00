"""Filling many widgets at once: laid out and painted one time, when all of them are filled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtWidgets import QLayout, QWidget


@contextmanager
def held(widget: QWidget, *layouts: QLayout) -> Iterator[None]:
    """Keep `layouts` still and `widget` unpainted until everything inside is filled.

    Qt lays all visible parents out whenever one hidden child is shown; for a card of forty
    widgets that would be forty times.
    """
    widget.setUpdatesEnabled(False)
    for layout in layouts:
        layout.setEnabled(False)
    try:
        yield
    finally:
        for layout in reversed(layouts):
            layout.setEnabled(True)
            layout.update()
        widget.setUpdatesEnabled(True)
