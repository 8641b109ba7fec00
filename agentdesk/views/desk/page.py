"""The Desk screen: who is on it, with or without a call, and what the person does there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.draft import Draft
from agentdesk.domain.entities import Customer
from agentdesk.domain.names import for_display
from agentdesk.i18n import tr
from agentdesk.services.callers import Candidate
from agentdesk.services.cards import Card
from agentdesk.services.desk import Desk, Opened, Person
from agentdesk.settings import NUMBER_STYLE, Preferences
from agentdesk.telephony.events import Call
from agentdesk.ui import tasks
from agentdesk.ui.actions import Actions
from agentdesk.ui.bridge import DeskBridge
from agentdesk.ui.notices import Notices
from agentdesk.ui.theme import Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.frames import column
from agentdesk.views.desk import call_bar, note_box
from agentdesk.views.desk import desk_actions as on_desk
from agentdesk.views.desk.call_bar import CallBar
from agentdesk.views.desk.call_course import CallCourse
from agentdesk.views.desk.call_session import CallSession, Verification
from agentdesk.views.desk.call_work import CallWork
from agentdesk.views.desk.caller_menu import CallerMenu
from agentdesk.views.desk.card_work import CardWork
from agentdesk.views.desk.hold import held
from agentdesk.views.desk.home_page import HomePage
from agentdesk.views.desk.home_work import HomeWork
from agentdesk.views.desk.maybe_work import MaybeWork
from agentdesk.views.desk.missed_work import MissedWork
from agentdesk.views.desk.note_work import NoteWork
from agentdesk.views.desk.person_view import PersonView
from agentdesk.views.desk.stranger_work import StrangerWork
from agentdesk.views.desk.wrap_up_work import WrapUpWork


class DeskPage(QWidget):
    """Call bar over either the home page or one person."""

    card_painted = Signal(str)
    """The card for the call with this id has been painted for the first time."""
    edit_wanted = Signal(str)
    """This customer's data is to be changed."""
    search_wanted = Signal()
    """The person looks for somebody."""
    dial_wanted = Signal(object)
    """This `Call` is to be placed."""
    page_wanted = Signal()
    """Something of this screen was asked for: show the screen."""

    def __init__(
        self,
        desk: Desk,
        bridge: DeskBridge,
        themes: ThemeSwitch,
        actions: Actions,
        notices: Notices,
        preferences: Preferences,
        window: QWidget,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("desk_page")
        self._desk = desk
        self._themes = themes
        self._notices = notices
        self._preferences = preferences
        self._actions = actions
        self._subject: str | None = None
        self._visit: Verification | None = None
        self._painting = ""
        self._carry_note = False
        self._asked = 0
        self.bar = CallBar(themes)
        self.home = HomePage(themes, desk.identity.user.name, desk.region)
        self.person = PersonView(themes, desk, notices, preferences)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.home)
        self._stack.addWidget(self.person)
        self._line = column(self)
        self._line.addWidget(self.bar)
        self._line.addWidget(self._stack, 1)
        self.calls = CallWork(desk, notices, self)
        self.course = CallCourse(self)
        self.notes = NoteWork(desk, self.person.note, notices, self)
        self._card_work = CardWork(desk, self.person.card, self.person.playbook, notices, self)
        self._home_work = HomeWork(desk, self.home, self)
        self._missed_work = MissedWork(desk, self.person.card, self.home, notices, self)
        self.callers = CallerMenu(self.bar.someone_else)
        self._stranger = StrangerWork(desk, self.calls, self.person.unknown, self._is_shown, self)
        self._stranger.found.connect(self._show_found)
        unknown = self.person.unknown
        self._maybe = MaybeWork(desk, self.calls, unknown, self._is_shown, notices, self)
        self._maybe.agreed.connect(self._attach_to)
        self.wrapping = WrapUpWork(self.calls, self.notes, self.person, notices, self)
        self._bind(actions, window)
        self._connect(bridge)
        themes.follow(self._follow_theme)
        tasks.start(self._load_playbooks(), owner=self)
        self.go_home()

    # --- Wiring ---------------------------------------------------------------------------------

    def _bind(self, actions: Actions, window: QWidget) -> None:
        on_call, on_person = self._on_call, self._on_person
        waiting, unknown = lambda: bool(self.calls.book.waiting), self._on_unknown_call
        for spec, handler, enabled in (
            (note_box.WRITE_NOTE, self.focus_note, self._has_note_box),
            (call_bar.SOMEONE_ELSE, self.open_others, lambda: bool(self._candidates())),
            (call_bar.BEGIN_WRAP_UP, self.begin_wrap_up, on_call),
            (call_bar.MISSED, self.mark_missed, on_call),
            (call_bar.SWITCH, self._switch_to_first, waiting),
            (call_bar.BACK_TO_CALLER, self.back_to_caller, self._is_away),
            (call_bar.ATTACH, self._attach, unknown),
            (call_bar.NEW_CUSTOMER, self._new_customer, unknown),
            (on_desk.GO_HOME, self.go_home, None),
            (on_desk.CHANGE_TYPE, self._change_type, on_person),
            (on_desk.VERIFY, self.person.card.head.open_ways, on_person),
            (on_desk.TO_CARD, self._to_card, on_person),
            (on_desk.TO_TIMELINE, self._to_timeline, on_person),
            (on_desk.TO_PLAYBOOK, self._to_playbook, on_person),
            (on_desk.EDIT, self._edit, on_person),
            (on_desk.DIAL, self.course.dial_first, lambda: self.course.number_to_dial is not None),
        ):
            actions.bind(spec, handler, scope=window, enabled=enabled)
        self._maybe.bind(actions, window)
        self._missed_work.bind(actions, window, self.show_missed)
        self._home_work.filled.connect(actions.refresh)
        self.wrapping.bind(actions)
        self.bar.bind(actions)
        self.notes.bind(actions)
        self.person.timeline.bind(actions)
        self.person.card.bind(actions)

    def _connect(self, bridge: DeskBridge) -> None:
        bridge.changed.connect(self._take_changes)
        self.calls.opened.connect(self._show_call)
        self.calls.returned.connect(self._return_to)
        self.calls.changed.connect(self._refresh_bar)
        self.calls.finished.connect(self._call_finished)
        self.bar.switch_wanted.connect(self.switch_to)
        self.callers.chosen.connect(self.choose)
        self.callers.nobody.connect(self._nobody_listed)
        self.wrapping.changed.connect(self._refresh_bar)
        self.person.card.painted.connect(self._tell_painted)
        self.person.unknown.painted.connect(self._tell_painted)
        self.person.card.head.verified.connect(self._record_verification)
        self.person.card.edit_wanted.connect(self._edit)
        self.person.card.dial_wanted.connect(self.course.dial)
        self.person.unknown.name_given.connect(self._add_customer)
        self.person.unknown.person_chosen.connect(self._attach_to)
        self.home.person_wanted.connect(self.open_customer)
        self.home.promise_kept.connect(self._card_work.mark_kept)
        self._missed_work.dial_wanted.connect(self.dial_wanted)
        self._missed_work.taken.connect(lambda c: self.take_call(c, typing=self.is_typing))
        self.home.draft_wanted.connect(self._open_draft)
        self.home.search_wanted.connect(self.search_wanted)

    async def _load_playbooks(self) -> None:
        playbooks = await tasks.in_thread(self._desk.playbooks())
        self.person.playbook.use_playbooks(playbooks)

    # --- Who is on the screen -------------------------------------------------------------------

    @property
    def subject(self) -> str | None:
        """The customer on the screen, None for nobody or somebody unknown."""
        return self._subject

    @property
    def is_home(self) -> bool:
        return self._stack.currentWidget() is self.home

    def go_home(self) -> None:
        """Show what is to be done; a call that is going on stays in the bar."""
        self._asked += 1
        self.notes.keeper.flush()
        self._subject = None
        self.wrapping.put_away()
        self._stack.setCurrentWidget(self.home)
        self._refresh_bar()
        self.home_filling = self._home_work.fill()
        """The latest reading of the home page; ends once it is shown."""

    def open_customer(self, customer_id: str) -> None:
        """Open a customer; a call that is going on stays in the bar."""
        self._asked += 1
        self.page_wanted.emit()
        tasks.start(self._open(customer_id, self._asked), owner=self)

    async def _open(self, customer_id: str, asked: int) -> None:
        person = await tasks.in_thread(self._desk.open_person(customer_id))
        if asked != self._asked:
            return
        if person is None:
            self._notices.say(tr("This customer is not on this desk"))
            return
        self._show_person(person)
        self._refresh_bar()

    def _show_person(self, person: Person) -> None:
        card = person.card
        if card.customer.id != self._subject:
            self._visit = None
        self._subject = card.customer.id
        self._stop_typing_elsewhere()
        name = for_display(card.customer.full_name, 60)
        if self._carry_note:
            self._carry_note = False
            self.notes.move_to(card.customer.id, name, person.draft)
        self.person.show_known()
        self._show_card(card)
        self.person.timeline.show_person(card.customer.id, person.timeline, person.facets)
        self.notes.open_for(card.customer.id, name, person.draft)
        self._during_call()
        self._show_stack()

    def _stop_typing_elsewhere(self) -> None:
        """Put the wrap-up away with what stands in it when another person comes up."""
        session = self.calls.current
        if self.person.wrap_up.is_open and (
            session is None or session.customer_id != self._subject
        ):
            self.wrapping.put_away()

    def _show_stack(self) -> None:
        """Show the person; the keyboard goes to the note only if it would be nowhere."""
        focus = QApplication.focusWidget()
        lost = focus is not None and self.home.isAncestorOf(focus)
        self._stack.setCurrentWidget(self.person)
        if lost:
            self.person.note.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_card(self, card: Card) -> None:
        as_typed = self._preferences.get(NUMBER_STYLE) == "typed"
        language = self._desk.language
        self.person.card.show_card(card, language, verified=self._verified(), as_typed=as_typed)
        self.person.playbook.show_card(card, language)

    def _verified(self) -> Verification | None:
        session = self.calls.current
        if session is not None and session.customer_id == self._subject:
            return session.verified
        return self._visit

    def _record_verification(self, way: Verification) -> None:
        session = self.calls.current
        if session is not None and session.customer_id == self._subject:
            session.verified = way
        else:
            self._visit = way
        if self.person.card.card is not None:
            self._show_card(self.person.card.card)

    def _take_changes(self, changes: ChangeSet) -> None:
        if self.is_home:
            self._home_work.take_changes(changes)
        elif self._subject is not None and changes.touches_customer(self._subject):
            tasks.start(self._reload_card(self._subject), owner=self)
            self.person.timeline.reload(changes)

    async def _reload_card(self, customer_id: str) -> None:
        card = await tasks.in_thread(self._desk.card(customer_id))
        if customer_id != self._subject:
            return
        if card is None:
            self._notices.say(tr("This customer is no longer on this desk"))
            self.go_home()
            return
        if card.customer.id != customer_id:
            await self._follow(card.customer)
            return
        self._show_card(card)

    async def _follow(self, successor: Customer) -> None:
        """Go on with whom the person has been merged into, with the note that is being typed."""
        session = self.calls.current
        if session is not None and session.customer_id == self._subject:
            session.belongs_to(successor.id, successor.full_name)
        person = await tasks.in_thread(self._desk.open_person(successor.id))
        if person is not None:
            name = for_display(successor.full_name, 60)
            self.notes.move_to(successor.id, name, person.draft)
            self._show_person(person)
            self._refresh_bar()
            self._notices.say(tr("This customer has been merged into %(name)s", name=name))

    # --- Home -----------------------------------------------------------------------------------

    def _open_draft(self, draft: Draft) -> None:
        if draft.customer_id is not None:
            self.open_customer(draft.customer_id)
            return
        self._asked += 1
        self._subject = None
        self.person.unknown.show_loose()
        self._show_nobody(draft.id, draft)

    def _show_nobody(self, draft_id: str, draft: Draft | None) -> None:
        self.person.card.clear()
        self.person.show_unknown()
        self.person.timeline.clear()
        self.person.playbook.clear()
        self.notes.open_for_call(draft_id, draft)
        self._during_call()
        self._show_stack()
        self._refresh_bar()

    def show_missed(self) -> None:
        """Show the calls to return, with the keyboard on the first."""
        self.page_wanted.emit()
        if not self.is_home:
            self.go_home()
        self.home.go_to_missed()

    # --- Calls ----------------------------------------------------------------------------------

    def take_call(self, call: Call, *, typing: bool) -> bool:
        """Take a ringing call; tells whether it opens at once, else it waits in the bar."""
        self._painting = call.call_id
        at_once = self.calls.take(call, busy=typing)
        if at_once:
            self.course.began_over(None if self.is_home else self._subject)
        return at_once

    def painting(self, call_id: str) -> None:
        """Tell by `card_painted` when this call's card is painted."""
        self._painting = call_id

    @property
    def is_away(self) -> bool:
        """Whether somebody else than the caller is on the screen."""
        return self._is_away()

    def switch_to(self, call_id: str) -> None:
        """Bring a waiting call to the screen."""
        self.wrapping.put_away()
        self._painting = call_id
        self.calls.switch_to(call_id)
        self.page_wanted.emit()

    def _switch_to_first(self) -> None:
        waiting = self.calls.book.waiting
        if waiting:
            self.switch_to(waiting[0].id)

    def _show_call(self, session: CallSession, opened: Opened) -> None:
        self._asked += 1
        with held(self, self._line):
            if opened.card is not None:
                self._show_person(Person(opened.card, opened.timeline, opened.facets, opened.draft))
            else:
                self._show_unknown(session)
            self._refresh_bar()

    def _show_unknown(self, session: CallSession) -> None:
        self._asked += 1
        self._subject = None
        self.person.unknown.show_call(session)
        self._show_nobody(session.draft_id, None)
        self._stranger.ask(session)

    def _is_shown(self, session: CallSession) -> bool:
        """Tell whether a call of somebody unknown is what is on the screen."""
        is_unknown = self._on_unknown_call() and self.person.is_unknown
        return session is self.calls.current and is_unknown

    def _show_found(self, person: Person) -> None:
        """Show whom Central knew, with the note that was begun; the keyboard stays in it."""
        self._asked += 1
        self._carry_note = self.notes.began_here
        with held(self, self._line):
            self._show_person(person)
            self._refresh_bar()

    def _return_to(self, session: CallSession) -> None:
        if session.customer_id is not None:
            self.open_customer(session.customer_id)

    def back_to_caller(self) -> None:
        """Show the caller again after looking at somebody else."""
        session = self.calls.current
        if session is None:
            return
        self.page_wanted.emit()
        if session.customer_id is not None:
            self.open_customer(session.customer_id)
        else:
            self._show_unknown(session)

    def _candidates(self) -> list[str]:
        session = self.calls.current
        return [c.customer_id for c in session.candidates] if session is not None else []

    def open_others(self) -> None:
        """List the people of the line, and the way to say that it is none of them."""
        session = self.calls.current
        if session is None or not session.candidates:
            return
        self.page_wanted.emit()
        self.callers.open_for(session)

    def choose(self, candidate: Candidate) -> None:
        """Say that this one of the line calls; the note of this call goes along."""
        session = self.calls.current
        if session is not None and candidate.customer_id != session.customer_id:
            self._carry_note = not self._is_away() and self.notes.began_here
            self.calls.choose(session, candidate)

    def _nobody_listed(self) -> None:
        session = self.calls.current
        if session is not None:
            carry = not self._is_away() and self.notes.began_here
            self.calls.nobody_listed(session)
            if carry:
                self.notes.move_to_call(session.id)
            self._show_unknown(session)

    def _attach(self) -> None:
        self.page_wanted.emit()
        self.person.unknown.begin_attach()

    def _new_customer(self) -> None:
        self.page_wanted.emit()
        self.person.unknown.begin_new()

    def _attach_to(self, customer_id: str, name: str) -> None:
        tasks.start(
            self._belongs_to(customer_id, name), owner=self, on_failure=self._notices.report
        )

    async def _belongs_to(self, customer_id: str, name: str) -> None:
        session = self.calls.current
        if session is not None and self._on_unknown_call():
            await self.calls.attach(session, customer_id, name)
        await self._move_note_to(customer_id, name)

    def _add_customer(self, name: str) -> None:
        tasks.start(self._add(name), owner=self, on_failure=self._notices.report)

    async def _add(self, name: str) -> None:
        session = self.calls.current
        if session is not None and self._on_unknown_call():
            customer_id = await self.calls.add_customer(session, name)
        else:
            customer_id = (await tasks.in_thread(self._desk.add_customer(name))).id
        await self._move_note_to(customer_id, name)

    async def _move_note_to(self, customer_id: str, name: str) -> None:
        """Open who it is, with the note that was begun before that was known."""
        person = await tasks.in_thread(self._desk.open_person(customer_id))
        if person is None:
            return
        self._asked += 1
        self.notes.move_to(customer_id, for_display(name, 60), person.draft)
        self._show_person(person)
        self._refresh_bar()
        self.person.note.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def mark_missed(self) -> None:
        """Be done with the current call without a wrap-up."""
        session = self.calls.current
        if session is not None:
            self.calls.mark_missed(session)

    def _call_finished(self, session: CallSession) -> None:
        self._during_call()
        if session.customer_id is None and self.person.is_unknown:
            self.go_home()

    # --- Wrap-up --------------------------------------------------------------------------------

    def begin_wrap_up(self) -> None:
        """Open the wrap-up of the current call, with its person on the screen."""
        session = self.calls.current
        if session is None or not self.calls.book.begin_wrap_up():
            return
        self.page_wanted.emit()
        if self._is_away():
            self.back_to_caller()
        self._refresh_bar()
        self.wrapping.open(session)

    # --- Small things ---------------------------------------------------------------------------

    @property
    def is_typing(self) -> bool:
        """Whether a note or a wrap-up is being written."""
        return self.person.note.is_typing or self.person.wrap_up.is_open

    def focus_note(self) -> None:
        """Put the keyboard into the note box."""
        self.page_wanted.emit()
        if self.is_home and self.calls.current is not None:
            self.back_to_caller()
        if not self.person.wrap_up.is_open:
            self.person.note.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def take_keyboard(self) -> None:
        """Put the keyboard where the person goes on: what is written, or what is to be done."""
        if self.is_home:
            self.home.take_keyboard()
        elif self.person.wrap_up.is_open:
            self.person.wrap_up.take_keyboard()
        else:
            self.person.note.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    async def finish(self) -> None:
        """Save what is being typed; return once it is on the disk."""
        await self.notes.keeper.finish()

    def _on_call(self) -> bool:
        return self.calls.current is not None

    def _on_person(self) -> bool:
        return self._subject is not None and not self.is_home

    def _on_unknown_call(self) -> bool:
        session = self.calls.current
        return session is not None and session.customer_id is None and not self.is_home

    def _has_note_box(self) -> bool:
        return not self.is_home or self.calls.current is not None

    def _is_away(self) -> bool:
        """Whether somebody else than the caller is on the screen."""
        session = self.calls.current
        if session is None or session.recognition is None:
            return False
        return self.is_home or session.customer_id != self._subject

    def _during_call(self) -> None:
        session = self.calls.current
        here = session is not None and session.customer_id == self._subject
        self.notes.during_call(session.id if here and session is not None else None)

    def _refresh_bar(self) -> None:
        self.bar.show_calls(self.calls.current, self.calls.book.waiting, away=self._is_away())
        self._during_call()
        self._actions.refresh()

    def _tell_painted(self) -> None:
        session = self.calls.current
        if session is not None and self._painting == session.id:
            self._painting = ""
            self.card_painted.emit(session.id)

    def _change_type(self) -> None:
        self.page_wanted.emit()
        if self.person.playbook_is_tab:
            self.person.show_tab("playbook")
        self.person.playbook.open_types()

    def _to_card(self) -> None:
        self.page_wanted.emit()
        self.person.card.facts.focus_first()

    def _to_timeline(self) -> None:
        self.page_wanted.emit()
        self.person.show_tab("timeline")
        self.person.timeline.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _to_playbook(self) -> None:
        self.page_wanted.emit()
        self.person.show_tab("playbook")
        self.person.playbook.take_keyboard()

    def _edit(self) -> None:
        if self._subject is not None:
            self.edit_wanted.emit(self._subject)

    def _follow_theme(self, _theme: Theme) -> None:
        self.home.set_width(self.width(), self._themes.theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.home.set_width(self.width(), self._themes.theme)
