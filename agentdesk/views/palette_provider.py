"""What the command palette finds: people, recent ones first, and every action."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agentdesk.domain.found import Hit, Why
from agentdesk.domain.names import fold, for_display
from agentdesk.errors import AgentDeskError
from agentdesk.i18n import tr
from agentdesk.services.desk import Desk
from agentdesk.ui import tasks
from agentdesk.ui.actions import ActionEntry, Actions
from agentdesk.ui.icons import icon_named
from agentdesk.ui.palette_model import PaletteItem, PaletteSection
from agentdesk.ui.roles import Ranges
from agentdesk.views.central_search import CentralSearch
from agentdesk.views.customers.matches import (
    apart_ranges,
    matched_apart,
    name_ranges,
    reason,
    reason_ranges,
)

PEOPLE, ACTIONS, DEMO_CALLS, AT_CENTRAL = "people", "actions", "demo-calls", "central"

_PAUSE_S = 0.08
_MOST_PEOPLE = 8
_MOST_RECENT = 6
_MOST_ACTIONS = 8


class PaletteProvider:
    """Answers what somebody types; `demo_calls` are (number, name) that can be simulated.

    `left_out` is the id of the action that opens the palette itself.
    """

    def __init__(
        self,
        desk: Desk,
        actions: Actions,
        demo_calls: Sequence[tuple[str, str]] = (),
        left_out: str = "",
    ) -> None:
        self._desk = desk
        self._actions = actions
        self._demo_calls = demo_calls
        self._left_out = left_out
        self._partial = False
        self._central = CentralSearch(desk)

    def tell_partial(self, partial: bool) -> None:
        """Say from now on that people may be missing, or that all are here."""
        self._partial = partial

    async def __call__(self, words: str) -> Sequence[PaletteSection]:
        """Return what fits; asked again within 80 ms the query is never made."""
        wanted = words.strip()
        if not wanted:
            recent = PaletteSection(PEOPLE, tr("Recent people"), await self._recent())
            return (recent, PaletteSection(ACTIONS, tr("Actions"), self._all_actions()))
        await asyncio.sleep(_PAUSE_S)
        people = self._section(await self._people(wanted))
        found = [e for e in self._actions.find(wanted) if e.id != self._left_out]
        found = found[:_MOST_ACTIONS]
        actions = PaletteSection(ACTIONS, tr("Actions"), tuple(self._item(e) for e in found))
        demo = PaletteSection(DEMO_CALLS, tr("Simulate a call from"), self._demo(wanted))
        is_name = bool(people.items) and not self._begins_an_action(found, wanted)
        return (people, actions, demo) if is_name else (actions, people, demo)

    async def further(self, words: str) -> PaletteSection | None:
        """Return whom Central knows and this desk does not hold, once nobody types any more."""
        try:
            hits = await self._central.ask(words)
        except AgentDeskError:
            return PaletteSection(AT_CENTRAL, tr("At Central: no answer now"), (), always=True)
        if not hits:
            return None
        return PaletteSection(AT_CENTRAL, tr("At Central"), tuple(_person(hit) for hit in hits))

    def _section(self, people: tuple[PaletteItem, ...]) -> PaletteSection:
        """Return the people found; while not everybody is here, their caption says so."""
        if not self._partial:
            return PaletteSection(PEOPLE, tr("People"), people)
        if people:
            return PaletteSection(PEOPLE, tr("People, of those that are here already"), people)
        words = tr("Nobody among those that are here already")
        return PaletteSection(PEOPLE, words, (), always=True)

    async def _recent(self) -> tuple[PaletteItem, ...]:
        home = await tasks.in_thread(self._desk.home())
        return tuple(
            PaletteItem(
                key=person.customer_id,
                text=for_display(person.name, 120),
                detail=for_display(person.subject, 80),
                face_id=person.customer_id,
            )
            for person in home.recent[:_MOST_RECENT]
        )

    async def _people(self, words: str) -> tuple[PaletteItem, ...]:
        hits = await tasks.in_thread(self._desk.search(words, _MOST_PEOPLE, box="palette"))
        return tuple(_person(hit) for hit in hits)

    def _all_actions(self) -> tuple[PaletteItem, ...]:
        listed = (e for e in self._actions.entries() if e.enabled and e.id != self._left_out)
        return tuple(self._item(entry) for entry in listed)

    def _item(self, entry: ActionEntry) -> PaletteItem:
        spec = self._actions.spec(entry.id)
        return PaletteItem(
            key=entry.id, text=entry.text, icon=icon_named(entry.icon), shortcut=spec.shortcut
        )

    def _demo(self, words: str) -> tuple[PaletteItem, ...]:
        wanted = fold(words)
        return tuple(
            PaletteItem(key=number, text=for_display(name), detail=for_display(number))
            for number, name in self._demo_calls
            if wanted in fold(name) or wanted in number or fold(tr("simulate")).startswith(wanted)
        )[:_MOST_PEOPLE]

    @staticmethod
    def _begins_an_action(found: Sequence[ActionEntry], words: str) -> bool:
        return bool(found) and found[0].text.casefold().startswith(words.casefold())


def _person(hit: Hit) -> PaletteItem:
    detail, ranges = _detail(hit)
    return PaletteItem(
        key=hit.id,
        text=for_display(hit.name, 120),
        detail=detail,
        face_id=hit.id,
        ranges=name_ranges(hit),
        detail_ranges=ranges,
    )


def _detail(hit: Hit) -> tuple[str, Ranges]:
    """Return what matched if it is not the name, else where they are, and why they were found."""
    if matched_apart(hit):
        return matched_apart(hit), apart_ranges(hit)
    if hit.matched and hit.why is not Why.PLACE:
        return for_display(reason(hit), 200), reason_ranges(hit)
    where = " · ".join(p for p in (hit.company, hit.hometown) if p)
    if hit.why in (Why.SIMILAR_NAME, Why.SAME_SOUND, Why.SHORT_FORM):
        where = " · ".join(p for p in (reason(hit), where) if p)
    return for_display(where, 80), ()
