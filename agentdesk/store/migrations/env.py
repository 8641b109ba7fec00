"""Runs the desk's migrations on the connection that `agentdesk.store.revisions` hands over."""

from __future__ import annotations

from alembic import context

from agentdesk.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
