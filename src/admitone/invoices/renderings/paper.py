"""A document as finished words for the page: what stands where is the business of `document.typ`."""

import re
import unicodedata
from datetime import date
from typing import Final

from babel.dates import format_date

from admitone.invoices.content import Content, Document, Line, Party, TaxSum
from admitone.values import currencies, formats

_TITLES: Final = {
    "invoice": "Invoice",
    "credit_note": "Credit note",
    "receipt": "Receipt",
    "refund_receipt": "Receipt of refund",
}
_CATEGORIES: Final = {"Z": "Zero rate", "E": "Exempt", "O": "No VAT", "AE": "Reverse charge"}
# A run without a space is given places to break, or it would leave the page.
_LONG_RUN: Final = re.compile(r"\S{20}(?=\S{4})")
_ZERO_WIDTH_SPACE: Final = "\u200b"
_NO_BREAK: Final = "\u00a0"
_JOINERS: Final = "\u200c\u200d"
# Emoji and their modifiers: no text font has them, and one of them in a title would cost the page its fonts and tags.
_PICTOGRAPH: Final = re.compile("[\u2600-\u27bf\u2b00-\u2bff\ufe00-\ufe0f\u20e3\U0001f000-\U0001faff]")


def page(document: Document) -> dict[str, object]:
    """All words of the page, as JSON."""
    content = document.content
    title = _TITLES[content.kind]
    return {
        "title": title,
        "number": document.number_text,
        "heading": f"{title} {document.number_text}",
        "test": "Test document: no money was moved and nothing is owed." if document.is_test else "",
        "seller": _seller(content.seller),
        "seller_line": " · ".join(
            (printable(content.seller.name), *map(printable, content.seller.address_lines))
        ),
        "buyer": _buyer(content.buyer),
        "facts": [[name, printable(value)] for name, value in _facts(content) if value],
        "columns": _columns(content),
        "lines": [_line(line, content) for line in content.lines],
        "sums": _sums(content),
        "taxes": [_tax(tax, content.currency) for tax in content.taxes],
        "amounts_in": f"Amounts in {currencies.typed_unit(content.currency)}",
        "notes": [
            printable(note) for note in (*content.notes, content.payment.text, _transfer(content)) if note
        ],
        "footer": printable(content.footer),
        "numbers": " · ".join(_numbers(content.seller)),
    }


def _seller(party: Party) -> list[str]:
    lines = (party.name, *party.address_lines, country_name(party.country), party.email or "")
    return [printable(line) for line in lines if line]


def _buyer(party: Party) -> list[str]:
    named = (party.company, party.name) if party.company else (party.name,)
    vat = f"VAT id {party.vat_id}" if party.vat_id else ""
    lines = (*named, *party.address_lines, country_name(party.country), party.email or "", vat)
    return [printable(line) for line in lines if line]


def _numbers(party: Party) -> list[str]:
    said = (("VAT id", party.vat_id), ("Tax number", party.tax_number))
    return [f"{name} {printable(value)}" for name, value in said if value]


def _facts(content: Content) -> list[tuple[str, str]]:
    cancels = content.cancels
    taken_back = f"{cancels.number_text} of {day(cancels.issued_on)}" if cancels else ""
    paid_on, due_on = content.payment.paid_on, content.payment.due_on
    paid_word = "Refunded" if content.takes_back else "Paid"
    return [
        ("For receipt" if content.is_without_tax else "For invoice", taken_back),
        ("Date", day(content.issued_on)),
        ("Event", content.occasion.title if content.occasion else ""),
        ("Date of the event", day(content.occasion.on) if content.occasion else ""),
        ("Order", content.order_code),
        (paid_word, day(paid_on) if paid_on else ""),
        ("Due", day(due_on) if due_on and content.due_minor else ""),
    ]


def _columns(content: Content) -> list[str]:
    if content.is_without_tax:
        return ["Description", "Quantity", "Price", "Amount"]
    return ["Description", "Quantity", "Price, net", "VAT rate", "Net", "VAT", "Gross"]


def _line(line: Line, content: Content) -> list[str]:
    currency = content.currency
    amounts = [amount(minor, currency) for minor in (line.net_minor, line.tax_minor, line.gross_minor)]
    start = [printable(line.name), f"{line.quantity:,}", amount(line.unit_net_minor, currency)]
    if line.category is None:
        return [*start, amounts[2]]
    return [*start, _rate(line.category, line.tax_bps), *amounts]


def _tax(tax: TaxSum, currency: str) -> list[str]:
    amounts = [
        amount(minor, currency) for minor in (tax.net_minor, tax.tax_minor, tax.net_minor + tax.tax_minor)
    ]
    return [_rate(tax.category, tax.tax_bps), *amounts]


def _rate(category: str, tax_bps: int) -> str:
    if category != "S":
        return _CATEGORIES[category]
    whole, part = divmod(tax_bps, 100)
    decimals = f"{part:02}".rstrip("0")
    return f"{whole}{'.' if decimals else ''}{decimals}{_NO_BREAK}%"


def _sums(content: Content) -> list[list[str]]:
    def said(name: str, minor: int) -> list[str]:
        return [
            name,
            f"{currencies.typed_unit(content.currency)}{_NO_BREAK}{amount(minor, content.currency)}",
        ]

    paid_minor = content.payment.paid_minor
    is_credit = content.kind == "credit_note"
    found = [] if content.is_without_tax else [said("Net", content.net_minor), said("VAT", content.tax_minor)]
    total = (
        "Total refunded" if content.kind == "refund_receipt" else "Total credited" if is_credit else "Total"
    )
    found.append(said(total, content.gross_minor))
    if content.payment.parts:
        found += [said(printable(one.words), one.minor) for one in content.payment.parts]
    elif paid_minor:
        # A credit note that was settled on no day is of an invoice written anew: no money moved.
        settled = "Refunded" if content.payment.paid_on else "Settled"
        found.append(said(settled if is_credit else "Paid", paid_minor))
    if content.kind == "invoice" or (is_credit and content.due_minor):
        found.append(said("To be refunded" if is_credit else "To be paid", content.due_minor))
    return found


def _transfer(content: Content) -> str:
    if not (content.iban and content.due_minor):
        return ""
    grouped = _NO_BREAK.join(content.iban[at : at + 4] for at in range(0, len(content.iban), 4))
    return f"Account for bank transfers: IBAN {grouped}"


def amount(minor: int, currency: str) -> str:
    """`1,234.50`: with all its decimals, without the currency. Bitcoin is in satoshi."""
    whole, point, decimals = currencies.major_text(currency, minor).partition(".")
    return f"{int(whole):,}{point}{decimals}"


def day(on: date) -> str:
    """`21 November 2026`."""
    written: str = format_date(on, "d MMMM y", locale="en")
    return written


def country_name(code: str | None) -> str:
    """The country's English name; its letters when there is none."""
    return dict(formats.countries()).get(code, code) if code else ""


def printable(text: str) -> str:
    """One line without controls, direction overrides and emoji; nothing is cut, because an invoice says everything."""
    kept: list[str] = []
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if character in "\t\n\r" or category in ("Zl", "Zp"):
            character, category = " ", "Zs"
        joins = character in _JOINERS and bool(kept) and kept[-1].isalpha()
        if joins or (category not in ("Cc", "Cf", "Cs", "Co", "Cn") and not _PICTOGRAPH.match(character)):
            kept.append(character)
    line = re.sub(" +", " ", "".join(kept)).strip()
    return _LONG_RUN.sub(lambda run: run.group() + _ZERO_WIDTH_SPACE, line)
