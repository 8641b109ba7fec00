"""The tests of this screen use the shared world."""

from tests.ui.customers.world import world

__all__ = ["world"]
