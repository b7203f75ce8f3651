"""How an event sells, in JSON."""

from uuid import UUID

from admitone.entrypoints.rest.shapes import MoneyShown, Shown
from admitone.reads.sales_report import SalesReport


class TypeSold(Shown):
    """Tickets of one type in paid orders."""

    id: UUID
    name: str
    sold: int
    total_minor: int


class RevenueShown(Shown):
    """What paid orders in one currency came to, in its parts."""

    total: MoneyShown
    organiser: MoneyShown
    fee: MoneyShown
    tax: MoneyShown
    orders: int


class SalesShown(Shown):
    """How an event sells."""

    ticket_types: tuple[TypeSold, ...]
    revenue: tuple[RevenueShown, ...]


def sales(report: SalesReport) -> SalesShown:
    """How an event sells."""
    return SalesShown(
        ticket_types=tuple(
            TypeSold(id=one.type_id, name=one.name, sold=one.sold, total_minor=one.total_minor)
            for one in report.types
        ),
        revenue=tuple(
            RevenueShown(
                total=MoneyShown(currency=one.total.currency, minor=one.total.minor),
                organiser=MoneyShown(currency=one.total.currency, minor=one.organiser.minor),
                fee=MoneyShown(currency=one.total.currency, minor=one.fee.minor),
                tax=MoneyShown(currency=one.total.currency, minor=one.tax.minor),
                orders=one.orders,
            )
            for one in report.revenue
        ),
    )
