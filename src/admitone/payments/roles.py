"""What only some providers can do: pay out, show a balance, answer disputes, take organisers in. A provider's `roles`
say which of them it plays.

The same promises as in `provider`: our id is the idempotency key, a lost answer is UNKNOWN and asked again, every
method that talks to the network first calls `plumbing.database.require_no_transaction`.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol, runtime_checkable
from uuid import UUID

from admitone.payments.account_status import AccountStatus, ProviderAway
from admitone.payments.status import Status
from admitone.values.refusals import Invalid

# The reason of an UNKNOWN status when the provider answered, and has never heard of the payment, refund or payout.
NOT_FOUND = "not_found"


class PayoutOutcome(StrEnum):
    """What a provider says about money on its way to an organiser.

    `PENDING`: accepted, on its way. `LATER`: not now, and nothing was sent (too little money there, their approval
    is waited for). `FAILED`: no, or it came back. `UNKNOWN`: nobody could say.
    """

    PENDING = "pending"
    LATER = "later"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PayoutAsk:
    """Send money to an organiser. `payout_id` is the idempotency key; `to_ref` names the receiver there."""

    payout_id: UUID
    to_ref: str
    currency: str
    amount_minor: int
    description: str


@dataclass(frozen=True, slots=True)
class PayoutStatus:
    """What is known of a payout now; `provider_ref` names it there."""

    outcome: PayoutOutcome
    provider_ref: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where an organiser's money goes. What is needed differs: see `PaysOut.receiver_fields`."""

    holder: str
    currency: str
    country: str
    details: Mapping[str, str]


class BadReceiver(Invalid):
    """The provider knows no such bank account, or the name does not fit it. `reason` is the provider's word."""

    code = "payments.bad_receiver"
    text = "This bank account was not accepted. Please look at the name, the number and the bank again."


class PaysOut(Protocol):
    """Money to organisers."""

    @property
    def receiver_fields(self) -> tuple[str, ...]:
        """The names of what `Receiver.details` has to carry (`iban`, `email`, `account_number`, `bank_code`)."""
        ...

    async def receiver(self, receiver: Receiver) -> str:
        """Make the receiver known there, or find it; how it is named there. Raises `BadReceiver`, `ProviderAway`."""
        ...

    async def pay_out(self, ask: PayoutAsk) -> PayoutStatus:
        """Send it, or find the payout this key made before."""
        ...

    async def payout_status(self, payout_id: UUID, payout_ref: str | None) -> PayoutStatus:
        """Ask again; UNKNOWN with `NOT_FOUND` when there is no such payout."""
        ...


class MovementKind(StrEnum):
    """Why the balance at a provider moved."""

    PAYMENT = "payment"
    REFUND = "refund"
    FEE = "fee"
    DISPUTE = "dispute"
    TRANSFER = "transfer"
    PAYOUT = "payout"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of the provider's books, in minor units; negative leaves the account.

    `fee_minor` was kept by the provider besides (not contained in `amount_minor`), so the balance moved by
    `amount_minor - fee_minor`. `about_ref` names the payment, refund, dispute or payout it is about.
    """

    ref: str
    kind: MovementKind
    currency: str
    amount_minor: int
    fee_minor: int
    about_ref: str | None
    at: datetime


class Mirrored(Protocol):
    """A provider whose books can be read, so that ours can be held against them."""

    async def balances(self) -> Mapping[str, int]:
        """All that lies there, not yet payable money included, by currency. May raise: it is run again."""
        ...

    def movements(self, since: datetime) -> AsyncIterator[Movement]:
        """Every line of the books since then, oldest first. May raise: it is run again."""
        ...


class DisputeState(StrEnum):
    """Where a dispute stands. `OPEN` wants an answer before `answer_by`."""

    OPEN = "open"
    ANSWERED = "answered"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class DisputeStatus:
    """A buyer's bank takes money back. `payment_ref` names the payment, `ref` the dispute; `attempt_id` is the
    payment's key, where the provider knows it: it counts, and not the name.
    """

    ref: str
    payment_ref: str
    state: DisputeState
    currency: str
    amount_minor: int
    fee_minor: int = 0
    reason: str = ""
    answer_by: datetime | None = None
    opened_at: datetime | None = None
    attempt_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What our records say about a disputed sale, as plain texts; `files` are PDF documents by purpose."""

    buyer_name: str
    buyer_email: str
    product: str
    bought_at: datetime
    terms_shown: str
    refund_policy: str
    delivered: str
    used: str
    event_at: datetime
    files: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))


# The reason of a dispute nobody opened: the network took back a payment that had been final. It decides it, too.
UNDONE = "undone"


class Disputes(Protocol):
    """Disputes that are answered over the provider's interface; those of reason `UNDONE` cannot be."""

    async def dispute(self, ref: str) -> DisputeStatus | None:
        """Where it stands; None when there is none of that name. Raises `ProviderAway`."""
        ...

    async def answer(self, dispute_ref: str, evidence: Evidence) -> DisputeStatus:
        """Send the evidence; sending it again changes nothing. Raises `ProviderAway`."""
        ...

    def recent_disputes(self, since: datetime) -> AsyncIterator[DisputeStatus]:
        """Those that changed since then. May raise: it is run again."""
        ...


@dataclass(frozen=True, slots=True)
class Invitation:
    """The page on which an organiser tells the provider about themselves, and the account it is about."""

    account_ref: str
    url: str


class Onboards(Protocol):
    """A provider that opens accounts for organisers under ours."""

    async def invite(
        self, account_id: UUID, account_ref: str | None, *, email: str, country: str, return_url: str
    ) -> Invitation:
        """Begin, or go on with `account_ref`. `account_id` is the idempotency key. Raises `ProviderAway`."""
        ...

    async def look_at(self, account_ref: str) -> AccountStatus:
        """What that account may do now. Raises `ProviderAway`."""
        ...


@dataclass(frozen=True, slots=True)
class Hint:
    """Something changed there: the payment (or, if `is_dispute`, the dispute) of this reference is to be asked of."""

    ref: str
    is_dispute: bool = False


class Watches(Protocol):
    """A provider that tells of news over a connection which we keep open, instead of sending notices."""

    def watch(self) -> AsyncGenerator[Hint, None]:
        """News as it comes, from where the last watch of this account left off. Ends or raises when the connection
        does: it is begun again. A hint may come twice, and a missed one is found by asking.
        """
        ...


class TellsMany(Protocol):
    """A provider that is asked about a thousand payments for about as much as about one."""

    async def statuses(self, asked: Mapping[UUID, str]) -> Mapping[UUID, Status]:
        """What `Provider.status` says of each of these attempts, by its id; given with its reference there."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """Money that came for a payment beside what its attempt was settled with: a second transfer to the same address,
    say. `source` names it, once for ever; `attempt_id` is whose it is; amounts are minor units as `currency` counts.

    `is_little`: it is not worth being sent back by itself, and is found again, and given, when there is more.
    """

    source: str
    attempt_id: UUID
    currency: str
    amount_minor: int
    is_little: bool = False


class Finds(Protocol):
    """A provider to which money can come more than once for one payment, and without having been asked for."""

    async def found(self) -> Sequence[Found]:
        """What came, is final, and was not given to an attempt of its own yet. May raise: it is run again."""
        ...

    async def give(self, source: str, attempt_id: UUID) -> None:
        """From now on this money answers to that attempt: `status` says PAID for it. The same again changes nothing."""
        ...


class HoldsMoney(Protocol):
    """A provider whose payments arrive held (`Status.is_held`): ours or the buyer's again, as we say, within minutes.

    Both verbs may be called again, and answer what is true then.
    """

    async def take(self, attempt_id: UUID, provider_ref: str) -> "HeldOutcome":
        """It is ours."""
        ...

    async def let_go(self, attempt_id: UUID, provider_ref: str) -> "HeldOutcome":
        """It goes back, and nothing was paid."""
        ...


class HeldOutcome(StrEnum):
    """What became of a held payment. `GONE`: it went back by itself. `UNKNOWN`: nobody could say; ask again."""

    TAKEN = "taken"
    GONE = "gone"
    UNKNOWN = "unknown"


class KnowsPayers(Protocol):
    """A provider where it can be seen who paid: by which addresses, whose keys can sign a message."""

    async def payers(self, provider_ref: str, least_minor: int) -> Sequence[str]:
        """The addresses that what came for this payment and is final was spent from (on the chain: of all inputs of its
        transactions), as the network writes them. Empty when nothing came, or nothing can be said. What is worth less
        than `least_minor`, in minor units of the payment's currency, makes nobody a payer: it is paid by anybody.

        Raises `ProviderAway`.
        """
        ...


@dataclass(frozen=True, slots=True)
class NodeLook:
    """A node as its owner wants to see it: whether it keeps up with the chain, and what lies there, in msat.

    `sends_msat` can be sent, `receives_msat` received (Lightning's channels), `onchain_msat` is in its wallet. None is
    what it does not say.
    """

    alias: str
    network: str
    version: str = ""
    block_height: int | None = None
    is_synced: bool = True
    sends_msat: int | None = None
    receives_msat: int | None = None
    onchain_msat: int | None = None


class ShowsNode(Protocol):
    """A provider that is a node of its organiser's."""

    async def node(self) -> NodeLook:
        """How it stands now. Raises `BadCredentials`, `ProviderAway`."""
        ...

    def away(self) -> ProviderAway:
        """What its organiser is told when it takes too long to say so: with its place, where they typed one."""
        ...


class PlaysBuyers(Protocol):
    """A provider whose test mode has play money that pays an invoice when it is asked to."""

    async def pay_as_buyer(self, bolt11: str) -> None:
        """Pay this invoice of ours. Raises `ProviderAway`, also when it says no."""
        ...


@dataclass(frozen=True, slots=True)
class TransactionLook:
    """Where a transaction of a node's wallet stands. `confirmations` is below 0 when another took its place so many
    blocks ago; `fee_sat` is what it cost us, if it is ours.
    """

    txid: str
    confirmations: int
    block_hash: str | None
    fee_sat: int | None


@runtime_checkable
class KnowsTransactions(Protocol):
    """A provider whose wallet can be asked about a transaction."""

    async def transaction_status(self, txid: str) -> TransactionLook | None:
        """Where it stands; None when the wallet knows none of this id. Raises `ProviderAway`."""
        ...


@dataclass(frozen=True, slots=True)
class Roles:
    """What a provider can do besides being paid; None is what it cannot."""

    pays_out: PaysOut | None = None
    mirrored: Mirrored | None = None
    disputes: Disputes | None = None
    onboards: Onboards | None = None
    watches: Watches | None = None
    tells_many: TellsMany | None = None
    finds: Finds | None = None
    holds_money: HoldsMoney | None = None
    knows_payers: KnowsPayers | None = None
    shows_node: ShowsNode | None = None
    plays_buyers: PlaysBuyers | None = None
    knows_transactions: KnowsTransactions | None = None


NO_ROLES = Roles()
