"""What the checkout says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

from admitone.entrypoints.pages.views import EventSummary, Options, PriceLine

BUYER: Final = ("company", "address", "postcode", "city", "country", "vat_id")
"""What an invoice to a company needs; the fields are `buyer_<name>`."""


@dataclass(frozen=True, slots=True)
class AttendeeField:
    """One name to fill in: `field` such as "attendee_<ticket type id>_<n>", `label` such as "General admission,
    ticket 1".
    """

    field: str
    label: str


@dataclass(frozen=True, slots=True)
class PayMethod:
    """A way to pay. `off_reason` says why it cannot be chosen now, or is empty. `icon`: see icons.svg."""

    id: str
    name: str
    hint: str
    icon: str
    off_reason: str = ""


@dataclass(frozen=True, slots=True)
class Fewer:
    """A button back to the tickets with another number of one type: posts `field` = `quantity` to `release_url`."""

    field: str
    quantity: str
    label: str


@dataclass(frozen=True, slots=True)
class CheckoutView:
    """A hold becoming an order.

    Posts to `post_url`: csrf, form_key, name, email, email_checked (the address a typo hint was already shown
    for), method, and every attendee field. A button named `use_email` posts the suggested address in its
    value and comes back to this page with it filled in (`email_fixed`): only the pay button orders.
    `held_words`: "Your 2 tickets are held until 19:42". `extend_url` and `release_url` take the same form, so that
    nothing typed is lost; `extend_url` is empty when the hold cannot be extended. `fewer` is offered when the buyer
    has tickets from before. `email_fix` is the suggested address when errors has `email` because of a likely typo, else
    empty. `methods` is empty for a free order. `pay_label`: "Pay ₦35,150" or "Get free tickets".
    `takes_uma`: a UMA name may be given, in the field `uma`.
    `terms_words`: the refund rule in a sentence. `values` keys: name, email, method, attendee fields, code, and those
    of BUYER. `code_url` takes the form with `code` added, or the code in `remove_code` taken away; `company_url` shows
    the prices for the company that was typed. `shown_total` travels along: nobody pays a price unseen. `notes` are
    sentences under the prices.
    """

    template: ClassVar[str] = "checkout/checkout.html"

    event: EventSummary
    held_words: str
    post_url: str
    release_url: str
    form_key: str
    lines: tuple[PriceLine, ...]
    methods: tuple[PayMethod, ...]
    attendees: tuple[AttendeeField, ...]
    pay_label: str
    terms_words: str
    extend_url: str = ""
    email_fix: str = ""
    email_fixed: bool = False
    codes: tuple[str, ...] = ()
    code_url: str = ""
    company_url: str = ""
    countries: Options = ()
    shown_total: str = ""
    notes: tuple[str, ...] = ()
    fewer: Fewer | None = None
    takes_uma: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def shows_company(self) -> bool:
        """Something of the company was typed, or is wrong: it is not folded away."""
        fields = [f"buyer_{name}" for name in BUYER]
        return any(one in self.errors or self.values.get(one) for one in fields)

    @property
    def shows_uma(self) -> bool:
        """A UMA name was typed, or is wrong: it is not folded away."""
        return "uma" in self.errors or bool(self.values.get("uma"))

    @property
    def shows_names(self) -> bool:
        """Some of the tickets' names were typed, or are wrong: they are not folded away."""
        return any(one.field in self.errors or self.values.get(one.field) for one in self.attendees)


@dataclass(frozen=True, slots=True)
class HoldGoneView:
    """The hold ran out. One tap asks for the same again: `again` are hidden fields, posted to `again_url`."""

    template: ClassVar[str] = "checkout/hold_gone.html"

    event: EventSummary
    again_url: str
    again: tuple[tuple[str, str], ...]
    chosen_words: str
