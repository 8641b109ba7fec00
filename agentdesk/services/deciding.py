"""The part of a desk where a person decides: conflicts, refusals, merges, and what stood before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from agentdesk.domain.changes import ChangeSet
from agentdesk.services import conflicts, history, merged, people, queue, refused
from agentdesk.services.conflicts import Choice
from agentdesk.services.joining import JoiningDesk
from agentdesk.services.queue import Queue


class DecidingDesk(JoiningDesk):
    """What waits, what Central did with it, and every way for a person to decide about it."""

    def queue(self) -> Future[Queue]:
        """Read what waits for Central, what it refused, contests and merged."""
        return self._store.read(queue.load_queue, self._me)

    def settle_conflict(
        self, conflict_id: str, choice: Choice, value: Any = None
    ) -> Future[ChangeSet]:
        """Settle a conflict; `value` is what was written anew."""
        return self._write_only(
            conflicts.settle_conflict,
            conflict_id,
            choice,
            self._me,
            region=self.region,
            value=value,
        )

    def reopen_conflict(self, conflict_id: str) -> Future[ChangeSet]:
        """Take the settling of a conflict back."""
        return self._write_only(conflicts.reopen_conflict, conflict_id, self._me)

    def undo_merged(self, merged_id: str, *, mine: bool = False) -> Future[ChangeSet]:
        """Take back what was merged by the rules; of a text theirs comes back, or `mine`."""
        return self._write_only(merged.undo_merged, merged_id, self._me, mine=mine)

    def dismiss_merged(self, merged_ids: Sequence[str] | None = None) -> Future[ChangeSet]:
        """Take merged entries off the list as seen, all if none are named."""
        return self._write_only(merged.dismiss_merged, self._me, merged_ids)

    def retry_refused(self, n: int) -> Future[ChangeSet]:
        """Ask Central again for an edit that it refused."""
        return self._write_only(refused.retry_refused, n, self._me)

    def discard_refused(self, n: int) -> Future[ChangeSet]:
        """Give up an edit that Central refused."""
        return self._write_only(refused.discard_refused, n, self._me)

    def keep_refused(self, n: int) -> Future[ChangeSet]:
        """Take the discarding of a refused edit back."""
        return self._write_only(refused.keep_refused, n, self._me)

    def hand_over(self, n: int, text: str | None = None) -> Future[refused.Handover]:
        """Ask the leads for an edit that was refused; `text` is what it says, in words."""
        return self._write(refused.hand_over, n, self._me, text)

    def refused_text(self, n: int) -> Future[str]:
        """Read what a refused edit says, as plain text."""
        return self._store.read(refused.refused_text, n, self._me)

    def asked_of_leads(self) -> Future[tuple[refused.AskedOfLeads, ...]]:
        """Read what was handed over to the leads."""
        return self._store.read(refused.asked_of_leads)

    def close_handover(self, review_id: str) -> Future[ChangeSet]:
        """Take something off the leads' list."""
        return self._write_only(refused.close_handover, review_id, self._me)

    def history(
        self,
        customer_id: str,
        after: history.HistoryPosition | None = None,
        limit: int = 100,
        *,
        field: str | None = None,
        everything: bool = False,
    ) -> Future[history.HistoryPage]:
        """Read a page of what was known of a customer before, the newest first."""
        return self._store.read(
            history.history_page, customer_id, after, limit, field=field, everything=everything
        )

    def merge_customers(
        self, winner: str, loser: str, keep: Mapping[str, Any] | None = None
    ) -> Future[ChangeSet]:
        """Make two customers one; it shows once Central has answered."""
        return self._write_only(people.merge_customers, winner, loser, dict(keep or {}), self._me)

    def unmerge_customers(self, winner: str, loser: str) -> Future[ChangeSet]:
        """Take a merge back; it shows once Central has answered."""
        return self._write_only(people.unmerge_customers, winner, loser, self._me)
