"""The first form: every table, the append-only guards, and the job queue's own tables."""

from pathlib import Path

from alembic import op
from procrastinate.schema import SchemaManager
from procrastinate.testing import InMemoryConnector

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the SQL beside this file, then Procrastinate's schema as its own package ships it."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None, "an open connection"
    connection.execute(Path(__file__).with_suffix(".sql").read_bytes())
    connection.execute(SchemaManager(InMemoryConnector()).get_schema().encode())
