"""Bank transfer as a kind of provider: the account's own words, how long a buyer has, when it is too late to begin."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from stdnum import bic as stdnum_bic
from stdnum import iban as stdnum_iban
from stdnum.exceptions import ValidationError

from admitone.payments.account_status import AccountStatus, BadCredentials, SettingRefused
from admitone.payments.by_hand import AMOUNT, BIC, HOLDER, IBAN, REFERENCE, HandBook
from admitone.payments.kinds import AccountSheet, Credential, Mode
from admitone.payments.provider import Ask, Capabilities, Method
from admitone.payments.providers.by_hand import HandProvider, whole_number
from admitone.values import currencies, formats

NAME: Final = "bank"
TRANSFER: Final = Method("transfer", "Bank transfer", "From your own bank, within a few days", "landmark")
DAYS_TO_PAY: Final = 7
DAYS_MOST: Final = 60
# A transfer takes a working day or two, and somebody has to look into the bank's statement then.
DAYS_BEFORE: Final = 5


class BankKind:
    """Implements `Kind`. `book` is where people write down what came."""

    name = NAME
    is_watched = False
    is_played = False
    label = "Bank transfer"
    credentials = (
        Credential("holder", "Account holder", "As the bank has it.", is_secret=False),
        Credential("iban", "IBAN", "Buyers send their money here.", is_secret=False),
        Credential("bic", "BIC", "Only outside the euro area.", is_secret=False, is_optional=True),
        Credential("bank_name", "Bank", "Its name, for buyers.", is_secret=False, is_optional=True),
        Credential(
            "currency", "Currency", "Of the account. EUR if empty.", is_secret=False, is_optional=True
        ),
        Credential(
            "days_to_pay", "Days to pay", f"{DAYS_TO_PAY} if empty.", is_secret=False, is_optional=True
        ),
        Credential(
            "days_before",
            "Stop so many days before the event",
            f"{DAYS_BEFORE} if empty: transfers take days.",
            is_secret=False,
            is_optional=True,
        ),
    )
    methods = (TRANSFER,)
    redirect_origins: frozenset[str] = frozenset()

    def __init__(self, book: HandBook) -> None:
        self._book = book

    def open(self, sheet: AccountSheet, credentials: Mapping[str, str]) -> HandProvider:
        """As `Kind.open`. What was set wrong is said by `look`; until then nothing is offered."""
        try:
            capabilities = _capabilities(credentials)
        except BadCredentials:
            capabilities = Capabilities(currencies=frozenset(), confirmed_by_people=True)

        def instructions(ask: Ask) -> Mapping[str, str]:
            return _instructions(credentials, ask)

        def looked() -> AccountStatus:
            return _looked(sheet, credentials)

        return HandProvider(sheet, self._book, TRANSFER, capabilities, instructions, looked)


def _capabilities(given: Mapping[str, str]) -> Capabilities:
    days = max(1, whole_number(given, "days_to_pay", DAYS_TO_PAY, DAYS_MOST))
    before = whole_number(given, "days_before", DAYS_BEFORE, DAYS_MOST)
    return Capabilities(
        currencies=frozenset({_currency(given)}),
        partial_payments=True,
        pay_within=timedelta(days=days),
        confirmed_by_people=True,
        closes_before=timedelta(days=before),
    )


def _currency(given: Mapping[str, str]) -> str:
    typed = given.get("currency", "").strip().upper() or "EUR"
    try:
        currencies.exponent(typed)
    except currencies.UnknownCurrency:
        raise SettingRefused(field="currency", reason="a currency's three letters, such as EUR") from None
    return typed


def _instructions(given: Mapping[str, str], ask: Ask) -> Mapping[str, str]:
    iban = given["iban"]
    told = {
        HOLDER: given["holder"].strip(),
        IBAN: stdnum_iban.format(iban) if stdnum_iban.is_valid(iban) else iban,
        BIC: given.get("bic", "").strip().upper(),
        "Bank": given.get("bank_name", "").strip(),
        AMOUNT: formats.money(ask.amount_minor, ask.currency, in_full=True),
        REFERENCE: ask.order_code,
    }
    return {label: value for label, value in told.items() if value}


def _looked(sheet: AccountSheet, given: Mapping[str, str]) -> AccountStatus:
    if not given.get("holder", "").strip() or len(given["holder"].strip()) > 70:
        raise SettingRefused(field="holder", reason="a name of up to 70 letters")
    try:
        iban: str = stdnum_iban.validate(given.get("iban", ""))
    except ValidationError:
        raise SettingRefused(field="iban", reason="a complete IBAN") from None
    bic = given.get("bic", "").strip()
    if bic and not stdnum_bic.is_valid(bic):
        raise SettingRefused(field="bic", reason="8 or 11 letters and digits")
    capabilities = _capabilities(given)
    return AccountStatus(
        ref=iban,
        can_take=True,
        country=iban[:2],
        currencies=capabilities.currencies,
        is_live=sheet.mode is Mode.LIVE,
        label=f"Bank transfer, …{iban[-4:]}",
    )
