"""How to serve this person: their type and why, what to say first, do, don't, phrases, limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from babel.numbers import format_currency
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QScrollArea, QSizePolicy, QWidget

from agentdesk.domain.customer_type import Certainty, Suggestion
from agentdesk.domain.entities import TypeSource
from agentdesk.domain.moments import now
from agentdesk.domain.names import for_display
from agentdesk.domain.playbook import Decision, Playbook
from agentdesk.i18n import tr
from agentdesk.services.cards import Card
from agentdesk.services.identity import Identity
from agentdesk.ui.delegates.rowpaint import paint_line
from agentdesk.ui.icons import Icon, icon, paint_glyph
from agentdesk.ui.theme import Size, Space, TextRole, Theme, Tone, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import IconButton
from agentdesk.ui.widgets.frames import Ground, Panel, column, row
from agentdesk.ui.widgets.meter import Bar, Meter
from agentdesk.ui.widgets.phrase import PhraseRow
from agentdesk.ui.widgets.quotation import Quotation
from agentdesk.ui.widgets.text import Label, Paragraph, SectionCaption
from agentdesk.views import times
from agentdesk.views.desk.blanks import blanks_for
from agentdesk.views.desk.copy_row import CopyRow
from agentdesk.views.desk.hold import held
from agentdesk.views.desk.icon_lines import IconLines, Line

_MOST_REASONS = 2
_W = TypeVar("_W", bound=QWidget)


@dataclass(frozen=True)
class Choice:
    """Which playbook is shown and why; `suggestion` is None for a type that a person set."""

    playbook: Playbook
    suggestion: Suggestion | None
    source: TypeSource | None


def choice_for(card: Card, playbooks: Mapping[str, Playbook]) -> Choice | None:
    """Return the playbook for somebody: what a person set, else a suggestion worth naming."""
    who = card.customer
    if who.customer_type in playbooks and who.customer_type is not None:
        source = who.customer_type_source or TypeSource.OPERATOR
        return Choice(playbooks[who.customer_type], None, source)
    for suggestion in card.suggestions[:1]:
        if suggestion.certainty is not Certainty.UNKNOWN and suggestion.key in playbooks:
            return Choice(playbooks[suggestion.key], suggestion, None)
    return None


class TypeBand(QWidget):
    """Icon and name of the customer type on the hue of the type."""

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._name = ""
        self._glyph = ""
        self._hue: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._line = row(self)
        self._line.addStretch(1)
        self.change = IconButton(themes, Icon.CHOOSE, tr("Change type (F7)"))
        self.change.setObjectName("change_type")
        self._line.addWidget(self.change, 0, Qt.AlignmentFlag.AlignVCenter)
        themes.follow(self._restyle)

    @property
    def name(self) -> str:
        return self._name

    def show_type(self, name: str, glyph: str, hue: float | None) -> None:
        """Show a type; without `hue` on plain ground."""
        self._name, self._glyph, self._hue = name, glyph, hue
        self.setAccessibleName(name)
        self.update()

    def _restyle(self, theme: Theme) -> None:
        self.setFixedHeight(theme.px(Size.CALL_BAR))
        self._line.setContentsMargins(0, 0, theme.px(Space.M), 0)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        ground, ink, edge = theme.colours.raised, theme.colours.ink, theme.colours.edge
        if self._hue is not None:
            band = theme.hue_band(self._hue)
            ground, ink, edge = band.ground, band.ink, band.edge
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour(ground))
        if theme.is_high_contrast:
            painter.setPen(QPen(colour(edge), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        side = theme.px(Space.XL)
        left = theme.px(Space.L)
        spot = QRectF(left, (self.height() - side) / 2, side, side)
        paint_glyph(painter, spot, self._glyph, ink)
        words = self.rect().adjusted(left + side + theme.px(Space.M), 0, -theme.px(48), 0)
        paint_line(painter, words, self._name, theme.font(TextRole.OPENING), ink)
        painter.end()


class _Phrase(QWidget):
    """When to say a phrase, quietly, and the phrase, which a click copies."""

    def __init__(self, themes: ThemeSwitch) -> None:
        super().__init__()
        self._layout = column(self)
        self._when = Paragraph(themes, "", TextRole.QUIET)
        self.words = PhraseRow(themes, "")
        self._layout.addWidget(self._when)
        self._layout.addWidget(self.words)
        themes.follow(self._restyle)

    def show_phrase(self, when: str, text: str) -> None:
        """Show `text` with its blanks filled."""
        self._when.set_text(when)
        self.words.set_text(text)

    def _restyle(self, theme: Theme) -> None:
        self._layout.setSpacing(theme.px(2))


class PlaybookPanel(Panel):
    """Shows one playbook filled with one person; its widgets are made once and filled again."""

    type_chosen = Signal(object)
    """The person set the type: its key, or None to let AgentDesk suggest."""
    copied = Signal(str)
    """This is on the clipboard now."""

    def __init__(
        self, themes: ThemeSwitch, identity: Identity, parent: QWidget | None = None
    ) -> None:
        super().__init__(themes, Ground.SURFACE, parent=parent)
        self._themes = themes
        self._identity = identity
        self._playbooks: Mapping[str, Playbook] = {}
        self._card: Card | None = None
        self._shown: tuple[object, ...] = ()
        self._language = "en"
        self.setObjectName("playbook")
        self.band = TypeBand(themes)
        self.body.addWidget(self.band)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inside = QWidget()
        self._scroll.setWidget(self._inside)
        self.body.addWidget(self._scroll, 1)
        self._column = column(self._inside)
        self._types = QMenu(self)
        self.band.change.clicked.connect(self.open_types)
        self._build(themes)
        themes.follow(self._lay_out)

    def _build(self, themes: ThemeSwitch) -> None:
        self.opening = Quotation(themes)
        self.opening.setObjectName("opening")
        self._certainty = Label(themes, "", TextRole.QUIET)
        self._bar = Bar(themes)
        self._why = Paragraph(themes, "", TextRole.QUIET)
        self._portrait = Paragraph(themes)
        self._address = Paragraph(themes)
        self._ask = Quotation(themes)
        self._do, self._dont = IconLines(themes), IconLines(themes)
        self._phrases: list[_Phrase] = []
        self._links: list[CopyRow] = []
        self._limits: list[Meter] = []
        self._boxes = {name: QWidget() for name in ("phrases", "links", "limits")}
        self._columns = {name: column(box) for name, box in self._boxes.items()}
        self._captions = {
            "opening": SectionCaption(themes, tr("Say first")),
            "ask": SectionCaption(themes, tr("Worth asking")),
            "address": SectionCaption(themes, tr("Form of address")),
            "do": SectionCaption(themes, tr("Do")),
            "dont": SectionCaption(themes, tr("Don't")),
            "phrases": SectionCaption(themes, tr("Phrases, a click copies")),
            "links": SectionCaption(themes, tr("Links to give")),
            "limits": SectionCaption(themes, tr("You may decide")),
        }
        for widget in self._in_order():
            self._column.addWidget(widget)
        self._column.addStretch(1)

    def _in_order(self) -> Sequence[QWidget]:
        captions = self._captions
        return (
            *(self._certainty, self._bar, self._why, self._portrait),
            *(captions["opening"], self.opening),
            *(captions["do"], self._do, captions["dont"], self._dont),
            *(captions["phrases"], self._boxes["phrases"]),
            *(captions["address"], self._address),
            *(captions["links"], self._boxes["links"]),
            *(captions["limits"], self._boxes["limits"]),
            *(captions["ask"], self._ask),
        )

    @property
    def current(self) -> Playbook | None:
        """The playbook on the screen, None while none fits."""
        choice = choice_for(self._card, self._playbooks) if self._card is not None else None
        return choice.playbook if choice else None

    @property
    def phrases(self) -> tuple[PhraseRow, ...]:
        """The phrases that are shown."""
        return tuple(p.words for p in self._phrases if not p.isHidden())

    def use_playbooks(self, playbooks: Mapping[str, Playbook]) -> None:
        """Know these playbooks, one per type in the viewer's language."""
        self._playbooks = playbooks
        self._shown = ()
        if self._card is not None:
            self.show_card(self._card, self._language)

    def show_card(self, card: Card, language: str) -> None:
        """Show how to serve the person of `card`."""
        other = self._card is None or self._card.customer.id != card.customer.id
        self._card, self._language = card, language
        choice = choice_for(card, self._playbooks)
        if choice is None:
            self._show_neutral()
        else:
            self._show_choice(card, choice)
        if other:
            self._scroll.verticalScrollBar().setValue(0)

    def clear(self) -> None:
        """Show that nothing is known about who calls."""
        self._card = None
        self._show_neutral()

    def take_keyboard(self) -> None:
        """Put the keyboard on the first phrase, or on the choice of type."""
        first = self.phrases[0] if self.phrases else self.band.change
        first.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if self.phrases:
            self._scroll.ensureWidgetVisible(first, 0, self._themes.theme.px(Space.XL))

    def open_types(self) -> None:
        """Let the operator say which type this is."""
        if self._card is None:
            return
        self._types.clear()
        theme = self._themes.theme
        current = self._card.customer.customer_type
        for playbook in self._playbooks.values():
            action = self._types.addAction(playbook.name.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(playbook.key == current)
            action.triggered.connect(lambda _on=False, k=playbook.key: self.type_chosen.emit(k))
        self._types.addSeparator()
        leave = self._types.addAction(icon(Icon.SPARKLE, theme), tr("Let AgentDesk suggest"))
        leave.setEnabled(current is not None)
        leave.triggered.connect(lambda: self.type_chosen.emit(None))
        corner = self.band.rect().bottomLeft()
        self._types.popup(self.band.mapToGlobal(corner))

    # --- Filling --------------------------------------------------------------------------------

    def _show_neutral(self) -> None:
        if self._shown == ("neutral",):
            return
        self._shown = ("neutral",)
        with held(self._inside, self._column):
            self._fill_neutral()

    def _fill_neutral(self) -> None:
        self.band.show_type(tr("Not known yet"), "ph.question", None)
        for widget in self._in_order():
            widget.setVisible(False)
        self._portrait.set_text(
            tr("Too little is known to suggest a manner. Listen first, and ask:")
        )
        self._ask.say(tr("What would be the best thing I could do for you right now?"))
        for widget in (self._portrait, self._captions["ask"], self._ask):
            widget.setVisible(True)

    def _show_choice(self, card: Card, choice: Choice) -> None:
        playbook = choice.playbook
        blanks = blanks_for(card, playbook, self._identity, now())
        shown = (playbook.key, playbook.language, tuple(blanks.items()), choice)
        if shown == self._shown:
            return
        self._shown = shown
        with held(self._inside, self._column, *self._columns.values()):
            self._fill(choice, blanks)

    def _fill(self, choice: Choice, blanks: Mapping[str, str]) -> None:
        playbook = choice.playbook
        self.band.show_type(for_display(playbook.name), playbook.icon, playbook.hue)
        for widget in self._in_order():
            widget.setVisible(widget is not self._portrait)
        self.opening.say(playbook.opening_for(blanks), hue=playbook.hue)
        self._show_certainty(choice)
        self._address.set_text(playbook.form_of_address.text)
        self._do.show_lines([Line(text, glyph=Icon.CHECK, tone=Tone.GOOD) for text in playbook.do])
        self._dont.show_lines(
            [Line(text, glyph=Icon.CLOSE, tone=Tone.DANGER) for text in playbook.dont]
        )
        self._show_phrases(playbook, blanks)
        self._show_links(playbook)
        self._show_limits(playbook)
        self._ask.say(playbook.question, hue=playbook.hue)

    def _show_certainty(self, choice: Choice) -> None:
        suggestion = choice.suggestion
        self._bar.setVisible(suggestion is not None)
        if suggestion is None:
            imported = choice.source is TypeSource.IMPORTED
            self._certainty.setText(
                tr("Came with the import") if imported else tr("Chosen by an operator")
            )
            self._why.setVisible(False)
            return
        likely = suggestion.certainty is Certainty.VERY_LIKELY
        self._certainty.setText(tr("Very likely") if likely else tr("Perhaps"))
        self._bar.set_share(suggestion.score)
        reasons = [for_display(reason, 160) for reason in suggestion.reasons[:_MOST_REASONS]]
        self._why.set_text("; ".join(reasons))
        self._why.setVisible(bool(reasons))

    def _show_phrases(self, playbook: Playbook, blanks: Mapping[str, str]) -> None:
        pool = self._grown(self._phrases, "phrases", len(playbook.phrases), self._new_phrase)
        for made, phrase in zip(pool, playbook.phrases, strict=True):
            made.show_phrase(phrase.when, playbook.phrase_text(phrase, blanks))

    def _show_links(self, playbook: Playbook) -> None:
        pool = self._grown(self._links, "links", len(playbook.links), self._new_link)
        for made, link in zip(pool, playbook.links, strict=True):
            made.show_value(Icon.LINK, for_display(link.label), copies=link.url)

    def _show_limits(self, playbook: Playbook) -> None:
        wanted = playbook.may_decide
        pool = self._grown(self._limits, "limits", len(wanted), lambda: Meter(self._themes))
        for made, decision in zip(pool, wanted, strict=True):
            made.set_value(self._limit_words(decision), 1.0 if decision.limit_minor else 0.0)

    def _limit_words(self, decision: Decision) -> str:
        text = for_display(decision.text)
        if decision.limit_minor is None:
            return text
        locale = times.locale_of(self._language)
        amount = format_currency(decision.limit_minor / 100, decision.currency, locale=locale)
        return tr("%(what)s: up to %(amount)s", what=text, amount=amount)

    def _grown(self, pool: list[_W], name: str, count: int, make: Callable[[], _W]) -> Sequence[_W]:
        """Return `count` shown widgets of a pool, which grows but never shrinks."""
        while len(pool) < count:
            pool.append(make())
            self._columns[name].addWidget(pool[-1])
        for index, made in enumerate(pool):
            made.setVisible(index < count)
        self._captions[name].setVisible(count > 0)
        return pool[:count]

    def _new_phrase(self) -> _Phrase:
        made = _Phrase(self._themes)
        made.words.copied.connect(self.copied)
        return made

    def _new_link(self) -> CopyRow:
        made = CopyRow(self._themes)
        made.copied.connect(self.copied)
        return made

    def _lay_out(self, theme: Theme) -> None:
        side = theme.px(Space.L)
        self._column.setContentsMargins(side, theme.px(Space.M), side, side)
        self._column.setSpacing(theme.px(Space.S))
        self._columns["phrases"].setSpacing(theme.px(Space.S))
        self._columns["limits"].setSpacing(theme.px(Space.S))
        self._columns["links"].setSpacing(0)

    def sizeHint(self) -> QSize:
        return QSize(self._themes.theme.px(330), 400)
