"""The ways reconciling and disputing say no."""

from admitone.values.refusals import Conflict, NotFound


class ReconciliationRuns(Conflict):
    """One run at a time for each account."""

    code = "payments.reconciliation_runs"
    text = "This account is being compared in this moment. Look again in a minute."


class CaseNotFound(NotFound):
    """Nothing like that waits for this organiser."""

    code = "payments.case_not_found"
    text = "There is nothing like that to look at."


class DisputeNotFound(NotFound):
    """This organiser has no such dispute."""

    code = "payments.dispute_not_found"
    text = "There is no such dispute."


class PaymentDisputed(Conflict):
    """While the buyer's bank wants the money back, we do not send it too: it would go back twice."""

    code = "payments.payment_disputed"
    text = (
        "The buyer's bank disputes this payment, so the money is not ours to send back now. "
        "Answer the dispute, or let the bank have it."
    )


class DisputeDecided(Conflict):
    """The bank has an answer, or has decided."""

    code = "payments.dispute_decided"
    text = "This dispute has been answered or decided already."


class DisputeNotAnswerable(Conflict):
    """The provider takes no answers over its interface, or is not set up any more."""

    code = "payments.dispute_not_answerable"
    text = (
        "This dispute has to be answered on the provider's own page. The paper below can be uploaded there."
    )


class PaymentTakenBack(Conflict):
    """The buyer's bank has given them the money: what went back by that does not go back, or become credit, again."""

    code = "payments.payment_taken_back"
    text = "The buyer's bank has taken this payment back, so its money cannot be given back here as well."
