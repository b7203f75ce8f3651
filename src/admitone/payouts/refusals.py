"""The ways payouts say no."""

from admitone.values.refusals import Conflict, Forbidden, Invalid, NotFound


class PayoutNotFound(NotFound):
    """No such payout of this organiser."""

    code = "payouts.not_found"
    text = "We cannot find this payout."


class ReceiverNotFound(NotFound):
    """No such receiver."""

    code = "payouts.receiver_not_found"
    text = "We cannot find this receiver of payouts."


class NoReceiver(Conflict):
    """Nobody said where the money of this currency goes."""

    code = "payouts.no_receiver"
    text = "Please say first where payouts in {currency} go."


class ReceiverNotVerified(Conflict):
    """The receiver is not verified."""

    code = "payouts.receiver_not_verified"
    text = "The receiver of payouts in {currency} is not verified yet, so nothing can be sent there."


class ReceiverReplaced(Conflict):
    """The payout was asked for when the money went to another receiver."""

    code = "payouts.receiver_replaced"
    text = "The receiver was changed after this payout was asked for. Decline it, and ask again."


class CannotPayOut(Conflict):
    """The account with the provider cannot pay out."""

    code = "payouts.cannot_pay_out"
    text = "Payouts in {currency} cannot be sent this way now."


class PayoutsPaused(Conflict):
    """A receiver was changed: nothing is sent until then."""

    code = "payouts.paused"
    text = "The receiver was changed, so payouts are paused until {until}."


class TooManyDisputes(Conflict):
    """Too many payments are disputed."""

    code = "payouts.too_many_disputes"
    text = "Payouts are paused because too many payments are disputed. Please write to us."


class TooLittle(Conflict):
    """Less is available than is asked for, or than is paid out at least."""

    code = "payouts.too_little"
    text = "There is too little available for this payout: {available} available, {minimum} at least."


class PayoutOpen(Conflict):
    """Another payout of the currency is not finished."""

    code = "payouts.another_open"
    text = "Another payout in {currency} is not finished yet."


class PayoutDecided(Conflict):
    """The payout is past that."""

    code = "payouts.decided"
    text = "That is not possible now: this payout is {state}."


class NeedsAnother(Forbidden):
    """The same person asked: somebody else of the team must agree."""

    code = "payouts.needs_another"
    text = "Somebody else of your team has to agree to this payout."


class WrongSum(Invalid):
    """The sum typed to agree is not the payout's."""

    code = "payouts.wrong_sum"
    text = "Please type the payout's sum exactly: {amount}."


class BadIban(Invalid):
    """Not an IBAN, or not in a currency that goes by SEPA."""

    code = "payouts.bad_iban"
    text = "Bank accounts are for payouts in EUR, and need a correct IBAN."


class BadTerms(Invalid):
    """A number of the terms is out of range."""

    code = "payouts.bad_terms"
    text = "Use a whole number from {least} to {most}."


class HalfReserve(Invalid):
    """A share is kept back for no time, or nothing for some time."""

    code = "payouts.half_reserve"
    text = "A reserve needs both: which share is kept back, and for how many days."
