"""What the page says to a buyer who is asked where their money goes."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from admitone.entrypoints.pages.views import Part


@dataclass(frozen=True, slots=True)
class RefundAccountView:
    """Posts `holder`, `iban`, `bic` while `state` is `ask`. `known`: said before, `to` ends in "2051"; `sent`: over."""

    template: ClassVar[str] = "refund_account/ask.html"

    state: Literal["ask", "known", "sent"]
    organiser_name: str
    organiser_email: str
    form: Part
    amount: str = ""
    order_code: str = ""
    to: str = ""
