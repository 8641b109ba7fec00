"""The window before the main window: product name, one sentence, and the page of the moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from agentdesk.i18n import tr
from agentdesk.ui.icons import Icon
from agentdesk.ui.notices import Words
from agentdesk.ui.theme import Space, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.empty import IconDisc
from agentdesk.ui.widgets.frames import Ground, Panel, column, row
from agentdesk.ui.widgets.text import Label
from agentdesk.views.start.card import CARD_WIDTH, CardPage
from agentdesk.views.start.passphrase import PassphrasePage
from agentdesk.views.start.sign_in import SignInPage
from agentdesk.views.start.trouble import TroublePage, WayOn

_PageT = TypeVar("_PageT", bound=CardPage)

_WINDOW = (920, 780)


class StartWindow(Panel):
    """Hosts one page at a time and passes its wishes on; holds no keys and no passwords."""

    sign_in_requested = Signal(str, str, str, str)
    """Address, name, password, path of a certificate file or ""."""
    passphrase_entered = Signal(str)
    way_chosen = Signal(str)
    """The id of the way on that the person took out of trouble."""
    quit_requested = Signal()

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(themes, Ground.CANVAS, parent=parent)
        self._themes = themes
        self._page: CardPage | None = None
        self._finished = False
        self.setObjectName("start_window")
        self.setWindowTitle("AgentDesk")
        self._inside = Panel(themes, Ground.CANVAS)
        self._middle = QWidget()
        self._stack = column(self._middle)
        self._head = self._build_head()
        self._stack.addLayout(self._head)
        # Stretches instead of an alignment, which would not let paragraphs be as high as they need.
        across = row()
        across.addStretch(1)
        across.addWidget(self._middle)
        across.addStretch(1)
        self._inside.body.addStretch(2)
        self._inside.body.addLayout(across)
        self._inside.body.addStretch(3)
        self._scroll = QScrollArea()
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(self._inside)
        self.body.addWidget(self._scroll)
        self._waiting = Label(themes, "", TextRole.QUIET)
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._waiting.setVisible(False)
        self._stack.addWidget(self._waiting)
        themes.follow(self._follow_theme)

    def _build_head(self) -> QVBoxLayout:
        head = column()
        centre = Qt.AlignmentFlag.AlignHCenter
        name = Label(self._themes, "AgentDesk", TextRole.NAME)
        sentence = Label(self._themes, tr("The whole person, the moment a call rings."), quiet=True)
        sentence.setWordWrap(True)
        sentence.setAlignment(centre)
        head.addWidget(IconDisc(self._themes, Icon.DESK), 0, centre)
        head.addWidget(name, 0, centre)
        head.addWidget(sentence)
        return head

    @property
    def page(self) -> CardPage | None:
        """The page that is shown, None while only waiting."""
        return self._page

    def show_sign_in(self, address: str = "", name: str = "", ca_file: str = "") -> SignInPage:
        """Ask who works here, with what is remembered filled in."""
        page = SignInPage(self._themes)
        page.prefill(address, name, ca_file)
        page.sign_in_requested.connect(self.sign_in_requested)
        page.quit_requested.connect(self.quit_requested)
        return self._show(page)

    def show_passphrase(self, *, create: bool) -> PassphrasePage:
        """Ask for the passphrase of the cache, or let one be chosen."""
        page = PassphrasePage(self._themes, create=create)
        page.passphrase_entered.connect(self.passphrase_entered)
        page.quit_requested.connect(self.quit_requested)
        return self._show(page)

    def show_trouble(self, words: Words, ways: Sequence[WayOn]) -> TroublePage:
        """Tell what failed, and offer `ways` on."""
        page = TroublePage(self._themes, words, ways)
        page.chosen.connect(self.way_chosen)
        return self._show(page)

    def show_waiting(self, text: str) -> None:
        """Show one quiet sentence instead of a page, while something opens."""
        self._drop_page()
        self._waiting.setText(text)
        self._waiting.setVisible(True)

    def say(self, words: Words) -> None:
        """Tell on the page of the moment what went wrong."""
        if self._page is not None:
            self._page.say(words)

    def finish(self) -> None:
        """Make room for the main window."""
        self._finished = True
        self.close()

    def _show(self, page: _PageT) -> _PageT:
        self._drop_page()
        self._waiting.setVisible(False)
        self._page = page
        self._stack.addWidget(page)
        self._follow_theme(self._themes.theme)
        page.show()
        page.take_keyboard()
        return page

    def _drop_page(self) -> None:
        if self._page is not None:
            self._stack.removeWidget(self._page)
            self._page.hide()
            self._page.deleteLater()
            self._page = None

    def _follow_theme(self, theme: Theme) -> None:
        self._head.setSpacing(theme.px(Space.S))
        self._stack.setSpacing(theme.px(Space.XL))
        margin = theme.px(Space.XL)
        self._inside.body.setContentsMargins(margin, margin, margin, margin)
        self._middle.setFixedWidth(theme.px(CARD_WIDTH))
        self._middle.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.setMinimumSize(theme.px(CARD_WIDTH) + 3 * margin, theme.px(360))
        if not self.isVisible():
            self.resize(theme.px(_WINDOW[0]), theme.px(_WINDOW[1]))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing the window by hand is a wish to quit."""
        if not self._finished:
            self.quit_requested.emit()
        super().closeEvent(event)
