"""What the till at the door says."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class UnpaidRow:
    """An order to be paid at the door. `detail`: "2 tickets, order K7PQ2M"; `due`: "€50.00"."""

    name: str
    detail: str
    code: str
    due: str


@dataclass(frozen=True, slots=True)
class LetInRow:
    """A ticket of the order that was just paid: letting its holder in posts csrf, scan_id and code."""

    name: str
    detail: str
    code: str
    scan_id: str


@dataclass(frozen=True, slots=True)
class UnpaidView:
    """Who pays at the door. Taking money posts csrf, code and `means` (cash or card) to `post_url`.

    `paid_words`: "€50.00 received from Ada Obi." after it was taken; then `let_in` are the tickets there are now, which
    are let in at `scan_url`.
    """

    template: ClassVar[str] = "checkin/unpaid.html"

    event_title: str
    door: str
    back_url: str
    search_url: str
    post_url: str
    scan_url: str
    question: str
    rows: tuple[UnpaidRow, ...]
    paid_words: str = ""
    let_in: tuple[LetInRow, ...] = ()
    error: str = ""
