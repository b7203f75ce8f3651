"""What the page of paying with Bitcoin says."""

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from admitone.entrypoints.pages.views import EventSummary, Link, PriceLine, State


@dataclass(frozen=True, slots=True)
class Copied:
    """Something to copy: what it is, what is shown, and all of it."""

    label: str
    shown: str
    copied: str


@dataclass(frozen=True, slots=True)
class PayerForm:
    """A form of a way that needs a word of the buyer's. `field` empty: only its button; `is_link`: a link instead;
    without a button it only says something. `other_button` sends the same form to `other_url`.
    """

    url: str
    lead: str
    button: str
    field: str = ""
    label: str = ""
    hint: str = ""
    value: str = ""
    error: str = ""
    is_link: bool = False
    is_optional: bool = False
    other_url: str = ""
    other_button: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A transaction on its way: "1 of 2 confirmations"."""

    amount: str
    state: State
    txid: str


@dataclass(frozen=True, slots=True)
class BitcoinPayView:
    """One of twelve honest states: waiting, seen, short (less than is due is on its way), part, replaced, paid,
    suspended (paid, and taken back: `title` and `lead` say how), expired, late (expired, and money is on its way),
    returned (expired, and what came goes back), ended (the rate has), away (no node answers).

    `status_url` answers `{"state": "<word>"}`; the page reloads when it differs from `state_key`. `ways` are links that
    choose what the code holds; `qr_svg` is the code of the chosen one, `open_url` opens it in a program of the payer's.
    `amount_sats` and `amount_money` are what is to be paid in both; `rate_words` at which rate, `until_words` until
    when that holds (`until_iso` for machines). `part_words`: what has arrived, and of how much. `rate_note`: at which
    rate what is on its way counts. `missing_words`: how much of it is missing. `code_words`: the button that asks for
    something to pay by, at `code_url`. `form`: of the chosen way, where it needs a word of the buyer's. `is_still`:
    nothing of it changes any more.
    """

    template: ClassVar[str] = "bitcoin/pay.html"

    state: str
    state_key: str
    event: EventSummary
    order_code: str
    lines: tuple[PriceLine, ...]
    status_url: str
    order_url: str
    email: str
    amount_sats: str = ""
    amount_money: str = ""
    rate_words: str = ""
    sources_words: str = ""
    until_words: str = ""
    until_iso: str = ""
    ways: tuple[Link, ...] = ()
    qr_svg: Markup | None = None
    qr_words: str = ""
    open_url: str = ""
    copies: tuple[Copied, ...] = ()
    seen: tuple[Seen, ...] = ()
    part_words: str = ""
    rate_note: str = ""
    missing_words: str = ""
    kept_words: str = ""
    code_words: str = ""
    code_url: str = ""
    form: PayerForm | None = None
    play_url: str = ""
    late_words: str = ""
    problem: str = ""
    change_url: str = ""
    cancel_url: str = ""
    again_url: str = ""
    title: str = ""
    lead: str = ""
    is_still: bool = False

    @property
    def is_payable(self) -> bool:
        """There is something to pay by."""
        return bool(self.qr_svg) or self.form is not None

    @property
    def is_live(self) -> bool:
        """It changes by itself. Not while it shows what was wrong with a form, which would be sent again."""
        return not self.is_still and not (self.form and self.form.error)
