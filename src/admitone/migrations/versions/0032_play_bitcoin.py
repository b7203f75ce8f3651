"""The play network: Lightning and a chain without peers, for demos and tests."""

from pathlib import Path

from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Run the SQL beside this file."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None, "an open connection"
    connection.execute(Path(__file__).with_suffix(".sql").read_bytes())
