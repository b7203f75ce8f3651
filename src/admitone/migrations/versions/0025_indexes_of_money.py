"""Indexes for what needs somebody, what providers call refunds, and gifts taken away."""

from pathlib import Path

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Run the SQL beside this file."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None, "an open connection"
    connection.execute(Path(__file__).with_suffix(".sql").read_bytes())
