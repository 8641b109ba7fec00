"""The actions of the Desk screen that belong to no part of it."""

from __future__ import annotations

from agentdesk.i18n import mark
from agentdesk.ui.actions import ActionSpec

GO_HOME = ActionSpec("desk.home", mark("Home of the desk"), "Alt+Home", icon="desk")
CHANGE_TYPE = ActionSpec("desk.type", mark("Change customer type"), "F7", icon="playbook")
VERIFY = ActionSpec("desk.verify", mark("Record verification"), "F8", icon="verified")
TO_CARD = ActionSpec("desk.card", mark("Go to personal notes"), "Ctrl+Shift+F", icon="fact")
TO_TIMELINE = ActionSpec("desk.timeline", mark("Go to the timeline"), "Ctrl+T", icon="recent")
TO_PLAYBOOK = ActionSpec("desk.playbook", mark("Go to the playbook"), "Ctrl+B", icon="playbook")
DIAL = ActionSpec("desk.dial", mark("Call this person"), "Ctrl+Shift+D", icon="phone-out")
EDIT = ActionSpec("desk.edit", mark("Edit the customer on the Desk"), "Ctrl+E", icon="edit")
