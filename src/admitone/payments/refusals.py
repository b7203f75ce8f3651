"""The ways payments says no."""

from admitone.payments.provider import BadSignature
from admitone.values.refusals import Conflict, Invalid, NotFound

__all__ = [
    "AccountExists",
    "AccountNotFound",
    "AttemptNotFound",
    "BadSignature",
    "KeyMisshapen",
    "KeyMissing",
    "KeyOfOtherMode",
    "MethodNotOffered",
    "NotOpenedHere",
    "NotPaid",
    "NoticeTooLong",
    "OtherAccount",
    "ProviderNotFound",
    "ReceivedAlready",
    "RefundNotFailed",
    "RefundNotFound",
    "RefundTooMuch",
    "SentAlready",
    "TooManyAttempts",
    "TooManyWaiting",
]


class AccountNotFound(NotFound):
    """There is no such payment account, or it is somebody else's."""

    code = "payments.account_not_found"
    text = "We cannot find this payment account."


class AccountExists(Conflict):
    """One account of a provider and mode at a time."""

    code = "payments.account_exists"
    text = "You already have an account of this provider. Close it first, or change its keys."


class KeyMissing(Invalid):
    """Something an account has to be told was left empty."""

    code = "payments.key_missing"
    text = "Please fill this in."


class KeyMisshapen(Invalid):
    """It cannot be what was asked for; `label` is its name. What was typed is not repeated."""

    code = "payments.key_misshapen"
    text = "This does not look like a {label}. Please copy it again."


class KeyOfOtherMode(Invalid):
    """A key for real money where play money is set up, or the other way round."""

    code = "payments.key_of_other_mode"
    text = "This belongs to {found} mode, and you are setting up {wanted} mode."


class OtherAccount(Conflict):
    """Keys are changed for others of the same account: refunds go out of the account that was paid."""

    code = "payments.other_account"
    text = "These keys belong to another account. Close this one and add the other instead."


class NotOpenedHere(Conflict):
    """Nobody's account of this provider can be opened from here in this mode."""

    code = "payments.not_opened_here"
    text = "An account of this provider cannot be opened from here. Please add one by its keys."


class AttemptNotFound(NotFound):
    """There is no such attempt."""

    code = "payments.attempt_not_found"
    text = "We cannot find this payment."


class ProviderNotFound(NotFound):
    """No provider of that name is set up here."""

    code = "payments.provider_not_found"
    text = "There is no such payment provider here."


class MethodNotOffered(Invalid):
    """The method does not exist, or cannot take this amount in this currency."""

    code = "payments.method_not_offered"
    text = "This way of paying is not available for this order. Please choose another."


class TooManyAttempts(Conflict):
    """An order is tried at most `most` times."""

    code = "payments.too_many_attempts"
    text = "Paying for this order was tried {most} times. Please start again with a new order."


class NotPaid(Conflict):
    """Only money that arrived can go back."""

    code = "payments.not_paid"
    text = "This payment has not arrived, so it cannot be refunded."


class RefundNotFound(NotFound):
    """There is no such refund."""

    code = "payments.refund_not_found"
    text = "We cannot find this refund."


class RefundNotFailed(Conflict):
    """Only what a provider refused is sent again by hand; everything else goes on by itself."""

    code = "payments.refund_not_failed"
    text = "This refund is already being sent."


class RefundTooMuch(Conflict):
    """Never more goes back than came in. `left_minor` is what can still go back."""

    code = "payments.refund_too_much"
    text = "This is more than what is left of the payment."


class NoticeTooLong(Invalid):
    """A notice longer than `most` bytes is not read."""

    code = "payments.notice_too_long"
    text = "A notice has at most {most} bytes."


class TooManyWaiting(Conflict):
    """`most` orders of an event may wait for money in this way."""

    code = "payments.too_many_waiting"
    text = "No more tickets can be reserved this way for this event. Please choose another way of paying."


class ReceiverKnown(Conflict):
    """A buyer says where their money goes once; later only the organiser does."""

    code = "payments.receiver_known"
    text = "We know already where this money goes. If that is wrong, please ask the organiser."


class SentAlready(Conflict):
    """Somebody said that this money was sent."""

    code = "payments.sent_already"
    text = "This money was marked as sent before, so it cannot be changed any more."


class ReceivedAlready(Conflict):
    """What was seen is counted once."""

    code = "payments.received_already"
    text = "This money has been recorded already, perhaps by a colleague in this moment."


class NotAwaited(Conflict):
    """Nobody chose to pay this order in this way, or it does not wait for money any more."""

    code = "payments.not_awaited"
    text = "This order does not wait for money in this way. Look at the order first."


class BeingTaken(Conflict):
    """The buyer has paid, and the payment is being taken in this moment."""

    code = "payments.being_taken"
    text = "Your payment has just arrived. Please look again in a moment."


class OnItsWay(Conflict):
    """Bitcoin was seen that pays this order, so it is not given up: its buyer would have to be asked where it goes."""

    code = "payments.on_its_way"
    text = (
        "Your payment is on its way, so this order cannot be given up now. What does not become tickets comes back to "
        "you."
    )
