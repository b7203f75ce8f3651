"""What members gave back alone, what banks took of credit, and how long gifts live at most."""

from pathlib import Path

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Run the SQL beside this file."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None, "an open connection"
    connection.execute(Path(__file__).with_suffix(".sql").read_bytes())
