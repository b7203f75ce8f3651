"""Which of our accounts is which number in somebody's books. Pure, and to be overridden: bookkeepers have their ways.

The numbers are those of DATEV's standard charts SKR03 and SKR04. None is an "automatic" account, from which DATEV
would split VAT by itself: tax is a transfer of its own here. Fees and sales therefore go to the plain revenue account
(8200, 4200).

Books are kept from one of two sides:

- `agent`: the site sells for organisers. Their money is not the site's; it passes through. The fee is its revenue.
- `own`: who runs the site sells their own events. Sales are their revenue, a payout is a move to their bank.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from admitone.reads.ledger_exports.rows import BadExportSetting, TransferType

Standard = Literal["skr03", "skr04"]
Books = Literal["agent", "own"]
_KEPT_MOST = 10_000
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class AccountRule:
    """Accounts whose name fits `pattern` (`*` stands for any letters) have `number`; with `types`, only in transfers
    of those types.
    """

    pattern: str
    number: str
    types: frozenset[TransferType] = frozenset()

    def fits(self, name: str, kind: TransferType) -> bool:
        """Whether this rule is for the account in a transfer of this type."""
        return (not self.types or kind in self.types) and self._expression().fullmatch(name) is not None

    def _expression(self) -> re.Pattern[str]:
        return re.compile(".*".join(re.escape(part) for part in self.pattern.split("*")))


@dataclass(frozen=True, slots=True)
class AccountTable:
    """Rules in order: the first that fits decides. The last one fits everything, so no account is without a number.

    Raises BadExportSetting for what is no account number (1 to 9 digits, not all zero).
    """

    rules: tuple[AccountRule, ...]
    _kept: dict[tuple[str, TransferType], str] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        assert self.rules[-1] == AccountRule("*", self.rules[-1].number), "the last rule is for all the rest"
        for rule in self.rules:
            if not _NUMBER.fullmatch(rule.number) or not rule.number.strip("0"):
                raise BadExportSetting(field="accounts", wanted="account numbers of 1 to 9 digits")

    def number(self, name: str, kind: TransferType) -> str:
        """The number of our account `name` in a transfer of type `kind`."""
        found = self._kept.get((name, kind))
        if found is None:
            found = next(rule.number for rule in self.rules if rule.fits(name, kind))
            if len(self._kept) >= _KEPT_MOST:
                # A site may have an account for each of a million gifts.
                self._kept.clear()
            self._kept[name, kind] = found
        return found

    def overridden(self, numbers: Mapping[str, str]) -> "AccountTable":
        """The same with other numbers, by pattern: `{"clearing:stripe:*": "1361"}`. They come before all others."""
        return AccountTable(
            (*(AccountRule(pattern, number) for pattern, number in numbers.items()), *self.rules)
        )

    @property
    def digits(self) -> int:
        """The longest number there is."""
        return max(len(rule.number) for rule in self.rules)


@dataclass(frozen=True, slots=True)
class _Numbers:
    bank: str
    in_transit: str
    passing: str
    interim: str
    liabilities: str
    tax: str
    revenue: str
    processing: str
    losses: str
    costs: str


_CHARTS: dict[Standard, _Numbers] = {
    "skr03": _Numbers(
        bank="1210",  # Bank 1
        in_transit="1360",  # Geldtransit
        passing="1590",  # Durchlaufende Posten
        interim="1792",  # Sonstige Verrechnungskonten (Interimskonto)
        liabilities="1700",  # Sonstige Verbindlichkeiten
        tax="1770",  # Umsatzsteuer
        revenue="8200",  # Erlöse
        processing="4970",  # Nebenkosten des Geldverkehrs
        losses="2400",  # Forderungsverluste
        costs="4900",  # Sonstige betriebliche Aufwendungen
    ),
    "skr04": _Numbers(
        bank="1810",
        in_transit="1460",
        passing="1370",
        interim="3630",
        liabilities="3500",
        tax="3800",
        revenue="4200",
        processing="6855",
        losses="6930",
        costs="6300",
    ),
}


def standard(chart: Standard = "skr03", books: Books = "agent") -> AccountTable:
    """The numbers to begin with."""
    of = _CHARTS[chart]
    organisers = [AccountRule("organiser:*", of.passing)] if books == "agent" else _own(of)
    return AccountTable(
        (
            AccountRule("clearing:*", of.bank),
            # Paid out by a provider: on its way to a bank account whose own statement books it.
            AccountRule("bank:*", of.in_transit),
            AccountRule("organiser:*:gifts", of.costs if books == "own" else of.passing),
            *organisers,
            AccountRule("credit:*", of.liabilities),
            AccountRule("deposits", of.liabilities),
            AccountRule("refunds_due", of.liabilities),
            AccountRule("payouts_in_transit", of.in_transit if books == "agent" else of.interim),
            AccountRule("disputes", of.interim),
            AccountRule("conversions", of.interim),
            AccountRule("fees", of.revenue),
            AccountRule("costs:processing", of.processing),
            AccountRule("costs:*", of.costs),
            AccountRule("losses:*", of.losses),
            AccountRule("rounding", of.costs),
            AccountRule("*", of.interim),
        )
    )


def _own(of: _Numbers) -> list[AccountRule]:
    """An organiser's accounts in their own books.

    Money released from `pending` to `available` moves nothing there (both have one number then). A payout is money in
    transit to their bank, against the interim account over which it leaves the provider.
    """
    earning = frozenset(TransferType) - {TransferType.PAYOUT, TransferType.OTHER}
    payout = frozenset({TransferType.PAYOUT})
    return [
        AccountRule("organiser:*:tax", of.tax),
        AccountRule("organiser:*", of.in_transit, payout),
        AccountRule("organiser:*", of.revenue, earning),
        AccountRule("organiser:*", of.interim),
    ]
