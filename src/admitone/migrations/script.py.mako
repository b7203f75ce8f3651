"""${message}"""

from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Forward only: a mistake is mended by the next migration."""
    ${upgrades if upgrades else "pass"}
