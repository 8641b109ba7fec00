"""Colour arithmetic: contrast as WCAG 2 counts it, mixing, and tints of one lightness per hue."""

from __future__ import annotations

import math
from functools import lru_cache

_Rgb = tuple[float, float, float]


def _channels(colour: str) -> _Rgb:
    """Return red, green and blue of `#RRGGBB` as 0..1."""
    value = int(colour.lstrip("#"), 16)
    return (value >> 16) / 255, (value >> 8 & 0xFF) / 255, (value & 0xFF) / 255


def _hex(channels: _Rgb) -> str:
    red, green, blue = (round(min(max(c, 0.0), 1.0) * 255) for c in channels)
    return f"#{red:02X}{green:02X}{blue:02X}"


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _gamma(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


def luminance(colour: str) -> float:
    """Return the relative luminance of `#RRGGBB`, 0..1 (WCAG 2.2, definition)."""
    red, green, blue = (_linear(c) for c in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two opaque colours, 1..21 (WCAG 2.2, definition)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mix(ground: str, colour: str, share: float) -> str:
    """Return `colour` laid over `ground` with `share` 0..1 of opacity."""
    pairs = zip(_channels(ground), _channels(colour), strict=True)
    red, green, blue = (g + (c - g) * share for g, c in pairs)
    return _hex((red, green, blue))


def _oklch(lightness: float, chroma: float, hue: float) -> _Rgb:
    """Return linear sRGB of an OKLCH colour (Björn Ottosson, 2020); may be out of gamut."""
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


@lru_cache(maxsize=2048)
def tint(lightness: float, chroma: float, hue: float) -> str:
    """Return the colour of an OKLCH triple, with chroma lowered until sRGB can show it.

    Equal `lightness` (0..1) looks equally light at every `hue` (0..360), which HSL does not do.
    """
    while chroma > 0:
        channels = _oklch(lightness, chroma, hue % 360)
        if all(-1e-4 <= channel <= 1.0001 for channel in channels):
            break
        chroma -= 0.005
    else:
        channels = _oklch(lightness, 0.0, 0.0)
    red, green, blue = (_gamma(min(max(c, 0.0), 1.0)) for c in channels)
    return _hex((red, green, blue))


def readable(ground: str, chroma: float, hue: float, minimum: float) -> str:
    """Return the ink of `hue` nearest to the middle that reaches `minimum` contrast on `ground`.

    Goes darker on light grounds and lighter on dark ones; black or white is always reached first
    at about 4.6, so any minimum up to 4.5 is kept.
    """
    step = -0.01 if luminance(ground) > 0.18 else 0.01
    lightness = 0.60
    while 0.0 < lightness < 1.0:
        ink = tint(round(lightness, 2), chroma, hue)
        if contrast(ink, ground) >= minimum:
            return ink
        lightness += step
    return "#000000" if step < 0 else "#FFFFFF"
