"""Why store credit cannot be used, made or taken away."""

from admitone.values.refusals import Conflict, Invalid, NotFound


class UnknownCredit(Invalid):
    """No credit of this organiser has this code."""

    code = "credit.unknown"
    text = "We do not know this code. Please check it."


class CreditNotFound(NotFound):
    """No such credit, or none of yours."""

    code = "credit.not_found"
    text = "We cannot find this store credit."


class CreditExpired(Conflict):
    """Its time is over."""

    code = "credit.expired"
    text = "This gift code has expired."


class CreditDisputed(Conflict):
    """It was made of a payment that the buyer's bank wants back."""

    code = "credit.disputed"
    text = "The bank wants back the payment behind this credit. Until that is decided, it cannot be used."


class CreditVoid(Conflict):
    """Its organiser took it away."""

    code = "credit.void"
    text = "This gift code is no longer valid. The organiser took it back."


class CreditUsedUp(Conflict):
    """Nothing is left of it."""

    code = "credit.used_up"
    text = "Nothing is left on this code."


class CreditOtherCurrency(Conflict):
    """It is money of another currency."""

    code = "credit.other_currency"
    text = "This code is for {currency}, and this order is not."


class CreditOtherMode(Conflict):
    """Play money and real money never meet."""

    code = "credit.other_mode"
    text = "This code was made for test orders, or the other way round. It cannot be used here."


class NothingDue(Conflict):
    """The order has nothing to pay."""

    code = "credit.nothing_due"
    text = "There is nothing left to pay for this order."


class CreditInUse(Conflict):
    """This order has it already."""

    code = "credit.in_use"
    text = "This code already counts for this order."


class UseNotFound(NotFound):
    """This order has not taken such credit."""

    code = "credit.use_not_found"
    text = "This order does not use that code."


class UseExists(Conflict):
    """The id belongs to another order's use."""

    code = "credit.use_exists"
    text = "This request was made before, for another order."


class NotAGift(Conflict):
    """A refund belongs to its buyer."""

    code = "credit.not_a_gift"
    text = "This credit is a refund that a buyer left with you. It stays theirs."


class BadGift(Invalid):
    """An amount of at least one minor unit, and not beyond what an order can cost."""

    code = "credit.bad_amount"
    text = "Please give an amount above zero that a ticket could cost."


class BadGiftCurrency(Invalid):
    """A currency this site knows."""

    code = "credit.bad_currency"
    text = "Please choose a currency."


class BadGiftCount(Invalid):
    """At least one and at most `most` codes at once."""

    code = "credit.bad_count"
    text = "You can make 1 to {most} codes at once."


class BadGiftExpiry(Invalid):
    """It must still be usable."""

    code = "credit.bad_expiry"
    text = "The codes must be valid until a time that is still to come."


class GiftNoteTooLong(Invalid):
    """A note has at most `most` characters."""

    code = "credit.note_too_long"
    text = "A note has at most {most} characters."


class OneGiftPerAddress(Invalid):
    """An e-mail address gets one code."""

    code = "credit.one_for_an_address"
    text = "Only a single code can be sent to an address. Make one code, or leave the address empty."
