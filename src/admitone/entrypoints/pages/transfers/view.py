"""What the pages of bank transfers say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.views import Options, State


@dataclass(frozen=True, slots=True)
class Guess:
    """An order a line may pay; `why`: "its code is in the text, the amount is exact"."""

    code: str
    why: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """Money nobody has said whose it is. Posting `code` to `settle_url` does; `ignore_url` puts it aside."""

    day: str
    amount: str
    payer: str
    text: str
    guesses: tuple[Guess, ...]
    settle_url: str
    ignore_url: str


@dataclass(frozen=True, slots=True)
class DoneRow:
    """A line that was dealt with. `order_url`: empty when it is for no order; `reopen_url` undoes putting it aside."""

    day: str
    amount: str
    payer: str
    state: State
    detail: str
    code: str = ""
    order_url: str = ""
    reopen_url: str = ""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A statement that was read."""

    name: str
    detail: str
    at: str


@dataclass(frozen=True, slots=True)
class DraftLink:
    """A file that was uploaded and not booked yet."""

    name: str
    at: str
    url: str


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A line of such a file. With a `token` it can be ticked, to be settled with the order `code`; `is_ticked` at
    first. Without, it waits, and `guesses` are orders it may pay.
    """

    day: str
    amount: str
    payer: str
    text: str
    token: str = ""
    is_ticked: bool = False
    code: str = ""
    buyer: str = ""
    state: State | None = None
    detail: str = ""
    guesses: tuple[Guess, ...] = ()


@dataclass(frozen=True, slots=True)
class StatementDraftView:
    """What booking a file would do. Posts csrf and `line` (several tokens) to `book_url`; csrf to `away_url`.

    `facts`: pairs of words about the file. `settles` have an order, `waits` do not, `others` are no money that came in.
    `book_url` is empty when the file has nothing new. `more` says of each list what is not shown.
    """

    template: ClassVar[str] = "transfers/draft.html"
    section: ClassVar[str] = "transfers"

    nav: OrganiserNav
    file_name: str
    facts: tuple[tuple[str, str], ...]
    settles: tuple[ProposalRow, ...]
    waits: tuple[ProposalRow, ...]
    others: tuple[ProposalRow, ...]
    others_words: str
    book_url: str
    away_url: str
    back_url: str
    settles_more: str = ""
    waits_more: str = ""
    others_more: str = ""


@dataclass(frozen=True, slots=True)
class TransfersView:
    """Uploading posts csrf, account, days, decimals and the file as `statement` (multipart) to `import_url`.

    `certain_label`: "Settle 3 certain ones", empty when there is none. `asks` shows how to read days and decimals,
    `columns` (words above the file's columns) which of them is which, as `column-<role>`.
    `accounts` empty: there is no account to be paid into yet.
    """

    template: ClassVar[str] = "transfers/transfers.html"
    section: ClassVar[str] = "transfers"

    nav: OrganiserNav
    accounts: Options
    import_url: str
    lines: tuple[LineRow, ...]
    done: tuple[DoneRow, ...]
    files: tuple[FileRow, ...]
    certain_url: str
    certain_label: str = ""
    lead: str = ""
    drafts: tuple[DraftLink, ...] = ()
    send_back_url: str = ""
    send_back_words: str = ""
    asks: bool = False
    columns: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SendRow:
    """Money to send back. `to`: "Ada Obi, DE02 …", empty while nobody knows; `is_cash`: handed over at the door.

    With `receiver_url` where it goes can be typed (holder, iban, bic). `is_asked`: its buyer has been asked by mail.
    """

    id: str
    code: str
    order_url: str
    buyer: str
    email: str
    amount: str
    why: str
    to: str
    since: str
    is_cash: bool
    in_file: bool
    receiver_url: str = ""
    is_asked: bool = False


@dataclass(frozen=True, slots=True)
class SendBackView:
    """Posts csrf and `refund` (several) to `file_url` for a file, to `sent_url` when the money was sent.

    `bad_id` is the refund whose receiver had the `errors`.
    """

    template: ClassVar[str] = "transfers/send_back.html"
    section: ClassVar[str] = "transfers"

    nav: OrganiserNav
    rows: tuple[SendRow, ...]
    file_url: str
    sent_url: str
    back_url: str
    bad_id: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
