"""Whose account it is, and accounts of organisers under the site's own (Stripe Connect, Express).

Sources: docs.stripe.com/connect/express-accounts, docs.stripe.com/api/account_links.
"""

from uuid import UUID

from admitone.payments.account_status import AccountStatus, BadCredentials, ProviderAway
from admitone.payments.kinds import AccountSheet, Mode
from admitone.payments.providers.stripe import wire
from admitone.payments.providers.stripe.answers import No, NoAnswer, SaysNo
from admitone.payments.providers.stripe.line import Line, named
from admitone.payments.roles import Invitation

ACCOUNTS = "/v1/accounts"


class Onboarding:
    """Implements `Onboards`, and what `Provider.look` asks."""

    def __init__(self, line: Line, sheet: AccountSheet) -> None:
        self._line = line
        self._sheet = sheet

    async def look(self) -> AccountStatus:
        """As `Provider.look`."""
        try:
            # An account does not say which mode its key is for; its balance does.
            balance = await self._line.get("/v1/balance", wire.Balance)
            if balance.livemode != self._is_live:
                raise BadCredentials(reason="other_mode")
            if is_connected(self._sheet) and self._sheet.ref is not None:
                return await self.look_at(self._sheet.ref)
            account = await self._line.get("/v1/account", wire.Account)
        except NoAnswer as lost:
            raise ProviderAway from lost
        except SaysNo as no:
            raise _refusal(no) from None
        if self._sheet.ref is not None and account.id != self._sheet.ref:
            raise BadCredentials(reason="other_account")
        return self._status(account, can_take=account.charges_enabled)

    async def invite(
        self, account_id: UUID, account_ref: str | None, *, email: str, country: str, return_url: str
    ) -> Invitation:
        """As `Onboards.invite`. The page works once and for some minutes only, so each call gives a new one."""
        try:
            ref = account_ref or await self._account(account_id, email, country)
            link = await self._line.post(
                "/v1/account_links",
                wire.AccountLink,
                None,
                account=ref,
                type="account_onboarding",
                return_url=return_url,
                refresh_url=return_url,
            )
        except NoAnswer as lost:
            raise ProviderAway from lost
        except SaysNo as no:
            raise _refusal(no) from None
        return Invitation(ref, link.url)

    async def look_at(self, account_ref: str) -> AccountStatus:
        """As `Onboards.look_at`. It can take once money may be passed on to it."""
        try:
            account = await self._line.get(named(ACCOUNTS, account_ref), wire.Account)
        except NoAnswer as lost:
            raise ProviderAway from lost
        except SaysNo as no:
            raise _refusal(no) from None
        return self._status(account, can_take=(account.capabilities or {}).get("transfers") == "active")

    async def _account(self, account_id: UUID, email: str, country: str) -> str:
        account = await self._line.keyed(
            ACCOUNTS,
            wire.Account,
            str(account_id),
            type="express",
            country=country,
            email=email,
            capabilities={"card_payments": {"requested": True}, "transfers": {"requested": True}},
            metadata={wire.ACCOUNT: str(account_id)},
        )
        return account.id

    @property
    def _is_live(self) -> bool:
        return self._sheet.mode is Mode.LIVE

    def _status(self, account: wire.Account, *, can_take: bool) -> AccountStatus:
        wanted = account.requirements or wire.Requirements()
        missing = dict.fromkeys((*(wanted.past_due or ()), *(wanted.currently_due or ())))
        name = account.business_profile.name if account.business_profile is not None else None
        return AccountStatus(
            ref=account.id,
            can_take=can_take,
            can_pay_out=account.payouts_enabled,
            country=account.country,
            is_live=self._is_live,
            label=name or account.email or "",
            missing=tuple(missing),
        )


def is_connected(sheet: AccountSheet) -> bool:
    """Whether the sheet is of an account that was opened under the site's own, and so has the site's keys."""
    return sheet.options.get("opened_by") == "site"


def _refusal(no: SaysNo) -> BadCredentials | ProviderAway:
    # A name nobody knows is another account's: these keys do not reach it.
    return BadCredentials(reason=no.reason) if no.kind in (No.KEYS, No.MISSING) else ProviderAway()
