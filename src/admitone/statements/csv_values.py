"""Days and amounts as banks write them in CSV files. A whole column is looked at before a cell of it is read.

`03/04/2026` alone is two days and `1.234` alone two amounts; beside `23/04/2026` or `0.50` each is one. What a column
cannot settle is refused and asked for, never guessed. Pure.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from admitone.statements.csv_words import folded
from admitone.statements.refusals import AmountsTwoWays, DaysTwoWays
from admitone.values import currencies

_YEAR_FIRST: Final = re.compile(r"([0-9]{4})[-/.]?([0-9]{2})[-/.]?([0-9]{2})(?:[T ].*)?")
_YEAR_LAST: Final = re.compile(r"([0-9]{1,2})([-/. ])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(?:[T, ].*)?")
_WORDED: Final = re.compile(
    r"([0-9]{1,2})[.]?[- /]([a-z]{3,10})[.]?[- /,]{1,2}([0-9]{4}|[0-9]{2})(?:[ ,].*)?"
)
# The first letters of months in the six languages, none of which begins another month.
_MONTHS: Final = (
    "jan|ene|sty",
    "feb|fev|lut",
    "mar|mrt|mae|mrz",
    "apr|avr|abr|kwi",
    "may|mai|mei|maj",
    "jun|juin|cze",
    "jul|juil|lip",
    "aug|aou|ago|sie",
    "sep|wrz",
    "oct|okt|paz",
    "nov|lis",
    "dec|dez|dic|gru",
)
_MONTH: Final = {word: number for number, words in enumerate(_MONTHS, 1) for word in words.split("|")}
_MINUS: Final = str.maketrans({"−": "-", "–": "-", "‐": "-", "’": "'", "\u00a0": " ", "\u202f": " "})
_NUMBER: Final = re.compile(
    r"[0-9]{1,3}(?:[., '][0-9]{3})+(?:[.,][0-9]{1,6})?|[0-9]+(?:[.,][0-9]{1,6})?|[.,][0-9]{1,6}"
)
_GROUPED: Final = re.compile(r"[0-9]+|[0-9]{1,3}(?:[., '][0-9]{3})+")
_CELL_MOST: Final = 60
_MARKS: Final = re.compile(r"[.,]")


class NotThat(ValueError):
    """The cell is no day or no amount; the reader knows its row and says so."""


def day_reader(cells: Sequence[str], currency: str, *, is_day_first: bool | None) -> Callable[[str], date]:
    """How to read the days of this column; what it gives raises NotThat for a cell that is none.

    `is_day_first` None: the column says, and where it does not, the day comes first except in USD, where both are
    usual. Raises DaysTwoWays.
    """
    firsts, seconds, unsure = 0, 0, ""
    for cell in cells:
        match = _YEAR_LAST.fullmatch(cell.strip())
        if match and match[2] != ".":
            firsts, seconds = max(firsts, int(match[1])), max(seconds, int(match[3]))
            unsure = unsure or cell.strip()
    if is_day_first is None:
        if seconds > 12 >= firsts:
            is_day_first = False
        elif unsure and firsts <= 12 and currency == "USD":
            raise DaysTwoWays(field="is_day_first", value=unsure[:40])
        else:
            is_day_first = True

    def read(cell: str) -> date:
        return _day(cell.strip(), is_day_first=is_day_first)

    return read


def _day(cell: str, *, is_day_first: bool) -> date:
    try:
        if match := _YEAR_FIRST.fullmatch(cell):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _YEAR_LAST.fullmatch(cell):
            day, month = int(match[1]), int(match[3])
            if not is_day_first and match[2] != ".":
                day, month = month, day
            return date(_year(match[4]), month, day)
        if match := _WORDED.fullmatch(folded(cell)):
            word = match[2]
            month_number = _MONTH.get(word[:4]) or _MONTH.get(word[:3])
            if month_number:
                return date(_year(match[3]), month_number, int(match[1]))
    except ValueError:
        pass
    raise NotThat


def _year(digits: str) -> int:
    return int(digits) + (2000 if len(digits) == 2 else 0)


def amount_reader(
    cells: Sequence[str], currency: str, *, decimal_mark: str | None
) -> Callable[[str], Decimal]:
    """How to read the amounts of these cells; what it gives raises NotThat for a cell that is none.

    Signs before or behind, brackets, S and H, the currency's name or sign, and thousands grouped by point, comma,
    space or apostrophe are understood. `decimal_mark` None: the cells say which it is. Raises AmountsTwoWays.
    """
    mark = decimal_mark or _decimal_mark(cells, currencies.exponent(currency))

    def read(cell: str) -> Decimal:
        negative, digits = _bare(cell)
        if not _NUMBER.fullmatch(digits):
            raise NotThat
        whole, _, part = digits.partition(mark) if mark else (digits, "", "")
        if (part and not part.isdigit()) or (whole and not _GROUPED.fullmatch(whole)):
            raise NotThat
        plain = re.sub(r"[., ']", "", whole) or "0"
        value = Decimal(f"{plain}.{part or '0'}")
        return -value if negative else value

    return read


def _bare(cell: str) -> tuple[bool, str]:
    """Whether it is negative, and its digits with their marks."""
    if len(cell) > _CELL_MOST:
        return False, ""
    text = re.sub(
        r"(?i)^(?:[A-Z]{3}|[€£$]|zł)\s*|\s*(?:[A-Z]{3}|[€£$]|zł)$", "", cell.translate(_MINUS).strip()
    ).strip()
    negative = False
    if text.startswith("(") and text.endswith(")"):
        negative, text = True, text[1:-1]
    side = re.fullmatch(r"(.*?)\s*([SH])", text)
    if side:
        negative, text = side[2] == "S", side[1]
    if text[:1] in ("-", "+"):
        negative, text = negative or text[0] == "-", text[1:]
    elif text[-1:] in ("-", "+"):
        negative, text = negative or text[-1] == "-", text[:-1]
    text = re.sub(r"(?i)^(?:[A-Z]{3}|[€£$])\s*", "", text.strip())
    return negative, text.strip()


def _decimal_mark(cells: Sequence[str], decimals: int) -> str:
    """`.` or `,`; empty when no cell has decimals. Raises AmountsTwoWays."""
    proved: set[str] = set()
    unsure = ""
    for cell in cells:
        digits = _bare(cell)[1]
        marks = _MARKS.findall(digits)
        behind = len(digits) - 1 - max(digits.rfind("."), digits.rfind(","))
        if not marks or not _NUMBER.fullmatch(digits):
            continue
        if len(set(marks)) == 2 or (len(marks) == 1 and (behind != 3 or digits[0] in "0.,")):
            proved.add(marks[-1])
        elif len(marks) > 1:
            # Grouped twice by the same mark: the other one is for decimals.
            proved.add("," if marks[0] == "." else ".")
        elif decimals:
            unsure = unsure or digits
    if len(proved) > 1 or (unsure and not proved):
        raise AmountsTwoWays(field="decimal_mark", value=unsure or ", ".join(sorted(cells))[:40])
    return proved.pop() if proved else ""
