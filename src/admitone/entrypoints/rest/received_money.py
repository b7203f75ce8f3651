"""Money that people see: bank statements and their lines, money taken at the door, money to send back."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import Field

from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.rest.shapes import Body, MoneyShown, Shown
from admitone.flows.book_statement import Preview
from admitone.flows.received_money import OpenLine
from admitone.flows.settlement import Settled
from admitone.reads.received_money import money_to_send
from admitone.statements import Imported, Proposal, Suggestion

router = APIRouter(tags=["received money"])
_FILE = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class SuggestionShown(Shown):
    """An order a line may pay. `reasons`: code, code_nearly, several_codes, amount, amount_under, amount_over,
    other_currency, name, email, before_order.
    """

    order: str
    is_certain: bool
    reasons: list[str]


class ProposedShown(Shown):
    """A line of a file, and what booking it would do. `line` names it, in whatever file it comes; `known`: it was read
    before. `order` is certain, `due` still to be paid for it: the money `becomes` whole (tickets), part (the rest is
    waited for), too_much (what is over goes back), late (tickets if there are places left) or back (all of it goes
    back). Without it the line waits. `settles`: booking what was shown settles it, unless it is left out.
    """

    line: UUID
    known: bool
    booked_on: date
    amount: MoneyShown
    payer_name: str | None
    payer_iban: str | None
    text: str
    order: str | None
    buyer: str | None
    due: MoneyShown | None
    becomes: Literal["whole", "part", "too_much", "late", "back"] | None
    settles: bool
    suggestions: list[SuggestionShown]


class PreviewShown(Shown):
    """What booking a file would do. `shown` is to be sent back to book exactly this. `money_in`: all that came in."""

    shown: str
    account: str
    first_day: date | None
    last_day: date | None
    money_in: MoneyShown
    lines: list[ProposedShown]


class ImportedShown(Shown):
    """What came of a file. `known`: lines an earlier file had; `skipped`: rows that are no money that moved; `settled`
    lines are for their orders now. `id` is None when nothing was booked (`dry_run`), and `preview` says what would be.
    """

    id: UUID | None
    new: int
    known: int
    skipped: int
    settled: int = 0
    preview: PreviewShown | None = None


@router.post("/organisers/{organiser_id}/statements", openapi_extra=_FILE, status_code=201)
async def import_statement(
    organiser_id: UUID,
    account_id: UUID,
    request: Request,
    needs: Needs,
    caller: SignedIn,
    file_name: Annotated[str, Query(max_length=200)] = "",
    dry_run: bool = False,
    shown: Annotated[str, Query(max_length=64)] = "",
    leave_out: Annotated[list[UUID] | None, Query(max_length=200)] = None,
) -> ImportedShown:
    """Read a bank statement (CAMT.052/.053/.054, MT940, CSV; the body as it is, at most 5 MB) of a payment account for
    transfers. Lines that were read before are not there twice, so sending a file again changes nothing, and new ones
    wait to be matched.

    With `dry_run` nothing is done, and `preview` says what could be. The same file with its `shown` is booked, and what
    it said is settled, less the lines of `leave_out`; if anything is different by then, 409 and nothing is done.
    """
    data: bytes = request.scope["state"]["body"]
    desk = needs.money.book_statement
    if dry_run:
        seen = await desk.show(caller, organiser_id, account_id, data)
        return ImportedShown(
            id=None, new=seen.new, known=seen.known, skipped=seen.read.skipped, preview=_preview(seen)
        )
    if shown:
        done = await desk.book_shown(
            caller, organiser_id, account_id, file_name, data, digest=shown, leave_out=leave_out or ()
        )
        return _imported(done.imported, done.settled)
    return _imported(
        await needs.money.received_money.import_file(caller, organiser_id, account_id, file_name, data)
    )


def _imported(got: Imported, settled: int = 0) -> ImportedShown:
    return ImportedShown(
        id=got.statement_id, new=got.new, known=got.known, skipped=got.skipped, settled=settled
    )


def _preview(seen: Preview) -> PreviewShown:
    first, last = seen.period or (None, None)
    return PreviewShown(
        shown=seen.digest,
        account=seen.read.account,
        first_day=first,
        last_day=last,
        money_in=MoneyShown(currency=seen.read.currency, minor=seen.in_minor),
        lines=[_proposed(one) for one in seen.proposals],
    )


def _proposed(one: Proposal) -> ProposedShown:
    line, order = one.line, one.order
    return ProposedShown(
        line=one.mark,
        known=one.is_known,
        booked_on=line.booked_on,
        amount=MoneyShown(currency=line.currency, minor=line.amount_minor),
        payer_name=line.payer_name,
        payer_iban=line.payer_iban,
        text=line.text,
        order=None if order is None else order.code,
        buyer=None if order is None else order.buyer_name,
        due=None if order is None else MoneyShown(currency=order.currency, minor=one.due_minor),
        becomes=None if one.fate is None else one.fate.value,
        settles=one.is_wanted,
        suggestions=_suggestions(one.suggestions),
    )


def _suggestions(found: Sequence[Suggestion]) -> list[SuggestionShown]:
    return [
        SuggestionShown(
            order=guess.code,
            is_certain=guess.is_certain,
            reasons=[reason.value for reason in guess.reasons],
        )
        for guess in found
    ]


class LineShown(Shown):
    """Money that came in and is for no order yet."""

    id: UUID
    booked_on: date
    amount: MoneyShown
    payer_name: str | None
    payer_iban: str | None
    text: str
    suggestions: list[SuggestionShown]


class LinesShown(Shown):
    """Oldest first, at most 500."""

    lines: list[LineShown]


@router.get("/organisers/{organiser_id}/statement-lines")
async def open_lines(organiser_id: UUID, needs: Needs, caller: SignedIn) -> LinesShown:
    """Lines that wait for somebody to say whose money they are."""
    found = await needs.money.received_money.open_lines(caller, organiser_id)
    return LinesShown(lines=[_line(one) for one in found])


def _line(one: OpenLine) -> LineShown:
    line = one.line
    return LineShown(
        id=line.id,
        booked_on=line.booked_on,
        amount=MoneyShown(currency=line.currency, minor=line.amount_minor),
        payer_name=line.payer_name,
        payer_iban=line.payer_iban,
        text=line.text,
        suggestions=_suggestions(one.suggestions),
    )


class MatchBody(Body):
    """The order's code."""

    order: Annotated[str, Field(min_length=1, max_length=32)]


class SettledShown(Shown):
    """What became of the money: `settled_as` tickets, part (the rest is waited for) or refund (it goes back)."""

    payment: UUID
    order_state: str
    settled_as: str | None


def _settled(settled: Settled) -> SettledShown:
    as_ = settled.attempt.settled_as
    return SettledShown(
        payment=settled.attempt.id,
        order_state=settled.order_state,
        settled_as=None if as_ is None else as_.value,
    )


@router.post("/organisers/{organiser_id}/statement-lines/{line_id}/match")
async def match_line(
    organiser_id: UUID, line_id: UUID, body: MatchBody, needs: Needs, caller: SignedIn
) -> SettledShown:
    """This line's money is for this order. The same again answers the same."""
    money = needs.money.received_money
    return _settled(await money.settle_line(caller, organiser_id, line_id, body.order))


@router.post("/organisers/{organiser_id}/statement-lines/{line_id}/ignore", status_code=204)
async def ignore_line(organiser_id: UUID, line_id: UUID, needs: Needs, caller: SignedIn) -> None:
    """This line is for no order."""
    await needs.money.received_money.ignore_line(caller, organiser_id, line_id)


@router.post("/organisers/{organiser_id}/statement-lines/{line_id}/reopen", status_code=204)
async def reopen_line(organiser_id: UUID, line_id: UUID, needs: Needs, caller: SignedIn) -> None:
    """It was ignored by mistake."""
    await needs.money.received_money.reopen_line(caller, organiser_id, line_id)


class DoorPaymentBody(Body):
    """The order's code, and how its buyer paid."""

    order: Annotated[str, Field(min_length=1, max_length=32)]
    means: Literal["cash", "card"]


@router.post("/organisers/{organiser_id}/events/{event_id}/door-payments")
async def take_at_door(
    organiser_id: UUID, event_id: UUID, body: DoorPaymentBody, needs: Needs, caller: SignedIn
) -> SettledShown:
    """Somebody at the door has received what this order still costs."""
    money = needs.money.received_money
    return _settled(await money.take_at_door(caller, organiser_id, event_id, body.order, body.means))


class ToSendShown(Shown):
    """Money to send back by hand. `iban` null: where it goes is not known, it is handed over, or its buyer typed it:
    then the transfer file has it.
    """

    refund: UUID
    order: str
    reason: str
    amount: MoneyShown
    holder: str | None
    iban: str | None
    since: datetime


class MoneyToSendShown(Shown):
    """Longest waiting first."""

    refunds: list[ToSendShown]


@router.get("/organisers/{organiser_id}/money-to-send")
async def list_to_send(organiser_id: UUID, needs: Needs, caller: SignedIn) -> MoneyToSendShown:
    """Refunds that people have to send themselves."""
    async with needs.database.reading() as reader:
        found = await money_to_send(reader, caller, organiser_id)
    return MoneyToSendShown(
        refunds=[
            ToSendShown(
                refund=one.refund_id,
                order=one.order_code,
                reason=one.reason,
                amount=MoneyShown(currency=one.currency, minor=one.amount_minor),
                holder=one.holder,
                iban=one.iban,
                since=one.asked_at,
            )
            for one in found
        ]
    )


class SentBody(Body):
    """Which refunds were sent."""

    refunds: Annotated[list[UUID], Field(min_length=1, max_length=1000)]


class SentShown(Shown):
    """How many were not marked as sent before."""

    sent: int


@router.post("/organisers/{organiser_id}/money-to-send/sent")
async def mark_sent(organiser_id: UUID, body: SentBody, needs: Needs, caller: SignedIn) -> SentShown:
    """Somebody has sent these: the refunds are done, their buyers are told."""
    chosen = list(dict.fromkeys(body.refunds))
    return SentShown(sent=await needs.money.money_to_send.mark_sent(caller, organiser_id, chosen))
