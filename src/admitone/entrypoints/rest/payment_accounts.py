"""Payment accounts of an organiser, and whether play money or real money is taken. For owners.

No answer carries a key: what is kept of each can be told by its last four characters (`keys`).
"""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from admitone import accounts, payments
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.rest.shapes import Body, Shown
from admitone.payments import Account, Mode
from admitone.values.actor import Action
from admitone.values.refusals import Refusal

router = APIRouter(tags=["payment accounts"])
ModeWord = Literal["test", "live"]
Provider = Annotated[str, Field(max_length=40)]
Keys = Annotated[dict[str, Annotated[str, Field(max_length=8000)]], Field(max_length=20)]
BASE = "/organisers/{organiser_id}/payment-accounts"


class PaymentAccountShown(Shown):
    """An account. `state` is onboarding, active (can take payments) or paused; `missing` are the provider's words for
    what it still wants to know. `is_connected`: it was opened under this site's own account, without keys.
    """

    id: UUID
    provider: str
    mode: str
    label: str
    state: str
    country: str | None
    currencies: tuple[str, ...] | None
    missing: tuple[str, ...]
    can_pay_out: bool
    is_connected: bool
    notice_url: str
    keys: dict[str, str]


class SitesAccountShown(Shown):
    """An account of the site's own that this organiser may sell through; `is_used` says whether it does."""

    provider: str
    mode: str
    state: str
    is_used: bool


class CredentialShown(Shown):
    """Something to copy from the provider's page."""

    name: str
    label: str
    hint: str
    is_secret: bool
    is_optional: bool


class AddableShown(Shown):
    """A provider of which an account can be added; `notice_url` is the webhook address it will have."""

    provider: str
    label: str
    mode: str
    notice_url: str
    credentials: tuple[CredentialShown, ...]
    can_connect: bool


class PaymentAccountsShown(Shown):
    """All of it. `mode`: what is sold for now."""

    mode: str
    accounts: tuple[PaymentAccountShown, ...]
    sites_own: tuple[SitesAccountShown, ...]
    addable: tuple[AddableShown, ...]


def _shown(needs: Assembly, account: Account) -> PaymentAccountShown:
    setup = needs.money.payment_setup
    return PaymentAccountShown(
        id=account.id,
        provider=account.provider,
        mode=account.mode,
        label=account.label,
        state=account.state,
        country=account.country,
        currencies=None if account.currencies is None else tuple(account.currencies),
        missing=tuple(account.missing),
        can_pay_out=account.can_pay_out,
        is_connected=account.is_connected,
        notice_url=setup.notice_url(account),
        keys=dict(setup.hints(account)),
    )


@router.get(BASE)
async def read_all(organiser_id: UUID, actor: SignedIn, needs: Needs) -> PaymentAccountsShown:
    """The organiser's accounts, the site's own, and what can be added."""
    accounts.permit(actor, Action.MANAGE_PAYOUTS, organiser_id)
    setup = needs.money.payment_setup
    async with needs.database.reading() as reader:
        organiser = await accounts.organiser(reader, organiser_id)
        mine = await payments.accounts_of(reader, organiser_id)
        theirs = await payments.accounts_of(reader, None)
    left_out = {(one.provider, one.mode) for one in mine if one.state == "paused" or not one.is_set_aside}
    addable = []
    for mode in Mode:
        connectable = await setup.connectable(mode)
        for one in await setup.addable(actor, organiser_id, mode):
            asked = tuple(
                CredentialShown(
                    name=field.name,
                    label=field.label,
                    hint=field.hint,
                    is_secret=field.is_secret,
                    is_optional=field.is_optional,
                )
                for field in one.kind.credentials
            )
            addable.append(
                AddableShown(
                    provider=one.kind.name,
                    label=one.kind.label,
                    mode=mode.value,
                    notice_url=one.notice_url,
                    credentials=asked,
                    can_connect=one.kind.name in connectable,
                )
            )
    return PaymentAccountsShown(
        mode=organiser.payment_mode,
        accounts=tuple(_shown(needs, one) for one in mine if not one.is_set_aside),
        sites_own=tuple(
            SitesAccountShown(
                provider=one.provider,
                mode=one.mode,
                state=one.state,
                is_used=(one.provider, one.mode) not in left_out,
            )
            for one in theirs
        ),
        addable=tuple(addable),
    )


class NewPaymentAccount(Body):
    """An account to add, with the keys its provider gave you, by name."""

    provider: Provider
    mode: ModeWord
    credentials: Keys


@router.post(BASE, status_code=201)
async def add(
    organiser_id: UUID, body: NewPaymentAccount, actor: SignedIn, needs: Needs
) -> PaymentAccountShown:
    """Add an account. The provider is asked about the keys first; nothing is kept when it refuses them."""
    added = await needs.money.payment_setup.add(
        actor, organiser_id, body.provider, Mode(body.mode), body.credentials
    )
    return _shown(needs, added)


class Connect(Body):
    """An account to be opened under the site's own. `return_path`: where on this site its owner comes back."""

    provider: Provider
    mode: ModeWord
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    return_path: Annotated[str, Field(pattern="^/[^/\\\\]?[^\\\\]*$", max_length=500)] = "/organiser"


class Connecting(Shown):
    """The provider's page on which its owner goes on. It works once, and for some minutes."""

    url: str


@router.post(f"{BASE}/connect")
async def connect(organiser_id: UUID, body: Connect, actor: SignedIn, needs: Needs) -> Connecting:
    """Begin, or go on, opening an account without keys."""
    url = await needs.money.payment_setup.connect(
        actor,
        organiser_id,
        body.provider,
        Mode(body.mode),
        country=body.country,
        return_url=f"{needs.settings.site_url}{body.return_path}",
    )
    return Connecting(url=url)


class ChangePaymentAccount(Body):
    """Other keys of the same account (those not named stay), or whether buyers are offered it."""

    credentials: Keys | None = None
    is_paused: bool | None = None


@router.patch(f"{BASE}/{{account_id}}")
async def change(
    organiser_id: UUID, account_id: UUID, body: ChangePaymentAccount, actor: SignedIn, needs: Needs
) -> PaymentAccountShown:
    """Change an account; with an empty body, ask its provider what it may do now."""
    setup = needs.money.payment_setup
    changed = None
    if body.credentials is not None:
        changed = await setup.change_keys(actor, organiser_id, account_id, body.credentials)
    if body.is_paused is not None:
        verb = setup.pause if body.is_paused else setup.resume
        changed = await verb(actor, organiser_id, account_id)
    return _shown(needs, changed or await setup.look(actor, organiser_id, account_id))


@router.delete(f"{BASE}/{{account_id}}", status_code=204)
async def close(organiser_id: UUID, account_id: UUID, actor: SignedIn, needs: Needs) -> None:
    """Close an account. Refunds of what was paid into it still go out."""
    await needs.money.payment_setup.close(actor, organiser_id, account_id)


class UseSitesAccount(Body):
    """Whether to sell through the site's own account with this provider."""

    provider: Provider
    mode: ModeWord
    is_used: bool


@router.put(f"{BASE}/sites-own", status_code=204)
async def use_sites_own(organiser_id: UUID, body: UseSitesAccount, actor: SignedIn, needs: Needs) -> None:
    """Sell through the site's own account, or not."""
    await needs.money.payment_setup.use_sites_own(
        actor, organiser_id, body.provider, Mode(body.mode), is_used=body.is_used
    )


class InTheWay(Shown):
    """Why the switch cannot be made now."""

    code: str
    sentence: str


class ModeShown(Shown):
    """`mode` is what is sold for now. Switching to `to` would cancel so many orders and tickets sold for play money."""

    mode: str
    to: str
    in_the_way: tuple[InTheWay, ...]
    play_orders: int
    play_tickets: int


def _in_the_way(problems: tuple[Refusal, ...]) -> tuple[InTheWay, ...]:
    return tuple(InTheWay(code=one.code, sentence=one.sentence) for one in problems)


@router.get("/organisers/{organiser_id}/payment-mode")
async def look_at_mode(
    organiser_id: UUID, actor: SignedIn, needs: Needs, to: Annotated[ModeWord, Query()] = "live"
) -> ModeShown:
    """The mode, and what switching would do."""
    seen = await needs.money.payment_modes.preview(actor, organiser_id, Mode(to))
    return ModeShown(
        mode=seen.now.value,
        to=to,
        in_the_way=_in_the_way(seen.problems),
        play_orders=seen.sold.orders,
        play_tickets=seen.sold.tickets,
    )


class ModeChange(Body):
    """The mode to sell in: test for play money, live for real money."""

    mode: ModeWord


class ModeNow(Shown):
    """The mode that is sold in."""

    mode: str


@router.put("/organisers/{organiser_id}/payment-mode")
async def switch_mode(organiser_id: UUID, body: ModeChange, actor: SignedIn, needs: Needs) -> ModeNow:
    """Switch. What was sold for play money is cancelled when real money begins."""
    return ModeNow(mode=(await needs.money.payment_modes.switch(actor, organiser_id, Mode(body.mode))).value)
