"""Chips and badges: one word about a person, a contact or a count, with an icon where it warns."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from agentdesk.ui.icons import Icon, paint_icon
from agentdesk.ui.stamps import stamp
from agentdesk.ui.theme import Size, Space, TextRole, Theme, Tone, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.text import plain_tool_tip

_LONGEST = 260
_MANY = 1_000


def chip_width(theme: Theme, text: str, *, glyph: bool) -> int:
    """Return the width in px of a chip with `text`, cut at 260 px at 100 %."""
    metrics = QFontMetrics(theme.font(TextRole.QUIET))
    side = theme.px(Size.ICON_SMALL) + theme.px(Space.XS) if glyph else 0
    whole = metrics.horizontalAdvance(text) + side + 2 * theme.px(Space.S)
    return min(whole, theme.px(_LONGEST))


def paint_chip(
    painter: QPainter, rect: QRectF, theme: Theme, text: str, tone: Tone, glyph: Icon | None
) -> None:
    """Paint a chip into `rect`; in high contrast it has an edge instead of a ground."""

    def paint(onto: QPainter, whole: QRectF) -> None:
        _paint_chip(onto, whole, theme, text, tone, glyph)

    stamp(painter, rect, f"chip {theme.name} {theme.text_scale} {tone} {glyph} {text}", paint)


def _paint_chip(
    painter: QPainter, rect: QRectF, theme: Theme, text: str, tone: Tone, glyph: Icon | None
) -> None:
    tones = theme.tone(tone)
    edge = QPen(colour(tones.edge), 1) if theme.is_high_contrast else QPen(Qt.PenStyle.NoPen)
    painter.setPen(edge)
    painter.setBrush(colour(tones.ground))
    radius = rect.height() / 2
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    inside = rect.adjusted(theme.px(Space.S), 0, -theme.px(Space.S), 0)
    if glyph is not None:
        side = theme.px(Size.ICON_SMALL)
        spot = QRectF(inside.left(), rect.center().y() - side / 2, side, side)
        paint_icon(painter, spot, glyph, tones.ink)
        inside.setLeft(inside.left() + side + theme.px(Space.XS))
    font = theme.font(TextRole.QUIET)
    painter.setFont(font)
    painter.setPen(colour(tones.ink))
    words = QFontMetrics(font).elidedText(
        text, Qt.TextElideMode.ElideRight, int(inside.width()) + 1
    )
    painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)


class Chip(QWidget):
    """A word about somebody that is only read: a badge, a disposition, a mood."""

    def __init__(
        self,
        themes: ThemeSwitch,
        text: str,
        tone: Tone = Tone.NEUTRAL,
        *,
        glyph: Icon | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._tone = tone
        self._glyph = glyph
        self._text = text
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_text(text)
        themes.follow(self._restyle)

    @property
    def text(self) -> str:
        return self._text

    def say(self, text: str, tone: Tone, glyph: Icon | None = None) -> None:
        """Say `text` in `tone`, with another icon or none."""
        self._tone = tone
        self._glyph = glyph
        self.set_text(text)

    def set_text(self, text: str) -> None:
        """Say `text`; what does not fit stands in the tool tip."""
        self._text = " ".join(text.split())
        self.setAccessibleName(self._text)
        self.setToolTip(plain_tool_tip(self._text))
        self.updateGeometry()
        self.update()

    def _restyle(self, _theme: Theme) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        theme = self._themes.theme
        width = chip_width(theme, self._text, glyph=self._glyph is not None)
        return QSize(width, theme.px(Size.CHIP))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self._themes.theme
        paint_chip(painter, QRectF(self.rect()), theme, self._text, self._tone, self._glyph)
        painter.end()


class ChoiceChip(QAbstractButton):
    """A chip that is pressed or switched: a kind of fact to file under, a filter.

    28 px high; checkable when `checkable`.
    """

    def __init__(
        self,
        themes: ThemeSwitch,
        text: str,
        *,
        glyph: Icon | None = None,
        checkable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._glyph = glyph
        self.setText(text)
        self.setAccessibleName(text)
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        themes.follow(self._restyle)

    def _restyle(self, _theme: Theme) -> None:
        self.updateGeometry()
        self.update()

    def _shown_glyph(self) -> Icon | None:
        return Icon.CHECK if self.isChecked() else self._glyph

    def sizeHint(self) -> QSize:
        theme = self._themes.theme
        glyph = self._glyph is not None or self.isCheckable()
        width = chip_width(theme, self.text(), glyph=glyph) + theme.px(Space.XS)
        return QSize(width, theme.px(Size.TARGET))

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        colours = theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = self.isChecked()
        ground = colours.accent_soft if chosen else colours.surface
        if self.underMouse() or self.isDown():
            ground = colours.raised
        rect = QRectF(self.rect())
        width = Size.RING.value if self.hasFocus() else 1
        edge = colours.accent if chosen or self.hasFocus() else colours.edge
        painter.setPen(QPen(colour(edge), width))
        painter.setBrush(colour(ground))
        inset = width / 2
        radius = rect.height() / 2 - inset
        painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius, radius)
        self._paint_words(painter, rect, colours.accent if chosen else colours.ink)
        painter.end()

    def _paint_words(self, painter: QPainter, rect: QRectF, ink: str) -> None:
        theme = self._themes.theme
        font = theme.font(TextRole.QUIET)
        metrics = QFontMetrics(font)
        glyph = self._shown_glyph()
        side = theme.px(Size.ICON_SMALL)
        room = rect.width() - 2 * theme.px(Space.S)
        lead = side + theme.px(Space.XS) if glyph is not None else 0
        words = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, int(room - lead) + 1)
        left = rect.center().x() - (metrics.horizontalAdvance(words) + lead) / 2
        if glyph is not None:
            spot = QRectF(left, rect.center().y() - side / 2, side, side)
            paint_icon(painter, spot, glyph, ink)
        painter.setFont(font)
        painter.setPen(colour(ink if self.isEnabled() else theme.colours.disabled))
        spot = QRectF(left + lead, 0, room, rect.height())
        painter.drawText(spot, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)


def count_size(theme: Theme, n: int) -> QSize:
    """Return the room in px that `paint_count` takes."""
    metrics = QFontMetrics(theme.font(TextRole.SMALL, tabular=True))
    height = metrics.height() + theme.px(2)
    width = metrics.horizontalAdvance(_count_words(n)) + theme.px(Space.S)
    return QSize(max(height, width), height)


def paint_count(
    painter: QPainter,
    centre_x: float,
    centre_y: float,
    theme: Theme,
    n: int,
    tone: Tone = Tone.ACCENT,
) -> None:
    """Paint how many things wait, as a small pill around the given centre.

    It is filled where somebody is wanted (`Tone.ACCENT`); another tone is only told.
    """
    wanted = tone is Tone.ACCENT
    colours = theme.colours
    ground, ink = (colours.accent, colours.on_accent) if wanted else (colours.raised, colours.quiet)
    size = count_size(theme, n)
    left, top = centre_x - size.width() / 2, centre_y - size.height() / 2
    rect = QRectF(left, top, size.width(), size.height())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen if wanted else QPen(colour(colours.hairline), 1))
    painter.setBrush(colour(ground))
    painter.drawRoundedRect(rect, size.height() / 2, size.height() / 2)
    painter.setFont(theme.font(TextRole.SMALL, tabular=True))
    painter.setPen(colour(ink))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, _count_words(n))
    painter.restore()


def _count_words(n: int) -> str:
    return str(n) if n < _MANY else f"{_MANY - 1}+"
