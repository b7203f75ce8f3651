"""Checks of exchanges hold for every row there is."""

from pathlib import Path

from alembic import op

revision = "0016"
down_revision = "0014"


def upgrade() -> None:
    """Run the SQL beside this file."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None, "an open connection"
    connection.execute(Path(__file__).with_suffix(".sql").read_bytes())
