"""The look as tokens: colours of the three themes, type scale, spacing and sizes.

Palette, style sheet, widgets and delegates are made from here; a colour or size written anywhere
else is a mistake.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import lru_cache

from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QGuiApplication

from agentdesk.ui.colours import mix, readable, tint

TEXT_SCALES = (0.8, 2.0)
"""Smallest and largest text size that a person may choose; 1.0 is 14 px."""
FADE_MS = 140
"""How long late values take to fade in, unless the system asks for less motion."""
SHADOW = "#000000"
"""What floats throws a soft shadow of this, almost transparent."""
NOTICE_MS = 10_000
"""How long a notice with Undo stays."""


class ThemeName(StrEnum):
    """The three sets of colours."""

    LIGHT = "light"
    DARK = "dark"
    HIGH_CONTRAST = "high-contrast"


class TextRole(StrEnum):
    """What a text is for; its size and weight follow from that."""

    TEXT = "text"
    QUIET = "quiet"
    CAPTION = "caption"
    SUBJECT = "subject"
    OPENING = "opening"
    NAME = "name"
    SMALL = "small"
    KEY = "key"


class Tone(StrEnum):
    """The state that a chip, alert or banner tells; always with an icon or a word."""

    NEUTRAL = "neutral"
    ACCENT = "accent"
    INFO = "info"
    GOOD = "good"
    WARN = "warn"
    DANGER = "danger"


class Space(IntEnum):
    """The only distances, in px at 100 %."""

    XS = 4
    S = 8
    M = 12
    L = 16
    XL = 24
    XXL = 32


class Size(IntEnum):
    """Heights and widths of things, in px at 100 %."""

    HAIRLINE = 1
    RING = 2
    RADIUS = 6
    RADIUS_PANEL = 10
    ICON = 18
    ICON_SMALL = 14
    CHIP = 22
    TARGET = 28
    ROW = 28
    CONTROL = 32
    TOP_BAR = 48
    FACE = 56
    CALL_BAR = 56
    RAIL = 56
    ROW_TWO_LINES = 56


_TYPE_PX: dict[TextRole, tuple[float, QFont.Weight]] = {
    TextRole.TEXT: (14.0, QFont.Weight.Normal),
    TextRole.QUIET: (12.5, QFont.Weight.Normal),
    TextRole.CAPTION: (12.5, QFont.Weight.DemiBold),
    TextRole.SUBJECT: (14.0, QFont.Weight.DemiBold),
    TextRole.OPENING: (17.0, QFont.Weight.Normal),
    TextRole.NAME: (23.0, QFont.Weight.DemiBold),
    TextRole.SMALL: (11.0, QFont.Weight.Medium),
    TextRole.KEY: (11.5, QFont.Weight.Medium),
}
LINE_HEIGHT = 1.4


@dataclass(frozen=True)
class Colours:
    """One theme's colours, each `#RRGGBB`; `*_soft` are grounds for ink of the same tone."""

    canvas: str
    surface: str
    raised: str
    hairline: str
    edge: str
    ink: str
    quiet: str
    disabled: str
    accent: str
    accent_hover: str
    accent_soft: str
    on_accent: str
    info: str
    good: str
    warn: str
    danger: str
    info_soft: str
    good_soft: str
    warn_soft: str
    danger_soft: str


@dataclass(frozen=True)
class HueBand:
    """Colours of a band or face with a hue of its own; `ink` on `ground` is at least 4.5 : 1."""

    ground: str
    ink: str
    edge: str


@dataclass(frozen=True)
class ToneColours:
    """Colours of a tone: text and icon in `ink` on `ground`, a line beside it in `edge`."""

    ground: str
    ink: str
    edge: str


@dataclass(frozen=True)
class Pair:
    """An ink and the ground it is used on, by token name, and the contrast it needs."""

    ink: str
    ground: str
    minimum: float = 4.5


PAIRS_IN_USE: tuple[Pair, ...] = (
    *(Pair(ink, ground) for ink in ("ink", "quiet") for ground in ("canvas", "surface", "raised")),
    *(Pair("accent", ground) for ground in ("canvas", "surface", "raised", "accent_soft")),
    *(Pair("ink", f"{tone}_soft") for tone in ("accent", "info", "good", "warn", "danger")),
    *(Pair("quiet", f"{tone}_soft") for tone in ("accent", "info", "good", "warn", "danger")),
    *(Pair(tone, f"{tone}_soft") for tone in ("info", "good", "warn", "danger")),
    *(
        Pair(tone, ground)
        for tone in ("info", "good", "warn", "danger")
        for ground in ("canvas", "surface", "raised")
    ),
    Pair("on_accent", "accent"),
    Pair("on_accent", "accent_hover"),
    Pair("surface", "ink"),
)
"""Every ink on every ground that widgets and delegates paint; the tests compute them all."""


def _colours(  # the columns of the table in look.md
    canvas: str,
    surface: str,
    raised: str,
    hairline: str,
    ink: str,
    quiet: str,
    accent: str,
    on_accent: str,
    states: tuple[str, str, str, str],
    soft: float,
) -> Colours:
    """Fill a theme from the tokens of look.md; `soft` is how much of a tone its ground has."""
    info, good, warn, danger = states
    return Colours(
        canvas=canvas,
        surface=surface,
        raised=raised,
        hairline=hairline,
        edge=mix(surface, quiet, 0.5) if soft else hairline,
        ink=ink,
        quiet=quiet,
        disabled=mix(surface, quiet, 0.6),
        accent=accent,
        accent_hover=mix(accent, ink, 0.18) if soft else accent,
        accent_soft=mix(surface, accent, soft),
        on_accent=on_accent,
        info=info,
        good=good,
        warn=warn,
        danger=danger,
        info_soft=mix(surface, info, soft),
        good_soft=mix(surface, good, soft),
        warn_soft=mix(surface, warn, soft),
        danger_soft=mix(surface, danger, soft),
    )


COLOURS: dict[ThemeName, Colours] = {
    ThemeName.LIGHT: _colours(
        "#F6F5F2",
        "#FFFFFF",
        "#F0EEE9",
        "#E2E0DA",
        "#1F2328",
        "#59616E",
        "#0F766E",
        "#FFFFFF",
        ("#1D5FBF", "#2B7A3D", "#9A5706", "#B3261E"),
        soft=0.08,
    ),
    ThemeName.DARK: _colours(
        "#15171B",
        "#1D2025",
        "#272B32",
        "#31363F",
        "#E9EBEE",
        "#A2ABB8",
        "#4FD1C5",
        "#06302D",
        ("#8AB8FF", "#7FD491", "#F5B454", "#FF8F86"),
        soft=0.12,
    ),
    ThemeName.HIGH_CONTRAST: _colours(
        "#000000",
        "#000000",
        "#1A1A1A",
        "#FFFFFF",
        "#FFFFFF",
        "#FFFFFF",
        "#FFFF00",
        "#000000",
        ("#8AB8FF", "#7FD491", "#F5B454", "#FF8F86"),
        soft=0.0,
    ),
}

_FACE_HUES = tuple(range(15, 375, 30))


@dataclass(frozen=True)
class Theme:
    """Everything that painting needs, for one theme at one text size. Immutable and hashable."""

    name: ThemeName
    text_scale: float = 1.0
    reduced_motion: bool = False

    @property
    def colours(self) -> Colours:
        return COLOURS[self.name]

    @property
    def is_high_contrast(self) -> bool:
        return self.name is ThemeName.HIGH_CONTRAST

    @property
    def fade_ms(self) -> int:
        """How long a late value fades in; 0 when the system asks for less motion."""
        return 0 if self.reduced_motion else FADE_MS

    def px(self, size: float) -> int:
        """Return `size` (px at 100 %, mostly a `Space` or `Size`) at the chosen text size."""
        if size == Size.HAIRLINE:
            return 1
        return max(1, round(size * self.text_scale))

    def font(self, role: TextRole = TextRole.TEXT, *, tabular: bool = False) -> QFont:
        """Return the font of `role`; `tabular` gives figures of one width, for columns."""
        return QFont(_font(role, self.text_scale, tabular))

    def line_px(self, role: TextRole = TextRole.TEXT) -> int:
        """Return the height of one line of `role`, with the line height of 1.4."""
        return round(_TYPE_PX[role][0] * self.text_scale * LINE_HEIGHT)

    def text_px(self, role: TextRole = TextRole.TEXT) -> float:
        """Return the size of letters of `role` in px."""
        return _TYPE_PX[role][0] * self.text_scale

    def tone(self, tone: Tone) -> ToneColours:
        """Return ink, ground and edge that tell `tone`."""
        colours = self.colours
        if tone is Tone.NEUTRAL:
            return ToneColours(colours.raised, colours.ink, colours.edge)
        ink: str = getattr(colours, tone.value)
        ground: str = getattr(colours, f"{tone.value}_soft")
        return ToneColours(ground, ink, ink)

    def hue_band(self, hue: float) -> HueBand:
        """Return the colours of a customer type's band for its `hue` (0..360, OKLCH)."""
        return _hue_band(self.name, hue)

    def face(self, identifier: str) -> HueBand:
        """Return the colours for initials: the same for the same `identifier` on every desk."""
        hue = _FACE_HUES[zlib.crc32(identifier.encode()) % len(_FACE_HUES)]
        return self.hue_band(hue)


@lru_cache(maxsize=512)
def _hue_band(name: ThemeName, hue: float) -> HueBand:
    if name is ThemeName.HIGH_CONTRAST:
        return HueBand("#000000", "#FFFFFF", tint(0.80, 0.15, hue))
    if name is ThemeName.LIGHT:
        ground = tint(0.945, 0.028, hue)
        return HueBand(ground, readable(ground, 0.10, hue, 5.5), tint(0.62, 0.12, hue))
    ground = tint(0.31, 0.035, hue)
    return HueBand(ground, readable(ground, 0.09, hue, 6.0), tint(0.70, 0.12, hue))


@lru_cache(maxsize=1)
def _families() -> tuple[str, ...]:
    """Return Inter, Noto Sans where installed, then the platform's own family."""
    platform = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    installed = set(QFontDatabase.families())
    wanted = [family for family in ("Inter", "Noto Sans") if family in installed]
    return (*wanted, QFontInfo(platform).family())


@lru_cache(maxsize=128)
def _font(role: TextRole, text_scale: float, tabular: bool) -> QFont:
    size_px, weight = _TYPE_PX[role]
    font = QFont()
    font.setFamilies(list(_families()))
    screen = QGuiApplication.primaryScreen()
    dots_per_inch = screen.logicalDotsPerInch()
    font.setPointSizeF(size_px * text_scale * 72 / dots_per_inch)
    font.setWeight(weight)
    font.setStyleStrategy(QFont.StyleStrategy.PreferAntialias)
    if tabular:
        font.setFeature(QFont.Tag("tnum"), 1)
    return font


def colour(value: str, opacity: float = 1.0) -> QColor:
    """Return a token's `#RRGGBB` as a QColor."""
    made = QColor(value)
    made.setAlphaF(opacity)
    return made
