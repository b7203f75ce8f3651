"""The connected wallet among the ways of paying, and what is to happen by itself once the order stands."""

from collections.abc import Mapping, Sequence
from typing import Final

from fastapi import Request, Response

from admitone import orders, payments
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.bitcoin.ways import CONNECTED, UMA
from admitone.entrypoints.pages.checkout.view import PayMethod
from admitone.entrypoints.pages.connected_wallet.making import budget_words
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import go_to
from admitone.flows.pay_at_once import WantedAtOnce
from admitone.flows.wallet_connections import Connection
from admitone.values.actor import Actor
from admitone.values.refusals import Refusal

BITCOIN_METHOD: Final = "bitcoin"
"""What a form sends for "Bitcoin", however many rails stand behind it."""
CONNECTED_METHOD: Final = "connected_wallet"
"""What a form sends for the wallet that the buyer has connected."""


def takes_lightning(choices: Sequence[payments.Choice]) -> bool:
    """Whether this can be paid over Lightning."""
    return any(one.method.id == payments.bitcoin.LIGHTNING for one in choices)


async def connected_method(
    needs: Assembly, caller: Actor, choices: Sequence[payments.Choice]
) -> tuple[PayMethod, ...]:
    """The wallet this person has connected, where it can pay; nothing for anybody else."""
    if caller.person_id is None or not takes_lightning(choices):
        return ()
    known = await needs.connected_wallets.connections.current(caller)
    if known is None:
        return ()
    return (PayMethod(CONNECTED_METHOD, "Pay with my connected wallet", _hint(needs, known), "smartphone"),)


def _hint(needs: Assembly, known: Connection) -> str:
    name = known.alias or known.relay_host
    if known.budget is None:
        return f"{name} pays at once"
    return f"{name} pays at once. Budget: {budget_words(known.budget, needs.clock.now())}"


def wanted_of(typed: Mapping[str, str]) -> WantedAtOnce:
    """What is to happen by itself: the UMA name counts wherever Lightning may pay."""
    method, uma = typed.get("method"), typed.get("uma", "").strip()
    if method not in (BITCOIN_METHOD, CONNECTED_METHOD):
        return WantedAtOnce()
    return WantedAtOnce(from_wallet=method == CONNECTED_METHOD, uma=uma or None)


async def open_bitcoin(
    request: Request,
    needs: Assembly,
    caller: Actor,
    order: orders.OrderRow,
    token: str,
    typed: Mapping[str, str],
) -> Response:
    """On to the page of paying with Bitcoin; what is to be paid by itself is under way then."""
    at_once, wanted = needs.connected_wallets.at_once, wanted_of(typed)
    try:
        await at_once.want(caller, order, wanted)
        await needs.pay_with_bitcoin.open(order.id)
    except Refusal as refusal:
        return go_to(request, links.pay(token), Notice(refusal.sentence, "warn"))
    if wanted.from_wallet:
        await at_once.start(order.id)
    return go_to(request, bitcoin_url(token, wanted))


def bitcoin_url(token: str, wanted: WantedAtOnce) -> str:
    """The page of paying with Bitcoin, at what happens by itself."""
    way = CONNECTED if wanted.from_wallet else UMA if wanted.uma else ""
    return links.with_query(links.pay_bitcoin(token), way=way)
