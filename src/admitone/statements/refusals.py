"""The ways statements says no."""

from admitone.values.refusals import Conflict, Invalid, NotFound


class Unreadable(Invalid):
    """Not a bank statement, or one that cannot be read without guessing. `looks_like` names what it is."""

    code = "statements.unreadable"
    text = "We cannot read this file: {reason}. {remedy}"


class RowUnreadable(Invalid):
    """One row has something that is no day or no amount. `row` counts from 1, as spreadsheets do."""

    code = "statements.row_unreadable"
    text = (
        "Row {row} has “{value}” where we expect {what}. "
        "Choose the right columns, or download the file from your bank again. Nothing was imported."
    )


class ColumnsNotFound(Invalid):
    """The header row does not say which column is which. `missing` are roles, `headers` what the file has."""

    code = "statements.columns_not_found"
    text = "We do not see which column has {what}. Choose the columns yourself, or import CAMT.053 or MT940."


class DaysTwoWays(Invalid):
    """All days of the file can be read with the day first or the month first."""

    code = "statements.days_two_ways"
    text = "“{value}” can be two different days. Say whether the day or the month comes first in this file."


class AmountsTwoWays(Invalid):
    """All amounts of the file can be read with thousands or with decimals."""

    code = "statements.amounts_two_ways"
    text = "“{value}” can be two different amounts. Say whether this file writes decimals with a comma or a point."


class TooLarge(Invalid):
    """More bytes or lines than are read at once."""

    code = "statements.too_large"
    text = (
        "This file is too large: at most {most} {unit} are read at once. Download fewer days from your bank."
    )


class WrongCurrency(Invalid):
    """The file has money in another currency than the account it is imported for."""

    code = "statements.wrong_currency"
    text = (
        "This file has money in {found}, and the account you chose is in {expected}. "
        "Choose the other account, or export {expected} only. Nothing was imported."
    )


class OtherAccount(Invalid):
    """The file says of itself that it is about another account."""

    code = "statements.other_account"
    text = (
        "This statement is of account {found}, and you chose {expected}. "
        "Choose the right account, or the right file. Nothing was imported."
    )


class DraftNotFound(NotFound):
    """It was booked or thrown away, or nobody did either for a day."""

    code = "statements.draft_not_found"
    text = "This file is not here any more: it was booked or thrown away. Look at what was read, or upload it again."


class PreviewChanged(Conflict):
    """An order or a line is not as it was when it was shown."""

    code = "statements.preview_changed"
    text = "Something has changed since this was shown. Nothing was booked; please look at it again."


class LineNotFound(NotFound):
    """This organiser has no such line."""

    code = "statements.line_not_found"
    text = "We cannot find this line of a bank statement."


class LineNotOpen(Conflict):
    """It was matched, put aside or sent back before. `state` says which."""

    code = "statements.line_not_open"
    text = "This line has been dealt with already. Look at it again before you change it."


class LineNotMatched(Conflict):
    """There is nothing to undo."""

    code = "statements.line_not_matched"
    text = "This line is not matched with anything, so there is nothing to undo."


class LineSettled(Conflict):
    """The money of this line has become tickets or a refund."""

    code = "statements.line_settled"
    text = "This money has been counted for the order already. Refund the order instead."


class LineNotIncoming(Conflict):
    """Only money that came in can pay an order."""

    code = "statements.line_not_incoming"
    text = "This money went out of your account, so it cannot pay for an order."


class BadIban(Invalid):
    """Not an account number that can exist."""

    code = "statements.bad_iban"
    text = "This is not a complete IBAN. Please check it digit by digit."


class NotSepaAccount(Invalid):
    """The account's country takes no SEPA transfers."""

    code = "statements.not_sepa_account"
    text = "Accounts in {country} cannot be reached by a SEPA transfer."


class BadBic(Invalid):
    """Not the name of a bank."""

    code = "statements.bad_bic"
    text = "This is not a BIC. It has 8 or 11 letters and digits, such as COBADEFFXXX."


class BicMissing(Invalid):
    """Outside the European Economic Area the IBAN alone does not name the bank."""

    code = "statements.bic_missing"
    text = "Accounts in {country} need the BIC of the bank as well."


class BadTransferAmount(Invalid):
    """A SEPA transfer moves from one cent to 999,999,999.99 euros."""

    code = "statements.bad_transfer_amount"
    text = "A SEPA transfer is between 0.01 and 999999999.99 EUR."


class TransferTextMissing(Invalid):
    """Nothing is left that a bank could print."""

    code = "statements.transfer_text_missing"
    text = "Write this with letters or digits that banks accept, such as A to Z and 0 to 9."


class TransferTextTooLong(Invalid):
    """Banks cut what is longer, so it is refused here."""

    code = "statements.transfer_text_too_long"
    text = "This is too long: at most {most} characters."


class BadReference(Invalid):
    """Not in the form the reference must have."""

    code = "statements.bad_reference"
    text = "This reference is not in the form banks accept ({form})."


class TwoReferences(Invalid):
    """A transfer carries a structured reference or a text, never both."""

    code = "statements.two_references"
    text = "Give either a structured reference or a text, not both."


class ReferenceTwice(Invalid):
    """Two transfers of one file have the same end-to-end id."""

    code = "statements.reference_twice"
    text = "Two transfers of this file have the same reference {reference}."


class NoTransfers(Invalid):
    """A file without transfers, or with more than `most`."""

    code = "statements.no_transfers"
    text = "A file of transfers has at least one and at most {most} of them."
