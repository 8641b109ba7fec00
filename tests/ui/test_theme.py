"""The look: contrast of every pair in use, scaling, and live change."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agentdesk.ui.colours import contrast, luminance, mix
from agentdesk.ui.icons import CHANNEL_ICONS, FACT_ICONS, Icon, icon, icon_named, pixmap
from agentdesk.ui.stylesheet import palette_of, style_sheet
from agentdesk.ui.theme import (
    COLOURS,
    PAIRS_IN_USE,
    Pair,
    Size,
    TextRole,
    Theme,
    ThemeName,
    Tone,
)
from agentdesk.ui.theme_switch import ThemeChoice, ThemeSwitch
from agentdesk.ui.widgets.text import Label


@pytest.mark.parametrize("name", list(ThemeName))
@pytest.mark.parametrize("pair", PAIRS_IN_USE, ids=lambda pair: f"{pair.ink}-on-{pair.ground}")
def test_every_ink_is_readable_on_its_ground(name: ThemeName, pair: Pair) -> None:
    colours = COLOURS[name]
    assert contrast(getattr(colours, pair.ink), getattr(colours, pair.ground)) >= pair.minimum


@pytest.mark.parametrize("name", list(ThemeName))
def test_every_tone_is_readable_and_declared(name: ThemeName) -> None:
    theme = Theme(name)
    declared = {(pair.ink, pair.ground) for pair in PAIRS_IN_USE}
    for tone in Tone:
        tones = theme.tone(tone)
        assert contrast(tones.ink, tones.ground) >= 4.5
    assert {(tone.value, f"{tone.value}_soft") for tone in Tone if tone is not Tone.NEUTRAL} <= (
        declared
    )


@pytest.mark.parametrize("name", list(ThemeName))
def test_bands_of_any_hue_are_readable(name: ThemeName) -> None:
    theme = Theme(name)
    for hue in range(0, 360, 5):
        band = theme.hue_band(hue)
        assert contrast(band.ink, band.ground) >= 4.5
        assert contrast(theme.colours.ink, band.ground) >= 4.5


def test_contrast_is_counted_as_wcag_counts_it() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert luminance("#FF0000") == pytest.approx(0.2126, abs=0.0001)
    assert mix("#000000", "#FFFFFF", 0.5) == "#808080"


def test_a_face_keeps_its_hue_and_people_differ() -> None:
    theme = Theme(ThemeName.LIGHT)
    assert theme.face("018f-1") == Theme(ThemeName.LIGHT, 1.5).face("018f-1")
    assert len({theme.face(f"018f-{n}").ground for n in range(60)}) >= 8


@pytest.mark.parametrize(("scale", "text"), [(0.8, 11.2), (1.0, 14.0), (2.0, 28.0)])
def test_letters_and_controls_grow_together(qapp: QApplication, scale: float, text: float) -> None:
    theme = Theme(ThemeName.LIGHT, scale)
    assert theme.text_px(TextRole.TEXT) == pytest.approx(text)
    assert theme.px(Size.CONTROL) == round(32 * scale)
    assert theme.font(TextRole.NAME).pointSizeF() == pytest.approx(
        theme.font(TextRole.TEXT).pointSizeF() * 23 / 14
    )
    assert f"min-height: {round(32 * scale) - 2}px" in style_sheet(theme)


def test_a_text_size_outside_the_bounds_is_kept_within(themes: ThemeSwitch) -> None:
    themes.set_text_scale(9)
    assert themes.theme.text_scale == 2.0
    themes.set_text_scale(0.1)
    assert themes.theme.text_scale == 0.8


def test_widgets_restyle_when_the_theme_changes(qtbot: QtBot, themes: ThemeSwitch) -> None:
    label = Label(themes, "Anna")
    qtbot.addWidget(label)
    before = label.palette().color(QPalette.ColorRole.WindowText)
    with qtbot.waitSignal(themes.changed):
        themes.choose(ThemeChoice.DARK)
    assert label.palette().color(QPalette.ColorRole.WindowText) != before
    small = label.font().pointSizeF()
    themes.set_text_scale(2.0)
    assert label.font().pointSizeF() == pytest.approx(small * 2)


def test_choosing_the_same_theme_again_tells_nobody(qtbot: QtBot, themes: ThemeSwitch) -> None:
    with qtbot.assertNotEmitted(themes.changed):
        themes.choose(ThemeChoice.LIGHT)
    assert themes.choice is ThemeChoice.LIGHT


def test_the_system_is_followed_only_while_it_is_chosen(themes: ThemeSwitch) -> None:
    hints = QGuiApplication.styleHints()
    themes.choose(ThemeChoice.SYSTEM)
    dark = hints.colorScheme() == Qt.ColorScheme.Dark
    assert themes.theme.name is (ThemeName.DARK if dark else ThemeName.LIGHT)
    themes.choose(ThemeChoice.HIGH_CONTRAST)
    assert themes.theme.is_high_contrast


def test_less_motion_means_no_fading(themes: ThemeSwitch) -> None:
    assert themes.theme.fade_ms == 140
    themes.set_less_motion(True)
    assert themes.theme.fade_ms == 0


@pytest.mark.parametrize("name", list(ThemeName))
def test_the_palette_holds_the_tokens(qapp: QApplication, name: ThemeName) -> None:
    theme = Theme(name)
    palette = palette_of(theme)
    assert palette.color(QPalette.ColorRole.Window).name().upper() == theme.colours.canvas
    assert palette.color(QPalette.ColorRole.Accent).name().upper() == theme.colours.accent
    assert theme.colours.accent in style_sheet(theme)


def test_every_icon_has_a_glyph_and_takes_its_ink(qapp: QApplication) -> None:
    theme = Theme(ThemeName.LIGHT)
    for name in (*Icon, *CHANNEL_ICONS.values(), *FACT_ICONS.values()):
        drawn = pixmap(name, theme, ink="#FF0000", size=18).toImage()
        inked = [
            drawn.pixelColor(x, y)
            for x in range(drawn.width())
            for y in range(drawn.height())
            if drawn.pixelColor(x, y).alpha() > 60
        ]
        assert inked, f"{name} paints nothing"
        assert all(pixel.red() > 200 and pixel.green() < 60 for pixel in inked)
    assert not icon(Icon.PHONE, theme).isNull()


def test_icons_are_found_by_meaning_and_by_glyph() -> None:
    assert icon_named("vip") is Icon.VIP
    assert icon_named("crown") is Icon.VIP
    assert icon_named("do-not-call") is Icon.DO_NOT_CALL
    assert icon_named("no such thing") is None
