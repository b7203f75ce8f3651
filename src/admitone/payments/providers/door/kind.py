"""Paying at the door as a kind of provider: how much may be reserved without money, and until when."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from admitone.payments.account_status import AccountStatus, BadCredentials, SettingRefused
from admitone.payments.by_hand import AMOUNT, HandBook
from admitone.payments.kinds import AccountSheet, Credential, Mode
from admitone.payments.provider import Ask, Capabilities, Method
from admitone.payments.providers.by_hand import HandProvider, whole_number
from admitone.values import currencies, formats

NAME: Final = "door"
CASH_OR_CARD: Final = Method(
    "cash_or_card", "Pay at the door", "In cash or by card, when you come", "door-open"
)
# "As long as the order may wait": flows end it with the event.
_WITHIN: Final = timedelta(days=3660)
WAITING_MOST: Final = 50
HOURS_BEFORE: Final = 1
BRING: Final = "Bring"


class DoorKind:
    """Implements `Kind`. `book` is where people write down what they took."""

    name = NAME
    is_watched = False
    is_played = False
    label = "At the door"
    credentials = (
        Credential(
            "means", "What people can pay with", "Such as “cash or card”.", is_secret=False, is_optional=True
        ),
        Credential("currency", "Currency", "EUR if empty.", is_secret=False, is_optional=True),
        Credential(
            "order_most",
            "Most of one order",
            "In whole units of the currency. No limit if empty.",
            is_secret=False,
            is_optional=True,
        ),
        Credential(
            "waiting_most",
            "Most unpaid orders of one event",
            f"{WAITING_MOST} if empty. People who do not come keep places from others.",
            is_secret=False,
            is_optional=True,
        ),
        Credential(
            "hours_before",
            "Stop so many hours before the event",
            f"{HOURS_BEFORE} if empty.",
            is_secret=False,
            is_optional=True,
        ),
    )
    methods = (CASH_OR_CARD,)
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
            means = credentials.get("means", "").strip() or "cash or a card"
            return {
                BRING: f"{means[0].upper()}{means[1:]}, and your order code {ask.order_code}",
                AMOUNT: formats.money(ask.amount_minor, ask.currency, in_full=True),
            }

        def looked() -> AccountStatus:
            checked = _capabilities(credentials)
            return AccountStatus(
                ref=str(sheet.id),
                can_take=True,
                currencies=checked.currencies,
                is_live=sheet.mode is Mode.LIVE,
                label="At the door",
            )

        return HandProvider(sheet, self._book, CASH_OR_CARD, capabilities, instructions, looked)


def _capabilities(given: Mapping[str, str]) -> Capabilities:
    currency = given.get("currency", "").strip().upper() or "EUR"
    try:
        minor = 10 ** currencies.exponent(currency)
    except currencies.UnknownCurrency:
        raise SettingRefused(field="currency", reason="a currency's three letters, such as EUR") from None
    most = whole_number(given, "order_most", 0, 1_000_000)
    return Capabilities(
        currencies=frozenset({currency}),
        amount_max_minor=most * minor if most else None,
        pay_within=_WITHIN,
        confirmed_by_people=True,
        closes_before=timedelta(hours=whole_number(given, "hours_before", HOURS_BEFORE, 1000)),
        waiting_most=whole_number(given, "waiting_most", WAITING_MOST, 100_000),
    )
