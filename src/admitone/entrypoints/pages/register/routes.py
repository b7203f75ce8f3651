"""Making an account: a name, an address, and a letter to it."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from admitone import accounts
from admitone.entrypoints.callers import Caller, address_of
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, text_of, values_of
from admitone.entrypoints.pages.sign_in.next_path import remember, safe_path
from admitone.entrypoints.pages.sign_in.view import LinkSentView, RegisterView
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal

router = APIRouter(include_in_schema=False)


@router.get(links.REGISTER)
async def show(request: Request, actor: Caller) -> Response:
    """The form."""
    next_path = safe_path(request.query_params.get("next", ""))
    if actor.person_id is not None:
        return go_to(request, next_path or links.ACCOUNT)
    return await page(request, _view(next_path))


def _view(
    next_path: str, values: dict[str, str] | None = None, errors: dict[str, str] | None = None
) -> RegisterView:
    return RegisterView(
        post_url=links.REGISTER,
        sign_in_url=links.with_query(links.SIGN_IN, next=next_path),
        next_path=next_path,
        form_key=str(uuid7()),
        values=values or {},
        errors=errors or {},
    )


@router.post(links.REGISTER)
async def register(request: Request, form: checked_form, needs: Needs) -> Response:
    """Mail the link that makes the account. The page that follows says the same for every address."""
    next_path = safe_path(text_of(form, "next"))
    email = text_of(form, "email")
    try:
        await needs.join.register(
            name=text_of(form, "name"),
            email=email,
            source=address_of(request),
            form_key=text_of(form, "form_key"),
        )
    except Refusal as refusal:
        view = _view(next_path, values_of(form), errors_of(refusal))
        return await page(request, view, status=status_of(refusal))
    sent = LinkSentView(email=email.strip(), minutes=accounts.LINK_MINUTES, back_url=links.REGISTER)
    response = await page(request, sent)
    remember(request, response, next_path)
    return response
