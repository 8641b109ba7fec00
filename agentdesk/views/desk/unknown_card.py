"""The card of somebody nobody knows yet: what the number tells, and two ways on."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QScrollArea, QWidget

from agentdesk.domain.moments import now
from agentdesk.domain.names import for_display
from agentdesk.i18n import tr
from agentdesk.services.desk import Desk
from agentdesk.ui.icons import Icon
from agentdesk.ui.theme import Space, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.empty import IconDisc
from agentdesk.ui.widgets.fields import LabelledField
from agentdesk.ui.widgets.flow import Flow
from agentdesk.ui.widgets.frames import Ground, Panel, column
from agentdesk.ui.widgets.text import Paragraph
from agentdesk.views.desk.call_bar import shown_number
from agentdesk.views.desk.call_session import CallSession
from agentdesk.views.desk.icon_lines import IconLines, Line
from agentdesk.views.desk.maybe_rows import MaybeRows
from agentdesk.views.desk.person_search import PersonSearch


class UnknownCard(Panel):
    """An empty card: country, place and local time of the number, nothing invented."""

    painted = Signal()
    """What `show_call` was given has been painted for the first time."""
    name_given = Signal(str)
    """A new customer of this name is to be added, with the number."""
    person_chosen = Signal(str, str)
    """The call is this person's: id and name."""

    def __init__(self, themes: ThemeSwitch, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(themes, Ground.SURFACE, parent=parent)
        self._themes = themes
        self._unpainted = False
        self.setObjectName("unknown_card")
        self._scroll = QScrollArea()
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._inside = QWidget()
        self._scroll.setWidget(self._inside)
        self.body.addWidget(self._scroll)
        self._column = column(self._inside)
        self._disc = IconDisc(themes, Icon.PERSON)
        self.title = Paragraph(themes, "", TextRole.NAME, max_lines=2)
        self.title.setObjectName("unknown_title")
        self._what = Paragraph(themes, "", quiet=True)
        self.known = IconLines(themes)
        self.asking = Paragraph(themes, "", TextRole.QUIET)
        self.asking.setObjectName("asking_central")
        self.found = Button(themes, "", glyph=Icon.PERSON)
        self.found.setObjectName("found_at_central")
        self.maybes = MaybeRows(themes)
        self.new = Button(themes, tr("New customer"), ButtonKind.PRIMARY, glyph=Icon.ADD)
        self.new.setObjectName("new_customer")
        self.attach = Button(themes, tr("Attach to somebody"), glyph=Icon.LINK)
        self.attach.setObjectName("attach_to")
        self.search = PersonSearch(themes, desk)
        self._name = QLineEdit()
        self._name.setObjectName("new_customer_name")
        self._name_field = LabelledField(
            themes, tr("Full name"), self._name, hint=tr("As the person writes it.")
        )
        self.save = Button(themes, tr("Add customer"), ButtonKind.PRIMARY)
        self.save.setObjectName("add_customer")
        self._form = QWidget()
        self._form_column = column(self._form)
        self._form_column.addWidget(self._name_field)
        self._form_column.addWidget(self.save, 0, Qt.AlignmentFlag.AlignLeading)
        self._buttons = Flow(themes, gap=Space.S)
        self._buttons.add(self.new)
        self._buttons.add(self.attach)
        for widget in (self._disc, self.title, self._what, self.known, self.asking):
            self._column.addWidget(widget)
        self._column.addWidget(self.found, 0, Qt.AlignmentFlag.AlignLeading)
        self._column.addWidget(self.maybes)
        self._column.addWidget(self._buttons)
        self._column.addWidget(self._form)
        self._column.addWidget(self.search)
        self._column.addStretch(1)
        self._connect()
        themes.follow(self._lay_out)

    def _connect(self) -> None:
        self.new.clicked.connect(self.begin_new)
        self.attach.clicked.connect(self.begin_attach)
        self.save.clicked.connect(self._give_name)
        self._name.returnPressed.connect(self._give_name)
        self._name.installEventFilter(self)
        self.search.chosen.connect(self.person_chosen)
        self.search.left.connect(self._fold)
        self._inside.installEventFilter(self)

    def say_asking(self, words: str) -> None:
        """Say quietly how asking Central goes; "" for nothing."""
        self.asking.set_text(words)
        self.asking.setVisible(bool(words))

    def offer_found(self, name: str) -> None:
        """Offer the person that Central knows, beside what was begun here meanwhile."""
        self.say_asking("")
        self.found.set_words(tr("Found at Central: %(name)s", name=name))
        self.found.show()

    @property
    def is_busy(self) -> bool:
        """Whether somebody is about to add a customer or to search for one."""
        return self._form.isVisible() or self.search.isVisible()

    def show_call(self, session: CallSession) -> None:
        """Show what can be known of who calls."""
        self._fold()
        name = for_display(session.call.name or "", 80)
        self.title.set_text(name or shown_number(session))
        recognition = session.recognition
        self.maybes.show_people(recognition.mentioned if recognition is not None else ())
        if session.is_withheld:
            what = tr("The number was not passed on. Nothing is created by itself.")
        elif session.is_nobodys:
            what = tr("Such a number is no customer's. Nothing is created by itself.")
        elif self.maybes.people:
            what = tr("Nobody has this number, but it has been mentioned.")
        elif session.candidates:
            what = tr("Say who this is: search for the person, or add a new customer.")
        else:
            what = tr("Nobody here knows this number yet.")
        self._what.set_text(what)
        self.known.show_lines(_lines(session, named=bool(name)))
        self.say_asking("")
        self.found.hide()
        self._name.setText(session.call.name or "")
        self.attach.set_words(
            tr("Find the person") if session.is_nobodys else tr("Attach to somebody")
        )
        self._unpainted = True
        self._inside.update()

    def show_loose(self) -> None:
        """Show that a note waits for its person."""
        self._fold()
        self.maybes.show_people(())
        self.title.set_text(tr("A note without a person"))
        self._what.set_text(tr("It was begun in a call from somebody unknown. Whose is it?"))
        self.known.show_lines([])
        self.say_asking("")
        self.found.hide()
        self._name.clear()
        self.attach.set_words(tr("Attach to somebody"))
        self._inside.update()

    def begin_new(self) -> None:
        """Ask for the name of a new customer, with what the network shows filled in."""
        self.search.hide()
        self._form.show()
        self._name_field.show_error("")
        self._name.setFocus(Qt.FocusReason.OtherFocusReason)
        self._name.selectAll()

    def begin_attach(self) -> None:
        """Search for the person whose call it is."""
        self._form.hide()
        self.search.show()
        self.search.begin()

    def _fold(self) -> None:
        self._form.hide()
        self.search.hide()

    def _give_name(self) -> None:
        name = self._name.text().strip()
        if not name:
            self._name_field.show_error(tr("A customer needs a name."))
            return
        self.name_given.emit(name)

    def _lay_out(self, theme: Theme) -> None:
        side = theme.px(Space.L)
        self._column.setContentsMargins(side, theme.px(Space.XL), side, side)
        self._column.setSpacing(theme.px(Space.M))
        self._form_column.setSpacing(theme.px(Space.S))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._name:
            is_key = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
            if is_key and event.key() == Qt.Key.Key_Escape:  # type: ignore[attr-defined] # a key event, see above
                self._fold()
                return True
        elif self._unpainted and event.type() == QEvent.Type.Paint:
            self._unpainted = False
            QTimer.singleShot(0, self, self.painted.emit)
        return super().eventFilter(watched, event)


def _lines(session: CallSession, *, named: bool) -> list[Line]:
    recognition = session.recognition
    facts = recognition.facts if recognition is not None else None
    lines = []
    if named and not session.is_withheld:
        lines.append(Line(shown_number(session), glyph=Icon.PHONE))
    if facts is None:
        return lines
    if facts.country:
        lines.append(Line(for_display(facts.country, 120), glyph=Icon.HOMETOWN))
    there = _time_there(facts.time_zone, now())
    if there:
        lines.append(Line(tr("%(time)s there", time=there), glyph=Icon.CLOCK))
    return lines


def _time_there(time_zone: str | None, moment: datetime) -> str:
    if not time_zone:
        return ""
    try:
        return f"{moment.astimezone(ZoneInfo(time_zone)):%H:%M}"
    except (ZoneInfoNotFoundError, ValueError):
        return ""
