"""Payments in bitcoin that are waited for, asking about them, and how the nodes stand."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from admitone import payments
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.whose import Whose, find_allowed, organiser_nav
from admitone.entrypoints.pages.organiser_bitcoin.view import (
    BitcoinDeskView,
    EventLine,
    NodeCard,
    OwedRow,
    PendingRow,
)
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, go_to, page, text_of
from admitone.entrypoints.pages.views import State
from admitone.flows.bitcoin_desk import NodeOfAccount
from admitone.payments import AttemptState
from admitone.reads.bitcoin_owed import OwedBitcoin
from admitone.reads.bitcoin_pending import MOST, PendingBitcoin
from admitone.reads.uma_sales import events_on_sale
from admitone.values import formats
from admitone.values.actor import Action
from admitone.values.currencies import BITCOIN

router = APIRouter(include_in_schema=False, prefix="/organiser/{slug}/bitcoin")
_ZONE: Final = "UTC"
_STATES: Final = {
    "opened": State("Not reached yet", "warn", "hourglass"),
    "unknown": State("No answer", "warn", "triangle-alert"),
    "prompted": State("Waits for the buyer", "", "hourglass"),
    "seen": State("On its way", "info", "refresh-cw"),
    "failed": State("Not paid", "", "circle-x"),
}
# As the buyer's page calls them.
_RAILS: Final = {payments.bitcoin.LIGHTNING: "Lightning", payments.bitcoin.ONCHAIN: "On-chain"}
_ASKS_BUYER: Final = State("Waits for the buyer to say where to", "warn", "hourglass")
_OWED: Final = {
    "wanted": State("Goes out", "info", "refresh-cw"),
    "unknown": State("On its way", "info", "refresh-cw"),
    "failed": State("Failed", "bad", "circle-x"),
}
_UNDONE: Final = State("Being confirmed again", "warn", "refresh-cw")
_UNDONE_NOTE: Final = (
    "The network has taken back the block it was in. Most such payments are confirmed again within the hour, and we "
    "look for it"
)
_ASKED: Final = {
    AttemptState.PAID: Notice("It is paid."),
    AttemptState.SEEN: Notice("It is on its way, and not final yet.", "info"),
    AttemptState.PROMPTED: Notice("Nothing has arrived yet.", "info"),
    AttemptState.FAILED: Notice("It was not paid in time, and nothing has arrived since.", "info"),
}
_AWAY: Final = Notice("There was no answer from the node. Please try again later.", "warn")
_NO_ANSWER: Final = Notice("There was no answer. It is asked about again by itself.", "warn")


@router.get("")
async def show(slug: str, request: Request, actor: SignedIn, needs: Needs) -> Response:
    """What is waited for, what was not paid, and how the nodes stand."""
    whose = await find_allowed(needs, actor, slug, Action.SEE_ORDERS)
    found = await needs.bitcoin_desk.pending(actor, whose.id)
    played = await needs.bitcoin_desk.may_play(found)
    failed = await needs.bitcoin_desk.failed(actor, whose.id)
    shows_nodes = whose.may(Action.SEE_REPORTS)
    nodes = await needs.bitcoin_desk.nodes(actor, whose.id) if shows_nodes else ()
    owed = await needs.bitcoin_desk.owed(actor, whose.id)
    now = needs.clock.now()
    view = BitcoinDeskView(
        nav=organiser_nav(whose),
        pending=tuple(_rows(whose, found, now, played)),
        nodes=tuple(node_card(one) for one in nodes),
        shows_nodes=shows_nodes,
        is_cut=len(found) == MOST,
        failed=tuple(_rows(whose, failed, now)),
        owed=tuple(_owed_row(whose, one) for one in owed),
        is_failed_cut=len(failed) == MOST,
        events=await _events(needs, whose, now),
    )
    return await page(request, view)


async def _events(needs: Assembly, whose: Whose, now: datetime) -> tuple[EventLine, ...]:
    if not whose.may(Action.MANAGE_EVENTS):
        return ()
    async with needs.database.reading() as reader:
        found = await events_on_sale(reader, whose.id, now)
    return tuple(
        EventLine(
            one.title,
            formats.dated_day_time(one.starts_at, now, one.zone),
            whose.event_url(one.id, "uma-invoices"),
        )
        for one in found
    )


@router.post("/ask")
async def ask(slug: str, request: Request, actor: SignedIn, needs: Needs, form: checked_form) -> Response:
    """Ask about one of them now."""
    whose = await find_allowed(needs, actor, slug, Action.SEE_ORDERS)
    try:
        attempt = await needs.bitcoin_desk.ask(actor, whose.id, _attempt_in(form))
    except payments.ProviderAway:
        return go_to(request, links.organiser_bitcoin(slug), _AWAY)
    return go_to(request, links.organiser_bitcoin(slug), _ASKED.get(attempt.state, _NO_ANSWER))


@router.post("/play")
async def play(slug: str, request: Request, actor: SignedIn, needs: Needs, form: checked_form) -> Response:
    """Have one of a test account paid with play money."""
    whose = await find_allowed(needs, actor, slug, Action.SEE_ORDERS)
    try:
        attempt = await needs.bitcoin_desk.play(actor, whose.id, _attempt_in(form))
    except payments.ProviderAway:
        return go_to(request, links.organiser_bitcoin(slug), _AWAY)
    return go_to(request, links.organiser_bitcoin(slug), _ASKED.get(attempt.state, _NO_ANSWER))


def _attempt_in(form: FormData) -> UUID:
    try:
        return UUID(text_of(form, "attempt"))
    except ValueError:
        raise payments.AttemptNotFound from None


def _rows(
    whose: Whose, found: Sequence[PendingBitcoin], now: datetime, played: Set[UUID] = frozenset()
) -> Iterator[PendingRow]:
    """Each order's together, where its newest is."""
    orders = dict.fromkeys(one.order_code for one in found)
    for code in orders:
        before: PendingBitcoin | None = None
        for one in (other for other in found if other.order_code == code):
            row = _row(whose, one, now, is_played=one.id in played)
            same = before is not None and (before.amount_msat, before.state) == (one.amount_msat, one.state)
            yield replace(row, is_other_way=same)
            before = one


def _owed_row(whose: Whose, one: OwedBitcoin) -> OwedRow:
    return OwedRow(
        order_code=one.order_code,
        order_url=whose.event_url(one.event_id, f"orders/{one.order_code}"),
        event_title=one.event_title,
        amount=formats.money(one.amount_minor, one.currency),
        rail=_RAILS[one.rail],
        since=f"{formats.stamp(one.wanted_at, _ZONE)} UTC",
        state=_ASKS_BUYER if one.waits_for_buyer else _OWED[one.state],
    )


def _row(whose: Whose, one: PendingBitcoin, now: datetime, *, is_played: bool = False) -> PendingRow:
    amount = formats.money(one.amount_minor, one.currency)
    if one.amount_msat is not None and one.currency != BITCOIN:
        amount = f"{formats.money(one.amount_msat, BITCOIN)}, {amount}"
    return PendingRow(
        order_code=one.order_code,
        order_url=whose.event_url(one.event_id, f"orders/{one.order_code}"),
        event_title=one.event_title,
        amount=amount,
        rail=_RAILS[one.rail],
        since=f"{formats.stamp(one.opened_at, _ZONE)} UTC",
        state=_UNDONE if one.is_undone else _STATES[one.state],
        note=_note(one, now),
        attempt=str(one.id),
        ask_url=links.organiser_bitcoin(whose.slug, "ask")
        if whose.may(Action.CHANGE_ORDERS) and not one.is_undone
        else "",
        play_url=links.organiser_bitcoin(whose.slug, "play")
        if is_played and whose.may(Action.CHANGE_ORDERS)
        else "",
    )


def _note(one: PendingBitcoin, now: datetime) -> str:
    if one.is_undone:
        return _UNDONE_NOTE
    is_over = one.expires_at is not None and one.expires_at <= now and one.state == "prompted"
    return "Its time has run out; what comes late is found all the same." if is_over else ""


def node_card(one: NodeOfAccount) -> NodeCard:
    """A node in words."""
    look = one.look
    if look is None:
        state = State("No answer", "bad", "wifi-off")
        return NodeCard(one.account.label, "", state, (), one.problem)
    facts = [("Network", look.network)]
    if look.block_height is not None:
        facts.append(("Block", formats.number(look.block_height)))
    for label, msat in (
        ("Can send", look.sends_msat),
        ("Can receive", look.receives_msat),
        ("On the chain", look.onchain_msat),
    ):
        if msat is not None:
            facts.append((label, formats.money(msat, BITCOIN)))
    if look.version:
        facts.append(("Version", look.version))
    state = State("Keeps up", "ok", "check") if look.is_synced else State("Behind the chain", "warn", "clock")
    alias = "" if look.alias == one.account.label else look.alias
    return NodeCard(one.account.label, alias, state, tuple(facts))
