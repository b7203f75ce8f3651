"""What an organiser's invoices lack, in finished words: among what needs them, and beside the form."""

from typing import Final

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.view import Need
from admitone.entrypoints.pages.organiser.whose import Whose
from admitone.invoices import Seller
from admitone.values.actor import Action

_SPOKEN: Final = {
    "legal_name": "your legal name",
    "address_lines": "your address",
    "country": "your country",
    "vat_id": "your VAT number or tax number",
}


def missing_words(seller: Seller) -> str:
    """`your legal name and your address`: what invoices lack; empty when nothing."""
    named = [_SPOKEN[one] for one in seller.missing]
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def seller_need(whose: Whose, seller: Seller) -> tuple[Need, ...]:
    """A hint while invoices cannot be written."""
    if not seller.missing or not whose.may(Action.MANAGE_ORGANISER):
        return ()
    return (
        Need(
            "file-text",
            "Buyers get receipts, not invoices",
            f"An invoice needs {missing_words(seller)}.",
            links.invoices(whose.slug, "details"),
            "Fill in",
        ),
    )
