"""What a payment page says."""

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from admitone.entrypoints.pages.checkout.view import PayMethod
from admitone.entrypoints.pages.credit.paying import CreditPart
from admitone.entrypoints.pages.views import EventSummary, PriceLine


@dataclass(frozen=True, slots=True)
class HowToPay:
    """What a buyer does who pays in a way that takes its time. `fields` are (label, value, what its button copies, or
    nothing). `qr_svg` fills in a transfer in a banking app; empty where none can. `lead` says what happens then,
    `part_words`: "€10 of €25 has arrived." or empty.
    """

    lead: str
    fields: tuple[tuple[str, str, str], ...]
    qr_svg: Markup
    part_words: str = ""
    is_transfer: bool = True


@dataclass(frozen=True, slots=True)
class PayView:
    """One of five honest states: waiting, seen, paid, expired, failed.

    `status_url` answers `{"state": "<one of the five>"}`; the page reloads when it differs from `state`.
    `bank_url` (waiting) is where the payer goes on; empty when nothing has to be opened. `prompt_words` says
    what to do at the provider, or is empty. `until_words`: "19:42", until when the places are kept.
    `reason_words` (failed): why, in a sentence; `tried_words`: "The second try failed too, at 17:09." or empty.
    `late_words` (expired): what happens to money that arrives late. `retry_url` (POST) tries the same method again
    after the attempt `retry_after`, `change_url` (GET) chooses another, `cancel_url` (GET) asks whether to give the
    order up, `again_url` (GET) starts over at the event; each empty when not possible. `order_url` leads to
    the tickets (paid).
    """

    template: ClassVar[str] = "pay/pay.html"

    state: str
    event: EventSummary
    order_code: str
    amount: str
    method_name: str
    lines: tuple[PriceLine, ...]
    status_url: str
    order_url: str
    until_words: str = ""
    bank_url: str = ""
    bank_name: str = ""
    prompt_words: str = ""
    reason_words: str = ""
    tried_words: str = ""
    late_words: str = ""
    retry_url: str = ""
    retry_after: str = ""
    change_url: str = ""
    cancel_url: str = ""
    again_url: str = ""
    email: str = ""
    how: HowToPay | None = None


@dataclass(frozen=True, slots=True)
class ChooseMethodView:
    """Paying for an order another way. Posts csrf, form_key and `method` to `post_url`; `until_words` as above."""

    template: ClassVar[str] = "pay/choose.html"

    event: EventSummary
    order_code: str
    until_words: str
    post_url: str
    order_url: str
    cancel_url: str
    form_key: str
    methods: tuple[PayMethod, ...]
    chosen: str
    pay_label: str
    lines: tuple[PriceLine, ...]
    error: str = ""
    credit: CreditPart | None = None
