"""Amounts that a provider can send back: some take no decimals of a currency that has them (HUF and TWD at PayPal).

What follows from a rule is rounded down to what can be sent, and shown so before anything happens; an amount that
somebody typed is refused, with those beside it that can be. So no refund is wanted that could never be sent. What is
rounded off is less than one unit of the currency; whoever takes the whole order back later gives it too.

What the buyer's bank has taken of the payment for good is not there to be sent either, nor to become store credit: what
is left is shown, and given.
"""

from dataclasses import replace
from functools import reduce

from admitone import payments
from admitone.flows.money_sources import look_at_sources
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.reversal_plan import Plan, PlannedUnit, TooMuchBack
from admitone.plumbing.database import Reader
from admitone.pricing import NOTHING, Parts
from admitone.values import formats
from admitone.values.refusals import Invalid


class WholeUnitsOnly(Invalid):
    """The provider that was paid cannot send this amount. `down_minor` is the next lower one it can."""

    code = "reversal.whole_units_only"
    text = "This payment can only be sent back in whole units, without decimals. Choose {down_words} instead."


async def in_whole_units(
    reader: Reader, accounts: PaymentAccounts, plan: Plan, *, is_typed: bool = False
) -> Plan:
    """The plan with what can be sent back. `is_typed`: somebody chose the amount. Raises `WholeUnitsOnly`,
    `TooMuchBack`, and `PaymentTakenBack` when the buyer's bank has it all.
    """
    minor = plan.total.total_minor
    if not minor:
        return plan
    sources = await look_at_sources(reader, plan.order.id, None if plan.to == "credit" else accounts)
    given = sources.look(plan.order.id, minor)
    down_minor, short_minor = given.total_minor, minor - given.total_minor
    if not short_minor:
        return plan
    if given.taken_minor and not down_minor:
        raise payments.PaymentTakenBack
    if is_typed:
        down_words = formats.money(down_minor, plan.order.currency)
        if given.taken_minor:
            raise TooMuchBack(field="amount", left_minor=down_minor, left_words=down_words)
        raise WholeUnitsOnly(field="amount", down_minor=down_minor, down_words=down_words)
    units, short_minor = _less(plan.units, short_minor)
    more, short_minor = _less(plan.more, short_minor)
    assert short_minor == 0, "no more is rounded off than there is"
    return replace(
        plan, units=units, more=more, total=reduce(Parts.plus, (one.back for one in (*units, *more)), NOTHING)
    )


def _less(units: tuple[PlannedUnit, ...], minor: int) -> tuple[tuple[PlannedUnit, ...], int]:
    """These with so much less coming back, and what is still to be rounded off."""
    found = []
    for one in units:
        mine = min(minor, one.back.total_minor)
        minor -= mine
        found.append(replace(one, back=less_of_unit(one.back, mine)) if mine else one)
    return tuple(found), minor


def less_of_unit(back: Parts, minor: int) -> Parts:
    """So much less of what one unit gives back: of its price first, its taxes and the site's part in proportion."""
    from_price = min(minor, back.price_minor)
    price_minor, fees_minor = back.price_minor - from_price, back.fees_minor - (minor - from_price)

    def of_price(part_minor: int) -> int:
        return part_minor * price_minor // back.price_minor if back.price_minor else part_minor

    def of_fees(part_minor: int) -> int:
        return part_minor * fees_minor // back.fees_minor if back.fees_minor else part_minor

    price_tax_minor, fees_tax_minor = of_price(back.price_tax_minor), of_fees(back.fees_tax_minor)
    net_minor = price_minor + fees_minor - price_tax_minor - fees_tax_minor
    on_top_minor = min(of_fees(back.site_on_top_minor), net_minor)
    inside_minor = min(of_price(back.site_inside_minor), net_minor - on_top_minor)
    return Parts(price_minor, price_tax_minor, fees_minor, fees_tax_minor, on_top_minor, inside_minor)
