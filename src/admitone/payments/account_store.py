"""Payment accounts' SQL. An account that is closed stays, because payments and refunds name it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import LargeBinary, Text

from admitone.payments.account_status import AccountStatus
from admitone.plumbing.database import Reader, Transaction

_COLUMNS = """account.id, account.organiser_id, account.provider, account.mode, account.label, account.state,
    account.ref, account.country, account.currencies, account.sealed, account.options, account.missing,
    account.can_pay_out, account.position, account.updated_at"""


@dataclass(frozen=True, slots=True)
class Account:
    """A payment account as stored. `organiser_id` None: the site's own. `sealed` are its keys, encrypted."""

    id: UUID
    organiser_id: UUID | None
    provider: str
    mode: str
    label: str
    state: str
    ref: str | None
    country: str | None
    currencies: Sequence[str] | None
    sealed: bytes | None
    options: Mapping[str, str]
    missing: Sequence[str]
    can_pay_out: bool
    position: int
    updated_at: datetime

    @property
    def is_test(self) -> bool:
        """It moves play money only."""
        return self.mode == "test"

    @property
    def is_connected(self) -> bool:
        """The provider opened it for the organiser under the site's own account: the site keeps its fee there."""
        return self.options.get("opened_by") == "site"

    @property
    def is_set_aside(self) -> bool:
        """It has no keys and only stands for the organiser's no to the site's own account of this provider."""
        return self.options.get("stands_for") == "no"


async def read(reader: Reader, account_id: UUID) -> Account | None:
    """The account with this id."""
    rows = await reader.execute(
        text(f"SELECT {_COLUMNS} FROM payments_account AS account WHERE id = :id"), {"id": account_id}
    )
    row = rows.one_or_none()
    return None if row is None else Account(**row._mapping)


async def lock(tx: Transaction, account_id: UUID) -> Account | None:
    """The account with this id, locked."""
    rows = await tx.execute(
        text(f"SELECT {_COLUMNS} FROM payments_account AS account WHERE id = :id FOR UPDATE"),
        {"id": account_id},
    )
    row = rows.one_or_none()
    return None if row is None else Account(**row._mapping)


async def for_sale(reader: Reader, organiser_id: UUID, mode: str) -> list[Account]:
    """The accounts an organiser's buyers may pay into in this mode: the organiser's own first, then the site's.

    Whoever has paused a provider does not sell through the site's account with it either.
    """
    rows = await reader.execute(
        text(
            f"SELECT {_COLUMNS} FROM payments_account AS account WHERE state = 'active' AND mode = :mode "
            "AND (organiser_id = :organiser_id OR (organiser_id IS NULL AND NOT EXISTS ("
            "SELECT FROM payments_account AS paused WHERE paused.organiser_id = :organiser_id "
            "AND paused.provider = account.provider AND paused.mode = account.mode AND paused.state = 'paused'))) "
            "ORDER BY organiser_id NULLS LAST, position, id"
        ),
        {"organiser_id": organiser_id, "mode": mode},
    )
    return [Account(**row._mapping) for row in rows]


async def of_organiser(reader: Reader, organiser_id: UUID | None) -> list[Account]:
    """An organiser's accounts (the site's own for None) that are not closed, in their order."""
    rows = await reader.execute(
        text(
            f"SELECT {_COLUMNS} FROM payments_account AS account "
            "WHERE organiser_id IS NOT DISTINCT FROM CAST(:organiser_id AS uuid) AND state <> 'closed' "
            "ORDER BY mode, position, id"
        ),
        {"organiser_id": organiser_id},
    )
    return [Account(**row._mapping) for row in rows]


async def connected(reader: Reader, provider: str, mode: str, ref: str) -> Account | None:
    """The account under the site's own that the provider knows by this reference."""
    rows = await reader.execute(
        text(
            f"SELECT {_COLUMNS} FROM payments_account AS account WHERE provider = :provider AND mode = :mode "
            "AND ref = :ref AND options ->> 'opened_by' = 'site' AND state <> 'closed'"
        ),
        {"provider": provider, "mode": mode, "ref": ref},
    )
    row = rows.first()
    return None if row is None else Account(**row._mapping)


_TO_WATCH = text(
    """
    SELECT id FROM payments_account AS account
    WHERE provider = ANY(:providers)
      AND (state IN ('active', 'paused') OR (state = 'closed' AND updated_at > :closed_since)
           -- From the few attempts that are open, not from all that an account ever had.
           OR id IN (SELECT account_id FROM payments_attempt
                     WHERE state IN ('opened', 'prompted', 'seen', 'unknown'))
           OR EXISTS (SELECT FROM payments_dispute AS dispute
                      WHERE dispute.account_id = account.id AND dispute.closed_at IS NULL))
    """
)


async def to_watch(reader: Reader, providers: Sequence[str], closed_since: datetime) -> list[UUID]:
    """The accounts with these providers that have buyers, were closed since then, or in which something is open."""
    rows = await reader.execute(_TO_WATCH, {"providers": list(providers), "closed_since": closed_since})
    return list(rows.scalars())


async def closed(reader: Reader, providers: Sequence[str]) -> list[UUID]:
    """The closed accounts with these providers."""
    rows = await reader.execute(
        text("SELECT id FROM payments_account WHERE provider = ANY(:providers) AND state = 'closed'"),
        {"providers": list(providers)},
    )
    return list(rows.scalars())


async def count(reader: Reader, organiser_id: UUID | None, provider: str, mode: str) -> int:
    """How many accounts of this provider and mode the organiser (the site, for None) has ever had."""
    rows = await reader.execute(
        text(
            "SELECT count(*) FROM payments_account WHERE provider = :provider AND mode = :mode "
            "AND organiser_id IS NOT DISTINCT FROM CAST(:organiser_id AS uuid)"
        ),
        {"organiser_id": organiser_id, "provider": provider, "mode": mode},
    )
    return int(rows.scalar_one())


async def keep_ref(tx: Transaction, account_id: UUID, ref: str, now: datetime) -> None:
    """The provider has opened the account and calls it this."""
    await tx.execute(
        text("UPDATE payments_account SET ref = :ref, updated_at = :now WHERE id = :id"),
        {"id": account_id, "ref": ref, "now": now},
    )


async def in_use(reader: Reader) -> list[Account]:
    """Every account something may still happen in: those that are not closed, and closed ones with open money."""
    rows = await reader.execute(
        text(
            f"SELECT {_COLUMNS} FROM payments_account AS account WHERE state <> 'closed' OR EXISTS ("
            "SELECT FROM payments_attempt AS attempt WHERE attempt.account_id = account.id "
            "AND attempt.state IN ('opened', 'prompted', 'seen', 'unknown')) ORDER BY id"
        )
    )
    return [Account(**row._mapping) for row in rows]


_INSERT = text(
    """
    INSERT INTO payments_account (id, organiser_id, provider, mode, label, state, ref, country, currencies, sealed,
        options, missing, can_pay_out, position, created_at, updated_at)
    VALUES (:id, :organiser_id, :provider, :mode, :label, :state, :ref, :country, :currencies, :sealed,
        CAST(:options AS jsonb), :missing, :can_pay_out, :position, :now, :now)
    ON CONFLICT DO NOTHING
    RETURNING id
    """
).bindparams(bindparam("currencies", type_=ARRAY(Text)), bindparam("missing", type_=ARRAY(Text)))


async def insert(tx: Transaction, account: Account) -> bool:
    """Store a new account; False when the organiser has one of this provider and mode."""
    made = await tx.execute(
        _INSERT,
        {
            "id": account.id,
            "organiser_id": account.organiser_id,
            "provider": account.provider,
            "mode": account.mode,
            "label": account.label,
            "state": account.state,
            "ref": account.ref,
            "country": account.country,
            "currencies": None if account.currencies is None else sorted(account.currencies),
            "sealed": account.sealed,
            "options": json.dumps(dict(account.options)),
            "missing": list(account.missing),
            "can_pay_out": account.can_pay_out,
            "position": account.position,
            "now": account.updated_at,
        },
    )
    return made.one_or_none() is not None


_LOOKED = text(
    """
    UPDATE payments_account SET ref = :ref, country = coalesce(:country, country), currencies = :currencies,
        missing = :missing, can_pay_out = :can_pay_out, label = :label, updated_at = :now,
        state = CASE WHEN state IN ('closed', 'paused') THEN state WHEN :can_take THEN 'active' ELSE 'onboarding' END
    WHERE id = :id
    """
).bindparams(bindparam("currencies", type_=ARRAY(Text)), bindparam("missing", type_=ARRAY(Text)))


async def keep_look(
    tx: Transaction, account_id: UUID, status: AccountStatus, label: str, now: datetime
) -> None:
    """Keep what the provider says of the account: it takes payments from now on, or not (yet, any more)."""
    await tx.execute(
        _LOOKED,
        {
            "id": account_id,
            "ref": status.ref,
            "country": status.country,
            "currencies": None if status.currencies is None else sorted(status.currencies),
            "missing": list(status.missing),
            "can_pay_out": status.can_pay_out,
            "can_take": status.can_take,
            "label": label,
            "now": now,
        },
    )


async def keep_credentials(
    tx: Transaction, account_id: UUID, sealed: bytes, options: Mapping[str, str], now: datetime
) -> None:
    """Put other keys and options in their place."""
    await tx.execute(
        text(
            "UPDATE payments_account SET sealed = :sealed, options = CAST(:options AS jsonb), updated_at = :now "
            "WHERE id = :id"
        ).bindparams(bindparam("sealed", type_=LargeBinary)),
        {"id": account_id, "sealed": sealed, "options": json.dumps(dict(options)), "now": now},
    )


async def move(
    tx: Transaction, account_id: UUID, from_states: Sequence[str], to_state: str, now: datetime
) -> bool:
    """Change the account's state if it is in one of `from_states`; whether it was."""
    moved = await tx.execute(
        text(
            "UPDATE payments_account SET state = :to_state, updated_at = :now "
            "WHERE id = :id AND state = ANY(:from_states) RETURNING id"
        ).bindparams(bindparam("from_states", type_=ARRAY(Text))),
        {"id": account_id, "to_state": to_state, "from_states": list(from_states), "now": now},
    )
    return moved.one_or_none() is not None
