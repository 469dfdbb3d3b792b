"""Alembic's entry: it runs on the connection that open_engine hands over."""

from alembic import context

from playhead.catalog.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
