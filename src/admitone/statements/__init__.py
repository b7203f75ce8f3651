"""BANK STATEMENTS. Owns files that wait for a yes, imported statements and what each line of them is matched with; and
writes the two things that go to a bank: the QR code for a transfer and the file of transfers.

Promises: a file is read as it is or refused, never guessed; a line that was read before is not there twice, whatever
file it comes in; amounts are exact; a line's money is for one order, and nobody takes it back once it is settled; a
matching is certain only if the order's code is there, whole and alone; every change of a line has a row of history; a
file nobody said yes to is gone after a day.

Reading (`read_statement`), matching (`Matcher`) and proposing (`propose`) are pure and may take seconds: not inside a
transaction.
"""

from admitone.statements.csv_reader import CsvReading
from admitone.statements.csv_words import Column
from admitone.statements.draft_store import Draft, DraftName
from admitone.statements.drafting import draft_names, forget_drafts, keep_draft, read_draft, take_draft
from admitone.statements.epc import EpcTransfer, epc_payload, epc_symbol
from admitone.statements.facts import (
    LineIgnored,
    LineMatched,
    LineReopened,
    LineReturned,
    StatementImported,
)
from admitone.statements.iban import read_bic, read_iban
from admitone.statements.importing import Imported, import_statement, seen_before, tidy_name
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
from admitone.statements.lines import Kind, StatementLine, fingerprints
from admitone.statements.matching import Candidate, Matcher, Reason, Suggestion, suggest
from admitone.statements.proposing import Fate, Proposal, digest_of, mark_of, propose
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
    DraftNotFound,
    LineNotFound,
    LineNotIncoming,
    LineNotMatched,
    LineNotOpen,
    LineSettled,
    NoTransfers,
    NotSepaAccount,
    OtherAccount,
    PreviewChanged,
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
    "Draft",
    "DraftName",
    "DraftNotFound",
    "EpcTransfer",
    "Fate",
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
    "PreviewChanged",
    "Proposal",
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
    "digest_of",
    "draft_names",
    "epc_payload",
    "epc_symbol",
    "fingerprints",
    "forget_drafts",
    "ignore",
    "import_statement",
    "keep_draft",
    "lines_of_orders",
    "mark_of",
    "mark_returned",
    "mark_settled",
    "match",
    "open_lines",
    "propose",
    "read_bic",
    "read_draft",
    "read_iban",
    "read_lines",
    "read_statement",
    "seen_before",
    "sepa_text",
    "suggest",
    "take_draft",
    "tidy_name",
    "transfer_file",
    "unmatch",
]
