"""Documents for machines: EN 16931 in the syntax of UN/CEFACT's Cross Industry Invoice (D16B/D22B).

The profile is EN 16931 of Factur-X 1.0 and ZUGFeRD 2; the XML is checked against its schema before it leaves. BT and BG
numbers in comments are the standard's terms, BR its rules.
"""

from decimal import Decimal
from typing import Final, Literal

from drafthorse.models.accounting import ApplicableTradeTax
from drafthorse.models.document import Document as Tree
from drafthorse.models.note import IncludedNote
from drafthorse.models.party import TaxRegistration, TradeParty
from drafthorse.models.payment import PaymentMeans, PaymentTerms
from drafthorse.models.tradelines import LineItem

from admitone.invoices.content import Content, Document, Line, Party, TaxSum
from admitone.invoices.refusals import NoMachineForm
from admitone.values import currencies

Misfit = Literal["receipt", "currency", "buyer_country", "rounding"]

_GUIDELINE: Final = "urn:cen.eu:en16931:2017"
_SCHEMA: Final = "FACTUR-X_EN16931"
_INVOICE, _CREDIT_NOTE = "380", "381"  # UNTDID 1001
_CREDIT_TRANSFER, _SEPA_CREDIT_TRANSFER = "30", "58"  # UNTDID 4461
_PIECE: Final = "C62"  # UN/ECE Recommendation 20: one
_REASON_CODES: Final = {"AE": "VATEX-EU-AE", "O": "VATEX-EU-O"}
_DECIMALS_MOST: Final = 2
# Names must be something (BR-6, BR-7, BR-25), and what was typed may be all controls.
_NAMELESS: Final = "-"
_BPS: Final = 10_000


def misfit(content: Content) -> Misfit | None:
    """Why EN 16931 has no room for this document; None when it has.

    Receipts are no invoices. Amounts have at most two decimals (BR-DEC), so there are no dinars and no bitcoin. The
    buyer's country must be known (BR-11), which consumers are not asked for. And the tax of a rate must be that of its
    sum to less than one unit of the currency (BR-S-09): ours is rounded per ticket, which hundreds of tickets add up.
    """
    if content.is_without_tax:
        return "receipt"
    if content.currency == currencies.BITCOIN or currencies.exponent(content.currency) > _DECIMALS_MOST:
        return "currency"
    if content.buyer.country is None:
        return "buyer_country"
    return "rounding" if any(_is_off(tax, content.currency) for tax in content.taxes) else None


def _is_off(tax: TaxSum, currency: str) -> bool:
    """Whether the tax is one unit or more from the rate's part of the sum. The rule rounds that to hundredths first."""
    one_unit: int = 10 ** currencies.exponent(currency)
    away = abs(tax.tax_minor * _BPS - tax.net_minor * tax.tax_bps)
    slack = one_unit * _BPS // 100
    return away >= one_unit * _BPS - slack


def render_xml(document: Document) -> bytes:
    """The document as CII, media type `application/xml`. The same document gives the same bytes.

    Raises NoMachineForm, whose `reason` is that of `misfit`.
    """
    content = document.content
    reason = misfit(content)
    if reason is not None:
        raise NoMachineForm(reason=reason)
    tree = Tree()
    tree.context.guideline_parameter.id = _GUIDELINE
    tree.header.id = document.number_text
    tree.header.type_code = _INVOICE if content.kind == "invoice" else _CREDIT_NOTE
    tree.header.issue_date_time = content.issued_on
    for text in _notes(document):
        note = IncludedNote()
        note.content = text
        tree.header.notes.add(note)
    for number, line in enumerate(content.lines, start=1):
        tree.trade.items.add(_line(number, line, content.currency))
    _agree(tree, document)
    if content.occasion is not None:
        tree.trade.delivery.event.occurrence = content.occasion.on
    _settle(tree, document)
    written: bytes = tree.serialize(schema=_SCHEMA)
    return written


def _notes(document: Document) -> list[str]:
    content = document.content
    about = f"{content.occasion.title}. Order {content.order_code}." if content.occasion else ""
    test = "Test document: no money was moved and nothing is owed." if document.is_test else ""
    return [_text(text) for text in (test, about, *content.notes, content.footer) if text]


def _agree(tree: Tree, document: Document) -> None:
    content, agreement = document.content, tree.trade.agreement
    is_out_of_scope = any(tax.category == "O" for tax in content.taxes)
    _party(agreement.seller, content.seller, is_out_of_scope)
    _party(agreement.buyer, content.buyer, is_out_of_scope)
    if is_out_of_scope or not content.seller.vat_id:
        # BR-CO-26: somebody without a VAT id needs a name for machines.
        agreement.seller.id = _text(content.seller.tax_number or str(document.organiser_id))
    agreement.buyer_order.issuer_assigned_id = content.order_code  # BT-13


def _party(node: TradeParty, party: Party, is_out_of_scope: bool) -> None:
    node.name = _text(party.company or party.name) or _NAMELESS
    if party.company and party.name:
        node.contact.person_name = _text(party.name)
    if party.email:
        node.electronic_address.uri_ID = ("EM", party.email)  # BT-34, BT-49
    lines = [_text(line) for line in party.address_lines]
    for name, value in (
        ("line_one", lines[:1]),
        ("line_two", lines[1:2]),
        ("line_three", lines[2:]),
    ):
        if value:
            setattr(node.address, name, ", ".join(value))
    node.address.country_id = party.country
    # BR-O-02: where VAT does not apply, nobody has a number for it.
    for scheme, number in (("VA", party.vat_id), ("FC", party.tax_number)):
        if number and not is_out_of_scope:
            node.tax_registrations.add(TaxRegistration(id=(scheme, _text(number))))


def _line(number: int, line: Line, currency: str) -> LineItem:
    item = LineItem()
    item.document.line_id = str(number)
    item.product.name = _text(line.name) or _NAMELESS
    item.agreement.net.amount = _amount(line.unit_net_minor, currency)
    item.delivery.billed_quantity = (Decimal(line.quantity), _PIECE)
    tax = item.settlement.trade_tax
    tax.type_code = "VAT"
    tax.category_code = line.category
    if line.category != "O":
        tax.rate_applicable_percent = _percent(line.tax_bps)
    item.settlement.monetary_summation.total_amount = _amount(line.net_minor, currency)
    return item


def _settle(tree: Tree, document: Document) -> None:
    content, settlement = document.content, tree.trade.settlement
    currency = content.currency
    settlement.payment_reference = document.number_text
    settlement.currency_code = currency
    if content.due_minor and content.iban and content.kind == "invoice":
        means = PaymentMeans()
        means.type_code = _SEPA_CREDIT_TRANSFER if currency == "EUR" else _CREDIT_TRANSFER
        means.payee_account.iban = content.iban
        settlement.payment_means.add(means)
    for tax in content.taxes:
        settlement.trade_tax.add(_tax(tax, currency))
    terms = PaymentTerms()
    # BR-CO-25: what is due has a day or a word of when.
    terms.description = _text(_payment_words(content)) or (
        "Payable now." if content.due_minor else "Nothing is left to pay."
    )
    if content.payment.due_on is not None and content.due_minor:
        terms.due = content.payment.due_on
    settlement.terms.add(terms)
    sums = settlement.monetary_summation
    sums.line_total = sums_net = _amount(content.net_minor, currency)
    sums.charge_total = sums.allowance_total = _amount(0, currency)
    sums.tax_basis_total = sums_net
    sums.tax_total = (_amount(content.tax_minor, currency), currency)
    sums.grand_total = _amount(content.gross_minor, currency)
    sums.prepaid_total = _amount(content.payment.paid_minor, currency)
    sums.due_amount = _amount(content.due_minor, currency)
    if content.cancels is not None:
        before = settlement.invoice_referenced_document  # BG-3
        before.issuer_assigned_id = content.cancels.number_text
        before.issue_date_time = content.cancels.issued_on


def _payment_words(content: Content) -> str:
    """The sentence of BT-20. What was paid is one amount (BT-113), so by what it was paid can only be said here."""
    currency = content.currency
    parts = (f"{one.words}: {currency} {_amount(one.minor, currency)}." for one in content.payment.parts)
    return " ".join((content.payment.text, *parts))


def _tax(tax: TaxSum, currency: str) -> ApplicableTradeTax:
    node = ApplicableTradeTax()
    node.calculated_amount = _amount(tax.tax_minor, currency)
    node.type_code = "VAT"
    if tax.reason:
        node.exemption_reason = _text(tax.reason)
    node.basis_amount = _amount(tax.net_minor, currency)
    node.category_code = tax.category
    if tax.category in _REASON_CODES:
        node.exemption_reason_code = _REASON_CODES[tax.category]
    if tax.category != "O":
        node.rate_applicable_percent = _percent(tax.tax_bps)
    return node


def _amount(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-currencies.exponent(currency))


def _percent(bps: int) -> Decimal:
    return Decimal(bps).scaleb(-2)


def _text(text: str) -> str:
    """Without what XML 1.0 cannot hold (controls and half characters)."""
    return "".join(
        one for one in text if one in "\t\n\r" or "\x20" <= one <= "\ud7ff" or one >= "\ue000"
    ).strip()
