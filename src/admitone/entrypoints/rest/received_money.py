"""Money that people see: bank statements and their lines, money taken at the door, money to send back."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import Field

from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.rest.shapes import Body, MoneyShown, Shown
from admitone.flows.received_money import OpenLine
from admitone.flows.settlement import Settled
from admitone.reads.received_money import money_to_send

router = APIRouter(tags=["received money"])
_FILE = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class ImportedShown(Shown):
    """What came of a file. `known`: lines an earlier file had; `skipped`: rows that are no money that moved."""

    id: UUID
    new: int
    known: int
    skipped: int


@router.post("/organisers/{organiser_id}/statements", openapi_extra=_FILE, status_code=201)
async def import_statement(
    organiser_id: UUID,
    account_id: UUID,
    request: Request,
    needs: Needs,
    caller: SignedIn,
    file_name: Annotated[str, Query(max_length=200)] = "",
) -> ImportedShown:
    """Read a bank statement (CAMT.052/.053/.054, MT940, CSV; the body as it is, at most 5 MB) of a payment account for
    transfers. Lines that were read before are not there twice, so sending a file again changes nothing.
    """
    data: bytes = request.scope["state"]["body"]
    got = await needs.money.received_money.import_file(caller, organiser_id, account_id, file_name, data)
    return ImportedShown(id=got.statement_id, new=got.new, known=got.known, skipped=got.skipped)


class SuggestionShown(Shown):
    """An order a line may pay. `reasons`: code, code_nearly, several_codes, amount, amount_under, amount_over,
    other_currency, name, email, before_order.
    """

    order: str
    is_certain: bool
    reasons: list[str]


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
        suggestions=[
            SuggestionShown(
                order=guess.code,
                is_certain=guess.is_certain,
                reasons=[reason.value for reason in guess.reasons],
            )
            for guess in one.suggestions
        ],
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
