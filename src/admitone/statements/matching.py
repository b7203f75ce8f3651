"""Which order a line's money is for. Pure.

The order's code is looked for in what the payer wrote. A code is nine letters of Crockford's base 32 (`values.ids`),
which has no I, L, O and U: so I and L can only be 1, and O can only be 0, and both are read so. It has no check letter,
so a code with a wrong letter is known by the orders there are: two random codes of 45 bits are practically never one
letter apart. A damaged code is suggested and never certain.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from admitone.values.ids import normalise_code

SUGGESTIONS_MOST: Final = 5
_CODE_EXACT: Final = 60
_CODE_NEARLY: Final = 40
_AMOUNT_EXACT: Final = 20
_NAME_MOST: Final = 15
_EMAIL: Final = 15
# Without a code: the amount, and more than half of the name or the whole address.
_LEAST: Final = _AMOUNT_EXACT + 8
# Shorter words of a name have to be there exactly.
_LONG_WORD: Final = 4
# Banks book on their own day, and an order placed at night may be a day behind in UTC.
_EARLIEST: Final = timedelta(days=1)
_TITLES: Final = frozenset(
    (
        "mr",
        "mrs",
        "ms",
        "miss",
        "dr",
        "prof",
        "herr",
        "frau",
        "mme",
        "mlle",
        "sr",
        "sra",
        "pan",
        "pani",
        "und",
        "and",
        "et",
    )
)
_SPELT: Final = {
    ord(letter): words for letter, words in zip("äöüßłø", ("ae", "oe", "ue", "ss", "l", "o"), strict=True)
}


class Reason(StrEnum):
    """Why an order is suggested."""

    CODE = "code"
    CODE_NEARLY = "code_nearly"
    SEVERAL_CODES = "several_codes"
    AMOUNT = "amount"
    AMOUNT_UNDER = "amount_under"
    AMOUNT_OVER = "amount_over"
    OTHER_CURRENCY = "other_currency"
    NAME = "name"
    EMAIL = "email"
    BEFORE_ORDER = "before_order"


class Money(Protocol):
    """A line, read just now (`StatementLine`) or stored (`Line`)."""

    @property
    def booked_on(self) -> date: ...
    @property
    def currency(self) -> str: ...
    @property
    def amount_minor(self) -> int: ...
    @property
    def payer_name(self) -> str | None: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """An order that may be meant. `expected_minor`: whole minor units of `currency` that are still to be paid.
    `is_late`: its time to pay is over, so that its places may be somebody else's.
    """

    order_id: UUID
    code: str
    expected_minor: int
    currency: str
    buyer_name: str
    email: str
    placed_at: datetime
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An order this line may pay. `score`: 0 to 110, only to sort by.

    `is_certain`: the code is there, whole, and no other order's is. It says whose money this is, not that it is the
    right amount: for that look for `Reason.AMOUNT`.
    """

    order_id: UUID
    code: str
    score: int
    is_certain: bool
    reasons: tuple[Reason, ...]


class Matcher:
    """Finds orders for lines; put together once for many lines. Two orders with the same code are an error of ours."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._by_code: dict[str, Candidate] = {}
        self._by_part: dict[str, set[str]] = defaultdict(set)
        self._by_amount: dict[tuple[str, int], list[Candidate]] = defaultdict(list)
        self._by_name: dict[str, set[str]] = defaultdict(set)
        for one in candidates:
            code = normalise_code(one.code)
            assert code not in self._by_code, "an order's code is its own"
            self._by_code[code] = one
            for part in _without_one(code):
                self._by_part[part].add(code)
            self._by_amount[one.currency, one.expected_minor].append(one)
            for part in _name_parts(_words(one.buyer_name)):
                self._by_name[part].add(code)
        self._lengths = sorted({len(code) for code in self._by_code})

    def suggest(self, line: Money) -> list[Suggestion]:
        """The likeliest orders first, at most five. Money that went out pays for nothing."""
        if line.amount_minor <= 0:
            return []
        exact, nearly = self._codes_in(line.text)
        wanted = {code: self._by_code[code] for code in (*sorted(exact), *sorted(nearly))}
        found = [self._judge(line, one, code in exact, len(wanted)) for code, one in wanted.items()]
        found += [
            guess
            for one in self._of_same_amount(line)
            if one not in wanted.values()
            if (guess := _guess(line, one))
        ]
        return sorted(found, key=lambda one: (-one.score, one.code))[:SUGGESTIONS_MOST]

    def _of_same_amount(self, line: Money) -> list[Candidate]:
        """Those whose name or address may be in the line: thousands of orders can have the same amount."""
        parts = _name_parts(_words(f"{line.payer_name or ''} {line.text}"))
        named = {code for part in parts for code in self._by_name.get(part, ())}
        written = _address(line.text)
        return [
            one
            for one in self._by_amount.get((line.currency, line.amount_minor), [])
            if normalise_code(one.code) in named or _address(one.email) in written
        ]

    def _codes_in(self, text: str) -> tuple[set[str], set[str]]:
        """Codes that are there whole, and codes that are there but for one letter."""
        squeezed = "".join(letter for letter in normalise_code(text) if letter.isalnum())
        exact: set[str] = set()
        nearly: set[str] = set()
        for length in self._lengths:
            exact.update(window for window in _windows(squeezed, length) if window in self._by_code)
            for window in _windows(squeezed, length - 1):
                nearly.update(code for code in self._by_part.get(window, ()) if len(code) == length)
            for window in _windows(squeezed, length):
                near = {code for part in _without_one(window) for code in self._by_part.get(part, ())}
                nearly.update(code for code in near if is_near(window, code))
            for window in _windows(squeezed, length + 1):
                nearly.update(part for part in _without_one(window) if part in self._by_code)
        return exact, nearly - exact

    def _judge(self, line: Money, one: Candidate, is_exact: bool, codes: int) -> Suggestion:
        reasons = [Reason.CODE if is_exact else Reason.CODE_NEARLY]
        score = _CODE_EXACT if is_exact else _CODE_NEARLY
        if codes > 1:
            reasons.append(Reason.SEVERAL_CODES)
        if line.currency != one.currency:
            reasons.append(Reason.OTHER_CURRENCY)
        else:
            reasons.append(_amount_reason(line.amount_minor, one.expected_minor))
            score += _AMOUNT_EXACT * (line.amount_minor == one.expected_minor)
        extra, more = _about_the_buyer(line, one)
        if _is_before(line, one):
            more.append(Reason.BEFORE_ORDER)
        certain = is_exact and codes == 1 and line.currency == one.currency and _is_unmistakable(line, one)
        return Suggestion(one.order_id, one.code, score + extra, certain, (*reasons, *more))


def suggest(line: Money, candidates: Iterable[Candidate]) -> list[Suggestion]:
    """`Matcher.suggest` for one line."""
    return Matcher(candidates).suggest(line)


def _is_unmistakable(line: Money, one: Candidate) -> bool:
    """A code of digits only can be a piece of any long number: it has to stand by itself."""
    code = normalise_code(one.code)
    if not code.isdigit():
        return True
    return code in (normalise_code(word) for word in re.split(r"[^0-9A-Za-z]+", line.text))


def _guess(line: Money, one: Candidate) -> Suggestion | None:
    """An order with this very amount whose buyer seems to be who paid."""
    extra, reasons = _about_the_buyer(line, one)
    score = _AMOUNT_EXACT + extra
    if score < _LEAST or _is_before(line, one):
        return None
    return Suggestion(one.order_id, one.code, score, False, (Reason.AMOUNT, *reasons))


def _amount_reason(paid: int, expected: int) -> Reason:
    if paid == expected:
        return Reason.AMOUNT
    return Reason.AMOUNT_UNDER if paid < expected else Reason.AMOUNT_OVER


def _is_before(line: Money, one: Candidate) -> bool:
    return line.booked_on < (one.placed_at - _EARLIEST).date()


def _about_the_buyer(line: Money, one: Candidate) -> tuple[int, list[Reason]]:
    score, reasons = 0, []
    likeness = name_likeness(one.buyer_name, f"{line.payer_name or ''} {line.text}")
    if likeness > 50:
        score += _NAME_MOST * likeness // 100
        reasons.append(Reason.NAME)
    address = _address(one.email)
    if len(address) >= 8 and address in _address(line.text):
        score += _EMAIL
        reasons.append(Reason.EMAIL)
    return score, reasons


def name_likeness(name: str, said: str) -> int:
    """How much of the name is in what was said, in percent: whatever the order, case, accents and titles."""
    wanted = [word for word in _words(name) if word not in _TITLES]
    there = _words(said)
    if not wanted:
        return 0
    found = sum(len(word) for word in wanted if any(_is_alike(word, other) for other in there))
    return 100 * found // sum(map(len, wanted))


def _is_alike(word: str, other: str) -> bool:
    return word == other or (min(len(word), len(other)) >= _LONG_WORD and is_near(word, other))


def _words(text: str) -> list[str]:
    """Without case and accents, umlauts as people write them who have no such keys."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", text.casefold()).translate(_SPELT))
    return re.findall(r"\w+", "".join(letter for letter in plain if not unicodedata.combining(letter)))


def _name_parts(words: Iterable[str]) -> set[str]:
    """What two words have in common that are one letter apart, or the same."""
    parts = set(words)
    for word in list(parts):
        if len(word) >= _LONG_WORD:
            parts.update(_without_one(word))
    return parts


def _address(text: str) -> str:
    """Letters and digits only: banks write @ as a space, as (at) or not at all, and break lines where they like."""
    return "".join(letter for letter in text.casefold().replace("(at)", "") if letter.isalnum())


def _windows(text: str, size: int) -> Iterator[str]:
    return (text[start : start + size] for start in range(len(text) - size + 1)) if size > 0 else iter(())


def _without_one(text: str) -> Sequence[str]:
    return [text[:place] + text[place + 1 :] for place in range(len(text))]


def is_near(text: str, code: str) -> bool:
    """Whether one letter was written wrong, left out or added, or two neighbours were swapped (or nothing of it)."""
    if text == code:
        return True
    start = 0
    while start < min(len(text), len(code)) and text[start] == code[start]:
        start += 1
    left, right = text[start:], code[start:]
    if len(left) == len(right):
        return left[1:] == right[1:] or (left[:2] == right[1::-1] and len(left) > 1 and left[2:] == right[2:])
    return left[1:] == right if len(left) > len(right) else left == right[1:]
