"""Whose account at Paystack this is. Its interface has no "who am I", so it is put together from what there is."""

import hashlib

import msgspec

from admitone.payments.account_status import AccountStatus
from admitone.payments.kinds import AccountSheet, Mode
from admitone.payments.providers.paystack.capabilities import COUNTRIES
from admitone.payments.providers.paystack.wire import NoAnswer, Wire


class _Balance(msgspec.Struct):
    currency: str
    balance: int = 0


class _Line(msgspec.Struct):
    integration: int | None = None


async def look(wire: Wire, sheet: AccountSheet, secret_key: str) -> AccountStatus:
    """What Paystack says of the account behind the key. Raises `BadCredentials`, `ProviderAway`.

    `ref` is Paystack's number for it (its "integration"), which is told only beside money that moved; until then a
    fingerprint of the key stands for it, and one that was given once is given as long as the key is the same.
    Whether transfers are allowed is found out by the first of them.
    """
    said = await wire.must("GET", "/balance")
    try:
        currencies = [one.currency.upper() for one in said.read(list[_Balance])]
    except NoAnswer:
        currencies = []
    fingerprint = f"key-{hashlib.sha256(secret_key.encode()).hexdigest()[:16]}"
    ref = fingerprint if sheet.ref == fingerprint else await _integration(wire) or fingerprint
    home = next((COUNTRIES[one] for one in currencies if one in COUNTRIES), None)
    return AccountStatus(
        ref=ref,
        can_take=True,
        can_pay_out=True,
        country=home,
        currencies=frozenset(currencies) or None,
        is_live=sheet.mode is Mode.LIVE,
        label="Paystack",
    )


async def _integration(wire: Wire) -> str | None:
    try:
        said = await wire.ask("GET", "/balance/ledger", query={"perPage": 1, "page": 1})
        lines = said.read(list[_Line]) if said.is_good else []
    except NoAnswer:
        return None
    return next((str(line.integration) for line in lines if line.integration is not None), None)
