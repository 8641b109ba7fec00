"""The tests of this screen use the shared world, with a page on it."""

from __future__ import annotations

import pytest

from agentdesk.domain.entities import Customer
from agentdesk.views.sync.page import SyncPage
from tests.real import BEN, person
from tests.ui.customers.world import World, fill, world
from tests.ui.sync.arranged import Wire

__all__ = ["world"]


@pytest.fixture
def wire() -> Wire:
    """A synchronisation that says what the test wants."""
    return Wire()


@pytest.fixture
def page(world: World, wire: Wire) -> SyncPage:
    """The Sync screen on the world's desk."""
    return SyncPage(world.desk, world.bridge, wire, world.themes, world.actions, world.notices)


@pytest.fixture
def anna(world: World) -> Customer:
    """A customer who is at Central already, as is Ben, a colleague."""
    entity = person("Anna Blunt")[0]
    assert isinstance(entity, Customer)
    fill(world.store, [entity, BEN])
    return entity
