"""INVOICES. Owns invoices, credit notes, receipts and receipts of refunds with their numbers, and how they look.

Promises: an organiser's documents of a kind and a year are numbered from 1 without a gap, however many are written at
once and however many are rolled back; a cause makes one document; a document is never changed, and its sums hold;
credit notes are never more than their invoice, receipts of refunds never more than their receipt.
"""

from admitone.invoices.building import Sold, credit_note, invoice, receipt, refund_receipt
from admitone.invoices.content import (
    Content,
    Document,
    Kind,
    Line,
    Occasion,
    PaidPart,
    Party,
    Payment,
    Reference,
    TaxCategory,
    TaxSum,
)
from admitone.invoices.issuing import Draft, issue, of_orders, read, read_many
from admitone.invoices.refusals import (
    BadCountry,
    BadIban,
    BadPrefix,
    BadVatId,
    BuyerIncomplete,
    CreditedTooMuch,
    DocumentNotFound,
    NoMachineForm,
    SellerIncomplete,
    TextTooLong,
    TooManyLines,
)
from admitone.invoices.renderings.pdf import render_pdf
from admitone.invoices.renderings.xml import misfit, render_xml
from admitone.invoices.sellers import (
    Seller,
    is_in_vat_area,
    save_seller,
    seller_of,
    valid_country,
    valid_vat_id,
)

__all__ = [
    "BadCountry",
    "BadIban",
    "BadPrefix",
    "BadVatId",
    "BuyerIncomplete",
    "Content",
    "CreditedTooMuch",
    "Document",
    "DocumentNotFound",
    "Draft",
    "Kind",
    "Line",
    "NoMachineForm",
    "Occasion",
    "PaidPart",
    "Party",
    "Payment",
    "Reference",
    "Seller",
    "SellerIncomplete",
    "Sold",
    "TaxCategory",
    "TaxSum",
    "TextTooLong",
    "TooManyLines",
    "credit_note",
    "invoice",
    "is_in_vat_area",
    "issue",
    "misfit",
    "of_orders",
    "read",
    "read_many",
    "receipt",
    "refund_receipt",
    "render_pdf",
    "render_xml",
    "save_seller",
    "seller_of",
    "valid_country",
    "valid_vat_id",
]
