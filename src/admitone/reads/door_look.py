"""One look at a whole batch of scans: what their ids were answered before, which tickets their codes name, how those
went in, and whose they are (holder, else buyer).

Nobody can cancel or replace the tickets until the transaction ends: it has their door's lock (decision 0016). How a
ticket went in may change meanwhile: the door's own insert notices that.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text

from admitone import tickets
from admitone.checkin import AdmissionRow, Guest, ScanRow, Seen
from admitone.plumbing.database import Transaction
from admitone.plumbing.direct import Direct
from admitone.reads.disputed import IS_DISPUTED
from admitone.tickets import DoorTicket

# Lists travel as text, and what is found as two JSON documents: the driver would need three times as long.
_LOOK = Direct(
    text(
        f"""
    WITH ticket AS (
        SELECT id, serial, event_id, organiser_id, state = 'cancelled' AS is_cancelled, reissue, code_digest,
               order_id, order_line_id, holder_name, unit
        FROM tickets_ticket WHERE serial = ANY(CAST(CAST(:serials AS text) AS bigint[]))
    ), named AS (
        SELECT ticket.id, ticket.serial, ticket.event_id, ticket.organiser_id, ticket.is_cancelled,
               ticket.is_cancelled AND EXISTS (
                   SELECT FROM orders_exchange AS exchange JOIN orders_exchange_unit AS taken
                       ON taken.order_id = exchange.order_id AND taken.order_line_id = ticket.order_line_id
                       AND taken.unit = ticket.unit
                   WHERE exchange.from_order_id = ticket.order_id AND exchange.state = 'done'
               ) AS is_changed,
               entry.ticket_id IS NULL AND {IS_DISPUTED} AS is_disputed,
               ticket.reissue, encode(ticket.code_digest, 'base64') AS code_digest,
               coalesce(ticket.holder_name, placed.name) AS name, line.name AS type_name,
               ticket.unit + same.before AS unit, same.units,
               entry.event_id AS entry_event_id, entry.scan_id, entry.door, entry.at
        FROM ticket
        JOIN orders_order AS placed ON placed.id = ticket.order_id
        JOIN orders_line AS line ON line.id = ticket.order_line_id
        LEFT JOIN LATERAL (
            SELECT CAST(sum(quantity) AS integer) AS units,
                   CAST(coalesce(sum(quantity) FILTER (WHERE number < line.number), 0) AS integer) AS before
            FROM orders_line WHERE order_id = line.order_id AND ticket_type_id = line.ticket_type_id
        ) AS same ON true
        LEFT JOIN checkin_admission AS entry ON entry.ticket_id = ticket.id
    ), stored AS (
        SELECT id, event_id, organiser_id, person_id, encode(code_digest, 'base64') AS code_digest, ticket_id,
               door, verdict, reason, first_at, first_door, device_at, at, presented
        FROM checkin_scan WHERE id = ANY(CAST(CAST(:scan_ids AS text) AS uuid[]))
    )
    SELECT (SELECT CAST(json_agg(named) AS text) FROM named) AS named,
           (SELECT CAST(json_agg(stored) AS text) FROM stored) AS stored
    """  # noqa: S608 - joined from constants
    )
)


class _Named(DoorTicket, frozen=True):
    """A ticket that a code names, whose it is, and how it went in."""

    name: str
    type_name: str
    unit: int
    units: int
    entry_event_id: UUID | None
    scan_id: UUID | None
    door: str | None
    at: datetime | None


_read_named = msgspec.json.Decoder(list[_Named])
_read_stored = msgspec.json.Decoder(list[ScanRow])


async def look(tx: Transaction, asked: Sequence[tuple[UUID, int | None]]) -> list[Seen]:
    """What is known of each (scan id, serial), in the order given.

    The caller has to decide which of it the asker may know.
    """
    serials = {serial for _, serial in asked if serial is not None}
    parameters = {
        "serials": f"{{{','.join(map(str, serials))}}}",
        "scan_ids": f"{{{','.join(str(scan_id) for scan_id, _ in asked)}}}",
    }
    [row] = (await _LOOK.run(tx, parameters, after=tickets.kept_from_change(serials))).rows
    named = {} if row.named is None else {one.serial: one for one in _read_named.decode(row.named)}
    stored = {} if row.stored is None else {one.id: one for one in _read_stored.decode(row.stored)}
    return [
        _seen(stored.get(scan_id), None if serial is None else named.get(serial)) for scan_id, serial in asked
    ]


def _seen(stored: ScanRow | None, named: _Named | None) -> Seen:
    if named is None:
        return Seen(stored)
    guest = Guest(named.name, named.type_name, named.unit, named.units)
    return Seen(stored, named, _entry(named), guest)


def _entry(named: _Named) -> AdmissionRow | None:
    if named.entry_event_id is None or named.scan_id is None or named.door is None or named.at is None:
        return None
    return AdmissionRow(named.id, named.entry_event_id, named.scan_id, named.door, named.at)
