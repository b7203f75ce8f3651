"""What our own records say about a disputed sale: who bought what and when, what was shown, how it was delivered,
whether it was used, what has gone back. Nothing is written by hand, so the same dispute gives the same evidence.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Reader
from admitone.values import formats


@dataclass(frozen=True, slots=True)
class DisputeRecords:
    """The records as plain texts. `lines` are what was bought, `letters`, `scans` and `refunds` one sentence each.

    `policy` is in the organiser's own words; `policy_record` is what was frozen with the order, to be put into words.
    """

    order_code: str
    event_id: UUID
    organiser: str
    buyer_name: str
    buyer_email: str
    product: str
    bought_at: datetime
    paid: str
    event_at: datetime
    terms_version: str
    lines: tuple[str, ...]
    policy: str
    letters: tuple[str, ...]
    scans: tuple[str, ...]
    refunds: tuple[str, ...]
    currency: str
    policy_record: dict[str, Any] | None
    placed_at: datetime

    @property
    def terms_shown(self) -> str:
        """What the buyer agreed to, by the order."""
        shown = f"Version {self.terms_version} of the offer, shown before paying"
        return f"{shown} and agreed to on {_moment(self.placed_at)}: {'; '.join(self.lines)}. {self.policy}".strip()

    @property
    def delivered(self) -> str:
        """How the tickets reached the buyer."""
        return "; ".join(self.letters) or "The tickets are on the order's page, by the link the buyer has."

    @property
    def used(self) -> str:
        """What happened at the door."""
        return "; ".join(self.scans) or "No ticket of the order was scanned at the door so far."


_ORDER = text(
    """
    SELECT o.id, o.code, o.event_id, o.organiser_id, o.name, o.email, o.email_key, o.currency, o.total_minor, o.paid_at,
        o.policy,
        (SELECT h.terms_version FROM inventory_hold h WHERE h.id = o.hold_id) AS terms_version,
        o.placed_at, e.title, e.starts_at, e.zone,
        coalesce(e.venue_name, '') AS venue, coalesce(e.city, '') AS city, coalesce(e.refund_text, '') AS refund_text,
        org.name AS organiser
    FROM orders_order o JOIN events_event e ON e.id = o.event_id
    JOIN accounts_organiser org ON org.id = o.organiser_id WHERE o.id = :id
    """
)
_LINES = text("SELECT name, quantity, total_minor FROM orders_line WHERE order_id = :id ORDER BY number")
_LETTERS = text(
    """
    SELECT subject, to_email, closed_at FROM messaging_letter
    WHERE organiser_id = :organiser_id AND to_key = :key AND closed_at IS NOT NULL AND state IN ('sent', 'kept')
        AND template IN ('tickets', 'resent', 'moved') AND created_at >= :since
    ORDER BY closed_at, id LIMIT 20
    """
)
_SCANS = text(
    """
    SELECT t.serial, a.door, a.at FROM tickets_ticket t JOIN checkin_admission a ON a.ticket_id = t.id
    WHERE t.order_id = :id ORDER BY a.at, t.serial
    """
)
_REFUNDS = text(
    """
    SELECT amount_minor, currency, state, coalesce(done_at, wanted_at) AS at FROM payments_refund
    -- What a dispute did for was sent by nobody.
    WHERE order_id = :id AND coalesce(provider_ref, '') NOT LIKE 'dispute:%' ORDER BY wanted_at, id
    """
)


async def dispute_records(reader: Reader, order_id: UUID) -> DisputeRecords:
    """What is known of this order."""
    params = {"id": order_id}
    order = (await reader.execute(_ORDER, params)).one()
    lines = [
        f"{row.quantity} x {row.name} ({formats.money(row.total_minor, order.currency)})"
        for row in await reader.execute(_LINES, params)
    ]
    since = order.paid_at or datetime.min.replace(tzinfo=UTC)
    letter_params = {"organiser_id": order.organiser_id, "key": order.email_key, "since": since}
    letters = [
        f"Letter “{row.subject}” sent to {row.to_email} on {_moment(row.closed_at)}"
        for row in await reader.execute(_LETTERS, letter_params)
    ]
    scans = [
        f"Ticket {row.serial} was let in at {row.door} on {_moment(row.at)}"
        for row in await reader.execute(_SCANS, params)
    ]
    refunds = [
        f"Refund of {formats.money(row.amount_minor, row.currency)}: {row.state} ({_moment(row.at)})"
        for row in await reader.execute(_REFUNDS, params)
    ]
    where = ", ".join(part for part in (order.venue, order.city) if part)
    return DisputeRecords(
        order_code=order.code,
        event_id=order.event_id,
        organiser=order.organiser,
        buyer_name=order.name,
        buyer_email=order.email,
        product=f"Tickets for {order.title}, {formats.zoned_day_time(order.starts_at, order.zone)}"
        + (f", {where}" if where else ""),
        bought_at=since,
        paid=formats.money(order.total_minor, order.currency),
        event_at=order.starts_at,
        terms_version=str(order.terms_version or 1),
        lines=tuple(lines),
        policy=order.refund_text,
        letters=tuple(letters),
        scans=tuple(scans),
        refunds=tuple(refunds),
        currency=order.currency,
        policy_record=order.policy,
        placed_at=order.placed_at,
    )


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
