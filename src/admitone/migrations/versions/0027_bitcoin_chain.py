"""Bitcoin's chain: what came to which address, what the network took back, what was sent."""

from pathlib import Path

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Run the SQL beside this file."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None, "an open connection"
    connection.execute(Path(__file__).with_suffix(".sql").read_bytes())
