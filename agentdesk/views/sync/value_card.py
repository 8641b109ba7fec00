"""One of the values of a contested thing: whose it is, the value, by whom and when."""

from __future__ import annotations

from agentdesk.ui.roles import Ranges
from agentdesk.ui.theme import Size, Space, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.frames import Ground, Panel, row
from agentdesk.ui.widgets.keyhint import KeyHint
from agentdesk.ui.widgets.text import MarkedParagraph, Paragraph, SectionCaption

_LONG = 120
"""A value with more characters is read as text, a shorter one at a glance."""


class ValueCard(Panel):
    """A caption with the key that keeps this value, the value, and where it comes from."""

    def __init__(self, themes: ThemeSwitch, caption: str, key: str = "") -> None:
        super().__init__(themes, Ground.CANVAS, framed=True, padding=Space.L, gap=Space.S)
        self._caption = SectionCaption(themes, caption)
        self._head = row()
        self._head.addWidget(self._caption, 1)
        if key:
            self._head.addWidget(KeyHint(themes, key))
        self._short = MarkedParagraph(themes, "", TextRole.OPENING)
        self._long = MarkedParagraph(themes)
        self.remark = Paragraph(themes, "", TextRole.QUIET)
        self.body.addLayout(self._head)
        for widget in (self._short, self._long, self.remark):
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self.value = self._short
        themes.follow(self._follow_theme)

    def show_value(
        self, value: str, remark: str = "", marks: Ranges = (), *, struck: bool = False
    ) -> None:
        """Show a value in words, what is special in it, and where it comes from."""
        long = len(value) > _LONG or "\n" in value
        self.value = self._long if long else self._short
        self._long.setVisible(long)
        self._short.setVisible(not long)
        self.value.set_marked(value, marks, struck=struck)
        self.remark.set_text(remark)
        self.remark.setVisible(bool(remark))
        self.setAccessibleName(self._caption.text())
        self.setAccessibleDescription(". ".join(part for part in (value, remark) if part))

    def _follow_theme(self, theme: Theme) -> None:
        self._caption.setMinimumHeight(theme.px(Size.CHIP))
