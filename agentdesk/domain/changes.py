"""What a write changed, so that whoever shows it knows what to read again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from agentdesk.domain.kinds import KindName


@dataclass(frozen=True, slots=True)
class Changed:
    """One record that was added, changed or removed; `owner_id` is the customer it belongs to."""

    kind: KindName
    id: str
    owner_id: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Everything that one transaction changed.

    `wholesale` says that too much changed to be listed: read everything again.
    """

    changed: frozenset[Changed] = field(default_factory=frozenset)
    wholesale: bool = False

    @classmethod
    def of(cls, changed: Iterable[Changed]) -> ChangeSet:
        """Return the set of `changed`."""
        return cls(frozenset(changed))

    def __or__(self, other: ChangeSet) -> ChangeSet:
        return ChangeSet(self.changed | other.changed, self.wholesale or other.wholesale)

    def __bool__(self) -> bool:
        return self.wholesale or bool(self.changed)

    def touches_customer(self, customer_id: str) -> bool:
        """Tell whether anything of this customer may have changed."""
        return self.wholesale or any(c.owner_id == customer_id for c in self.changed)

    def touches_kind(self, *kinds: KindName) -> bool:
        """Tell whether a record of one of `kinds` may have changed."""
        return self.wholesale or any(c.kind in kinds for c in self.changed)
