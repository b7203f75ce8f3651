"""Is this process fit to answer? What the database says about itself."""

from dataclasses import dataclass

from sqlalchemy import text

from admitone.plumbing.database import Reader
from admitone.plumbing.restored import AHEAD


@dataclass(frozen=True, slots=True)
class Readiness:
    """`revision` is the form the database has; `relay_lag_seconds` the age of the oldest fact nobody has
    relayed yet; `is_of_another_server` when a dump was restored and nothing has been started again since.
    """

    revision: str
    relay_lag_seconds: float
    is_of_another_server: bool


_LOOK = text(
    f"""
    WITH cursor AS (
        SELECT coalesce(max(xid), '0'::xid8) AS xid, coalesce(max(fact_id), 0) AS fact_id
        FROM relay_cursor WHERE name = 'reactions'
    ), oldest AS (
        SELECT fact.at FROM journal_fact AS fact, cursor
        WHERE (fact.xid, fact.id) > (cursor.xid, cursor.fact_id)
        ORDER BY fact.xid, fact.id LIMIT 1
    )
    SELECT (SELECT string_agg(version_num, ',') FROM alembic_version) AS revision,
        {AHEAD} AS is_of_another_server,
        coalesce(extract(epoch FROM clock_timestamp() - (SELECT at FROM oldest)), 0)::float AS lag
    """  # noqa: S608 - constants
)


async def readiness(reader: Reader) -> Readiness:
    """One look at the migrations and the relay."""
    row = (await reader.execute(_LOOK)).one()
    return Readiness(row.revision or "", max(0.0, row.lag), row.is_of_another_server)
