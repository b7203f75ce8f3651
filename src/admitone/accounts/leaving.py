"""An account ends: who may go, and what of accounts goes with them."""

from uuid import UUID

from admitone.accounts import leaving_store
from admitone.accounts.facts import MemberRemoved, PersonDeleted
from admitone.accounts.refusals import LastOwner, NotSignedIn, OnlyOwnerStays, OperatorStays
from admitone.accounts.team import store as team_store
from admitone.accounts.team.members import remove_member
from admitone.plumbing.database import Transaction
from admitone.plumbing.journal import Fact


async def leave_for_good(tx: Transaction, person_id: UUID) -> tuple[str, list[Fact]]:
    """Delete the person's account; the address it had, and the facts to announce.

    They leave every team first, as by their own hand, so an organiser keeps an owner. Raises `NotSignedIn` when they
    are gone, `OnlyOwnerStays`, `OperatorStays`.
    """
    facts: list[Fact] = []
    posts = await team_store.organisers_of(tx, person_id)
    # One after the other by id, as two owners of the same two organisers may leave at once.
    for post in sorted(posts, key=lambda one: one.organiser.id):
        try:
            role = await remove_member(tx, post.organiser.id, person_id, person_id)
        except LastOwner:
            raise OnlyOwnerStays(organiser_name=post.organiser.name) from None
        facts.append(MemberRemoved(subject_id=person_id, organiser_id=post.organiser.id, role=role.value))
    known = await leaving_store.lock_leaving(tx, person_id)
    if known is None:
        raise NotSignedIn
    email, is_operator = known
    if is_operator:
        raise OperatorStays
    await leaving_store.delete_person(tx, person_id)
    facts.append(PersonDeleted(subject_id=person_id))
    return email, facts
