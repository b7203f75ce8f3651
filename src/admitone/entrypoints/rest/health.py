"""Is the process alive, and may requests be sent to it?

`/health/live` is for whoever restarts processes: it answers as long as the loop runs. `/health/ready` is for
whoever spreads requests: it is 503 while the database does not answer within a second, has another form than
this program, or was restored from another server's dump with nothing started again since. A relay that lags
is said, and makes nobody unready: selling goes on while letters wait.
"""

import asyncio

import structlog
from fastapi import APIRouter, Response
from pydantic import BaseModel

from admitone import migrations
from admitone.entrypoints.needs import Needs
from admitone.reads.readiness import Readiness, readiness

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/health", tags=["health"])
ANSWER_SECONDS = 1.0
LAG_MAX_SECONDS = 60.0


class Health(BaseModel):
    """`status` is ok or not_ready; the rest says why. Seconds."""

    status: str
    database: bool = True
    migrated: bool = True
    relay_lag_seconds: float = 0.0
    relay_is_late: bool = False
    restored: bool = False


@router.get("/live")
async def live() -> dict[str, str]:
    """The process runs."""
    return {"status": "ok"}


@router.get("/ready", responses={503: {"model": Health, "description": "Not fit to answer requests"}})
async def ready(needs: Needs, response: Response) -> Health:
    """The process can answer requests."""

    async def look() -> Readiness:
        async with needs.database.reading() as reader:
            return await readiness(reader)

    try:
        found = await asyncio.wait_for(look(), ANSWER_SECONDS)
    except Exception:
        # Whatever keeps us from reading, the answer is the same: not ready.
        log.warning("health.database_away", exc_info=True)
        response.status_code = 503
        return Health(status="not_ready", database=False, migrated=False)
    migrated = found.revision == migrations.newest()
    is_fit = migrated and not found.is_of_another_server
    if not is_fit:
        response.status_code = 503
    return Health(
        status="ok" if is_fit else "not_ready",
        migrated=migrated,
        restored=found.is_of_another_server,
        relay_lag_seconds=round(found.relay_lag_seconds, 3),
        relay_is_late=found.relay_lag_seconds > LAG_MAX_SECONDS,
    )
