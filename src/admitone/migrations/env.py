"""Alembic's entry: online only, on the connection handed in by `admitone.migrations.upgrade`."""

from alembic import context

from admitone.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
