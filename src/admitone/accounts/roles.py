"""May this person do that?

The table of what a role may do is in `values.actor`; this is where it is asked.
"""

from uuid import UUID

from admitone.accounts.refusals import BadRole, NotAllowed, NotOperator, NotSignedIn
from admitone.values.actor import Action, Actor, Role


def permit(actor: Actor, action: Action, organiser_id: UUID) -> None:
    """The first line of every flow that acts for an organiser.

    Raises `NotAllowed` (a `Forbidden`) when the actor's role does not include `action`, and `NotSignedIn`
    when nobody is signed in. Whether the organiser exists is not said: nobody has a role in one that does
    not.
    """
    if actor.kind == "guest":
        raise NotSignedIn
    if not actor.may(action, organiser_id):
        raise NotAllowed


def permit_operator(actor: Actor) -> None:
    """The first line of every flow and read that acts for the whole site.

    Raises `NotOperator` (a `Forbidden`), and `NotSignedIn` when nobody is signed in.
    """
    if actor.kind == "guest":
        raise NotSignedIn
    if actor.kind != "system" and not actor.is_operator:
        raise NotOperator


def person_id_of(actor: Actor) -> UUID:
    """The signed-in person's id. Raises `NotSignedIn` for anybody else."""
    if actor.person_id is None:
        raise NotSignedIn
    return actor.person_id


def checked_role(text: str, *, field: str = "role") -> Role:
    """The role of this name. Raises `BadRole`."""
    try:
        return Role(text)
    except ValueError:
        raise BadRole(field=field, choices=", ".join(Role)) from None
