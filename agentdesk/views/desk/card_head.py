"""The head of the card: face, name, how to say it, how to address the person, badges."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLayout, QMenu, QWidget

from agentdesk.domain.entities import Customer
from agentdesk.domain.moments import now
from agentdesk.i18n import mark, tr
from agentdesk.services.cards import Card
from agentdesk.ui.icons import Icon, icon
from agentdesk.ui.theme import Space, TextRole, Theme, Tone
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.chip import Chip, ChoiceChip
from agentdesk.ui.widgets.face import Face
from agentdesk.ui.widgets.flow import Flow
from agentdesk.ui.widgets.frames import column, row
from agentdesk.ui.widgets.text import Paragraph
from agentdesk.views.desk.call_session import Verification
from agentdesk.views.desk.card_words import (
    Badge,
    about_line,
    badges,
    how_to_say,
    shown_name,
)

_MOST_BADGES = 7
_WAYS: dict[Verification, str] = {
    Verification.QUESTION: mark("Security question"),
    Verification.BIRTHDAY: mark("Date of birth"),
    Verification.CUSTOMER_NUMBER: mark("Customer number"),
    Verification.CALL_BACK: mark("Called back"),
    Verification.IN_PERSON: mark("In person"),
}


def way_words(way: Verification) -> str:
    """Return in words how somebody was verified."""
    return tr(_WAYS[way])


class CardHead(QWidget):
    """Seen first: who this is and how to speak to them."""

    verified = Signal(object)
    """The operator records how the caller proved who they are: a `Verification`."""

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._customer: Customer | None = None
        self._language = "en"
        self._layout = column(self)
        self._top = row()
        self.face = Face(themes)
        self._texts = column()
        self.name = Paragraph(themes, "", TextRole.NAME, max_lines=3)
        self.name.setObjectName("customer_name")
        self.say = Paragraph(themes, "", TextRole.QUIET)
        self.about = Paragraph(themes)
        self.about.setObjectName("customer_about")
        for widget in (self.name, self.say):
            self._texts.addWidget(widget)
        self._top.addWidget(self.face, 0, Qt.AlignmentFlag.AlignTop)
        self._top.addLayout(self._texts, 1)
        self._chips = Flow(themes)
        self._badges = [Chip(themes, "") for _ in range(_MOST_BADGES)]
        for badge in self._badges:
            self._chips.add(badge)
        self._proof = Chip(themes, "")
        self._proof.setObjectName("verified")
        self._chips.add(self._proof)
        self.verify = ChoiceChip(themes, tr("Not verified: record"), glyph=Icon.VERIFIED)
        self.verify.setObjectName("verify")
        self.verify.clicked.connect(self.open_ways)
        self._chips.add(self.verify)
        self._layout.addLayout(self._top)
        self._layout.addWidget(self.about)
        self._layout.addWidget(self._chips)
        self._ways = QMenu(self)
        themes.follow(self._restyle)

    @property
    def layouts(self) -> tuple[QLayout, ...]:
        """The layouts to hold while the head is filled."""
        return self._layout, self._texts, self._chips.flow

    def show_card(self, card: Card, language: str) -> None:
        """Show the person of `card`."""
        who = card.customer
        self._customer, self._language = who, language
        name = shown_name(who)
        self.face.show_person(who.id, name, _photo(card))
        self.name.set_text(name)
        how = how_to_say(who)
        self.say.set_text(how)
        self.say.setVisible(bool(how))
        self.tick(now())
        self._show_badges(badges(card))

    def show_proof(self, way: Verification | None, *, needed: bool) -> None:
        """Show how the caller was verified; `needed` says that something is hidden without it."""
        if way is not None:
            words = tr("Verified: %(way)s", way=way_words(way).lower())
            self._proof.say(words, Tone.GOOD, Icon.VERIFIED)
        self._proof.setVisible(way is not None)
        self.verify.setVisible(way is None and needed)

    def tick(self, moment: datetime) -> None:
        """Show the local time of `moment`."""
        if self._customer is not None:
            about = about_line(self._customer, moment, self._language)
            if about != self.about.text:
                self.about.set_text(about)
            self.about.setVisible(bool(about))

    def open_ways(self) -> None:
        """Ask how the caller was verified."""
        self._ways.clear()
        theme = self._themes.theme
        for way in Verification:
            action = self._ways.addAction(icon(Icon.VERIFIED, theme), way_words(way))
            action.triggered.connect(lambda _on=False, way=way: self.verified.emit(way))
        anchor = self.verify if self.verify.isVisible() else self._chips
        self._ways.popup(anchor.mapToGlobal(anchor.rect().bottomLeft()))

    def _show_badges(self, wanted: Sequence[Badge]) -> None:
        for index, chip in enumerate(self._badges):
            chip.setVisible(index < len(wanted))
            if index < len(wanted):
                chip.say(wanted[index].text, wanted[index].tone, wanted[index].glyph)

    def _restyle(self, theme: Theme) -> None:
        self._layout.setSpacing(theme.px(Space.S))
        self._top.setSpacing(theme.px(Space.M))
        self._texts.setSpacing(theme.px(2))


def _photo(card: Card) -> bytes | None:
    if card.photo is None:
        return None
    try:
        return base64.b64decode(card.photo.data, validate=True)
    except (binascii.Error, ValueError):
        return None
