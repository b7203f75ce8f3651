"""Plain text accounting: beancount's language, and the one that ledger-cli and hledger share.

Sources: beancount.github.io, "Beancount Language Syntax"; ledger-cli.org, "Ledger Manual"; hledger.org, "journal". A
debit is positive. Beancount wants an account opened before its first use, so each is, on the day it first appears.
"""

from collections.abc import Sequence
from typing import Literal
from zoneinfo import ZoneInfo

from admitone.reads.ledger_exports.rows import LedgerRow, amount_text, one_line

Dialect = Literal["beancount", "ledger"]

# The five roots both languages know; by the first part of our account's name.
_ROOTS = {
    "clearing": "Assets",
    "bank": "Assets",
    "organiser": "Liabilities",
    "credit": "Liabilities",
    "deposits": "Liabilities",
    "refunds_due": "Liabilities",
    "payouts_in_transit": "Liabilities",
    # Held against organisers until a dispute is decided, less what the provider has taken.
    "disputes": "Liabilities",
    "fees": "Income",
    "costs": "Expenses",
    "losses": "Expenses",
    "rounding": "Expenses",
    # As both languages do it: each currency balances by itself, against this.
    "conversions": "Equity",
}


def account_name(name: str) -> str:
    """`organiser:<id>:pending` as `Liabilities:Organiser:X-<id>:Pending`.

    A part begins with a capital letter or a digit and has letters, digits and dashes only. An id may begin with a
    small letter, so ids get `X-` before them.
    """
    parts = name.split(":")
    # Gift codes an organiser handed out are below zero until they are used: what they were given away for.
    root = "Expenses" if parts[-1] == "gifts" else _ROOTS.get(parts[0], "Equity")
    return ":".join([root, *(_part(part) for part in parts)])


def _part(part: str) -> str:
    if "-" in part:
        return f"X-{part}"
    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in part).split()
    made = "".join(word[0].upper() + word[1:] for word in words)
    return made or "X"


class PlainTextWriter:
    """One transaction for each transfer, on its day in `zone`."""

    def __init__(self, dialect: Dialect = "beancount", *, zone: str = "UTC") -> None:
        self._is_beancount = dialect == "beancount"
        self._here = ZoneInfo(zone)
        self._opened: set[str] = set()

    def begin(self) -> bytes:
        """A title."""
        title = "Ledger of Admit One; a debit is positive."
        return (f'option "title" "{title}"\n' if self._is_beancount else f"; {title}\n").encode()

    def add(self, rows: Sequence[LedgerRow]) -> bytes:
        """A transaction for each row."""
        make = self._beancount if self._is_beancount else self._ledger
        return "".join(map(make, rows)).encode()

    def end(self) -> bytes:
        """Nothing more."""
        return b""

    def _beancount(self, row: LedgerRow) -> str:
        day = row.at.astimezone(self._here).date().isoformat()
        text = one_line(row.event_title or "").replace("\\", "\\\\").replace('"', '\\"')
        return (
            f"{self._openings(day, row)}\n"
            f'{day} * "{row.kind}" "{text}" ^{row.document}\n'
            f'  transfer: "{row.id}"\n'
            f"{self._postings(row)}"
        )

    def _ledger(self, row: LedgerRow) -> str:
        day = row.at.astimezone(self._here).date().isoformat()
        text = one_line(f"{row.kind} {row.event_title or ''}").replace(";", ",").replace("|", "/")
        return f"\n{day} * ({row.document}) {text}\n    ; transfer: {row.id}\n{self._postings(row)}"

    def _postings(self, row: LedgerRow) -> str:
        amount = amount_text(row.currency, row.amount_minor)
        debit, credit = account_name(row.debit), account_name(row.credit)
        return f"    {debit}  {amount} {row.currency}\n    {credit}  -{amount} {row.currency}\n"

    def _openings(self, day: str, row: LedgerRow) -> str:
        made = ""
        for name in (row.debit, row.credit):
            if name not in self._opened:
                self._opened.add(name)
                made += f"{day} open {account_name(name)}\n"
        return made
