"""The sheet on which a customer is edited: the form, the photo, saving, and nothing lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShowEvent
from PySide6.QtWidgets import QFileDialog, QScrollArea, QWidget

from agentdesk.domain.entities import ContactKind, ContactPoint
from agentdesk.domain.kinds import KindName
from agentdesk.errors import AgentDeskError, Code
from agentdesk.i18n import mark, tr, trn
from agentdesk.messages import words_for
from agentdesk.services.cards import Card
from agentdesk.services.desk import Desk
from agentdesk.ui import tasks
from agentdesk.ui.actions import ActionContext, Actions, ActionSpec
from agentdesk.ui.notices import Notices
from agentdesk.ui.tab_order import lead_through
from agentdesk.ui.theme import Space, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.face import Face
from agentdesk.ui.widgets.frames import Ground, Hairline, Panel, column, row
from agentdesk.ui.widgets.text import ElidedLabel
from agentdesk.views.customers.fields import Choices
from agentdesk.views.customers.form import CustomerForm
from agentdesk.views.customers.form_state import (
    ContactLine,
    EditorDraft,
    FormState,
    kept_values,
)
from agentdesk.views.customers.photo import face_from_file
from agentdesk.views.customers.summary import photo_bytes
from agentdesk.views.desk.card_words import shown_name
from agentdesk.views.words_panel import WordsPanel

EDITOR = ActionContext("customer-editor", mark("Editing a customer"))
SAVE = ActionSpec("customer.save", mark("Save customer"), "Ctrl+S", EDITOR, "check")
CLOSE = ActionSpec("customer.close", mark("Close the form"), "Esc", EDITOR, "close")

_PHOTO_TYPE = "image/jpeg"


class CustomerEditor(Panel):
    """Edits one customer at a time, or makes a new one; only what differs is sent.

    Closing asks nothing: what is unsaved comes back from `draft()` for whoever keeps it.
    """

    saved = Signal(str)
    """The customer with this id is saved on this desk."""
    close_wanted = Signal()

    def __init__(
        self,
        desk: Desk,
        themes: ThemeSwitch,
        actions: Actions,
        notices: Notices,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(themes, Ground.SURFACE, parent=parent)
        self._desk = desk
        self._themes = themes
        self._notices = notices
        self._customer_id: str | None = None
        self._busy = False
        self.setObjectName("customer_editor")
        self._face = Face(themes)
        self._title = ElidedLabel(themes, "", TextRole.NAME)
        self.choose_photo = Button(themes, tr("Choose photo…"), ButtonKind.QUIET)
        self.choose_photo.clicked.connect(self._choose_photo)
        self.remove_photo = Button(themes, tr("Remove photo"), ButtonKind.QUIET)
        self.remove_photo.clicked.connect(lambda: self._start(self._remove_photo()))
        self.trouble = WordsPanel(themes)
        self.form = CustomerForm(themes, desk.region, desk.language)
        self.form.edited.connect(self._show_count)
        self.form.contact_remove_wanted.connect(
            lambda point: self._start(self._remove_contact(point))
        )
        self._count = ElidedLabel(themes, "", TextRole.QUIET)
        self._count.setObjectName("editor_count")
        self.discard = Button(themes, tr("Discard changes"), ButtonKind.QUIET)
        self.discard.clicked.connect(self._discard)
        self.close_button = Button(themes, tr("Close"))
        self.save_button = Button(themes, tr("Save customer"), ButtonKind.PRIMARY)
        self.save_button.setObjectName("save_customer")
        self._build()
        save = actions.bind(SAVE, self._save_wanted, scope=self, enabled=self._can_save)
        save.setShortcuts([QKeySequence("Ctrl+S"), QKeySequence("Ctrl+Return")])
        self.save_button.perform(save)
        self.close_button.perform(
            actions.bind(CLOSE, self.close_wanted.emit, scope=self, enabled=self.isVisible)
        )
        self._actions = actions
        themes.follow(self._follow_theme)

    def _build(self) -> None:
        self._head = row()
        names = column()
        names.addWidget(self._title)
        self._photo_line = row()
        self._photo_line.addWidget(self.choose_photo)
        self._photo_line.addWidget(self.remove_photo)
        self._photo_line.addStretch(1)
        names.addLayout(self._photo_line)
        self._head.addWidget(self._face, 0, Qt.AlignmentFlag.AlignTop)
        self._head.addLayout(names, 1)
        inside = QWidget()
        self._page = column(inside)
        self._page.addLayout(self._head)
        self._page.addWidget(self.trouble)
        self._page.addWidget(self.form)
        self._page.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inside)
        self._foot = row()
        self._foot.addWidget(self._count, 1)
        self._foot.addWidget(self.discard)
        self._foot.addWidget(self.close_button)
        self._foot.addWidget(self.save_button)
        self.body.addWidget(self._scroll, 1)
        self.body.addWidget(Hairline(self._themes))
        self.body.addLayout(self._foot)

    # --- What is edited -----------------------------------------------------------------------

    @property
    def customer_id(self) -> str | None:
        """Who is edited; None for a new customer."""
        return self._customer_id

    def offer_types(self, choices: Choices) -> None:
        """Offer the customer types, in the viewer's language."""
        self.form.offer_types(choices)

    def edit(self, card: Card, draft: EditorDraft | None = None) -> None:
        """Show a customer, with the unsaved edits of an earlier visit over what is kept."""
        self._customer_id = card.customer.id
        self._begin(FormState(kept_values(card.customer)), card, draft)

    def begin_new(self, number: str = "", draft: EditorDraft | None = None) -> None:
        """Begin a new customer, with the number they called from."""
        self._customer_id = None
        self._begin(FormState(kept_values(None)), None, draft)
        if number and draft is None:
            self.form.contacts.add(ContactLine(ContactKind.PHONE, number))
        self._show_count()

    def keep_up(self, card: Card) -> None:
        """Take over what changed elsewhere; nothing that is being typed is overwritten."""
        if card.customer.id == self._customer_id:
            self.form.keep_up(kept_values(card.customer))
            self.form.contacts.keep_up(card.contact_points)
            self._show_head(card)
            self._show_count()

    def draft(self) -> EditorDraft | None:
        """Return what is unsaved."""
        return self.form.draft()

    def take_keyboard(self) -> None:
        """Go to the first field."""
        self.form.control("full_name").inner.setFocus(Qt.FocusReason.OtherFocusReason)
        self._scroll.verticalScrollBar().setValue(0)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002, N802 - Qt's names
        """Lead from field to field; lines of contact points are made last, not read last."""
        lead_through((self,))
        return super().focusNextPrevChild(next)

    def _begin(self, state: FormState, card: Card | None, draft: EditorDraft | None) -> None:
        for name, value in (draft.typed if draft else {}).items():
            state.type_in(name, value)
        self.trouble.clear()
        self.form.show_state(state)
        self.form.show_points(card.contact_points if card else (), draft)
        self._show_head(card)
        self._show_count()

    def _show_head(self, card: Card | None) -> None:
        photo = photo_bytes(card) if card else None
        name = shown_name(card.customer) if card else tr("New customer")
        self._face.show_person(card.customer.id if card else "", name if card else "", photo)
        self._title.set_full_text(name)
        self.choose_photo.setVisible(card is not None)
        self.remove_photo.setVisible(photo is not None)

    def _show_count(self) -> None:
        n = self.form.count()
        words = trn("%(n)d unsaved change", "%(n)d unsaved changes", n) if n else ""
        self._count.set_full_text(words)
        self.discard.setVisible(n > 0)
        self._actions.refresh(SAVE.id)

    # --- Saving -------------------------------------------------------------------------------

    def _can_save(self) -> bool:
        return self.isVisible() and not self._busy and self.form.count() > 0

    def _save_wanted(self) -> None:
        if self._can_save() and self.form.check():
            self._start(self._save())

    async def _save(self) -> None:
        self._set_busy(True)
        try:
            customer_id = await self._save_fields()
            await self._save_lines(customer_id)
        finally:
            self._set_busy(False)
        name = str(self.form.state.value("full_name"))
        self._notices.say(tr("%(name)s is saved.", name=name))
        self.saved.emit(customer_id)

    async def _save_fields(self) -> str:
        state = self.form.state
        changes = state.changes()
        if self._customer_id is None:
            fields = {name: value for name, value in changes.items() if name != "full_name"}
            made = await tasks.in_thread(
                self._desk.add_customer(str(changes["full_name"]), **fields)
            )
            self._customer_id = made.id
        elif changes:
            await tasks.in_thread(self._desk.set_fields(self._customer_id, changes))
        self.form.keep_up({**state.kept, **{k: v for k, v in changes.items() if k in state.kept}})
        return self._customer_id

    async def _save_lines(self, customer_id: str) -> None:
        for line in [line for line in self.form.contacts.lines if line.differs]:
            value, words = line.value.strip(), line.label.strip() or None
            if line.point is None:
                point = await tasks.in_thread(
                    self._desk.add_contact_point(customer_id, line.kind, value, words)
                )
            else:
                await tasks.in_thread(self._desk.edit_contact_point(line.point.id, value, words))
                point = msgspec.structs.replace(line.point, value=value, label=words)
            self.form.contacts.saved(line, point)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.form.setEnabled(not busy)
        self._show_count()

    def _discard(self) -> None:
        draft, who = self.form.draft(), self._customer_id
        self._begin_again(None)
        if draft is not None:
            self._notices.offer_undo(
                tr("Changes discarded."),
                lambda: self._begin_again(draft) if who == self._customer_id else None,
            )

    def _begin_again(self, draft: EditorDraft | None) -> None:
        """Show what is kept, with `draft` over it."""
        state = FormState(self.form.state.kept)
        for name, value in (draft.typed if draft else {}).items():
            state.type_in(name, value)
        points = tuple(line.point for line in self.form.contacts.lines if line.point is not None)
        self.form.show_state(state)
        self.form.show_points(points, draft)
        self._show_count()

    # --- At once: removing and photos -----------------------------------------------------------

    async def _remove_contact(self, point: ContactPoint) -> None:
        await tasks.in_thread(self._desk.remove(KindName.CONTACT_POINT, point.id))
        self.form.contacts.forget(point.id)
        self._show_count()
        desk = self._desk

        async def restore() -> None:
            await tasks.in_thread(desk.restore(KindName.CONTACT_POINT, point.id))

        self._notices.offer_undo(
            tr("%(what)s is removed.", what=point.value), lambda: self._start(restore())
        )

    def _choose_photo(self) -> None:
        dialog = QFileDialog(self, tr("Choose photo"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(
            [tr("Pictures (*.jpg *.jpeg *.png *.webp *.bmp)"), tr("All files (*)")]
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.use_photo(Path(path)))
        dialog.open()

    def use_photo(self, path: Path) -> None:
        """Make a face of a picture on the disk and keep it."""
        self._start(self._use_photo(path))

    async def _use_photo(self, path: Path) -> None:
        if self._customer_id is None:
            return
        who = self._customer_id
        data = await tasks.in_thread(face_from_file(path))
        await tasks.in_thread(self._desk.set_photo(who, _PHOTO_TYPE, data))
        self._notices.say(tr("The photo is saved."))

    async def _remove_photo(self) -> None:
        if self._customer_id is None:
            return
        who, before = self._customer_id, await tasks.in_thread(self._desk.card(self._customer_id))
        await tasks.in_thread(self._desk.remove_photo(who))
        data = photo_bytes(before) if before else None
        media_type = before.photo.media_type if before and before.photo else _PHOTO_TYPE
        if data is None:
            return
        kept: bytes = data

        async def restore() -> None:
            await tasks.in_thread(self._desk.set_photo(who, media_type, kept))

        self._notices.offer_undo(tr("The photo is removed."), lambda: self._start(restore()))

    # --- Beneath ------------------------------------------------------------------------------

    def _start(self, work: Any) -> None:
        self.trouble.clear()
        tasks.start(work, owner=self, on_failure=self._show_failure)

    def _show_failure(self, error: BaseException) -> None:
        known = isinstance(error, AgentDeskError)
        if isinstance(error, AgentDeskError) and error.code is Code.BAD_VALUE:
            field, reason = str(error.params.get("field")), str(error.params.get("reason"))
            if self.form.refuse(field, reason):
                return
        self.trouble.show_words(words_for(error))
        self._scroll.verticalScrollBar().setValue(0)
        if not known:
            self._notices.report(error)

    def _follow_theme(self, theme: Theme) -> None:
        side = theme.px(Space.XL)
        self._page.setContentsMargins(theme.px(Space.L), theme.px(Space.L), side, side)
        self._page.setSpacing(theme.px(Space.L))
        self._head.setContentsMargins(theme.px(Space.S), 0, 0, 0)
        self._head.setSpacing(theme.px(Space.M))
        self._photo_line.setSpacing(theme.px(Space.XS))
        self._foot.setContentsMargins(side, theme.px(Space.M), side, theme.px(Space.M))
        self._foot.setSpacing(theme.px(Space.S))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        for spec in (SAVE, CLOSE):
            self._actions.refresh(spec.id)
