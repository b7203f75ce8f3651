"""The ways payments says no."""

from admitone.payments.provider import BadSignature
from admitone.values.refusals import Conflict, Invalid, NotFound

__all__ = [
    "AccountExists",
    "AccountNotFound",
    "AttemptNotFound",
    "BadSignature",
    "MethodNotOffered",
    "NotPaid",
    "NoticeTooLong",
    "ProviderNotFound",
    "RefundNotFailed",
    "RefundNotFound",
    "RefundTooMuch",
    "TooManyAttempts",
]


class AccountNotFound(NotFound):
    """There is no such payment account, or it is somebody else's."""

    code = "payments.account_not_found"
    text = "We cannot find this payment account."


class AccountExists(Conflict):
    """One account of a provider and mode at a time."""

    code = "payments.account_exists"
    text = "You already have an account of this provider. Close it first, or change its keys."


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
