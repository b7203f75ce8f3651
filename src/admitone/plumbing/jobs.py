"""Jobs: Procrastinate on our own PostgreSQL. One task, `react`, runs one reaction to one fact.

Reactions are deferred by the relay inside its transaction through Procrastinate's own SQL function, run by the worker
with retries, and parked after the last try. The jobs of a worker that died are put back (`rescue`). A job may run twice
after a crash, so every reaction is written to take effect once.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import procrastinate
import structlog
from procrastinate import psycopg_connector
from sqlalchemy import make_url, text

from admitone.plumbing.database import Transaction
from admitone.plumbing.failpoints import hit

log = structlog.get_logger(__name__)
QUEUE = "reactions"
TASK = "admitone.react"
TRIES_MAX = 8
# A worker says every 10 seconds that it lives.
DEAD_AFTER_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Reaction:
    """Run the reaction `name` to the fact `fact_id`."""

    fact_id: int
    name: str


_DEFER = text(
    """
    SELECT procrastinate_defer_jobs_v1(ARRAY(
        SELECT ROW(:queue, :task, 0, NULL, NULL, args, NULL)::procrastinate_job_to_defer_v1
        FROM jsonb_array_elements(CAST(:jobs AS jsonb)) AS args
    ))
    """
)


async def defer_reactions(tx: Transaction, reactions: Sequence[Reaction]) -> None:
    """Put one job per reaction on the queue, in the caller's transaction."""
    if not reactions:
        return
    jobs = json.dumps([{"fact_id": reaction.fact_id, "reaction": reaction.name} for reaction in reactions])
    await tx.execute(_DEFER, {"queue": QUEUE, "task": TASK, "jobs": jobs})


_ORPHANS = text(
    """
    SELECT job.id, job.attempts, (job.args ->> 'fact_id')::bigint AS fact_id, job.args ->> 'reaction' AS reaction
    FROM procrastinate_jobs AS job LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
    WHERE job.status = 'doing' AND job.task_name = :task
      AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => :dead))
    ORDER BY job.id FOR NO KEY UPDATE OF job SKIP LOCKED
    """
)
_AGAIN = text("SELECT procrastinate_retry_job_v2(:id, now(), NULL, NULL, NULL)")
_GIVE_UP = text("SELECT procrastinate_finish_job_v1(:id, 'failed', false)")


@dataclass(frozen=True, slots=True)
class Rescued:
    """How many jobs were put back, and those given up because every worker that tried them died."""

    put_back: int
    given_up: tuple[Reaction, ...]


async def rescue(tx: Transaction) -> Rescued:
    """Put back the jobs of workers that have not been heard of for 30 seconds; several may do this at once."""
    put_back, given_up = 0, []
    for job in (await tx.execute(_ORPHANS, {"task": TASK, "dead": DEAD_AFTER_SECONDS})).all():
        if job.attempts >= TRIES_MAX - 1:
            given_up.append(Reaction(job.fact_id, job.reaction))
            await tx.execute(_GIVE_UP, {"id": job.id})
        else:
            put_back += 1
            await tx.execute(_AGAIN, {"id": job.id})
    return Rescued(put_back, tuple(given_up))


def libpq(database_url: str) -> str:
    """The URL as libpq reads it: without the name of a driver."""
    return make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)


def queue_app(
    database_url: str,
    react: Callable[[Reaction], Awaitable[None]],
    park: Callable[[Reaction, str], Awaitable[None]],
    connection_options: Mapping[str, object],
) -> procrastinate.App:
    """A Procrastinate app whose one task calls `react`, retries it with growing pauses, and at last calls `park`."""
    connector = psycopg_connector.PsycopgConnector(
        conninfo=libpq(database_url), min_size=1, max_size=4, kwargs=dict(connection_options)
    )
    app = procrastinate.App(connector=connector)
    # 2, 4, 8 ... seconds: a provider that is away for four minutes costs nobody anything. Attempts are counted from 0.
    retry = procrastinate.RetryStrategy(max_attempts=TRIES_MAX - 1, exponential_wait=2)

    @app.task(name=TASK, queue=QUEUE, retry=retry, pass_context=True)
    async def run_reaction(context: procrastinate.JobContext, fact_id: int, reaction: str) -> None:
        wanted = Reaction(fact_id, reaction)
        try:
            await react(wanted)
            await hit("reaction.after_commit")
        except Exception as error:
            tries = context.job.attempts
            log.warning("reaction.failed", fact_id=fact_id, reaction=reaction, tries=tries, exc_info=True)
            if tries >= TRIES_MAX - 1:
                await park(wanted, f"{type(error).__name__}: {error}")
            raise

    return app
