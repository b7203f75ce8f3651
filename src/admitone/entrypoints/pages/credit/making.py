"""Makes the page of one credit."""

from typing import Final

from admitone import accounts
from admitone.assembly import Assembly
from admitone.entrypoints.pages.credit.view import CreditBalanceView, CreditMove
from admitone.entrypoints.pages.views import State
from admitone.flows.giving_back import AGAIN_DAYS
from admitone.payments import CreditRow
from admitone.reads.credits_list import CreditHistory, ShownUse
from admitone.values import formats

STATES: Final = {
    "open": State("Can be used", "ok", "check"),
    "used": State("Used up"),
    "expired": State("Expired", "warn"),
    "void": State("Taken back", "bad", "circle-x"),
}
WAITING: Final = State("Waits", "warn", "hourglass")
WAITS: Final = "The bank wants back the payment behind this credit. Until that is decided, it cannot be used."
ZONE: Final = "UTC"


def kind_words(credit: CreditRow) -> str:
    """What it is called."""
    return "Gift code" if credit.is_gift else "Store credit"


def until_words(credit: CreditRow) -> str:
    """Until when it can be used, in a sentence."""
    if credit.expires_at is None:
        return "It does not expire."
    verb = "It could be used" if credit.is_expired else "It can be used"
    words = f"{verb} until {formats.stamp(credit.expires_at, ZONE)} UTC."
    if credit.latest_at is None or credit.latest_at <= credit.expires_at or credit.state == "void":
        return words
    latest = formats.stamp(credit.latest_at, ZONE)
    return f"{words} What comes back to it later can be used for {AGAIN_DAYS} days more, until {latest} UTC at most."


def use_words(use: ShownUse, currency: str) -> str:
    """What became of what an order took."""
    if use.state == "set_aside":
        return "waits for the rest of its price"
    if use.state == "returned":
        return "came back"
    if use.returned_minor:
        return f"{formats.money(use.returned_minor, currency)} came back"
    return ""


def balance_view(
    needs: Assembly, organiser: accounts.Organiser, history: CreditHistory, *, is_disputed: bool = False
) -> CreditBalanceView:
    """What is left, and where the rest went. `is_disputed`: a bank decides about the payment behind it."""
    credit, currency = history.credit, history.credit.currency
    moves = [
        CreditMove(
            f"Order {one.order_code}",
            f"−{formats.money(one.amount_minor, currency)}",
            formats.stamp(one.at, ZONE),
            use_words(one, currency),
        )
        for one in history.uses
    ]
    if credit.ended_minor:
        why = "Taken back by the organiser" if credit.state == "void" else "Expired"
        why = why if credit.is_gift else "Ended: the bank has taken the payment behind it back"
        moves.insert(0, CreditMove(why, f"−{formats.money(credit.ended_minor, currency)}", "", ""))
    return CreditBalanceView(
        organiser_name=organiser.name,
        kind_words=kind_words(credit),
        code=needs.money.credit_desk.code(credit) or "",
        left=formats.money(credit.balance_minor, currency),
        given=formats.money(credit.given_minor, currency),
        state=WAITING if is_disputed and credit.standing == "open" else STATES[credit.standing],
        until_words=WAITS if is_disputed else until_words(credit),
        is_test=credit.is_test,
        moves=tuple(moves),
    )
