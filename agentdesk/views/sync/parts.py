"""What every section of the Sync screen is made with."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from agentdesk.i18n import mark
from agentdesk.services.desk import Desk
from agentdesk.ui.actions import ActionContext, Actions
from agentdesk.ui.notices import Notices
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.views.sync.undoing import Undoing
from agentdesk.views.values import ValueWords

SYNC = ActionContext("sync", mark("Sync"))
CONFLICTS = ActionContext("sync-conflicts", mark("Sync: conflicts"))
REFUSED = ActionContext("sync-refused", mark("Sync: refused"))
WAITING = ActionContext("sync-waiting", mark("Sync: waiting"))
MERGED = ActionContext("sync-merged", mark("Sync: merged"))


@dataclass(frozen=True)
class Parts:
    """The desk and the window's own things; keys that work all over the screen belong to `page`."""

    page: QWidget
    desk: Desk
    themes: ThemeSwitch
    actions: Actions
    notices: Notices
    values: ValueWords
    undoing: Undoing
