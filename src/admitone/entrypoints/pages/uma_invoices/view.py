"""What the page of an event's UMA invoices says."""

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from admitone.entrypoints.pages.bitcoin.view import Copied
from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.views import Options, Part, State


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """An invoice in the list; `url` shows it above the list."""

    ticket: str
    price: str
    until: str
    paid: str
    state: State
    url: str


@dataclass(frozen=True, slots=True)
class InvoiceShown:
    """The invoice that is shown now. `amount_money` is empty where the price is in bitcoin. One that has ended has no
    `qr_svg`, `open_url` and `copies`.
    """

    ticket: str
    amount_sats: str
    amount_money: str
    until: str
    until_iso: str
    paid: str
    qr_svg: Markup | None = None
    open_url: str = ""
    copies: tuple[Copied, ...] = ()


@dataclass(frozen=True, slots=True)
class UmaInvoicesView:
    """`form` posts ticket_type_id (of `types`, (id, name and price); empty: nothing can be sold so now), minutes (of
    `durations`) and form_key.
    """

    template: ClassVar[str] = "uma_invoices/invoices.html"
    section: ClassVar[str] = "uma"

    nav: OrganiserNav
    title: str
    form: Part
    types: Options
    durations: Options
    labels: dict[str, str]
    duration_hint: str
    shown: InvoiceShown | None = None
    lines: tuple[InvoiceLine, ...] = ()
    is_cut: bool = False
