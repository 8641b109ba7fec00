"""The part of a desk for people who are there twice: finding, merging, telling them apart."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future

from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.kinds import KindName
from agentdesk.services import duplicates, merging
from agentdesk.services.duplicates import PossibleDuplicates, PossiblePair, Searched, SearchProgress
from agentdesk.services.merging import EarlierMerge, MergeDone, MergePreview, Side
from agentdesk.services.workplace import Workplace

_GIVE_WAY_S = 0.005


class JoiningDesk(Workplace):
    """Who is probably one person, making them one, and taking that back."""

    def possible_duplicates(self, limit: int = 200) -> Future[PossibleDuplicates]:
        """Read who was found to be probably one, the surest first."""
        return self._store.read(duplicates.possible_duplicates, limit)

    def duplicates_of(self, customer_id: str) -> Future[tuple[PossiblePair, ...]]:
        """Look with whom a customer is probably one."""
        return self._store.read(duplicates.duplicates_of, customer_id)

    def compared_pair(self, one: str, other: str) -> Future[PossiblePair | None]:
        """Compare two customers, however little alike they are."""
        return self._store.read(duplicates.compared_pair, one, other)

    def search_duplicates(
        self,
        progress: Callable[[SearchProgress], None] = lambda _progress: None,
        stop: threading.Event | None = None,
    ) -> Future[Searched]:
        """Search everybody for duplicates, on a reader's thread, until done or `stop` is set.

        `progress` is called there.
        """
        stopping = stop or threading.Event()

        def give_way() -> bool:
            """Leave the interpreter to the window for a moment; tell whether to stop."""
            return stopping.wait(_GIVE_WAY_S)

        return self._store.submit_read(
            lambda: duplicates.search_base(self._store, progress=progress, cancelled=give_way)
        )

    def put_off_pair(self, one: str, other: str, *, later: bool = True) -> Future[ChangeSet]:
        """Move a pair to the end of the list, or back."""
        return self._store.write(duplicates.put_off, one, other, later=later)

    def say_distinct(self, one: str, other: str) -> Future[ChangeSet]:
        """Remember that two customers are two people."""
        return self._write_only(duplicates.say_distinct, one, other, self._me)

    def unsay_distinct(self, one: str, other: str) -> Future[ChangeSet]:
        """Take back that two customers are two people."""
        return self._write_only(duplicates.unsay_distinct, one, other, self._me)

    def preview_merge(self, one: str, other: str) -> Future[MergePreview]:
        """Read what merging two customers will do."""
        return self._store.read(merging.preview_merge, one, other)

    def merge(
        self,
        winner: str,
        loser: str,
        choices: Mapping[str, Side] | None = None,
        leave_out: Sequence[tuple[KindName, str]] = (),
    ) -> Future[MergeDone]:
        """Make two customers one; it shows once Central has answered."""
        return self._write(
            merging.merge, winner, loser, dict(choices or {}), tuple(leave_out), self._me
        )

    def undo_merge(self, done: MergeDone) -> Future[ChangeSet]:
        """Take back a merge that was just made here."""
        return self._write_only(merging.undo_merge, done, self._me)

    def earlier_merges(self, customer_id: str) -> Future[tuple[EarlierMerge, ...]]:
        """Read who became a part of a customer."""
        return self._store.read(merging.earlier_merges, customer_id)

    def undo_earlier_merge(self, customer_id: str, loser: str) -> Future[ChangeSet]:
        """Take back a merge that may be long ago, whoever made it."""
        return self._write_only(merging.undo_earlier_merge, customer_id, loser, self._me)
