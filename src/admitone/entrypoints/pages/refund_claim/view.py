"""What the page says to a buyer whose bitcoin goes back."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from markupsafe import Markup

from admitone.entrypoints.pages.views import Link, Part


@dataclass(frozen=True, slots=True)
class RefundClaimView:
    """`ask`: a code to scan (`qr_svg`) or a form that posts `destination`; `confirm`: the same form again, as hidden
    fields with `confirmed`; `sending`, `unknown`: on its way; `sent`; `over`: nothing is to be said any more.

    `amount` is in bitcoin, `worth` in the order's currency (empty when it is the same). `problem`: why the place named
    before did not work. `place`: where it goes, or who is asked for the invoice. `reference` proves that it was sent.
    """

    template: ClassVar[str] = "refund_claim/claim.html"

    state: Literal["ask", "confirm", "sending", "unknown", "sent", "over"]
    state_key: str
    organiser_name: str
    organiser_email: str
    amount: str
    worth: str
    order_code: str
    is_test: bool
    is_lightning: bool
    form: Part
    status_url: str
    problem: str = ""
    ways: tuple[Link, ...] = ()
    qr_svg: Markup | None = None
    open_url: str = ""
    code: str = ""
    place: str = ""
    is_asked_there: bool = False
    back_url: str = ""
    reference: str = ""
