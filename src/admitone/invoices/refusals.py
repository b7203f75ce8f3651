"""The ways invoices say no."""

from admitone.values.refusals import Conflict, Invalid, NotFound


class DocumentNotFound(NotFound):
    """There is no such document, or the asker may not know of it."""

    code = "invoices.not_found"
    text = "We cannot find this document."


class SellerIncomplete(Conflict):
    """An invoice must name its seller (Directive 2006/112/EC, Art. 226). `fields` are those of `Seller` that are
    missing; "vat_id" stands for VAT id or tax number.
    """

    code = "invoices.seller_incomplete"
    text = "Invoices cannot be written yet. The organiser still has to give: {missing}."

    fields: tuple[str, ...]

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__(missing=", ".join(_SPOKEN[one] for one in fields), fields=list(fields))
        self.fields = fields


_SPOKEN = {
    "legal_name": "its legal name",
    "address_lines": "its address",
    "country": "its country",
    "vat_id": "its VAT id or tax number",
}


class BuyerIncomplete(Invalid):
    """A reverse charge needs the buyer's company, country and VAT id. `fields` are those missing."""

    code = "invoices.buyer_incomplete"
    text = "For an invoice without VAT we need your company's name, address, country and VAT id."

    fields: tuple[str, ...]

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__(field=fields[0], fields=list(fields))
        self.fields = fields


class CreditedTooMuch(Conflict):
    """Credit notes for an invoice would be more than the invoice."""

    code = "invoices.credited_too_much"
    text = "More than the whole of invoice {number} cannot be credited."


class NoMachineForm(Conflict):
    """EN 16931 has no room for this document. `reason` says why, as a word for machines."""

    code = "invoices.no_machine_form"
    text = "This document has no machine-readable form. The PDF is the whole document."


class BadVatId(Invalid):
    """Not a VAT id, or one of another country."""

    code = "invoices.bad_vat_id"
    text = "That is not a VAT id of this country. It begins with the country's letters, such as {example}."


class BadIban(Invalid):
    """Its check digits are wrong, or it is no IBAN (ISO 13616)."""

    code = "invoices.bad_iban"
    text = "That is not an IBAN. Please look for a mistyped letter or digit."


class BadCountry(Invalid):
    """Not two letters of ISO 3166-1."""

    code = "invoices.bad_country"
    text = "Please choose a country."


class BadPrefix(Invalid):
    """The letters before an organiser's document numbers."""

    code = "invoices.bad_prefix"
    text = "Please use 1 to {length_max} capital letters and digits, and not TEST."


class TextTooLong(Invalid):
    """More than fits on an invoice. `length_max` is in characters."""

    code = "invoices.text_too_long"
    text = "Please use at most {length_max} characters."


class TooManyLines(Invalid):
    """An address of more lines than an envelope has."""

    code = "invoices.too_many_lines"
    text = "Please write the address in at most {lines_max} lines."
