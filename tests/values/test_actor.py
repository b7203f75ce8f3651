"""What each role may do, every pair listed, and who an actor can be."""

from typing import Any
from uuid import UUID

import pytest

from admitone.values.actor import SYSTEM, Action, Actor, Role, allowed

HALL, CLUB, PERSON, SESSION = (UUID(int=number) for number in range(1, 5))

#                          owner  manager door
TABLE: dict[Action, tuple[bool, bool, bool]] = {
    Action.MANAGE_ORGANISER: (True, False, False),
    Action.MANAGE_MEMBERS: (True, False, False),
    Action.MANAGE_PAYOUTS: (True, False, False),
    Action.MANAGE_EVENTS: (True, True, False),
    Action.SEE_EVENTS: (True, True, True),
    Action.SEE_ORDERS: (True, True, False),
    Action.CHANGE_ORDERS: (True, True, False),
    Action.REFUND_ORDERS: (True, True, False),
    Action.SEE_REPORTS: (True, True, False),
    Action.SEE_JOURNAL: (True, True, False),
    Action.SEE_GUEST_LIST: (True, True, True),
    Action.CHECK_IN: (True, True, True),
    Action.RECEIVE_MONEY: (True, True, True),
}


def test_the_table_of_roles_and_actions_is_exactly_this() -> None:
    assert set(TABLE) == set(Action)
    for action, (owner, manager, door) in TABLE.items():
        found = (allowed(Role.OWNER, action), allowed(Role.MANAGER, action), allowed(Role.DOOR, action))
        assert found == (owner, manager, door), action
        assert allowed(None, action) is False


def test_roles_and_actions_are_stored_by_these_words() -> None:
    assert [role.value for role in Role] == ["owner", "manager", "door"]
    assert all(action.value == action.name.lower() for action in Action)


def test_a_person_has_a_role_only_where_they_were_given_one() -> None:
    person = Actor.person(PERSON, session_id=SESSION, roles=((HALL, Role.MANAGER), (CLUB, Role.DOOR)))
    assert (person.kind, person.person_id, person.session_id) == ("person", PERSON, SESSION)
    assert person.role_in(HALL) is Role.MANAGER
    assert person.role_in(CLUB) is Role.DOOR
    assert person.role_in(UUID(int=99)) is None
    assert person.may(Action.REFUND_ORDERS, HALL)
    assert not person.may(Action.REFUND_ORDERS, CLUB)
    assert not person.may(Action.CHECK_IN, UUID(int=99))


def test_a_guest_may_do_nothing_for_an_organiser_and_the_program_everything() -> None:
    guest = Actor.guest(SESSION)
    assert (guest.kind, guest.person_id, guest.session_id, guest.roles) == ("guest", None, SESSION, ())
    assert Actor.guest().session_id is None
    assert not any(guest.may(action, HALL) for action in Action)
    assert all(SYSTEM.may(action, HALL) for action in Action)
    assert SYSTEM.role_in(HALL) is None


@pytest.mark.parametrize(
    "parts",
    [
        {"kind": "person"},
        {"kind": "guest", "person_id": PERSON},
        {"kind": "system", "person_id": PERSON},
        {"kind": "guest", "roles": ((HALL, Role.DOOR),)},
        {"kind": "system", "session_id": SESSION},
        {"kind": "person", "person_id": PERSON, "roles": ((HALL, Role.DOOR), (HALL, Role.OWNER))},
    ],
)
def test_an_actor_that_cannot_be_is_a_broken_assumption(parts: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        Actor(**parts)
