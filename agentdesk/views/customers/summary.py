"""The person beside the list: enough to be sure that this is the right one, and what to do next."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from agentdesk.domain.labels import label
from agentdesk.domain.moments import now
from agentdesk.domain.names import for_display
from agentdesk.i18n import mark, tr, trn
from agentdesk.services.cards import Card
from agentdesk.services.duplicates import PossiblePair
from agentdesk.services.merging import EarlierMerge
from agentdesk.ui.icons import Icon, fact_icon
from agentdesk.ui.theme import Space, TextRole, Theme, Tone
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.alert import AlertStrip, ToneIcon
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.chip import Chip
from agentdesk.ui.widgets.face import Face
from agentdesk.ui.widgets.flow import Flow
from agentdesk.ui.widgets.frames import Hairline, Panel, column, row
from agentdesk.ui.widgets.text import Paragraph, SectionCaption
from agentdesk.views import times
from agentdesk.views.desk import card_words

_FACTS = 6


def photo_bytes(card: Card) -> bytes | None:
    """Return the photo of a card as JPEG or PNG; None without one that can be read."""
    if card.photo is None:
        return None
    try:
        return base64.b64decode(card.photo.data, validate=True)
    except binascii.Error:
        return None


def twice_words(pairs: Sequence[PossiblePair], customer_id: str) -> str:
    """Return that a customer is probably there twice, and as whom."""
    others = [p.other if p.one.id == customer_id else p.one for p in pairs]
    name = for_display(others[0].full_name, 80)
    if len(others) == 1:
        return tr("Probably the same person as %(name)s.", name=name)
    return trn(
        "Probably the same person as %(name)s and %(n)d other.",
        "Probably the same person as %(name)s and %(n)d others.",
        len(others) - 1,
        name=name,
    )


def merged_words(merge: EarlierMerge, language: str) -> str:
    """Return who became a part of a customer, by whom and when."""
    name = for_display(merge.name, 80)
    if merge.pending or merge.merged_at is None:
        return tr("%(name)s becomes a part of this customer once Central has answered.", name=name)
    when = times.short_ago(merge.merged_at, now(), language)
    if merge.merged_by is None:
        return tr("%(name)s is a part of this customer (%(when)s).", name=name, when=when)
    by = for_display(merge.merged_by, 60)
    words = mark("%(name)s is a part of this customer: merged by %(by)s, %(when)s.")
    return tr(words, name=name, by=by, when=when)


class CustomerSummary(Panel):
    """A person as a page: face, name, ways to reach them, what is known and when we last spoke."""

    compare_wanted = Signal(str)
    """The customer with this id is to be compared with whom they may be."""
    unmerge_wanted = Signal(str)
    """The customer with this id, who became a part of this one, is to be on their own again."""

    def __init__(
        self, themes: ThemeSwitch, region: str, language: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(themes, parent=parent)
        self._themes = themes
        self._region = region
        self._language = language
        self.setObjectName("customer_summary")
        self._face = Face(themes)
        self._name = Paragraph(themes, "", TextRole.NAME, max_lines=3)
        self._name.setObjectName("summary_name")
        self._say = Paragraph(themes, "", TextRole.QUIET)
        self._about = Paragraph(themes)
        self._chips = Flow(themes)
        self._sections = QWidget()
        self._rows = column(self._sections)
        self.open_button = Button(themes, tr("Open on the Desk"), ButtonKind.PRIMARY)
        self.edit_button = Button(themes, tr("Edit"), glyph=Icon.EDIT)
        self._who = ""
        self._part = ""
        self.twice = AlertStrip(themes, "", Tone.INFO)
        self.twice.setObjectName("summary_twice")
        self.twice.acted.connect(lambda: self.compare_wanted.emit(self._who))
        self.merged = AlertStrip(themes, "", Tone.NEUTRAL)
        self.merged.setObjectName("summary_merged")
        self.merged.acted.connect(lambda: self.unmerge_wanted.emit(self._part))
        self._build()
        themes.follow(self._follow_theme)

    def _build(self) -> None:
        inside = QWidget()
        self._page = column(inside)
        self._head = row()
        self._head.addWidget(self._face, 0, Qt.AlignmentFlag.AlignTop)
        names = column()
        for widget in (self._name, self._say, self._about):
            names.addWidget(widget)
        self._head.addLayout(names, 1)
        self._buttons = row()
        self._buttons.addWidget(self.open_button)
        self._buttons.addWidget(self.edit_button)
        self._buttons.addStretch(1)
        self._page.addLayout(self._head)
        self._page.addWidget(self._chips)
        self._page.addLayout(self._buttons)
        for strip in (self.twice, self.merged):
            strip.setVisible(False)
            self._page.addWidget(strip)
        self._page.addWidget(Hairline(self._themes))
        self._page.addWidget(self._sections)
        self._page.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        self.body.addWidget(scroll)

    def perform(self, open_action: QAction, edit_action: QAction) -> None:
        """Let the buttons carry these actions out."""
        self.open_button.perform(open_action)
        self.edit_button.perform(edit_action)

    def show_card(self, card: Card, *, as_typed: bool) -> None:
        """Show the person; `as_typed` leaves numbers as they were written down."""
        who, moment = card.customer, now()
        if who.id != self._who:
            self.twice.setVisible(False)
            self.merged.setVisible(False)
        self._who = who.id
        self._face.show_person(who.id, who.full_name, photo_bytes(card))
        self._name.set_text(card_words.shown_name(who))
        for widget, text in (
            (self._say, card_words.how_to_say(who)),
            (self._about, card_words.about_line(who, moment, self._language)),
        ):
            widget.set_text(text)
            widget.setVisible(bool(text))
        self._chips.clear()
        for badge in card_words.badges(card):
            self._chips.add(Chip(self._themes, badge.text, badge.tone, glyph=badge.glyph))
        self._chips.setVisible(self._chips.flow.count() > 0)
        self._show_sections(card, as_typed=as_typed)

    def show_relations(self, pairs: Sequence[PossiblePair], merges: Sequence[EarlierMerge]) -> None:
        """Tell with whom the person is probably one, and who has become a part of them."""
        self.twice.setVisible(bool(pairs))
        if pairs:
            words = twice_words(pairs, self._who)
            self.twice.show_alert(words, Tone.INFO, glyph=Icon.PEOPLE, action=tr("Compare"))
        self.merged.setVisible(bool(merges))
        if merges:
            self._part = merges[0].loser
            words = merged_words(merges[0], self._language)
            self.merged.show_alert(words, Tone.NEUTRAL, glyph=Icon.PEOPLE, action=tr("Undo merge"))

    def _show_sections(self, card: Card, *, as_typed: bool) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        reach = []
        for point in card.contact_points:
            value, remark = card_words.contact_text(point, self._region, as_typed=as_typed)
            words = f"{value}  ·  {remark}" if remark else value
            reach.append((card_words.CONTACT_ICONS[point.kind], words))
        self._section(tr("Reach"), reach)
        self._section(tr("Contact with us"), self._contact_lines(card))
        facts = [
            (fact_icon(fact.kind), f"{label(fact.kind)}: {card_words.fact_text(fact)}")
            for fact in card.facts
            if not fact.sensitive
        ]
        self._section(tr("Known"), facts[:_FACTS])

    def _contact_lines(self, card: Card) -> list[tuple[Icon, str]]:
        lines: list[tuple[Icon, str]] = []
        if card.last_contact is not None:
            when = times.short_ago(card.last_contact.occurred_at, now(), self._language)
            subject = for_display(card.last_contact.subject, 200)
            lines.append((Icon.RECENT, tr("%(when)s: %(subject)s", when=when, subject=subject)))
        if card.contacts:
            lines.append((Icon.CHAT, trn("%(n)d contact", "%(n)d contacts", card.contacts)))
        if card.open_promises:
            n = len(card.open_promises)
            lines.append((Icon.PROMISE, trn("%(n)d open promise", "%(n)d open promises", n)))
        if card.open_cases:
            n = len(card.open_cases)
            lines.append((Icon.CASE, trn("%(n)d open case", "%(n)d open cases", n)))
        return lines

    def _section(self, caption: str, lines: list[tuple[Icon, str]]) -> None:
        if not lines:
            return
        section = QWidget()
        body = column(section, gap=self._themes.theme.px(Space.XS))
        body.addWidget(SectionCaption(self._themes, caption))
        for glyph, words in lines:
            body.addLayout(self._line(glyph, words))
        self._rows.addWidget(section)

    def _line(self, glyph: Icon, words: str) -> QVBoxLayout:
        outer = column()
        line = row(gap=self._themes.theme.px(Space.S))
        icon = ToneIcon(self._themes, glyph, Tone.NEUTRAL, quiet=True)
        line.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(Paragraph(self._themes, words, max_lines=4), 1)
        outer.addLayout(line)
        return outer

    def _follow_theme(self, theme: Theme) -> None:
        margin = theme.px(Space.XL)
        self._page.setContentsMargins(margin, margin, margin, margin)
        self._page.setSpacing(theme.px(Space.L))
        self._head.setSpacing(theme.px(Space.L))
        self._buttons.setSpacing(theme.px(Space.S))
        self._rows.setSpacing(theme.px(Space.L))
