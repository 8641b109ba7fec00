"""Use cases: one module each, returning a result and what it changed."""
