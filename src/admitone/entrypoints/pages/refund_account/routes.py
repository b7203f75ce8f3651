"""A buyer says where a refund by bank transfer goes: by the link of their letter, once."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from admitone.entrypoints.callers import address_of
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.refund_account.view import RefundAccountView
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, values_of
from admitone.entrypoints.pages.views import Part
from admitone.flows.ask_receiver import Asked
from admitone.plumbing.limiter import source_key
from admitone.values import formats
from admitone.values.refusals import Invalid, TooMany

router = APIRouter(include_in_schema=False)


@router.get("/refund-account/{token}")
async def show(request: Request, token: str, needs: Needs) -> Response:
    """A form for the account, or that it is known."""
    return await page(request, account_view(token, await needs.money.asking_receivers.look(token)))


@router.post("/refund-account/{token}")
async def answer(request: Request, token: str, needs: Needs, form: checked_form) -> Response:
    """It goes to this account."""
    asking, typed = needs.money.asking_receivers, values_of(form)
    try:
        await asking.answer(
            token,
            holder=typed.get("holder", ""),
            iban=typed.get("iban", ""),
            bic=typed.get("bic", ""),
            visitor=source_key(address_of(request)),
        )
    except (Invalid, TooMany) as refusal:
        errors = errors_of(refusal) if isinstance(refusal, Invalid) else {"": refusal.sentence}
        view = account_view(token, await asking.look(token), typed, errors)
        return await page(request, view, status=status_of(refusal))
    return go_to(request, links.refund_account(token))


def account_view(
    token: str,
    asked: Asked,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> RefundAccountView:
    """What is asked, or that there is nothing to be asked."""
    one = asked.to_send
    form = Part(links.refund_account(token), typed or {}, errors or {})
    if one is None:
        return RefundAccountView("sent", asked.organiser_name, asked.organiser_email, form)
    end = one.iban_end or (one.iban or "")[-4:]
    return RefundAccountView(
        "ask" if asked.is_open else "known",
        asked.organiser_name,
        asked.organiser_email,
        form if typed is not None else Part(form.url, {"holder": one.holder or one.buyer}),
        amount=formats.money(one.amount_minor, one.currency, in_full=True),
        order_code=one.order_code,
        to=f"{one.holder or one.buyer}, …{end}" if end else "",
    )
