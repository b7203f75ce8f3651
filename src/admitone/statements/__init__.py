"""BANK STATEMENTS. Owns imported statements and what each line of them is matched with; and writes the two things that
go to a bank: the QR code for a transfer and the file of transfers.

Promises: a file is read as it is or refused, never guessed; a line that was read before is not there twice, whatever
file it comes in; amounts are exact; a line's money is for one order, and nobody takes it back once it is settled; a
matching is certain only if the order's code is there, whole and alone; every change of a line has a row of history.

Reading (`read_statement`) and matching (`Matcher`) are pure and may take seconds: not inside a transaction.
"""

from admitone.statements.csv_reader import CsvReading
from admitone.statements.csv_words import Column
from admitone.statements.epc import EpcTransfer, epc_payload, epc_symbol
from admitone.statements.facts import (
    LineIgnored,
    LineMatched,
    LineReopened,
    LineReturned,
    StatementImported,
)
from admitone.statements.iban import read_bic, read_iban
from admitone.statements.importing import Imported, import_statement
from admitone.statements.lifecycle import Line, LineState
from admitone.statements.line_desk import (
    Match,
    ignore,
    lines_of_orders,
    mark_returned,
    mark_settled,
    match,
    open_lines,
    read_lines,
    unmatch,
)
from admitone.statements.lines import Kind, StatementLine
from admitone.statements.matching import Candidate, Matcher, Reason, Suggestion, suggest
from admitone.statements.reading import BYTES_MOST, ReadStatement, read_statement
from admitone.statements.refusals import (
    AmountsTwoWays,
    BadBic,
    BadIban,
    BadReference,
    BadTransferAmount,
    BicMissing,
    ColumnsNotFound,
    DaysTwoWays,
    LineNotFound,
    LineNotIncoming,
    LineNotMatched,
    LineNotOpen,
    LineSettled,
    NoTransfers,
    NotSepaAccount,
    OtherAccount,
    ReferenceTwice,
    RowUnreadable,
    TooLarge,
    TransferTextMissing,
    TransferTextTooLong,
    TwoReferences,
    Unreadable,
    WrongCurrency,
)
from admitone.statements.sepa_file import Debtor, Schema, Transfer, transfer_file
from admitone.statements.sepa_letters import sepa_text

__all__ = [
    "BYTES_MOST",
    "AmountsTwoWays",
    "BadBic",
    "BadIban",
    "BadReference",
    "BadTransferAmount",
    "BicMissing",
    "Candidate",
    "Column",
    "ColumnsNotFound",
    "CsvReading",
    "DaysTwoWays",
    "Debtor",
    "EpcTransfer",
    "Imported",
    "Kind",
    "Line",
    "LineIgnored",
    "LineMatched",
    "LineNotFound",
    "LineNotIncoming",
    "LineNotMatched",
    "LineNotOpen",
    "LineReopened",
    "LineReturned",
    "LineSettled",
    "LineState",
    "Match",
    "Matcher",
    "NoTransfers",
    "NotSepaAccount",
    "OtherAccount",
    "ReadStatement",
    "Reason",
    "ReferenceTwice",
    "RowUnreadable",
    "Schema",
    "StatementImported",
    "StatementLine",
    "Suggestion",
    "TooLarge",
    "Transfer",
    "TransferTextMissing",
    "TransferTextTooLong",
    "TwoReferences",
    "Unreadable",
    "WrongCurrency",
    "epc_payload",
    "epc_symbol",
    "ignore",
    "import_statement",
    "lines_of_orders",
    "mark_returned",
    "mark_settled",
    "match",
    "open_lines",
    "read_bic",
    "read_iban",
    "read_lines",
    "read_statement",
    "sepa_text",
    "suggest",
    "transfer_file",
    "unmatch",
]
