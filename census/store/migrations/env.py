"""Run revisions on the connection that the caller hands over."""

from alembic import context
from sqlalchemy import text

connection = context.config.attributes["connection"]
connection.execute(text("create schema if not exists census"))
context.configure(connection=connection, version_table_schema="census")
with context.begin_transaction():
    context.run_migrations()
