"""Events online: how they are shown, and who watches."""

from pathlib import Path

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Run the SQL beside this file."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None, "an open connection"
    connection.execute(Path(__file__).with_suffix(".sql").read_bytes())
