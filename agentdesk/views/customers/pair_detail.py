"""Two customers side by side: every trait that was compared, both values, and what it says."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QScrollArea, QWidget

from agentdesk.domain.entities import Customer
from agentdesk.domain.likeness_words import (
    certainty_words,
    level_words,
    strength_words,
    trait_words,
)
from agentdesk.domain.names import for_display
from agentdesk.i18n import tr
from agentdesk.services.duplicates import PossiblePair, Said
from agentdesk.ui.icons import Icon
from agentdesk.ui.theme import Space, TextRole, Theme, Tone
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.alert import ToneIcon
from agentdesk.ui.widgets.frames import column
from agentdesk.ui.widgets.text import Label, Paragraph

_MOST_CHARS = 160
_SPEAKS = 1.0
_TEXTS = (1, 2, 4)
_TOP = Qt.AlignmentFlag.AlignTop


class _Line:
    """The five cells of one trait; made once, filled again for each pair."""

    def __init__(self, themes: ThemeSwitch, grid: QGridLayout, at: int) -> None:
        self.trait = Label(themes, "", TextRole.CAPTION)
        self.one = Paragraph(themes, "", max_lines=3)
        self.other = Paragraph(themes, "", max_lines=3)
        self.icon = ToneIcon(themes, Icon.CHECK, Tone.GOOD)
        self.words = Paragraph(themes, "", TextRole.QUIET)
        for place, widget in enumerate((self.trait, self.one, self.other, self.icon, self.words)):
            grid.addWidget(widget, at, place, Qt.AlignmentFlag(0) if place in _TEXTS else _TOP)

    def show(self, said: Said | None) -> None:
        for widget in (self.trait, self.one, self.other, self.icon, self.words):
            widget.setVisible(said is not None)
        if said is None:
            return
        self.trait.setText(trait_words(said.trait))
        self.one.set_text(for_display(said.one, _MOST_CHARS))
        self.other.set_text(for_display(said.other, _MOST_CHARS))
        words = level_words(said.trait, said.level)
        strength = strength_words(said.bits)
        self.words.set_text(f"{words[:1].upper()}{words[1:]}: {strength}")
        if said.bits >= _SPEAKS:
            self.icon.show_icon(Icon.CHECK, Tone.GOOD)
        elif said.bits <= -_SPEAKS:
            self.icon.show_icon(Icon.CLOSE, Tone.WARN)
        else:
            self.icon.show_icon(Icon.INFO, Tone.NEUTRAL)


class PairDetail(QWidget):
    """Why two customers are probably one, so that a person can judge it."""

    _LINES = 9

    def __init__(self, themes: ThemeSwitch) -> None:
        super().__init__()
        self.setObjectName("pair_detail")
        self.title = Paragraph(themes, "", TextRole.OPENING)
        self.why = Paragraph(themes, quiet=True)
        self._one = Paragraph(themes, "", TextRole.SUBJECT, max_lines=2)
        self._other = Paragraph(themes, "", TextRole.SUBJECT, max_lines=2)
        inside = QWidget()
        self._page = column(inside)
        table = QWidget()
        self._grid = QGridLayout(table)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.addWidget(self._one, 0, 1)
        self._grid.addWidget(self._other, 0, 2)
        self._lines = [_Line(themes, self._grid, at) for at in range(1, self._LINES + 1)]
        for place, stretch in ((0, 2), (1, 4), (2, 4), (3, 0), (4, 4)):
            self._grid.setColumnStretch(place, stretch)
        for widget in (self.title, self.why, table):
            self._page.addWidget(widget)
        self._page.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        column(self).addWidget(scroll)
        themes.follow(self._follow_theme)

    def show_pair(self, pair: PossiblePair) -> None:
        """Show one pair."""
        one, other = shown_name(pair.one), shown_name(pair.other)
        certainty = certainty_words(pair.bits)
        self.title.set_text(tr("%(one)s and %(other)s", one=one, other=other))
        self.why.set_text(
            tr("%(certainty)s one person", certainty=certainty[:1].upper() + certainty[1:])
        )
        self._one.set_text(one)
        self._other.set_text(other)
        said = sorted(pair.said, key=lambda s: -abs(s.bits))
        for at, line in enumerate(self._lines):
            line.show(said[at] if at < len(said) else None)
        told = [f"{trait_words(s.trait)}: {s.one}, {s.other}" for s in said]
        self.setAccessibleName(self.title.text)
        self.setAccessibleDescription(". ".join(told))

    def _follow_theme(self, theme: Theme) -> None:
        side = theme.px(Space.XL)
        self._page.setContentsMargins(side, side, side, side)
        self._page.setSpacing(theme.px(Space.M))
        self._grid.setHorizontalSpacing(theme.px(Space.L))
        self._grid.setVerticalSpacing(theme.px(Space.M))


def shown_name(who: Customer) -> str:
    """Return a customer's name for display."""
    return for_display(who.full_name, 120)
