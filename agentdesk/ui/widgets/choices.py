"""Choices: check boxes, switches, and a few alternatives side by side."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from agentdesk.ui.icons import Icon, paint_icon
from agentdesk.ui.theme import Size, Space, TextRole, Theme, Tone, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.chip import count_size, paint_count
from agentdesk.ui.widgets.frames import row

_BOX = 18
_TRACK = (36, 20)


class _MarkedButton(QAbstractButton):
    """A checkable button with a mark before its words; the mark is painted by the kind."""

    def __init__(self, themes: ThemeSwitch, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.setText(text)
        self.setAccessibleName(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        themes.follow(self._restyle)

    def _mark_size(self, theme: Theme) -> QSize:
        raise NotImplementedError

    def _paint_mark(self, painter: QPainter, rect: QRectF, theme: Theme) -> None:
        raise NotImplementedError

    def _restyle(self, _theme: Theme) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        theme = self._themes.theme
        words = QFontMetrics(theme.font()).horizontalAdvance(self.text())
        mark = self._mark_size(theme)
        width = theme.px(Space.XS) * 2 + mark.width() + theme.px(Space.S) + words + 2
        return QSize(width, max(theme.px(Size.TARGET), theme.line_px() + theme.px(Space.S)))

    def minimumSizeHint(self) -> QSize:
        theme = self._themes.theme
        return QSize(self._mark_size(theme).width() + theme.px(96), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        mark, gap = self._mark_size(theme), theme.px(Space.XS)
        left = self.width() - gap - mark.width() if mirrored else gap
        top = (self.height() - mark.height()) / 2
        self._paint_mark(painter, QRectF(left, top, mark.width(), mark.height()), theme)
        lead = gap + mark.width() + theme.px(Space.S)
        words = QRectF(0 if mirrored else lead, 0, self.width() - lead - gap, self.height())
        painter.setFont(theme.font())
        painter.setPen(colour(theme.colours.ink if self.isEnabled() else theme.colours.disabled))
        text = QFontMetrics(theme.font()).elidedText(
            self.text(), Qt.TextElideMode.ElideRight, int(words.width()) + 1
        )
        painter.setLayoutDirection(self.layoutDirection())
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
        painter.drawText(words, flags, text)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colour(theme.colours.accent), Size.RING))
            radius = theme.px(Size.RADIUS)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
        painter.end()


class CheckBox(_MarkedButton):
    """Something that is so or not so, taken over when the form is saved."""

    def _mark_size(self, theme: Theme) -> QSize:
        return QSize(theme.px(_BOX), theme.px(_BOX))

    def _paint_mark(self, painter: QPainter, rect: QRectF, theme: Theme) -> None:
        colours = theme.colours
        on = self.isChecked()
        ground = colours.accent if on else colours.surface
        if not self.isEnabled():
            ground = colours.disabled if on else colours.canvas
        edge = colours.accent if on or self.underMouse() else colours.edge
        painter.setPen(QPen(colour(edge if self.isEnabled() else colours.hairline), 1))
        painter.setBrush(colour(ground))
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), theme.px(4), theme.px(4))
        if on:
            inset = theme.px(2)
            spot = rect.adjusted(inset, inset, -inset, -inset)
            paint_icon(painter, spot, Icon.CHECK, colours.on_accent, heavy=True)


class Toggle(_MarkedButton):
    """A switch that works at once; the knob's side and a tick tell its state, not colour alone."""

    def _mark_size(self, theme: Theme) -> QSize:
        width, height = _TRACK
        return QSize(theme.px(width), theme.px(height))

    def _paint_mark(self, painter: QPainter, rect: QRectF, theme: Theme) -> None:
        colours = theme.colours
        on = self.isChecked()
        track = colours.accent if on else colours.raised
        edge = colours.accent if on else colours.edge
        if not self.isEnabled():
            track, edge = colours.raised, colours.hairline
        painter.setPen(QPen(colour(edge), 1))
        painter.setBrush(colour(track))
        radius = rect.height() / 2
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        inset = theme.px(3)
        side = rect.height() - 2 * inset
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        at_end = on != mirrored
        left = rect.right() - inset - side if at_end else rect.left() + inset
        knob = QRectF(left, rect.top() + inset, side, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(colours.on_accent if on else colours.quiet))
        painter.drawEllipse(knob)
        if on:
            painter.save()
            inside = knob.adjusted(2, 2, -2, -2)
            paint_icon(painter, inside, Icon.CHECK, colours.accent, heavy=True)
            painter.restore()


class _Segment(QAbstractButton):
    def __init__(self, themes: ThemeSwitch, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._count = 0
        self._tone = Tone.NEUTRAL
        self._themes = themes
        self.setText(text)
        self.setAccessibleName(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        themes.follow(self._restyle)

    def set_count(self, count: int, tone: Tone, words: str) -> None:
        """Show how many things are behind this alternative; 0 shows nothing."""
        if (count, tone) != (self._count, self._tone):
            self._count, self._tone = count, tone
            self.setAccessibleName(f"{self.text()}, {words}" if words else self.text())
            self.updateGeometry()
            self.update()

    def _restyle(self, _theme: Theme) -> None:
        self.updateGeometry()
        self.update()

    def _count_width(self, theme: Theme) -> int:
        if not self._count:
            return 0
        return theme.px(Space.S) + count_size(theme, self._count).width()

    def sizeHint(self) -> QSize:
        theme = self._themes.theme
        metrics = QFontMetrics(theme.font(TextRole.SUBJECT))
        words = metrics.horizontalAdvance(self.text()) + self._count_width(theme)
        return QSize(words + 2 * theme.px(Space.M), theme.px(Size.CONTROL) - 2 * _INSET)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._themes.theme.px(40), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        colours = theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        radius = theme.px(Size.RADIUS) - _INSET
        chosen = self.isChecked()
        ring = self.hasFocus()
        painter.setPen(Qt.PenStyle.NoPen)
        if ring or chosen:
            width = Size.RING if ring else Size.HAIRLINE
            painter.setPen(QPen(colour(colours.accent if ring else colours.edge), width))
        filled = colours.surface if not theme.is_high_contrast else colours.accent
        painter.setBrush(colour(filled) if chosen else Qt.BrushStyle.NoBrush)
        inset = 1 if ring else 0.5
        painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius, radius)
        ink = colours.ink if chosen or self.underMouse() else colours.quiet
        if chosen and theme.is_high_contrast:
            ink = colours.on_accent
        font = theme.font(TextRole.SUBJECT if chosen else TextRole.TEXT)
        painter.setFont(font)
        painter.setPen(colour(ink if self.isEnabled() else colours.disabled))
        counted = self._count_width(theme)
        room = int(rect.width()) - 2 * theme.px(Space.XS) - counted
        metrics = QFontMetrics(font)
        text = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        words = rect.adjusted(counted if mirrored else 0, 0, 0 if mirrored else -counted, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, text)
        if counted:
            half = (metrics.horizontalAdvance(text) + counted) / 2
            reach = half - count_size(theme, self._count).width() / 2
            centre = rect.center().x() + (-reach if mirrored else reach)
            paint_count(painter, centre, rect.center().y(), theme, self._count, self._tone)
        painter.end()


_INSET = 2


class Segmented(QWidget):
    """A few alternatives side by side, one of them chosen; arrows move between them."""

    chosen = Signal(str)
    """The person chose the alternative with this value."""

    def __init__(
        self,
        themes: ThemeSwitch,
        name: str,
        alternatives: Sequence[tuple[str, str]],
        value: str = "",
        *,
        parent: QWidget | None = None,
    ) -> None:
        """Make the control called `name` from (value, words) pairs."""
        super().__init__(parent)
        self._themes = themes
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._values = [key for key, _words in alternatives]
        line = row(self, margins=(_INSET,) * 4)
        for index, (_key, words) in enumerate(alternatives):
            segment = _Segment(themes, words, self)
            self._group.addButton(segment, index)
            line.addWidget(segment)
        self._group.idClicked.connect(self._tell)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        if self._values:
            self.set_value(value or self._values[0])
        themes.follow(self._restyle)

    @property
    def value(self) -> str:
        index = self._group.checkedId()
        return self._values[index] if index >= 0 else ""

    def set_value(self, value: str) -> None:
        """Choose `value` without telling; an unknown one changes nothing."""
        if value in self._values:
            self._group.button(self._values.index(value)).setChecked(True)

    def set_count(self, value: str, count: int, tone: Tone, words: str = "") -> None:
        """Show `count` beside the alternative `value` in `tone`; `words` are read aloud."""
        segment = self._group.button(self._values.index(value))
        if isinstance(segment, _Segment):
            segment.set_count(count, tone, words)

    def take_keyboard(self) -> None:
        """Put the keyboard on the alternative that is chosen."""
        checked = self._group.checkedButton()
        if checked is not None:
            checked.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tell(self, index: int) -> None:
        self.chosen.emit(self._values[index])

    def _restyle(self, _theme: Theme) -> None:
        self.updateGeometry()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour(theme.colours.hairline), 1))
        painter.setBrush(colour(theme.colours.raised))
        radius = theme.px(Size.RADIUS)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.end()
