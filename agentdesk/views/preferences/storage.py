"""Where the profile lies and how much it holds, as Preferences shows it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from agentdesk.i18n import tr
from agentdesk.services.storage import StorageFacts
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.frames import column
from agentdesk.views.preferences.rows import FactRow


def size_words(size_bytes: int) -> str:
    """Return a size as people read it: "38 MB"."""
    for unit, words in ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")):
        if size_bytes >= unit:
            return f"{size_bytes / unit:.3g} {words}"
    return f"{size_bytes} B"


def grouped(count: int) -> str:
    """Return a count with its thousands apart."""
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


class StorageSection(QWidget):
    """The facts as rows of words."""

    def __init__(self, themes: ThemeSwitch) -> None:
        super().__init__()
        self._themes = themes
        self.folder = FactRow(themes, tr("Folder"))
        self.taken = FactRow(themes, tr("Size, encrypted"))
        self.holds = FactRow(themes, tr("Holds"))
        body = column(self)
        for line in (self.folder, self.taken, self.holds):
            body.addWidget(line)

    def show_facts(self, facts: StorageFacts) -> None:
        """Show what was gathered."""
        self.folder.show_value(str(facts.folder))
        self.taken.show_value(size_words(facts.cache_bytes))
        self.holds.show_value(
            tr(
                "%(customers)s customers, %(interactions)s contacts",
                customers=grouped(facts.customers),
                interactions=grouped(facts.interactions),
            )
        )
