"""Icons: vectors of one family (Phosphor), tinted from the theme, by the name of what they mean."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap

from agentdesk.ui.glyphs import GlyphEngine, character, glyph_font, is_there
from agentdesk.ui.theme import Theme, colour


class Icon(StrEnum):
    """The icons in use, by meaning; the value is the glyph's name in Phosphor."""

    ADD = "plus"
    AT_RISK = "trend-down"
    BACK = "arrow-left"
    BIRTHDAY = "cake"
    CALENDAR = "calendar"
    CASE = "briefcase"
    CHAT = "chat-circle"
    CHECK = "check"
    CHOOSE = "caret-down"
    CLOCK = "clock"
    CLOSE = "x"
    CLOUD_OFF = "cloud-slash"
    CLOUD_OK = "cloud-check"
    CLOUD_UP = "cloud-arrow-up"
    COPY = "copy"
    CUSTOMERS = "users"
    DESK = "headset"
    DO_NOT_CALL = "phone-slash"
    EMAIL = "envelope-simple"
    EXPAND = "caret-right"
    FACT = "note"
    FAMILY = "users-three"
    FILTER = "funnel"
    FLAG = "flag"
    GOOD = "check-circle"
    HABIT = "repeat"
    HANG_UP = "phone-disconnect"
    HEAR = "speaker-high"
    HELP = "question"
    HIDDEN = "eye-slash"
    HOMETOWN = "map-pin"
    IDEA = "lightbulb"
    INFO = "info"
    INTEREST = "star"
    KEYBOARD = "keyboard"
    LANGUAGE = "translate"
    LIKE = "heart"
    LINK = "link"
    LOCK = "lock-simple"
    LOYAL = "medal"
    MENU = "dots-three-bold"
    MISSED = "phone-x"
    NAME = "identification-card"
    NO = "prohibit"
    NOTE = "note-pencil"
    ORGANISATION = "buildings"
    PALETTE = "command"
    PEOPLE = "users"
    PERSON = "user"
    PHONE = "phone"
    PHONE_IN = "phone-incoming"
    PHONE_OUT = "phone-outgoing"
    PIN = "push-pin"
    PLAYBOOK = "book-open"
    POST = "envelope"
    PREFERENCES = "gear"
    PRODUCT = "package"
    PROMISE = "handshake"
    PURCHASE = "shopping-bag"
    QUOTE = "quotes"
    RECENT = "clock-counter-clockwise"
    REVIEW = "clipboard-text"
    ACCESS = "wheelchair"
    DISLIKE = "thumbs-down"
    EDIT = "pencil-simple"
    REMOVE = "trash"
    SEARCH = "magnifying-glass"
    SHOWN = "eye"
    SMS = "device-mobile"
    SOCIAL = "globe"
    SPARKLE = "sparkle"
    SYNC = "arrows-clockwise"
    TEAM = "trophy"
    TECHNICAL = "cpu"
    TIMER = "timer"
    TRAVEL = "airplane-tilt"
    UNCONFIRMED = "circle"
    UNDO = "arrow-counter-clockwise"
    VERIFIED = "shield-check"
    VIP = "crown"
    VISIT = "storefront"
    WARN = "warning"
    WAVE = "hand"
    WAITING = "hourglass"
    WRONG = "warning-circle"


CHANNEL_ICONS: dict[str, Icon] = {
    "call": Icon.PHONE,
    "phone": Icon.PHONE,
    "email": Icon.EMAIL,
    "chat": Icon.CHAT,
    "sms": Icon.SMS,
    "social": Icon.SOCIAL,
    "visit": Icon.VISIT,
    "post": Icon.POST,
    "purchase": Icon.PURCHASE,
    "note": Icon.NOTE,
    "promise": Icon.PROMISE,
    "case": Icon.CASE,
}
"""Icon by the key of a channel (or of another kind of timeline row)."""

FACT_ICONS: dict[str, Icon] = {
    "hometown": Icon.HOMETOWN,
    "family": Icon.FAMILY,
    "like": Icon.LIKE,
    "likes": Icon.LIKE,
    "dislike": Icon.DISLIKE,
    "dislikes": Icon.DISLIKE,
    "habit": Icon.HABIT,
    "travel": Icon.TRAVEL,
    "team": Icon.TEAM,
    "interest": Icon.INTEREST,
    "product": Icon.PRODUCT,
    "access": Icon.ACCESS,
    "name": Icon.NAME,
    "channel": Icon.CHAT,
    "hours": Icon.CLOCK,
    "birthday": Icon.BIRTHDAY,
}
"""Icon by the key of a fact's kind."""


def channel_icon(channel: str) -> Icon:
    """Return the icon for a channel's key; a plain bubble for one that is not known here."""
    return CHANNEL_ICONS.get(channel, Icon.CHAT)


def fact_icon(kind: str) -> Icon:
    """Return the icon for the key of a fact's kind; a plain slip for one not known here."""
    return FACT_ICONS.get(kind, Icon.FACT)


def icon_named(name: str) -> Icon | None:
    """Return the icon whose member name or glyph is `name`, None where data names no icon of ours.

    Customer types bring the glyph's name in their data.
    """
    member = name.upper().replace("-", "_")
    if member in Icon.__members__:
        return Icon[member]
    return Icon(name) if name in set(Icon) else None


def icon(name: Icon, theme: Theme, *, ink: str | None = None) -> QIcon:
    """Return `name` in `ink` (a token's colour, else the theme's ink), quieter when disabled."""
    return QIcon(_icon(name.value, ink or theme.colours.ink, theme.colours.disabled))


@lru_cache(maxsize=512)
def _icon(glyph: str, ink: str, disabled: str) -> QIcon:
    return QIcon(GlyphEngine(glyph, ink, disabled))


def pixmap(name: Icon, theme: Theme, *, ink: str, size: float, ratio: float = 1.0) -> QPixmap:
    """Return `name` drawn in `ink`, `size` px at 100 % wide, sharp at the screen's `ratio`."""
    return _pixmap(name.value, ink, theme.px(size), ratio)


@lru_cache(maxsize=1024)
def _pixmap(glyph: str, ink: str, side: int, ratio: float) -> QPixmap:
    drawn = QPixmap(QSize(side, side) * ratio)
    drawn.setDevicePixelRatio(ratio)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _draw(painter, QRectF(0, 0, side, side), glyph, ink)
    painter.end()
    return drawn


def paint_icon(
    painter: QPainter, rect: QRectF, name: Icon, ink: str, *, heavy: bool = False
) -> None:
    """Draw `name` in `ink` as a vector, filling `rect` (which should be square)."""
    _draw(painter, rect, name.value.removesuffix("-bold") + "-bold" if heavy else name.value, ink)


def paint_glyph(painter: QPainter, rect: QRectF, glyph: str, ink: str) -> None:
    """Draw the glyph that data names ("ph.coffee"), or a plain book where there is no such one."""
    name = glyph.removeprefix("ph.")
    _draw(painter, rect, name if is_there(name) else Icon.PLAYBOOK.value, ink)


def _draw(painter: QPainter, rect: QRectF, glyph: str, ink: str) -> None:
    painter.save()
    painter.setFont(glyph_font(max(1, round(rect.height()))))
    painter.setPen(colour(ink))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, character(glyph))
    painter.restore()
