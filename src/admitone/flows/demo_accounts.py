"""The demo organiser's payment accounts with providers that are played by stand-ins on this machine.

Made once; a stand-in that does not answer yet is looked at again at the next start.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from admitone import accounts, payments
from admitone.flows.demo_data import ORGANISER_NAME, OWNER_EMAIL
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.payments import Account, Mode
from admitone.plumbing.database import Database, Transaction
from admitone.values.actor import SYSTEM, Role
from admitone.values.clock import Clock
from admitone.values.refusals import Refusal

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demo with a stand-in, and its keys, which are no secret. `is_paused`: shown once resumed."""

    id: UUID
    provider: str
    credentials: Mapping[str, str]
    is_paused: bool = False


async def put_demo_accounts(
    database: Database, clock: Clock, opened: PaymentAccounts, wanted: Sequence[DemoAccount]
) -> None:
    """Set up those that are missing, and look at each."""
    organiser_id = await _demo_organiser(database)
    if organiser_id is None:
        return
    for position, one in enumerate(wanted, start=1):
        account = await _ensure(database, clock, opened, organiser_id, one, position)
        if account is None or account.state != "onboarding":
            continue
        found = opened.open(account)
        assert found is not None, "a provider this site knows"
        try:
            status = await found.provider.look()
        except Refusal as refusal:
            log.warning("demo.stand_in_away", provider=one.provider, code=refusal.code)
            continue

        async def keep(
            tx: Transaction,
            account: Account = account,
            status: payments.AccountStatus = status,
            is_paused: bool = one.is_paused,
        ) -> None:
            await payments.keep_look(tx, account, status, now=clock.now(), actor=SYSTEM.label)
            if is_paused:
                await payments.pause_account(tx, account, now=clock.now(), actor=SYSTEM.label)

        await database.run(keep)


async def _demo_organiser(database: Database) -> UUID | None:
    async with database.reading() as reader:
        owner = await accounts.credentials(reader, OWNER_EMAIL)
        posts = [] if owner is None else await accounts.organisers_of(reader, owner.person_id)
    owned = [
        one.organiser for one in posts if one.role is Role.OWNER and one.organiser.name == ORGANISER_NAME
    ]
    return owned[0].id if owned else None


async def _ensure(
    database: Database,
    clock: Clock,
    opened: PaymentAccounts,
    organiser_id: UUID,
    wanted: DemoAccount,
    position: int,
) -> Account | None:
    label = opened.kinds[wanted.provider].label

    async def story(tx: Transaction) -> Account | None:
        known = await payments.find_account(tx, wanted.id)
        if known is not None:
            return known
        account = Account(
            id=wanted.id,
            organiser_id=organiser_id,
            provider=wanted.provider,
            mode=Mode.TEST.value,
            label=label,
            state="onboarding",
            ref=None,
            country=None,
            currencies=None,
            sealed=opened.seal(wanted.id, wanted.credentials),
            options={},
            missing=(),
            can_pay_out=False,
            position=position,
            updated_at=clock.now(),
        )
        try:
            await payments.add_account(tx, account, actor=SYSTEM.label)
        except payments.AccountExists:
            return None
        return account

    return await database.run(story)
