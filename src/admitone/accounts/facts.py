"""What accounts announce. Each names people and things by id only: no address, no name, no token."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from admitone.plumbing.journal import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMailed(Fact):
    """A one-use link was written to an address. The subject is derived from the link's hash."""

    kind: ClassVar[str] = "accounts.link_mailed"
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRegistered(Fact):
    """Somebody proved an address we did not know, and is a person now."""

    kind: ClassVar[str] = "accounts.person_registered"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDeleted(Fact):
    """A person deleted their account: nobody has this id any more."""

    kind: ClassVar[str] = "accounts.person_deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSignedIn(Fact):
    """A session began. `way`: password, link or wallet."""

    kind: ClassVar[str] = "accounts.person_signed_in"
    session_id: UUID
    way: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSignedOut(Fact):
    """One session was ended by its person."""

    kind: ClassVar[str] = "accounts.person_signed_out"
    session_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSignedOutEverywhere(Fact):
    """All sessions of a person were ended by them."""

    kind: ClassVar[str] = "accounts.person_signed_out_everywhere"
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorMarked(Fact):
    """A person was made one of those who run the site, or is one no more."""

    kind: ClassVar[str] = "accounts.operator_marked"
    is_operator: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRenamed(Fact):
    """A person changed the name they go by."""

    kind: ClassVar[str] = "accounts.person_renamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Fact):
    """A password was set or replaced; `sessions_ended` others of the person's sessions ended with it."""

    kind: ClassVar[str] = "accounts.password_changed"
    sessions_ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganiserCreated(Fact):
    """An organiser began, with its first owner."""

    kind: ClassVar[str] = "accounts.organiser_created"
    owner_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberInvited(Fact):
    """An invitation was mailed. The subject is the invitation."""

    kind: ClassVar[str] = "accounts.member_invited"
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationWithdrawn(Fact):
    """An open invitation was taken back. The subject is the invitation."""

    kind: ClassVar[str] = "accounts.invitation_withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberJoined(Fact):
    """A person works for the organiser from now on. The subject is the person."""

    kind: ClassVar[str] = "accounts.member_joined"
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRoleChanged(Fact):
    """A member has another role from now on. The subject is the person."""

    kind: ClassVar[str] = "accounts.member_role_changed"
    role: str
    role_before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemoved(Fact):
    """A person works for the organiser no more, removed or by leaving. The subject is the person."""

    kind: ClassVar[str] = "accounts.member_removed"
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeSwitched(Fact):
    """The organiser sells for other money from now on; the subject is the organiser. `mode`: test or live."""

    kind: ClassVar[str] = "accounts.mode_switched"
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAsked(Fact):
    """A member asked for something that needs a second member's yes. The subject is the approval."""

    kind: ClassVar[str] = "accounts.approval_asked"

    question: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletKeyLinked(Fact):
    """A key of a wallet signs this person in from now on."""

    kind: ClassVar[str] = "accounts.wallet_key_linked"
    key_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletKeyRemoved(Fact):
    """A key of a wallet signs this person in no more."""

    kind: ClassVar[str] = "accounts.wallet_key_removed"
    key_id: UUID


class WalletKeysEnd(StrEnum):
    """Why all keys of a person were removed at once."""

    NEW_PASSWORD = "new_password"  # noqa: S105 - a reason, not a secret
    SIGNED_OUT = "signed_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletKeysRemoved(Fact):
    """No key of a wallet signs this person in any more; `keys` did. `why` is a `WalletKeysEnd`."""

    kind: ClassVar[str] = "accounts.wallet_keys_removed"
    keys: int
    why: str
