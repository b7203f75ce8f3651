"""A person's connected wallet (Nostr Wallet Connect), and orders paid with it.

No answer carries the connection: what is shown is what the wallet says of itself.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs, NewId
from admitone.entrypoints.rest.shapes import Body, Shown, Token
from admitone.flows.pay_from_wallet import NotAsked, WalletPayment
from admitone.flows.wallet_connections import Connection, NotConnected

router = APIRouter(tags=["connected wallet"])
OURS = "/me/wallet-connection"
AS_ELSEWHERE = "/users/me/nwc-connection"
"""The address that other programs of this kind give it."""


class ConnectionTyped(Body):
    """`uri`: the connection as the wallet shows it, `nostr+walletconnect://...`. It is never shown again."""

    uri: Annotated[str, Field(min_length=1, max_length=2000, repr=False)]


class BudgetShown(Shown):
    """What the connection may spend, in msat; `period` is daily, weekly, monthly, yearly or never."""

    total_msat: int
    used_msat: int
    left_msat: int
    period: str | None
    renews_at: datetime | None


class ConnectionShown(Shown):
    """The wallet as it says of itself, `looked_at` then. `budget` null: it has told none."""

    id: UUID
    alias: str
    relay_host: str
    network: str | None
    methods: tuple[str, ...]
    budget: BudgetShown | None
    connected_at: datetime
    looked_at: datetime
    used_at: datetime | None


def _shown(known: Connection) -> ConnectionShown:
    budget = known.budget
    return ConnectionShown(
        id=known.id,
        alias=known.alias,
        relay_host=known.relay_host,
        network=known.network,
        methods=tuple(known.methods),
        budget=None
        if budget is None
        else BudgetShown(
            total_msat=budget.total_msat,
            used_msat=budget.used_msat,
            left_msat=budget.left_msat,
            period=budget.period,
            renews_at=budget.renews_at,
        ),
        connected_at=known.connected_at,
        looked_at=known.looked_at,
        used_at=known.used_at,
    )


@router.post(OURS, status_code=201)
@router.post(AS_ELSEWHERE, status_code=201)
async def connect(body: ConnectionTyped, actor: SignedIn, needs: Needs, new_id: NewId) -> ConnectionShown:
    """Connect a wallet, in place of the one before. The wallet is asked first: it has to answer, and to let us pay."""
    return _shown(await needs.connected_wallets.connections.connect(actor, body.uri, new_id))


@router.get(OURS)
@router.get(AS_ELSEWHERE)
async def read(actor: SignedIn, needs: Needs) -> ConnectionShown:
    """The wallet that is connected."""
    known = await needs.connected_wallets.connections.current(actor)
    if known is None:
        raise NotConnected
    return _shown(known)


@router.delete(OURS, status_code=204)
@router.delete(AS_ELSEWHERE, status_code=204)
async def disconnect(actor: SignedIn, needs: Needs) -> None:
    """End the connection; what opens it is erased. Nothing happens when there is none."""
    await needs.connected_wallets.connections.disconnect(actor)


class WalletPaymentWanted(Body):
    """`uma_address`: to which the same invoice is offered if the wallet refuses to pay it."""

    uma_address: Annotated[str | None, Field(max_length=255)] = None


class WalletPaymentShown(Shown):
    """How it stands: asking, unknown (asked again), refused (nothing was paid; `reason` is the wallet's word), paid.

    `paid` is what the wallet says, with a proof; the order is paid when its own state says so.
    """

    attempt_id: UUID
    state: Literal["asking", "unknown", "refused", "paid"]
    reason: str | None
    amount_msat: int
    fees_msat: int | None
    payment_hash: str
    asked_at: datetime


def _payment(asked: WalletPayment) -> WalletPaymentShown:
    return WalletPaymentShown(
        attempt_id=asked.attempt_id,
        state=asked.state.value,
        reason=asked.reason,
        amount_msat=asked.amount_msat,
        fees_msat=asked.fees_msat,
        payment_hash=asked.payment_hash,
        asked_at=asked.asked_at,
    )


@router.post("/orders/{token}/wallet-payment", status_code=202)
async def pay(token: Token, body: WalletPaymentWanted, actor: SignedIn, needs: Needs) -> WalletPaymentShown:
    """The signed-in person's wallet is to pay the Lightning invoice that this order has now."""
    order_id = needs.links.read("order", token)
    return _payment(await needs.connected_wallets.paying.ask(actor, order_id, body.uma_address))


@router.get("/orders/{token}/wallet-payment")
async def read_payment(token: Token, needs: Needs) -> WalletPaymentShown:
    """The newest that a wallet was asked to pay for this order. An order that is to be paid by itself has none for a
    moment.
    """
    asked = await needs.connected_wallets.paying.of_order(needs.links.read("order", token))
    if asked is None:
        raise NotAsked
    return _payment(asked)
