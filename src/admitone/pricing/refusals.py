"""What can be wrong with a basket, or with the rules it is priced by (version 2)."""

from admitone.values.refusals import Conflict, Invalid


class UnknownType(Invalid):
    """The basket names a ticket type, add-on or donation that is not on offer."""

    code = "pricing.unknown_type"
    text = "One of the things you chose is not on offer. Please look at the list again."


class UnknownStep(Invalid):
    """The basket names a price step that the ticket type does not have."""

    code = "pricing.unknown_step"
    text = "“{name}” has no such price. Please look at the list again."


class UnknownBundle(Invalid):
    """The basket names a bundle that is not on offer."""

    code = "pricing.unknown_bundle"
    text = "One of the bundles you chose is not on offer. Please look at the list again."


class TooManyUnits(Invalid):
    """More units in one basket than one order can hold, those of bundles counted singly."""

    code = "pricing.too_many_units"
    text = "One order can hold {units_max} tickets and extras at most. Please split it."


class PriceNotChosen(Invalid):
    """A donation, for which the buyer has to say how much."""

    code = "pricing.price_not_chosen"
    text = "Please say how much you want to give for {name}."


class PriceNotChoosable(Invalid):
    """A price was chosen for something whose price is fixed."""

    code = "pricing.price_not_choosable"
    text = "The price of {name} is fixed."


class PriceBelowMinimum(Invalid):
    """The chosen price is below the minimum; `minimum_minor` minor units."""

    code = "pricing.price_below_minimum"
    text = "Your price for {name} is below the smallest one possible."


class PriceAboveMaximum(Invalid):
    """The chosen price is above the maximum; `maximum_minor` minor units."""

    code = "pricing.price_above_maximum"
    text = "Your price for {name} is above the largest one possible."


class AddOnWithoutTicket(Invalid):
    """An add-on that needs a ticket beside it, and there is none of the right type."""

    code = "pricing.add_on_without_ticket"
    text = "{name} can only be bought together with a ticket it belongs to."


class TooManyAddOns(Invalid):
    """More of an add-on than the tickets beside it allow."""

    code = "pricing.too_many_add_ons"
    text = "With these tickets you can have at most {most} of {name}."


class CodeNotCombinable(Conflict):
    """Several promo codes, and one of them stands alone."""

    code = "pricing.code_not_combinable"
    text = "The code {promo_code} cannot be combined with another code. Please choose one of them."


class CodeTwice(Invalid):
    """The same promo code twice on one order."""

    code = "pricing.code_twice"
    text = "The code {promo_code} was entered twice. It counts once."


class CodeNeedsMore(Invalid):
    """Fewer tickets than the promo code asks for, of those it applies to."""

    code = "pricing.code_needs_more"
    text = "The code {promo_code} needs at least {quantity_min} tickets it applies to."


class CodeNotForThese(CodeNeedsMore):
    """None of the tickets in the basket is one that the promo code applies to."""

    code = "pricing.code_not_for_these"
    text = "The code {promo_code} is not for the tickets you chose."


class BadDiscount(Invalid):
    """A discount over 100 %, of a negative amount, or with limits that cannot be met."""

    code = "pricing.bad_discount"
    text = "A discount is 0 to 100 % or an amount that is not negative, for at least one ticket."


class BadPriceChoice(Invalid):
    """Limits of a price that buyers choose which leave nothing to choose."""

    code = "pricing.bad_price_choice"
    text = "The smallest price cannot be negative, and the largest and the usual price not below it."


class EmptyBundle(Invalid):
    """A bundle of nothing."""

    code = "pricing.empty_bundle"
    text = "A bundle needs at least one thing in it."


class BadBundle(Invalid):
    """A bundle with a type that is not on offer, twice the same type, or a donation."""

    code = "pricing.bad_bundle"
    text = "A bundle is made of tickets and add-ons that are on offer, each named once."


class BadTypes(Invalid):
    """Rules with two types or bundles of the same id, a kind we do not know, or a need no add-on can have."""

    code = "pricing.bad_types"
    text = "What is on offer does not fit together. Please look at the marked part."


class BadVatId(Invalid):
    """Not the form of a VAT identification number of an EU country, or of the country it should be from."""

    code = "pricing.bad_vat_id"
    text = (
        "That is not a VAT number of a country of the European Union. It begins with two letters, such as DE."
    )


class BadChangePolicy(Invalid):
    """Nothing that may be changed, too many events, or hours or a fee out of range."""

    code = "pricing.bad_change_policy"
    text = (
        "Say what buyers may change: the ticket type, or the event (at most {events_max}). "
        "Hours and the fee are whole numbers that are not negative."
    )


class BadRefundPolicy(Invalid):
    """Steps that are none or too many, out of order, or with a percentage or amount out of range."""

    code = "pricing.bad_refund_policy"
    text = (
        "A refund policy has 1 to {steps_max} steps, the earliest first, "
        "each giving back 0 to 100 % less an amount that is not negative."
    )
