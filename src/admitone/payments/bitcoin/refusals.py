"""Why nothing can be paid in bitcoin just now."""

from admitone.values.refusals import Busy, Conflict, Invalid


class NoRate(Busy):
    """No rate that can be trusted: too few sources answered, they are too old, or too far apart."""

    code = "bitcoin.no_rate"
    text = "We cannot say at the moment what this costs in bitcoin. Please try again in a minute, or pay another way."


class NoDestination(Invalid):
    """It is nothing bitcoin can be sent to, or was cut or mistyped: the checksum tells."""

    code = "bitcoin.no_destination"
    text = "We cannot read this. Please copy all of it again from your Bitcoin app."


class DestinationOfOtherRail(Invalid):
    """An address where only invoices can be paid, or the other way round. `wanted` are words."""

    code = "bitcoin.destination_of_other_rail"
    text = "You paid in a way that can only go back in the same way. Please give {wanted}."


class DestinationOfOtherNetwork(Invalid):
    """Of the main network where play money was paid, or the other way round."""

    code = "bitcoin.destination_of_other_network"
    text = "This is for another Bitcoin network than the one you paid on. Money sent there would be lost."


class InvoiceOfOtherAmount(Invalid):
    """The invoice asks for more or less than goes back; `amount` are words."""

    code = "bitcoin.invoice_of_other_amount"
    text = (
        "This asks for another amount. Please make an invoice of exactly {amount}, or one without an amount."
    )


class AddressOfOtherAmount(Invalid):
    """What was copied with the address asks for more or less than goes back; `amount` are words."""

    code = "bitcoin.address_of_other_amount"
    text = "This asks for another amount than the {amount} that go back. Please copy the address alone."


class InvoiceEndsSoon(Invalid):
    """The invoice has run out, or will before it can be paid."""

    code = "bitcoin.invoice_ends_soon"
    text = "This invoice has run out, or is about to. Please make a new one that can be paid for an hour."


class NoInvoiceThere(Invalid):
    """The Lightning Address gave no invoice that fits; `place` is it."""

    code = "bitcoin.no_invoice_there"
    text = "{place} did not give us an invoice. Please check it, or paste an invoice instead."


class DestinationKnown(Conflict):
    """It was said before where this goes."""

    code = "bitcoin.destination_known"
    text = "We know already where this goes. You can say it once."


class InvoiceUsed(Conflict):
    """The same invoice was named for another refund: it can be paid once only."""

    code = "bitcoin.invoice_used"
    text = "This invoice is for another refund of yours. Please make one more."


class DestinationOfOurs(Conflict):
    """What was named is an invoice or an address that an order here is to be paid by."""

    code = "bitcoin.destination_of_ours"
    text = "An order on this site is paid by this, so it would go to its seller. Please name one of your own."


class WithdrawalOver(Conflict):
    """The code was used, or is of an earlier round."""

    code = "bitcoin.withdrawal_over"
    text = "This code has been used. Open the page of your refund again for a new one."
