"""The card of a person, from the name down to how to reach them; filled again for each one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSpacerItem, QWidget

from agentdesk.domain.alerts import Alert, AlertKind
from agentdesk.domain.entities import ContactKind, ContactPoint
from agentdesk.domain.moments import now
from agentdesk.i18n import tr
from agentdesk.services.cards import Card
from agentdesk.ui.actions import Actions
from agentdesk.ui.icons import Icon
from agentdesk.ui.theme import Size, Space, Theme, Tone
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.alert import AlertStrip
from agentdesk.ui.widgets.buttons import Button, ButtonKind, IconButton
from agentdesk.ui.widgets.frames import Ground, Panel, column, row
from agentdesk.ui.widgets.text import SectionCaption
from agentdesk.views.desk import card_words
from agentdesk.views.desk.call_session import Verification
from agentdesk.views.desk.card_head import CardHead
from agentdesk.views.desk.copy_row import CopyRow
from agentdesk.views.desk.fact_list import FactList
from agentdesk.views.desk.hold import held
from agentdesk.views.desk.icon_lines import IconLines, Line

_TICK_MS = 20_000
_MOST_CONTACTS = 8


class _Section(QWidget):
    """A quiet caption over something; hidden with it while there is nothing.

    `inset` sets lines where those stand that have room for the ring of the focus around them.
    """

    def __init__(
        self, themes: ThemeSwitch, caption: str, body: QWidget, *, inset: bool = False
    ) -> None:
        super().__init__()
        self._inset = inset
        self._layout = column(self)
        self._within = row()
        self._within.addWidget(body)
        self._layout.addWidget(SectionCaption(themes, caption))
        self._layout.addLayout(self._within)
        themes.follow(self._restyle)

    def _restyle(self, theme: Theme) -> None:
        gap = theme.px(Space.XS)
        self._layout.setSpacing(gap)
        self._within.setContentsMargins(gap if self._inset else 0, 0, 0, 0)


class _Lines(_Section):
    """A section of painted lines."""

    def __init__(self, themes: ThemeSwitch, caption: str) -> None:
        self.lines = IconLines(themes)
        super().__init__(themes, caption, self.lines, inset=True)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show `lines`, or nothing at all without any."""
        self.setVisible(bool(lines))
        self.lines.show_lines(lines)


class CardPanel(Panel):
    """Shows a `Card`; what is empty is not shown, and nothing is built anew for another person."""

    painted = Signal()
    """What `show_card` was given has been painted for the first time."""
    alert_acted = Signal(object)
    """The action of this `Alert` was asked for."""
    copied = Signal(str)
    """A way to reach the person is on the clipboard."""
    edit_wanted = Signal()
    """The person's data is to be changed."""
    dial_wanted = Signal(str)
    """This number of the person is to be called."""

    def __init__(
        self, themes: ThemeSwitch, me: str, region: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(themes, Ground.SURFACE, parent=parent)
        self._themes = themes
        self._region = region
        self._card: Card | None = None
        self._alerts: tuple[Alert, ...] = ()
        self._unpainted = False
        self._short = False
        self._more_shown = False
        self.setObjectName("card")
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inside = QWidget()
        self._scroll.setWidget(self._inside)
        self.body.addWidget(self._scroll)
        self._column = column(self._inside)
        self.head = CardHead(themes)
        self.alerts = [AlertStrip(themes, "") for _ in range(3)]
        self.facts = FactList(themes, me)
        self._build(themes)
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(lambda: self.head.tick(now()))
        self._inside.installEventFilter(self)
        themes.follow(self._lay_out)

    def _build(self, themes: ThemeSwitch) -> None:
        self._facts = _Section(themes, tr("Personal notes"), self.facts)
        self._common = _Lines(themes, tr("Common ground"))
        self._told = _Lines(themes, tr("Already told us"))
        self._cases = _Lines(themes, tr("Open cases"))
        self._purchase = _Lines(themes, tr("Last purchase"))
        self._satisfaction = _Lines(themes, tr("Satisfaction"))
        self._contacts: list[CopyRow] = []
        self._dials: list[IconButton] = []
        self._numbers: list[str | None] = []
        self.may_dial = False
        self._contact_box = QWidget()
        self._contact_column = column(self._contact_box)
        self._reach = _Section(themes, tr("Reach them"), self._contact_box)
        self.edit = Button(themes, tr("Edit customer"), ButtonKind.QUIET, glyph=Icon.EDIT)
        self.edit.setObjectName("edit_customer")
        self.edit.clicked.connect(self.edit_wanted)
        self.twin = AlertStrip(themes, "", Tone.NEUTRAL)
        self.twin.setObjectName("card_twin")
        self.twin.setVisible(False)
        self.more = Button(themes, "", ButtonKind.QUIET, glyph=Icon.CHOOSE)
        self.more.setObjectName("card_more")
        self.more.clicked.connect(self._toggle_more)
        for index, strip in enumerate(self.alerts):
            strip.setObjectName(f"alert_{index}")
            strip.acted.connect(lambda index=index: self._act(index))
        self._rest = (
            self._facts,
            self._common,
            self._told,
            self._cases,
            self._purchase,
            self._satisfaction,
            self._reach,
        )
        self._outdents: list[tuple[QSpacerItem, QHBoxLayout]] = []
        for widget in (self.head, *self.alerts, self.more, *self._rest, self.twin, self.edit):
            if widget not in (self.more, self.edit):
                self._column.addWidget(widget)
                continue
            line, outdent = row(), QSpacerItem(0, 0)
            line.addSpacerItem(outdent)
            line.addWidget(widget)
            line.addStretch(1)
            self._outdents.append((outdent, line))
            self._column.addLayout(line)
        self._column.addStretch(1)

    def bind(self, actions: Actions) -> None:
        """Bind the actions on facts."""
        self.facts.bind(actions)

    @property
    def card(self) -> Card | None:
        return self._card

    # --- Showing --------------------------------------------------------------------------------

    def show_card(
        self, card: Card, language: str, *, verified: Verification | None, as_typed: bool
    ) -> None:
        """Show `card`; sensitive facts stay hidden until the caller is `verified`."""
        moment = now()
        same = self._card is not None and self._card.customer.id == card.customer.id
        self._card = card
        layouts = (self._column, self._contact_column, *self.head.layouts, *self.facts.layouts)
        with held(self._inside, *layouts):
            self.head.show_card(card, language)
            self._show_alerts(card, moment, language)
            self.facts.show_facts(
                card.facts, moment, language, reveal=verified is not None, same=same
            )
            self.head.show_proof(verified, needed=any(fact.sensitive for fact in card.facts))
            self._common.show_lines(card_words.common_ground(card))
            self._told.show_lines(card_words.told_us(card, moment, language))
            self._cases.show_lines(card_words.cases(card, moment, language))
            self._purchase.show_lines(card_words.purchase(card.last_purchase, moment, language))
            self._satisfaction.show_lines(card_words.satisfaction(card.satisfaction, language))
            self._show_contacts(card.contact_points, as_typed=as_typed)
            self._facts.setVisible(bool(card.facts))
            self._shorten()
        if not same:
            self.twin.setVisible(False)
            self._scroll.verticalScrollBar().setValue(0)
        self._unpainted = True
        self._clock.start()
        self._inside.update()

    def clear(self) -> None:
        """Forget the person, so that the next one begins at the top."""
        self._card = None
        self._clock.stop()

    def set_short(self, short: bool) -> None:
        """Show head and alerts only, with the rest on demand: for narrow windows."""
        if short != self._short:
            self._short = short
            self._more_shown = False
            if self._card is not None:
                self._shorten()

    def show_cases(self) -> None:
        """Bring the open cases into sight."""
        self._more_shown = True
        self._shorten()
        self._scroll.ensureWidgetVisible(self._cases)

    def _shorten(self) -> None:
        card = self._card
        whole = not self._short or self._more_shown
        self.more.setVisible(self._short)
        self.more.set_words(tr("Show less") if self._more_shown else tr("Show more"))
        filled = {
            self._facts: bool(card and card.facts),
            self._common: bool(self._common.lines.lines),
            self._told: bool(self._told.lines.lines),
            self._cases: bool(self._cases.lines.lines),
            self._purchase: bool(self._purchase.lines.lines),
            self._satisfaction: bool(self._satisfaction.lines.lines),
            self._reach: bool(card and card.contact_points),
        }
        for section in self._rest:
            section.setVisible(whole and filled[section])
        self.edit.setVisible(whole)

    def _toggle_more(self) -> None:
        self._more_shown = not self._more_shown
        self._shorten()

    def _show_alerts(self, card: Card, moment: datetime, language: str) -> None:
        self._alerts = card.alerts
        for index, strip in enumerate(self.alerts):
            strip.setVisible(index < len(card.alerts))
            if index < len(card.alerts):
                words = card_words.alert_words(card.alerts[index], moment, language)
                strip.show_alert(words.text, words.tone, glyph=words.glyph, action=words.action)

    def _show_contacts(self, points: Sequence[ContactPoint], *, as_typed: bool) -> None:
        shown = list(points)[:_MOST_CONTACTS]
        while len(self._contacts) < len(shown):
            made = CopyRow(self._themes)
            made.copied.connect(self.copied)
            self._contacts.append(made)
            call = IconButton(self._themes, Icon.PHONE_OUT, tr("Call this number"))
            call.setObjectName("dial")
            call.clicked.connect(partial(self._dial, len(self._dials)))
            call.hide()
            self._dials.append(call)
            line = row()
            line.addWidget(made, 1)
            line.addWidget(call)
            self._contact_column.addLayout(line)
        self._numbers = [
            (point.e164 or point.value) if point.kind is ContactKind.PHONE else None
            for point in shown
        ]
        for index, made in enumerate(self._contacts):
            made.setVisible(index < len(shown))
            if index < len(shown):
                point = shown[index]
                text, remark = card_words.contact_text(point, self._region, as_typed=as_typed)
                glyph = card_words.CONTACT_ICONS[point.kind]
                made.show_value(glyph, text, remark, copies=point.e164 or point.value)

        self._show_dials()

    def allow_dialling(self, allowed: bool) -> None:
        """Offer to call the numbers, or do not."""
        self.may_dial = allowed
        self._show_dials()

    @property
    def first_number(self) -> str | None:
        """The number that calling this person dials, None if there is none or it cannot be."""
        numbers = [number for number in self._numbers if number is not None]
        return numbers[0] if numbers and self.may_dial and self.card is not None else None

    def _show_dials(self) -> None:
        for index, call in enumerate(self._dials):
            number = self._numbers[index] if index < len(self._numbers) else None
            call.setVisible(number is not None and self.may_dial)
            if number is not None:
                call.setAccessibleName(tr("Call %(number)s", number=self._contacts[index].text()))

    def _dial(self, index: int) -> None:
        number = self._numbers[index] if index < len(self._numbers) else None
        if number is not None:
            self.dial_wanted.emit(number)

    def _act(self, index: int) -> None:
        if index < len(self._alerts):
            alert = self._alerts[index]
            if alert.kind is AlertKind.COMPLAINT_OPEN:
                self.show_cases()
            self.alert_acted.emit(alert)

    def _lay_out(self, theme: Theme) -> None:
        side = theme.px(Space.L)
        self._column.setContentsMargins(side, side, side, side)
        self._column.setSpacing(theme.px(Space.M))
        # The icons of buttons, facts and lines stand under each other.
        for outdent, line in self._outdents:
            outdent.changeSize(theme.px(Space.XS) - theme.px(Space.S) - 1, 0)
            line.invalidate()
        self._scroll.setMinimumWidth(theme.px(Size.FACE * 4))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell once that the card has been painted: after this pass, when its parts are, too."""
        if self._unpainted and event.type() == QEvent.Type.Paint:
            self._unpainted = False
            QTimer.singleShot(0, self, self.painted.emit)
        return super().eventFilter(watched, event)
