"""A reversal as it is stored: the units of its plan, and what comes back of each."""

from admitone import orders
from admitone.flows.reversal_plan import Plan


def unit_rows(plan: Plan) -> list[orders.UnitRow]:
    """What is written of a plan: of units that die, and of those that died before and of which more comes back."""
    rows = [(one, plan.cancels) for one in plan.units] + [(one, False) for one in plan.more]
    return [
        orders.UnitRow(
            one.line.id,
            one.unit,
            is_cancelled,
            one.back.price_minor,
            one.back.price_tax_minor,
            one.back.fees_minor,
            one.back.fees_tax_minor,
            one.back.site_on_top_minor,
            one.back.site_inside_minor,
        )
        for one, is_cancelled in rows
    ]
