"""The answer to a dispute, made of our records: as the provider wants it, and as a paper for people. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from admitone.payments import Dispute, Evidence, EvidencePaper
from admitone.reads.dispute_evidence import DisputeRecords
from admitone.values import formats


@dataclass(frozen=True, slots=True)
class Prepared:
    """A dispute, and what our records say about the sale."""

    dispute: Dispute
    records: DisputeRecords


def evidence_of(prepared: Prepared, content: bytes) -> Evidence:
    """What is sent to the provider, with the paper `content`."""
    records = prepared.records
    return Evidence(
        buyer_name=records.buyer_name,
        buyer_email=records.buyer_email,
        product=f"{records.product}: {'; '.join(records.lines)}",
        bought_at=records.bought_at,
        terms_shown=records.terms_shown,
        refund_policy=records.policy,
        delivered=records.delivered,
        used="; ".join((records.used, *records.refunds)),
        event_at=records.event_at,
        files=MappingProxyType({"ticket": content}),
    )


def paper_of(prepared: Prepared, now: datetime) -> EvidencePaper:
    """The paper's words."""
    dispute, records = prepared.dispute, prepared.records
    return EvidencePaper(
        title=f"Answer to dispute {dispute.ref}",
        organiser=records.organiser,
        facts=(
            ("Order", records.order_code),
            ("Sold by", records.organiser),
            ("Buyer", f"{records.buyer_name}, {records.buyer_email}"),
            ("Bought", records.bought_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")),
            ("Paid", records.paid),
            ("Disputed", formats.money(dispute.amount_minor, dispute.currency)),
        ),
        sections=tuple(
            (title, lines)
            for title, lines in (
                ("What was bought", (records.product, *records.lines)),
                ("What was shown before paying", (records.terms_shown,)),
                ("Refund policy", (records.policy,) if records.policy else ()),
                ("How it was delivered", records.letters or (records.delivered,)),
                ("What happened at the door", records.scans or (records.used,)),
                ("What has been refunded", records.refunds),
            )
            if lines
        ),
        made_at=now,
    )
