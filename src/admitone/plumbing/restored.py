"""After a restore from a dump: the journal gets this server's past, so that the relay goes on where it was.

Facts and the relay's cursor carry transaction numbers of the server that made them, and a restored dump brings those
along. Where this server has not counted so far yet, new facts would lie before the cursor: never relayed, and no error.
No server gives out a number twice, so a number that this one has not reached is the proof of another server's past.

Then every fact that was relayed is numbered 1 and every other 2 (numbers no transaction ever has), and the cursor is
put between them. Facts written here before anybody noticed are found by their ids, which continue those of the dump:
they were not relayed. Where that is in doubt a fact is relayed again, and its reactions take effect once all the same.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text

# Facts of the very statement that asks have smaller numbers than its snapshot's end: everything visible has ended.
AHEAD = """
    (EXISTS (SELECT FROM journal_fact WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()))
     OR EXISTS (SELECT FROM relay_cursor WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())))
"""
_AHEAD = text(f"SELECT {AHEAD}")
_ALONE = text("LOCK TABLE relay_cursor, journal_fact IN ACCESS EXCLUSIVE MODE")
_OPEN = text("ALTER TABLE journal_fact DISABLE TRIGGER journal_fact_rows")
_NUMBER = text(
    """
    WITH here AS (SELECT pg_snapshot_xmax(pg_current_snapshot()) AS not_yet),
    dump AS (SELECT max(id) AS last_id FROM journal_fact, here WHERE xid >= not_yet),
    read_to AS (
        SELECT coalesce(max(xid), '0'::xid8) AS xid, coalesce(max(fact_id), 0) AS fact_id
        FROM relay_cursor WHERE name = 'reactions'
    )
    UPDATE journal_fact AS fact
    SET xid = CASE WHEN (fact.xid, fact.id) > (read_to.xid, read_to.fact_id)
                     OR (fact.xid < here.not_yet AND fact.id > coalesce(dump.last_id, read_to.fact_id))
                   THEN '2'::xid8 ELSE '1'::xid8 END
    FROM here, dump, read_to
    """
)
_CLOSE = text("ALTER TABLE journal_fact ENABLE ALWAYS TRIGGER journal_fact_rows")
_MOVE = text(
    """
    UPDATE relay_cursor
    SET xid = '1', fact_id = (SELECT coalesce(max(id), 0) FROM journal_fact WHERE xid = '1'::xid8)
    """
)
_COUNT = text("SELECT count(*) FILTER (WHERE xid = '1'), count(*) FILTER (WHERE xid = '2') FROM journal_fact")


@dataclass(frozen=True, slots=True)
class Renumbered:
    """How many facts had been relayed on the other server, and how many wait to be relayed here."""

    relayed: int
    waiting: int


def take_over(connection: Connection) -> Renumbered | None:
    """Renumber a journal that came from another server; None when it is this server's own, which is the rule.

    In a transaction of the caller, who owns the tables. Nobody else gets at the journal meanwhile: minutes for millions
    of facts. What a killed process had done of it is undone by the server, and done by the next start.
    """
    if not connection.execute(_AHEAD).scalar_one():
        return None
    connection.execute(_ALONE)
    connection.execute(_OPEN)
    connection.execute(_NUMBER)
    connection.execute(_CLOSE)
    connection.execute(_MOVE)
    relayed, waiting = connection.execute(_COUNT).one()
    return Renumbered(relayed, waiting)
