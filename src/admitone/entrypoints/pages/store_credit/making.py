"""Makes an organiser's views of store credit."""

from collections.abc import Mapping, Sequence
from typing import Final

from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.credit.making import STATES, ZONE, kind_words, until_words, use_words
from admitone.entrypoints.pages.organiser.view import Tile
from admitone.entrypoints.pages.organiser.whose import Whose, organiser_nav
from admitone.entrypoints.pages.store_credit.view import (
    CreditDetailView,
    CreditLine,
    CreditListView,
    CreditUseLine,
    GiftBatchView,
    NewGiftsView,
)
from admitone.entrypoints.pages.views import Options, Part
from admitone.flows.credit_desk import COUNT_MOST
from admitone.payments import CreditRow
from admitone.reads.credits_list import CreditFilter, CreditHistory, CreditsPage, CreditTotal
from admitone.values import formats, listed

KINDS: Final[Options] = (
    ("", "All"),
    ("gift", "Gift codes"),
    ("refund", "Refunds kept"),
    ("live", "Real money only"),
    ("test", "Test money only"),
)
STANDINGS: Final[Options] = (
    ("", "All"),
    ("open", "Can be used"),
    ("used", "Used up"),
    ("expired", "Expired"),
    ("void", "Taken back"),
)
SHOWN_MOST: Final = 20


def name_of(needs: Assembly, credit: CreditRow) -> str:
    """How a list names it: a gift by the end of its code, a refund by whose it is."""
    code = needs.money.credit_desk.code(credit) if credit.is_gift else None
    return f"…{code[-9:]}" if code else credit.email or "Gift code"


def line_of(
    needs: Assembly, whose: Whose, credit: CreditRow, order_code: str | None, *, whole: bool = False
) -> CreditLine:
    """A credit as a row; `whole`: with all of a gift's code."""
    code = needs.money.credit_desk.code(credit) if whole and credit.is_gift else None
    about = [
        credit.note,
        (credit.email or "") if credit.is_gift else "",
        f"Order {order_code}" if order_code else "",
    ]
    money = "Test money" if credit.is_test else ""
    return CreditLine(
        url=links.store_credit(whose.slug, str(credit.id)),
        name=code or name_of(needs, credit),
        about=", ".join(part for part in (*about, money) if part),
        kind_words=kind_words(credit),
        state=STATES[credit.standing],
        left=formats.money(credit.balance_minor, credit.currency),
        given=formats.money(credit.given_minor, credit.currency),
        when=formats.stamp(credit.created_at, ZONE),
    )


def list_view(
    needs: Assembly,
    whose: Whose,
    found: CreditsPage,
    totals: Sequence[CreditTotal],
    asked: CreditFilter,
    after: str,
    *,
    is_offered: bool,
) -> CreditListView:
    """The list."""
    filters = {"kind": asked.source or asked.mode, "state": asked.state, "q": asked.text}
    url = links.store_credit(whose.slug)
    return CreditListView(
        nav=organiser_nav(whose),
        tiles=_tiles(totals),
        credits=tuple(line_of(needs, whose, one.credit, one.order_code) for one in found.rows),
        filters=filters,
        kinds=KINDS,
        states=STANDINGS,
        is_filtered=any(filters.values()) or bool(after),
        new_url=links.store_credit(whose.slug, "new"),
        next_url=links.with_query(url, **filters, after=str(found.next)) if found.next else "",
        first_url=links.with_query(url, **filters) if after else "",
        offer_url=links.store_credit(whose.slug, "offer"),
        is_offered=is_offered,
    )


def _tiles(totals: Sequence[CreditTotal]) -> tuple[Tile, ...]:
    live = [one for one in totals if not one.is_test] or list(totals)
    if not live:
        return ()
    gifts = [formats.money(one.gifts_minor, one.currency) for one in live]
    refunds = [formats.money(one.refunds_minor, one.currency) for one in live]
    words = "test money" if live[0].is_test else ""
    return (
        Tile("Open on gift codes", gifts[0], words, more=tuple(gifts[1:])),
        Tile("Refunds kept as credit", refunds[0], words, more=tuple(refunds[1:])),
    )


def new_view(
    whose: Whose, values: Mapping[str, str], errors: Mapping[str, str] | None = None
) -> NewGiftsView:
    """The form."""
    return NewGiftsView(
        nav=organiser_nav(whose),
        form=Part(links.store_credit(whose.slug, "new"), values, errors or {}),
        currencies=listed.currencies_to_choose(),
        most=COUNT_MOST,
        is_test=whose.is_test,
        back_url=links.store_credit(whose.slug),
    )


def batch_view(needs: Assembly, whose: Whose, made: Sequence[CreditRow]) -> GiftBatchView:
    """Codes made at once."""
    first = made[0]
    worth = formats.money(first.given_minor, first.currency)
    hidden = len(made) - SHOWN_MOST
    return GiftBatchView(
        nav=organiser_nav(whose),
        title=f"{formats.count(len(made), 'gift code', 'gift codes')} of {worth}",
        about=" ".join(part for part in (until_words(first), first.note) if part),
        codes=tuple(line_of(needs, whose, one, None, whole=True) for one in made[:SHOWN_MOST]),
        more_words=f"And {formats.count(hidden, 'more', 'more')}, in the file." if hidden > 0 else "",
        csv_url=f"{links.gift_batch(whose.slug, str(first.batch_id))}.csv",
        back_url=links.store_credit(whose.slug),
    )


def detail_view(needs: Assembly, whose: Whose, found: CreditHistory) -> CreditDetailView:
    """One credit."""
    credit, currency = found.credit, found.credit.currency
    url = links.store_credit(whose.slug, str(credit.id))
    taken = sum(one.amount_minor - one.returned_minor for one in found.uses)
    can_void = credit.is_gift and credit.state == "open" and credit.balance_minor > 0
    return CreditDetailView(
        nav=organiser_nav(whose),
        title=kind_words(credit),
        code=(needs.money.credit_desk.code(credit) or "") if credit.is_gift else "",
        state=STATES[credit.standing],
        tiles=(
            Tile("Left", formats.money(credit.balance_minor, currency)),
            Tile("Used", formats.money(taken, currency)),
            Tile("Worth at first", formats.money(credit.given_minor, currency)),
        ),
        facts=_facts(whose, found),
        uses=tuple(
            CreditUseLine(
                one.order_code,
                whose.event_url(one.event_id, f"orders/{one.order_code}"),
                formats.money(one.amount_minor, currency),
                formats.stamp(one.at, ZONE),
                use_words(one, currency),
            )
            for one in found.uses
        ),
        void_url=f"{url}/void" if can_void else "",
        void_words=_void_words(credit, can_void=can_void),
        back_url=links.store_credit(whose.slug),
        is_test=credit.is_test,
    )


def _void_words(credit: CreditRow, *, can_void: bool) -> str:
    if credit.taken_minor:
        taken = formats.money(credit.taken_minor, credit.currency)
        return f"A bank has taken {taken} of the payment behind this credit back. So much of it ends."
    if not credit.is_gift:
        return "This is a buyer's refund. It stays theirs, and nobody can take it back."
    if can_void:
        left = formats.money(credit.balance_minor, credit.currency)
        return f"What is left, {left}, ends. Orders it has paid for stay as they are."
    return ""


def _facts(whose: Whose, found: CreditHistory) -> tuple[tuple[str, str, str], ...]:
    credit = found.credit
    batch = links.gift_batch(whose.slug, str(credit.batch_id)) if credit.batch_id else ""
    rows = [
        ("Made", f"{formats.stamp(credit.created_at, ZONE)} UTC", batch),
        ("Validity", until_words(credit), ""),
        ("Address", credit.email or "", ""),
        ("Note", credit.note, ""),
        ("Refund of order", found.order_code or "", ""),
        (
            "Ended unused",
            formats.money(credit.ended_minor, credit.currency) if credit.ended_minor else "",
            "",
        ),
    ]
    return tuple(row for row in rows if row[1])
