"""Who is asking, and what their part allows.

The table of what each role may do is here, and pure, because every floor asks it. Reading which roles a
person has is the business of `accounts`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal
from uuid import UUID


class Role(StrEnum):
    """What a person is to an organiser."""

    OWNER = "owner"
    MANAGER = "manager"
    DOOR = "door"


class Action(StrEnum):
    """What may be done on behalf of an organiser."""

    MANAGE_ORGANISER = "manage_organiser"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_PAYOUTS = "manage_payouts"
    MANAGE_EVENTS = "manage_events"
    SEE_EVENTS = "see_events"
    SEE_ORDERS = "see_orders"
    CHANGE_ORDERS = "change_orders"
    REFUND_ORDERS = "refund_orders"
    SEE_REPORTS = "see_reports"
    SEE_JOURNAL = "see_journal"
    SEE_GUEST_LIST = "see_guest_list"
    CHECK_IN = "check_in"
    RECEIVE_MONEY = "receive_money"


_DOOR = frozenset({Action.SEE_EVENTS, Action.SEE_GUEST_LIST, Action.CHECK_IN, Action.RECEIVE_MONEY})
_OWNER_ONLY = frozenset({Action.MANAGE_ORGANISER, Action.MANAGE_MEMBERS, Action.MANAGE_PAYOUTS})
_ALLOWED: dict[Role, frozenset[Action]] = {
    Role.OWNER: frozenset(Action),
    Role.MANAGER: frozenset(Action) - _OWNER_ONLY,
    Role.DOOR: _DOOR,
}


def allowed(role: Role | None, action: Action) -> bool:
    """Say whether `role` may do `action`. Nobody's role (None) may do nothing."""
    return role is not None and action in _ALLOWED[role]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking: a guest (perhaps with a session), a signed-in person, or the program itself.

    `roles` holds one pair (organiser id, role) per organiser the person works for. `is_operator`: the person is
    one of those who run the site, which gives no role with any organiser. Make one with
    `Actor.guest`, `Actor.person` or take `SYSTEM`.
    """

    kind: Literal["guest", "person", "system"]
    person_id: UUID | None = None
    session_id: UUID | None = None
    roles: tuple[tuple[UUID, Role], ...] = ()
    is_operator: bool = False

    def __post_init__(self) -> None:
        assert (self.kind == "person") == (self.person_id is not None), "a person has an id, nobody else has"
        assert self.kind == "person" or not (self.roles or self.is_operator), "only a person has roles"
        assert self.kind != "system" or self.session_id is None, "the program has no session"
        organisers = [organiser_id for organiser_id, _ in self.roles]
        assert len(organisers) == len(set(organisers)), "one role for each organiser"

    @classmethod
    def guest(cls, session_id: UUID | None = None) -> "Actor":
        """Return someone who did not sign in."""
        return cls("guest", session_id=session_id)

    @classmethod
    def person(
        cls,
        person_id: UUID,
        *,
        session_id: UUID | None = None,
        roles: tuple[tuple[UUID, Role], ...] = (),
        is_operator: bool = False,
    ) -> "Actor":
        """Return a signed-in person with the roles they hold now."""
        return cls("person", person_id=person_id, session_id=session_id, roles=roles, is_operator=is_operator)

    @property
    def label(self) -> str:
        """Return who this is for the journal: by id, never by name (`person:<uuid>`, `guest`, `system`)."""
        return f"person:{self.person_id}" if self.kind == "person" else self.kind

    def role_in(self, organiser_id: UUID) -> Role | None:
        """Return the role held with this organiser, or None."""
        return next((role for held_in, role in self.roles if held_in == organiser_id), None)

    def may(self, action: Action, organiser_id: UUID) -> bool:
        """Say whether this actor may do `action` for this organiser; the program itself may do everything."""
        return self.kind == "system" or allowed(self.role_in(organiser_id), action)


SYSTEM = Actor("system")
