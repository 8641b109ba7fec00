"""The order in which Tab leads through a screen: as the eyes go, whatever was made last."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLayout,
    QPlainTextEdit,
    QScrollArea,
    QSplitter,
    QTextEdit,
    QWidget,
)

_WHOLE = (QAbstractItemView, QAbstractSpinBox, QComboBox, QPlainTextEdit, QTextEdit)
"""One stop each, whatever they are made of."""


def stops_in(widget: QWidget) -> Iterator[QWidget]:
    """Yield where Tab stops in `widget`, itself included, in the order of its layouts.

    What lies over a layout without being in it comes last.
    """
    by_key = Qt.FocusPolicy.TabFocus
    if widget.focusPolicy() & by_key == by_key and widget.focusProxy() is None:
        yield widget
    if isinstance(widget, _WHOLE):
        return
    seen: list[QWidget] = []
    for child in _laid_out(widget):
        seen.append(child)
        yield from stops_in(child)
    for other in widget.children():
        if isinstance(other, QWidget) and not other.isWindow() and other not in seen:
            yield from stops_in(other)


def lead_through(parts: Iterable[QWidget]) -> None:
    """Let Tab lead through `parts` of one window, in this order."""
    stops = dict.fromkeys(stop for part in parts for stop in stops_in(part))
    for before, after in itertools.pairwise(stops):
        QWidget.setTabOrder(before, after)


def _laid_out(widget: QWidget) -> Iterator[QWidget]:
    layout = widget.layout()
    if isinstance(widget, QScrollArea):
        parts: list[QWidget | None] = [widget.widget()]
    elif isinstance(widget, QSplitter):
        parts = [widget.widget(index) for index in range(widget.count())]
    else:
        parts = list(_widgets_of(layout)) if layout is not None else []
    yield from (part for part in parts if part is not None)


def _widgets_of(layout: QLayout) -> Iterator[QWidget]:
    for index in range(layout.count()):
        item = layout.itemAt(index)
        if item is None:
            continue
        child, inner = item.widget(), item.layout()
        if child is not None:
            yield child
        elif inner is not None:
            yield from _widgets_of(inner)
