"""The server ends connections, as it does when it dies."""

from sqlalchemy import text

from admitone.plumbing.database import Database


async def hang_up(db: Database) -> int:
    """End every other connection of this database and wait until each is gone. Returns how many there were."""
    other = Database(db.url, pool_size=1)
    async with other.transaction() as tx:
        wanted = (
            "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        closed = int((await tx.execute(text(wanted))).scalar_one())
    await other.close()
    return closed
