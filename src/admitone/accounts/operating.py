"""Who runs the site: people who see every organiser's money and set what is agreed with them.

Only the command line makes somebody an operator, so whoever takes over the site's pages cannot make themselves one.
"""

from admitone.accounts import operator_store
from admitone.accounts.facts import OperatorMarked
from admitone.accounts.operator_store import Operator
from admitone.accounts.refusals import OperatorUnknown
from admitone.plumbing.database import Transaction
from admitone.plumbing.journal import announce
from admitone.values.contact import email_key


async def mark_operator(tx: Transaction, email: str, *, is_operator: bool, by: str) -> Operator:
    """Make the person with this address an operator, or not one any more; the same again changes nothing.

    Raises `OperatorUnknown`.
    """
    found = await operator_store.lock(tx, email_key(email))
    if found is None:
        raise OperatorUnknown
    person, was = found
    if was != is_operator:
        await operator_store.mark(tx, person.id, is_operator=is_operator)
        await announce(tx, [OperatorMarked(subject_id=person.id, is_operator=is_operator)], by)
    return person
