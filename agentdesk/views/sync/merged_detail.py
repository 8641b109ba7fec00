"""What the rules of merging decided: what was mine, what was theirs, what stands, and why."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from agentdesk.domain.moments import now
from agentdesk.i18n import tr
from agentdesk.services.merged import MergedField
from agentdesk.sync.protocol import Reason
from agentdesk.ui.difference import changed_words
from agentdesk.ui.theme import Space, TextRole, Theme
from agentdesk.ui.widgets.frames import column
from agentdesk.ui.widgets.text import Paragraph
from agentdesk.views.sync import words
from agentdesk.views.sync.parts import Parts
from agentdesk.views.sync.side_by_side import SideBySide
from agentdesk.views.sync.value_card import ValueCard
from agentdesk.views.values import ValueWords


class MergedDetail(QWidget):
    """Three cards; nothing waits here, so that nothing is asked."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        themes = parts.themes
        self._values: ValueWords = parts.values
        self._layout = column(self)
        self.title = Paragraph(themes, "", TextRole.OPENING)
        self.why = Paragraph(themes, quiet=True)
        self.stands = ValueCard(themes, tr("Stands now"))
        self.theirs = ValueCard(themes, tr("Theirs"), "1")
        self.mine = ValueCard(themes, tr("Yours"), "2")
        self.since = Paragraph(themes, "", TextRole.QUIET)
        cards = SideBySide(themes, self.stands, self.theirs, self.mine)
        for widget in (self.title, self.why, cards, self.since):
            self._layout.addWidget(widget)
        self._layout.addStretch(1)
        themes.follow(self._follow_theme)

    def show_merged(self, merged: MergedField) -> None:
        """Show one thing that was merged."""
        language = self._values.language
        self.title.set_text(words.merged_title(merged))
        self.why.set_text(words.merged_why(merged))
        stands, theirs, mine = self._sides(merged)
        author = words.who(merged.their_author)
        remark = tr("by %(author)s", author=author)
        if merged.changed_at is not None:
            when = words.stamp(merged.changed_at, now(), language)
            remark = tr("by %(author)s, %(when)s", author=author, when=when)
        typed = words.stamp(merged.made_at, now(), language)
        self.stands.show_value(stands)
        self.theirs.show_value(theirs, remark, changed_words(mine, theirs))
        mine_remark = tr("typed at this desk, %(when)s", when=typed)
        self.mine.show_value(mine, mine_remark, changed_words(theirs, mine))
        self.since.set_text(
            "" if merged.can_undo else tr("Somebody has changed it again since; look at it there.")
        )
        self.since.setVisible(not merged.can_undo)

    def _sides(self, merged: MergedField) -> tuple[str, str, str]:
        if merged.reason == Reason.REDIRECTED and merged.field == "customer_id":
            gone, name = tr("a customer who is now another"), words.whose(merged.customer_name)
            return name, name, gone
        kind, field, of = merged.kind, merged.field, self._values.of
        return (
            of(kind, field, merged.stands),
            of(kind, field, merged.theirs),
            of(kind, field, merged.mine),
        )

    def _follow_theme(self, theme: Theme) -> None:
        self._layout.setSpacing(theme.px(Space.M))
