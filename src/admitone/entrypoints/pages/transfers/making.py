"""Makes the views of bank transfers."""

from collections.abc import Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from stdnum import iban as stdnum_iban

from admitone import statements
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.whose import Whose, organiser_nav
from admitone.entrypoints.pages.transfers.view import (
    DoneRow,
    DraftLink,
    FileRow,
    Guess,
    LineRow,
    SendBackView,
    SendRow,
    TransfersView,
)
from admitone.entrypoints.pages.views import State
from admitone.flows.received_money import DOOR, OpenLine
from admitone.reads.received_money import (
    ImportedStatement,
    SettledLine,
    ToSend,
    imported_statements,
    money_to_send,
    settled_lines,
)
from admitone.statements import LineState, Reason
from admitone.values import formats
from admitone.values.actor import Action

SHOWN: Final = 100
_ZONE: Final = "UTC"
_WHY: Final = {
    Reason.CODE: "its code is in the text",
    Reason.CODE_NEARLY: "its code is in the text, but for a letter",
    Reason.SEVERAL_CODES: "there are codes of several orders",
    Reason.AMOUNT: "the amount is exact",
    Reason.AMOUNT_UNDER: "it is less than what is due",
    Reason.AMOUNT_OVER: "it is more than what is due",
    Reason.OTHER_CURRENCY: "it is another currency",
    Reason.NAME: "the name is much like the buyer's",
    Reason.EMAIL: "the buyer's address is in the text",
    Reason.BEFORE_ORDER: "it was sent before the order was placed",
}
BACK_WORDS: Final = {
    "overpaid": "Too much was paid",
    "paid_too_late": "It came too late, the places were gone",
    "paid_twice": "The order was paid already",
    "paid_in_part": "The order ended with only a part paid",
    "wrong_amount": "It was not the price, and the order had ended",
    "wrong_currency": "It was another currency",
    "order_cancelled": "The order had been cancelled",
    "event_cancelled": "The event was cancelled",
    "organiser": "The order was taken back",
}


async def transfers_view(
    needs: Assembly,
    whose: Whose,
    *,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    asks: bool = False,
    columns: Sequence[str] = (),
) -> TransfersView:
    """The page, with what was wrong with a file; `columns`: the words above its columns, to say which is which."""
    money = needs.money.received_money
    accounts_ = await money.bank_accounts(whose.actor, whose.id)
    found = await money.open_lines(whose.actor, whose.id)
    may_send = whose.may(Action.REFUND_ORDERS)
    drafts = await needs.money.book_statement.drafts(whose.actor, whose.id)
    async with needs.database.reading() as reader:
        done = await settled_lines(reader, whose.actor, whose.id)
        files = await imported_statements(reader, whose.actor, whose.id)
        owed = await money_to_send(reader, whose.actor, whose.id) if may_send else []
    certain = sum(one.certain is not None for one in found)
    base = links.transfers(whose.slug)
    words = formats.count(len(owed), "refund waits", "refunds wait")
    return TransfersView(
        nav=organiser_nav(whose),
        accounts=tuple((str(one.id), _account_words(money.told(one), one.is_test)) for one in accounts_),
        import_url=f"{base}/import",
        lines=tuple(_line(base, one) for one in found[:SHOWN]),
        done=tuple(_done(base, whose, one) for one in done),
        files=tuple(_file(one) for one in files),
        certain_url=f"{base}/certain",
        certain_label=f"Settle {formats.count(certain, 'certain one', 'certain ones')}" if certain else "",
        lead=_lead(len(found), certain),
        drafts=tuple(
            DraftLink(
                one.file_name or "A file without a name",
                formats.stamp(one.drafted_at, _ZONE),
                links.statement_draft(whose.slug, one.id),
            )
            for one in drafts
        ),
        send_back_url=links.send_back(whose.slug) if may_send else "",
        send_back_words=f"{words} for you to send the money." if owed else "",
        asks=asks,
        columns=tuple(columns),
        values=values or {},
        errors=errors or {},
    )


def _lead(lines: int, certain: int) -> str:
    if not lines:
        return ""
    more = f" The oldest {SHOWN} are shown." if lines > SHOWN else ""
    waits = formats.count(lines, "line waits", "lines wait")
    if not certain:
        return f"{waits} for an order.{more}"
    right = "one of them" if certain == 1 else f"{formats.number(certain)} of them"
    return f"{waits} for an order. In {right} the order code and the amount are exactly right.{more}"


def _account_words(told: Mapping[str, str], is_test: bool) -> str:
    mode = ", play money" if is_test else ""
    return f"{told.get('holder', '')}, …{stdnum_iban.compact(told.get('iban', ''))[-4:]}{mode}"


def _line(base: str, one: OpenLine) -> LineRow:
    line = one.line
    return LineRow(
        day=_day(line),
        amount=formats.money(line.amount_minor, line.currency, in_full=True),
        payer=line.payer_name or "Unknown payer",
        text=line.text.replace("\n", " "),
        guesses=guesses(one.suggestions),
        settle_url=f"{base}/lines/{line.id}/settle",
        ignore_url=f"{base}/lines/{line.id}/ignore",
    )


def guesses(suggestions: Sequence[statements.Suggestion]) -> tuple[Guess, ...]:
    """The likeliest orders, and why."""
    return tuple(
        Guess(guess.code, ", ".join(_WHY[reason] for reason in guess.reasons)) for guess in suggestions[:3]
    )


def _day(line: statements.Line) -> str:
    return f"{line.booked_on.day} {line.booked_on:%b %Y}"


def _done(base: str, whose: Whose, one: SettledLine) -> DoneRow:
    line = one.line
    state, detail = _became(one)
    order_url = ""
    if one.event_id is not None and one.order_code is not None:
        order_url = whose.event_url(one.event_id, f"orders/{one.order_code}")
    return DoneRow(
        day=_day(line),
        amount=formats.money(line.amount_minor, line.currency, in_full=True),
        payer=line.payer_name or "Unknown payer",
        state=state,
        detail=detail,
        code=one.order_code or "",
        order_url=order_url,
        reopen_url=f"{base}/lines/{line.id}/reopen" if line.state is LineState.IGNORED else "",
    )


def _became(one: SettledLine) -> tuple[State, str]:
    """What became of a line's money, in a word and in a sentence."""
    why = BACK_WORDS.get(one.refund_reason or "", "")
    if one.line.state is LineState.IGNORED:
        return State("Put aside"), "For no order"
    if one.line.state is LineState.RETURNED:
        return State("Sent back", "", "undo-2"), why
    if one.settled_as == "refund":
        return State("Goes back", "warn", "undo-2"), why
    if one.settled_as == "part":
        return State("Part of the price", "warn", "hourglass"), "The rest is waited for"
    if one.settled_as is None:
        return State("Being settled", "", "hourglass"), ""
    if one.refunded_minor:
        back = formats.money(one.refunded_minor, one.line.currency, in_full=True)
        return State("Tickets", "ok", "check"), f"{back} of it goes back"
    return State("Tickets", "ok", "check"), ""


def _file(one: ImportedStatement) -> FileRow:
    known = f", {one.lines_known} known before" if one.lines_known else ""
    skipped = f", {one.rows_skipped} not booked" if one.rows_skipped else ""
    lines = formats.count(one.lines_new, "new line", "new lines")
    return FileRow(
        one.file_name, f"{one.kind.upper()}: {lines}{known}{skipped}", formats.stamp(one.imported_at, _ZONE)
    )


async def send_back_view(
    needs: Assembly,
    whose: Whose,
    *,
    bad_id: str = "",
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> SendBackView:
    """The list of what people have to send back."""
    async with needs.database.reading() as reader:
        found = await money_to_send(reader, whose.actor, whose.id)
    base = links.send_back(whose.slug)
    return SendBackView(
        nav=organiser_nav(whose),
        rows=tuple(_sending(base, whose, one) for one in found),
        file_url=f"{base}/file",
        sent_url=f"{base}/sent",
        back_url=links.transfers(whose.slug),
        bad_id=bad_id,
        values=values or {},
        errors=errors or {},
    )


def _sending(base: str, whose: Whose, one: ToSend) -> SendRow:
    is_cash = one.provider == DOOR
    to = "" if one.iban is None else f"{one.holder or one.buyer}, {stdnum_iban.format(one.iban)}"
    if one.iban_end is not None:
        to = f"{one.holder or one.buyer}, …{one.iban_end}, as the buyer typed it"
    day = one.asked_at.astimezone(ZoneInfo(_ZONE))
    return SendRow(
        id=str(one.refund_id),
        code=one.order_code,
        order_url=whose.event_url(one.event_id, f"orders/{one.order_code}"),
        buyer=one.buyer,
        email=one.email,
        amount=formats.money(one.amount_minor, one.currency, in_full=True),
        why=BACK_WORDS.get(one.reason, "Tickets were taken back"),
        to=to,
        since=f"since {day.day} {day:%b}",
        is_cash=is_cash,
        in_file=not is_cash and one.currency == "EUR" and one.knows_receiver,
        is_asked=not is_cash and one.currency == "EUR" and not one.knows_receiver,
        receiver_url="" if is_cash else f"{base}/{one.refund_id}/receiver",
    )
