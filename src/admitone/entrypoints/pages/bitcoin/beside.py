"""The ways beside the codes: a request to the provider of the buyer's UMA name, and the wallet they connected."""

from collections.abc import Mapping
from typing import Final

from admitone import payments
from admitone.assembly import Assembly
from admitone.entrypoints.pages.bitcoin.ways import CONNECTED, UMA, Shown, by_connected, by_uma_name
from admitone.reads.bitcoin_page import BitcoinPage
from admitone.values.actor import Actor
from admitone.values.refusals import Refusal

_TOLD: Final = {
    "asking": "We are asking your wallet. This takes a few seconds.",
    "unknown": "Your wallet has not said yet whether it has paid. We keep asking it; please wait.",
    "refused": "Your wallet said no, and nothing was paid. You can try again or scan the code.",
    "paid": "Your wallet has paid.",
}


async def ways_beside(
    needs: Assembly,
    caller: Actor,
    token: str,
    shown: BitcoinPage,
    way: str,
    *,
    typed: str = "",
    error: str = "",
) -> Mapping[str, Shown]:
    """What there is beside the codes while an invoice can be paid. Only the way that is shown is looked at closely."""
    lightning = shown.way(payments.bitcoin.LIGHTNING)
    if lightning is None:
        return {}
    uri = await _uma_uri(needs, shown) if way == UMA else ""
    more = {UMA: by_uma_name(token, lightning, uri, typed, error)}
    if caller.person_id is not None:
        alias, told = await _connected(needs, caller, shown) if way == CONNECTED else (None, "")
        more[CONNECTED] = by_connected(token, lightning, alias, told)
    return more


async def _uma_uri(needs: Assembly, shown: BitcoinPage) -> str:
    try:
        return (await needs.by_address.requesting.for_anybody(shown.found.order.id)).uri
    except Refusal:
        return ""  # the form is enough


async def _connected(needs: Assembly, caller: Actor, shown: BitcoinPage) -> tuple[str | None, str]:
    flows = needs.connected_wallets
    known = await flows.connections.current(caller)
    if known is None:
        return None, ""
    asked = await flows.paying.of_order(shown.found.order.id)
    return known.alias or known.relay_host, "" if asked is None else _TOLD[asked.state.value]
