"""Bank transfers: a statement is uploaded, its lines are settled, put aside, taken out again; money is sent back."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from admitone import statements
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn, WithCallers
from admitone.entrypoints.csrf import FIELD
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.whose import Whose, find_allowed
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import (
    checked_form,
    errors_of,
    go_to,
    page,
    refuse_unstorable_fields,
    text_of,
    tried,
    values_of,
)
from admitone.entrypoints.pages.transfers.draft_making import draft_view
from admitone.entrypoints.pages.transfers.making import send_back_view, transfers_view
from admitone.entrypoints.request_refusals import BadField
from admitone.flows.book_statement import Booked
from admitone.flows.settlement import Settled
from admitone.payments import SettledAs
from admitone.statements import AmountsTwoWays, Column, ColumnsNotFound, CsvReading, DaysTwoWays
from admitone.values import formats
from admitone.values.actor import Action
from admitone.values.refusals import Invalid, NotFound, Refusal

router = APIRouter(include_in_schema=False, prefix="/organiser/{slug}/transfers")
_DAYS: Final = {"day": True, "month": False}
COLUMNS_MOST: Final = 60
ASKED_COLUMNS: Final = (Column.BOOKED, Column.AMOUNT, Column.TEXT, Column.NAME, Column.IBAN)
_MARKS: Final = frozenset({",", "."})
_MOVED: Final = {
    "ignore": "Put aside. You can take it out again below.",
    "reopen": "It waits for an order again.",
}


def _whose(action: Action) -> Callable[..., Awaitable[Whose]]:
    async def find(slug: str, needs: Needs, actor: SignedIn) -> Whose:
        return await find_allowed(needs, actor, slug, action)

    return find


# A form stands before these among a handler's parameters: whether it is from a page of ours is looked at first.
_Orders = Annotated[Whose, Depends(_whose(Action.CHANGE_ORDERS))]
_Refunds = Annotated[Whose, Depends(_whose(Action.REFUND_ORDERS))]


@router.get("")
async def show(request: Request, needs: Needs, whose: _Orders) -> Response:
    """What waits for an order, and what became of the rest."""
    return await page(request, await transfers_view(needs, whose))


@router.post("/import")
async def import_statement(
    request: Request, slug: str, needs: Needs, actor: SignedIn, callers: WithCallers
) -> Response:
    """Read a bank's statement, and show what it would do."""
    async with request.form(max_files=1, max_fields=20) as form:
        refuse_unstorable_fields(form)
        callers.require_ours(request, text_of(form, FIELD))
        whose = await find_allowed(needs, actor, slug, Action.CHANGE_ORDERS)
        return await _import(request, needs, whose, form)


async def _import(request: Request, needs: Assembly, whose: Whose, form: FormData) -> Response:
    typed = values_of(form)
    try:
        draft_id = await _draft(needs, whose, form)
    except (Invalid, NotFound) as refusal:
        columns = _columns_of(refusal, form)
        asks = bool(columns) or isinstance(refusal, DaysTwoWays | AmountsTwoWays) or typed.get("asked") == "1"
        errors = {"statement": refusal.sentence}
        view = await transfers_view(needs, whose, values=typed, errors=errors, asks=asks, columns=columns)
        return await page(request, view, status=status_of(refusal))
    return go_to(request, links.statement_draft(whose.slug, draft_id))


def _columns_of(refusal: Refusal, form: FormData) -> list[str]:
    """The words above the columns of a file that does not say which is which: as found now, or shown before."""
    if isinstance(refusal, ColumnsNotFound):
        return [" ".join(one.split()) for one in cast("list[str]", refusal.data["headers"])]
    # Browsers send line ends as CR and LF.
    return text_of(form, "columns").splitlines()[:COLUMNS_MOST]


async def _draft(needs: Assembly, whose: Whose, form: FormData) -> UUID:
    file = form.get("statement")
    if not isinstance(file, UploadFile) or not file.filename:
        raise BadField(field="statement", reason="Choose the file you downloaded from your bank.")
    try:
        account_id = UUID(text_of(form, "account"))
    except ValueError:
        raise BadField(field="account", reason="Choose an account.") from None
    mark = text_of(form, "decimals")
    reading = CsvReading(
        columns={role: name for role in ASKED_COLUMNS if (name := text_of(form, f"column-{role}"))},
        is_day_first=_DAYS.get(text_of(form, "days")),
        decimal_mark=mark if mark in _MARKS else None,
    )
    data = await file.read()
    return await needs.money.book_statement.draft(
        whose.actor, whose.id, account_id, file.filename, data, reading
    )


@router.get("/drafts/{draft_id}")
async def show_draft(request: Request, draft_id: UUID, needs: Needs, whose: _Orders) -> Response:
    """What booking a file would do."""
    try:
        draft, shown = await needs.money.book_statement.show_draft(whose.actor, whose.id, draft_id)
    except Refusal as refusal:
        return go_to(request, links.transfers(whose.slug), Notice(refusal.sentence, "warn"))
    return await page(request, draft_view(whose, draft, shown))


@router.post("/drafts/{draft_id}/book")
async def book_draft(
    request: Request, draft_id: UUID, needs: Needs, form: checked_form, whose: _Orders
) -> Response:
    """Book it, and settle the ticked lines."""
    tokens = [one for one in form.getlist("line") if isinstance(one, str)]
    try:
        done = await needs.money.book_statement.book_draft(whose.actor, whose.id, draft_id, tokens)
    except Refusal as refusal:
        return go_to(request, links.transfers(whose.slug), Notice(refusal.sentence, "warn"))
    return go_to(
        request, links.transfers(whose.slug), Notice(_booked_words(done), "warn" if done.changed else "ok")
    )


def _booked_words(done: Booked) -> str:
    got = done.imported
    said = [f"{formats.count(got.new, 'new line', 'new lines')} booked."]
    if got.known:
        said.append(f"{formats.count(got.known, 'line was', 'lines were')} seen before.")
    if done.settled:
        said.append(f"{formats.count(done.settled, 'line', 'lines')} settled.")
    if done.changed:
        waits = formats.count(done.changed, "ticked line waits", "ticked lines wait")
        said.append(f"{waits} for you: the order is not as it was shown.")
    return " ".join(said)


@router.post("/drafts/{draft_id}/throw-away")
async def throw_draft_away(
    request: Request, draft_id: UUID, needs: Needs, _form: checked_form, whose: _Orders
) -> Response:
    """Forget it."""
    gone = needs.money.book_statement.throw_away(whose.actor, whose.id, draft_id)
    return go_to(
        request, links.transfers(whose.slug), await tried(gone, Notice("Thrown away. Nothing was booked."))
    )


@router.post("/certain")
async def settle_certain(request: Request, needs: Needs, _form: checked_form, whose: _Orders) -> Response:
    """Settle every line about which there is no doubt."""
    settled = await needs.money.received_money.settle_certain(whose.actor, whose.id)
    words = f"{formats.count(settled, 'line', 'lines')} settled. The buyers get their tickets by mail."
    return go_to(request, links.transfers(whose.slug), Notice(words))


@router.post("/lines/{line_id}/settle")
async def settle(
    request: Request, line_id: UUID, needs: Needs, form: checked_form, whose: _Orders
) -> Response:
    """This line is for this order."""
    try:
        settled = await needs.money.received_money.settle_line(
            whose.actor, whose.id, line_id, text_of(form, "code")
        )
    except Refusal as refusal:
        return go_to(request, links.transfers(whose.slug), Notice(refusal.sentence, "warn"))
    return go_to(request, links.transfers(whose.slug), Notice(_settled_words(settled)))


def _settled_words(settled: Settled) -> str:
    if settled.attempt.settled_as is SettledAs.TICKETS:
        return "The order is paid. Its buyer gets the tickets by mail."
    if settled.attempt.settled_as is SettledAs.PART:
        return "That is a part of the price. The order waits for the rest."
    return "The order could not take this money: it goes back. Look under “Send money back”."


@router.post("/lines/{line_id}/{verb}")
async def move_line(
    request: Request, line_id: UUID, verb: str, needs: Needs, _form: checked_form, whose: _Orders
) -> Response:
    """This line is for no order, or it was put aside by mistake."""
    money = needs.money.received_money
    verbs = {"ignore": money.ignore_line, "reopen": money.reopen_line}
    if verb not in verbs:
        raise statements.LineNotFound
    notice = await tried(verbs[verb](whose.actor, whose.id, line_id), Notice(_MOVED[verb]))
    return go_to(request, links.transfers(whose.slug), notice)


@router.get("/send-back")
async def show_send_back(request: Request, needs: Needs, whose: _Refunds) -> Response:
    """What people have to send."""
    return await page(request, await send_back_view(needs, whose))


@router.post("/send-back/file")
async def send_back_file(request: Request, needs: Needs, form: checked_form, whose: _Refunds) -> Response:
    """The chosen ones as a file for the bank."""
    try:
        file = await needs.money.money_to_send.transfer_file(whose.actor, whose.id, _chosen(form))
    except Refusal as refusal:
        return go_to(request, links.send_back(whose.slug), Notice(refusal.sentence, "warn"))
    disposition = f'attachment; filename="{file.name}"'
    headers = {"content-disposition": disposition, "cache-control": "no-store"}
    return Response(file.data, media_type="application/xml", headers=headers)


@router.post("/send-back/sent")
async def send_back_sent(request: Request, needs: Needs, form: checked_form, whose: _Refunds) -> Response:
    """The chosen ones were sent."""
    try:
        sent = await needs.money.money_to_send.mark_sent(whose.actor, whose.id, _chosen(form))
    except Refusal as refusal:
        return go_to(request, links.send_back(whose.slug), Notice(refusal.sentence, "warn"))
    words = f"{formats.count(sent, 'refund is', 'refunds are')} done. The buyers are told by mail."
    return go_to(request, links.send_back(whose.slug), Notice(words))


@router.post("/send-back/{refund_id}/receiver")
async def name_receiver(
    request: Request, refund_id: UUID, needs: Needs, form: checked_form, whose: _Refunds
) -> Response:
    """Where the money goes."""
    typed = values_of(form)
    try:
        await needs.money.money_to_send.name_receiver(
            whose.actor,
            whose.id,
            refund_id,
            holder=typed.get("holder", ""),
            iban=typed.get("iban", ""),
            bic=typed.get("bic", ""),
        )
    except Invalid as refusal:
        view = await send_back_view(
            needs, whose, bad_id=str(refund_id), values=typed, errors=errors_of(refusal)
        )
        return await page(request, view, status=status_of(refusal))
    return go_to(request, links.send_back(whose.slug), Notice("We know now where it goes."))


def _chosen(form: FormData) -> list[UUID]:
    """The refunds that were ticked. Raises `BadField` for none."""
    try:
        found = [UUID(str(value)) for value in form.getlist("refund")]
    except ValueError:
        found = []
    if not found:
        raise BadField(field="refund", reason="Choose at least one of the refunds.")
    return list(dict.fromkeys(found))
