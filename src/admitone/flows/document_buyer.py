"""Whom a document is made out to: who bought, or the company they bought for."""

from collections.abc import Mapping
from typing import Any

from admitone import orders
from admitone.invoices import Party


def buyer_of(order: orders.OrderRow) -> Party:
    """As the buyer said it at checkout."""
    return party_of(order.name, order.email, order.buyer or {})


def party_of(name: str, email: str, given: Mapping[str, Any]) -> Party:
    """`given` has some of company, address, postcode, city, country, vat_id (`order_wish.BUYER_FIELDS`)."""
    said = {key: str(value or "").strip() for key, value in given.items()}
    town = " ".join(part for part in (said.get("postcode", ""), said.get("city", "")) if part)
    lines = [*said.get("address", "").splitlines(), town]
    return Party(
        name=name,
        email=email,
        company=said.get("company") or None,
        address_lines=tuple(line.strip() for line in lines if line.strip()),
        country=said.get("country") or None,
        vat_id=said.get("vat_id") or None,
    )
