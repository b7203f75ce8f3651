"""The ways promo codes say no."""

from admitone.values.refusals import Conflict, Invalid, NotFound


class UnknownCode(Invalid):
    """There is no such code, or it is for other events: who guesses is not told which."""

    code = "promotions.unknown_code"
    text = "This promo code does not work for this event. Please check how it is written."


class NotValidNow(Conflict):
    """The code is paused, not valid yet, or not any more. `cannot` says which, with the moment in the event's zone."""

    code = "promotions.not_valid_now"
    text = "The promo code {promo_code} {cannot}."


class UsedUp(Conflict):
    """The code was redeemed as often as it may be, or has too few uses left for this order. `left` is how many."""

    code = "promotions.used_up"
    text = "The promo code {promo_code} was used as often as it can be."


class OverPersonalLimit(Conflict):
    """This buyer has redeemed the code as often as one person may. `limit` is how often; of `unit`."""

    code = "promotions.over_personal_limit"
    text = "One person can use the promo code {promo_code} for {limit} {unit} at most."


class CodeNotFound(NotFound):
    """There is no such code, or it is another organiser's."""

    code = "promotions.not_found"
    text = "We cannot find this promo code."


class BatchNotFound(NotFound):
    """There is no such batch, or it is another organiser's."""

    code = "promotions.batch_not_found"
    text = "We cannot find these promo codes."


class BadCode(Invalid):
    """Not a code that people can type."""

    code = "promotions.bad_code"
    text = (
        "Please use {least} to {most} letters, digits, dashes, dots or underscores, a letter or digit first."
    )


class BadPrefix(Invalid):
    """Not something that codes can begin with."""

    code = "promotions.bad_prefix"
    text = "Please use at most {most} letters, digits or dashes, beginning with a letter or digit."


class CodeTaken(Conflict):
    """The organiser has this code already, perhaps in other letters."""

    code = "promotions.code_taken"
    text = "You have a promo code with this name already."


class CodeIsUsed(Conflict):
    """What was redeemed stays: a code with redemptions is not deleted and keeps its name."""

    code = "promotions.code_is_used"
    text = "This promo code was used already. You can pause it instead."


class BadEffect(Invalid):
    """Not something a code can do."""

    code = "promotions.bad_effect"
    text = "Please choose what the code does."


class BadPercent(Invalid):
    """Not a percentage to take off."""

    code = "promotions.bad_percent"
    text = "Please take off more than 0 and at most 100 percent."


class BadAmount(Invalid):
    """Not an amount of money for this effect."""

    code = "promotions.bad_amount"
    text = "Please write an amount of more than 0."


class BadCurrency(Invalid):
    """An amount needs the currency of the events it is for."""

    code = "promotions.bad_currency"
    text = "Please choose the currency of the amount."


class BadWindow(Invalid):
    """The code would end before it begins."""

    code = "promotions.bad_window"
    text = "The end must be after the beginning."


class BadQuantity(Invalid):
    """The least and most tickets it applies to do not fit."""

    code = "promotions.bad_quantity"
    text = "Please write whole numbers from 1 to {most}, and no more at least than at most."


class BadLimit(Invalid):
    """Not a number of uses."""

    code = "promotions.bad_limit"
    text = "Please write a whole number from 1 to {most}, or leave it empty."


class LimitBelowUses(Conflict):
    """The code was used more often than the new limit says."""

    code = "promotions.limit_below_uses"
    text = "It was used {used} times already. The limit cannot be lower."


class NoteTooLong(Invalid):
    """More than a note. `most` is in characters."""

    code = "promotions.note_too_long"
    text = "Please use at most {most} characters."


class NothingUnlocked(Invalid):
    """A code that only unlocks has to unlock something."""

    code = "promotions.nothing_unlocked"
    text = "Please choose the hidden tickets that this code shows."


class NothingChosen(Invalid):
    """Neither all nor any of them."""

    code = "promotions.nothing_chosen"
    text = "Please choose at least one, or all."


class NotYours(Invalid):
    """An event or a ticket type that is not the organiser's."""

    code = "promotions.not_yours"
    text = "One of these is not yours. Please choose again."


class BadCount(Invalid):
    """How many codes to make."""

    code = "promotions.bad_count"
    text = "Please make 1 to {most} codes at a time."
