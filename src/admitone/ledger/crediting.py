"""What store credit moves: handed out, left by a buyer, used, given back, ended. Pure.

Credit is owed to its holder. When a sale is paid with it, the organiser's earnings give up as much to where the
credit's money lies (`funding`), so whoever handed it out bears it, and gifts never become money that can be paid out.
"""

from typing import Literal
from uuid import UUID

from admitone.ledger import chart
from admitone.ledger.chart import AccountName
from admitone.ledger.posting import NewTransfer, transfers

Funding = Literal["gifts", "pending", "direct"]


def _funding(organiser_id: UUID, funding: str) -> AccountName:
    if funding == "gifts":
        return chart.organiser_gifts(organiser_id)
    return chart.earned(organiser_id, is_direct=funding == "direct")


def gift(
    *, credit_id: UUID, organiser_id: UUID, currency: str, amount_minor: int, is_test: bool
) -> list[NewTransfer]:
    """An organiser hands out store credit: it costs them when it is used."""
    gifts = chart.organiser_gifts(organiser_id)
    parts = [("gift", gifts, chart.credit(credit_id, organiser_id), amount_minor)]
    return transfers(f"gift:{credit_id}", credit_id, currency, parts, is_test=is_test)


def credit_given(
    *, cause_id: UUID, credit_id: UUID, organiser_id: UUID, currency: str, amount_minor: int, is_test: bool
) -> list[NewTransfer]:
    """What is owed to a buyer becomes store credit: nothing leaves the site."""
    parts = [("credit_given", chart.REFUNDS_DUE, chart.credit(credit_id, organiser_id), amount_minor)]
    return transfers(f"credit:{cause_id}", cause_id, currency, parts, is_test=is_test)


def credit_set_aside(
    *,
    use_id: UUID,
    order_id: UUID,
    credit_id: UUID,
    organiser_id: UUID,
    currency: str,
    amount_minor: int,
    is_test: bool,
) -> list[NewTransfer]:
    """Store credit is set aside for an order."""
    parts = [("credit_used", chart.credit(credit_id, organiser_id), chart.DEPOSITS, amount_minor)]
    return transfers(f"use:{use_id}", order_id, currency, parts, is_test=is_test)


def credit_given_back(
    *,
    use_id: UUID,
    order_id: UUID,
    credit_id: UUID,
    organiser_id: UUID,
    currency: str,
    amount_minor: int,
    is_test: bool,
) -> list[NewTransfer]:
    """The order ended unpaid, or does without it: the credit set aside for it is its holder's again."""
    parts = [("credit_returned", chart.DEPOSITS, chart.credit(credit_id, organiser_id), amount_minor)]
    return transfers(f"use:{use_id}", order_id, currency, parts, is_test=is_test)


def credit_funded(
    *,
    use_id: UUID,
    order_id: UUID,
    organiser_id: UUID,
    currency: str,
    amount_minor: int,
    funding: str,
    is_direct: bool,
    is_test: bool,
) -> list[NewTransfer]:
    """An order was paid with this credit: what it earned there is taken where the credit's money lies."""
    earned, lies = chart.earned(organiser_id, is_direct=is_direct), _funding(organiser_id, funding)
    if earned == lies:
        return []
    parts = [("credit_funded", earned, lies, amount_minor)]
    return transfers(f"use:{use_id}", order_id, currency, parts, is_test=is_test)


def credit_restored(
    *,
    cause_id: UUID,
    use_id: UUID,
    credit_id: UUID,
    organiser_id: UUID,
    currency: str,
    amount_minor: int,
    funding: str,
    is_direct: bool,
    is_test: bool,
) -> list[NewTransfer]:
    """So much of a sale paid with credit is taken back: it is credit again, and lies where it lay before."""
    earned, lies = chart.earned(organiser_id, is_direct=is_direct), _funding(organiser_id, funding)
    parts = [("credit_restored", chart.REFUNDS_DUE, chart.credit(credit_id, organiser_id), amount_minor)]
    if earned != lies:
        parts.append(("credit_unfunded", lies, earned, amount_minor))
    return transfers(f"use:{use_id}:{cause_id}", cause_id, currency, parts, is_test=is_test)


def gift_ended(
    *,
    credit_id: UUID,
    ended_minor: int,
    organiser_id: UUID,
    currency: str,
    amount_minor: int,
    is_test: bool,
) -> list[NewTransfer]:
    """A gift ran out or was taken away with so much left. `ended_minor`: all that ended of it so far, this included."""
    gifts = chart.organiser_gifts(organiser_id)
    parts = [("gift_ended", chart.credit(credit_id, organiser_id), gifts, amount_minor)]
    return transfers(f"credit:{credit_id}:{ended_minor}", credit_id, currency, parts, is_test=is_test)


def credit_taken(
    *,
    credit_id: UUID,
    ended_minor: int,
    organiser_id: UUID,
    currency: str,
    amount_minor: int,
    funding: str,
    is_test: bool,
) -> list[NewTransfer]:
    """A bank has taken the payment behind a credit, which is lost once: so much of the credit is the organiser's again.

    `ended_minor`: all that ended of it so far, this included.
    """
    lies = _funding(organiser_id, funding)
    parts = [("credit_taken", chart.credit(credit_id, organiser_id), lies, amount_minor)]
    return transfers(f"credit:{credit_id}:{ended_minor}", credit_id, currency, parts, is_test=is_test)
