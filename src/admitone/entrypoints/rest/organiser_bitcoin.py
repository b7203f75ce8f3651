"""Payments in bitcoin that an organiser waits for, asking about them, and how their nodes stand."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path

from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.rest.shapes import MoneyShown, Shown

router = APIRouter(tags=["organisers"])
TransactionId = Annotated[str, Path(pattern="^[0-9a-fA-F]{64}$")]


class PendingShown(Shown):
    """A payment. `state`: opened (its node was not reached yet), unknown (no answer), prompted (waits for the buyer),
    seen (on its way), undone (it was paid, and the network has taken back its block), failed (not paid in time).
    `amount_msat` is null while there is no invoice and no address.
    """

    id: UUID
    order_code: str
    event_id: UUID
    rail: str
    provider: str
    state: str
    reason: str | None
    amount: MoneyShown
    amount_msat: int | None
    opened_at: datetime
    expires_at: datetime | None


class PendingListShown(Shown):
    """The newest 50."""

    payments: list[PendingShown]


class AskedShown(Shown):
    """What the payment's state is after its node was asked."""

    id: UUID
    state: str
    reason: str | None


class NodeShown(Shown):
    """A node of an account. Amounts in msat, null where it does not say; `answers` is false when it gave no answer."""

    account_id: UUID
    provider: str
    mode: str
    answers: bool
    alias: str | None
    network: str | None
    version: str | None
    block_height: int | None
    is_synced: bool | None
    can_send_msat: int | None
    can_receive_msat: int | None
    onchain_msat: int | None


class TransactionShown(Shown):
    """`confirmations` is 0 while it waits for a block, and below 0 when another transaction took its place.

    `fee_sat` is what it cost the wallet, null when it is somebody else's.
    """

    txid: str
    confirmations: int
    block_hash: str | None
    fee_sat: int | None


class NodesShown(Shown):
    """Nodes in the order of the accounts."""

    nodes: list[NodeShown]


@router.get("/organisers/{organiser_id}/bitcoin/payments")
async def list_pending(
    organiser_id: UUID, needs: Needs, actor: SignedIn, which: Literal["waited_for", "failed"] = "waited_for"
) -> PendingListShown:
    """Payments in bitcoin that are waited for, or those of unpaid orders that failed within 30 days; newest first."""
    desk = needs.bitcoin_desk
    found = await (desk.failed if which == "failed" else desk.pending)(actor, organiser_id)
    return PendingListShown(
        payments=[
            PendingShown(
                id=one.id,
                order_code=one.order_code,
                event_id=one.event_id,
                rail=one.rail,
                provider=one.provider,
                state="undone" if one.is_undone else one.state,
                reason=one.reason,
                amount=MoneyShown(currency=one.currency, minor=one.amount_minor),
                amount_msat=one.amount_msat,
                opened_at=one.opened_at,
                expires_at=one.expires_at,
            )
            for one in found
        ]
    )


@router.post("/organisers/{organiser_id}/bitcoin/payments/{payment_id}/ask")
async def ask_again(organiser_id: UUID, payment_id: UUID, needs: Needs, actor: SignedIn) -> AskedShown:
    """Ask the node about this payment now; one whose node was never reached is tried again.

    Of one that failed, what was paid after all becomes tickets or goes back; 503 when its node gives no answer.
    """
    attempt = await needs.bitcoin_desk.ask(actor, organiser_id, payment_id)
    return AskedShown(id=attempt.id, state=attempt.state.value, reason=attempt.reason)


@router.post("/organisers/{organiser_id}/bitcoin/payments/{payment_id}/test-payment")
async def pay_in_test_mode(organiser_id: UUID, payment_id: UUID, needs: Needs, actor: SignedIn) -> AskedShown:
    """Have an invoice of an account in test mode paid with play money, where its network has some (Lightspark's)."""
    attempt = await needs.bitcoin_desk.play(actor, organiser_id, payment_id)
    return AskedShown(id=attempt.id, state=attempt.state.value, reason=attempt.reason)


@router.get("/organisers/{organiser_id}/bitcoin/accounts/{account_id}/transactions/{txid}")
async def show_transaction(
    organiser_id: UUID, account_id: UUID, txid: TransactionId, needs: Needs, actor: SignedIn
) -> TransactionShown:
    """Where a transaction of the account's wallet stands now: of a payment on the chain, or of a refund."""
    found = await needs.bitcoin_desk.transaction(actor, organiser_id, account_id, txid)
    return TransactionShown(
        txid=found.txid,
        confirmations=found.confirmations,
        block_hash=found.block_hash,
        fee_sat=found.fee_sat,
    )


@router.get("/organisers/{organiser_id}/bitcoin/nodes")
async def list_nodes(organiser_id: UUID, needs: Needs, actor: SignedIn) -> NodesShown:
    """The organiser's nodes, asked now: whether they keep up, and their balances."""
    found = await needs.bitcoin_desk.nodes(actor, organiser_id)
    return NodesShown(
        nodes=[
            NodeShown(
                account_id=one.account.id,
                provider=one.account.provider,
                mode=one.account.mode,
                answers=one.look is not None,
                alias=None if one.look is None else one.look.alias,
                network=None if one.look is None else one.look.network,
                version=None if one.look is None else one.look.version,
                block_height=None if one.look is None else one.look.block_height,
                is_synced=None if one.look is None else one.look.is_synced,
                can_send_msat=None if one.look is None else one.look.sends_msat,
                can_receive_msat=None if one.look is None else one.look.receives_msat,
                onchain_msat=None if one.look is None else one.look.onchain_msat,
            )
            for one in found
        ]
    )
