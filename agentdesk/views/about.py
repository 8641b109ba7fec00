"""About AgentDesk: version, company, where the data is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from agentdesk import __version__
from agentdesk.domain.names import for_display
from agentdesk.i18n import tr
from agentdesk.services.identity import Identity
from agentdesk.ui.icons import Icon
from agentdesk.ui.theme import Space, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button
from agentdesk.ui.widgets.empty import IconDisc
from agentdesk.ui.widgets.frames import column
from agentdesk.ui.widgets.text import Label, Paragraph

_WIDTH = 380


class AboutPage(QDialog):
    """A small page that tells what this is."""

    def __init__(self, themes: ThemeSwitch, identity: Identity, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("about")
        self.setWindowTitle(tr("About AgentDesk"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._layout = column(self)
        centre = Qt.AlignmentFlag.AlignHCenter
        company = for_display(identity.organisation.name, 120)
        self._layout.addWidget(IconDisc(themes, Icon.DESK), 0, centre)
        self._layout.addWidget(Label(themes, "AgentDesk", TextRole.NAME), 0, centre)
        version = Label(themes, tr("Version %(version)s", version=__version__), TextRole.QUIET)
        self._layout.addWidget(version, 0, centre)
        self._layout.addWidget(Paragraph(themes, tr("The whole person, the moment a call rings.")))
        who = tr("%(name)s at %(company)s", name=for_display(identity.user.name), company=company)
        self._layout.addWidget(Paragraph(themes, who, quiet=True))
        close = Button(themes, tr("Close"))
        close.clicked.connect(self.accept)
        self._layout.addWidget(close, 0, centre)
        themes.follow(self._lay_out)

    def _lay_out(self, theme: Theme) -> None:
        side = theme.px(Space.XL)
        self._layout.setContentsMargins(side, side, side, side)
        self._layout.setSpacing(theme.px(Space.S))
        self.setFixedWidth(theme.px(_WIDTH))
