"""PayPal's books as `roles.Mirrored`: balances by currency and every line that moved them.

A line appears there up to three hours after the money moved, and a question may span 31 days at most.

Source: PayPal transaction search v1 (OpenAPI document 1.9) and its list of transaction event codes.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

from admitone.payments.account_status import ProviderAway
from admitone.payments.providers.paypal import amounts
from admitone.payments.providers.paypal.shapes import Balances, TransactionInfo, Transactions
from admitone.payments.providers.paypal.wire import NoAnswer, Wire
from admitone.payments.roles import Movement, MovementKind
from admitone.plumbing.database import require_no_transaction
from admitone.values.clock import as_utc

SPAN = timedelta(days=31)
PAGE = 500
# By the beginning of the event code; the longest that fits counts.
_KINDS = {
    "T00": MovementKind.PAYMENT,
    "T0001": MovementKind.PAYOUT,
    "T01": MovementKind.FEE,
    "T04": MovementKind.TRANSFER,
    "T1106": MovementKind.DISPUTE,
    "T1107": MovementKind.REFUND,
    "T1108": MovementKind.FEE,
    "T1110": MovementKind.DISPUTE,
    "T1111": MovementKind.DISPUTE,
    "T1114": MovementKind.DISPUTE,
    "T1201": MovementKind.DISPUTE,
    "T1202": MovementKind.DISPUTE,
    "T1207": MovementKind.DISPUTE,
    "T1208": MovementKind.DISPUTE,
}


class PayPalBooks:
    """Implements `roles.Mirrored`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def balances(self) -> Mapping[str, int]:
        """As `Mirrored.balances`. Raises `ProviderAway`."""
        require_no_transaction("PayPal")
        try:
            answer = await self._wire.get("/v1/reporting/balances", {"currency_code": "ALL"})
            if not answer.is_done:
                raise NoAnswer(answer.fault().word())
            found = [one.total_balance for one in answer.read(Balances).balances]
            return {one.currency_code: amounts.read(one.currency_code, one.value) for one in found}
        except (NoAnswer, amounts.UnreadableAmount) as silence:
            raise ProviderAway from silence

    async def movements(self, since: datetime) -> AsyncIterator[Movement]:
        """As `Mirrored.movements`. Raises `ProviderAway`."""
        require_no_transaction("PayPal")
        now = self._wire.now()
        first = since
        seen: set[str] = set()
        try:
            while first < now:
                last = min(first + SPAN, now)
                lines = [line async for line in self._lines(first, last)]
                for line in sorted(lines, key=lambda one: (one.at, one.ref)):
                    # Both ends of a span belong to it, so a line between two is told in both.
                    if line.ref not in seen:
                        seen.add(line.ref)
                        yield line
                first = last
        except (NoAnswer, amounts.UnreadableAmount, ValueError) as silence:
            raise ProviderAway from silence

    async def _lines(self, first: datetime, last: datetime) -> AsyncIterator[Movement]:
        page, pages = 1, 1
        while page <= pages:
            query = {
                "start_date": _text(first),
                "end_date": _text(last),
                "fields": "transaction_info",
                "balance_affecting_records_only": "Y",
                "page_size": str(PAGE),
                "page": str(page),
            }
            answer = await self._wire.get("/v1/reporting/transactions", query)
            if not answer.is_done:
                raise NoAnswer(answer.fault().word())
            read = answer.read(Transactions)
            for one in read.transaction_details:
                # D: refused, so nothing moved.
                if one.transaction_info.transaction_status != "D":
                    yield _movement(one.transaction_info)
            page, pages = page + 1, read.total_pages


def _movement(info: TransactionInfo) -> Movement:
    currency = info.transaction_amount.currency_code
    fee = info.fee_amount
    if fee is not None and fee.currency_code != currency:
        raise NoAnswer("unreadable")
    code = info.transaction_event_code
    kind = next((_KINDS[code[:end]] for end in (5, 3) if code[:end] in _KINDS), MovementKind.OTHER)
    # A payment for an order names the order (ODR), what follows it names the payment (TXN).
    is_order = info.paypal_reference_id_type == "ODR"
    about = info.paypal_reference_id if is_order or kind is not MovementKind.PAYMENT else info.transaction_id
    return Movement(
        ref=info.transaction_id,
        kind=kind,
        currency=currency,
        amount_minor=amounts.read(currency, info.transaction_amount.value),
        fee_minor=0 if fee is None else -amounts.read(currency, fee.value),
        about_ref=about or None,
        at=as_utc(datetime.fromisoformat(info.transaction_initiation_date)),
    )


def _text(moment: datetime) -> str:
    return as_utc(moment).strftime("%Y-%m-%dT%H:%M:%SZ")
