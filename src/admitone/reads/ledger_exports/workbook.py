"""The parts of an Excel workbook (ECMA-376, parts 1 and 2), in an order in which they can be sent while they are made.

What is known before the first row comes first: kinds of parts, looks, then the sheets, one after the other. What is
known only at the end, how many sheets there are, comes last. The list of kinds says that a part is a sheet unless it
says otherwise, so it need not know them. Texts are inside their cells (`inlineStr`): a table of all texts would be kept
until the end.

Row by row this is text with numbers in it (decision 0031), so it is made by whoever has the rows.
"""

import zipfile
from collections.abc import Sequence
from html import escape
from io import BytesIO
from re import compile as expression
from typing import IO

from admitone.reads.ledger_exports.pieces import Pieces

SHEET_ROWS = 1_048_576
DECIMALS_MOST = 15
# Looks, by their place in `_STYLES`. An amount of so many decimals looks like `AMOUNT` + decimals.
BOLD, TIME, AMOUNT = 1, 2, 3
_CELL_MOST = 32_767
# Without the larger numbers of ZIP64, over which Excel stumbles in archives that are written forward.
_SHEET_BYTES_MOST = 2_000_000_000
# Making the file takes a quarter less of the processor than with the usual 6; it is larger by a seventh.
_LEVEL = 3
# A text may look like one of Excel's own escapes for letters that XML does not have.
_LIKE_ESCAPE = expression(r"_(?=x[0-9A-Fa-f]{4}_)")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_CONTENT_TYPES = (
    f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Default Extension="xml" ContentType="{_KIND}.worksheet+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>'
    "</Types>"
)
_ROOT = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)


def _styles() -> str:
    patterns = ["yyyy-mm-dd hh:mm:ss", "#,##0", *("#,##0." + "0" * n for n in range(1, DECIMALS_MOST + 1))]
    # Numbers below 164 are Excel's own.
    formats = "".join(f'<numFmt numFmtId="{164 + n}" formatCode="{one}"/>' for n, one in enumerate(patterns))
    numbered = "".join(
        f'<xf numFmtId="{164 + n}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        for n in range(len(patterns))
    )
    font = '<sz val="11"/><name val="Calibri"/><family val="2"/>'
    return (
        f'{_XML}<styleSheet xmlns="{_MAIN}">'
        f'<numFmts count="{len(patterns)}">{formats}</numFmts>'
        f'<fonts count="2"><font>{font}</font><font><b/>{font}</font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{2 + len(patterns)}"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
        f"{numbered}</cellXfs>"
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def escaped(text: str) -> str:
    """A text of printable letters for between `<t>` and `</t>`, cut where Excel would."""
    return escape(_LIKE_ESCAPE.sub("_x005F_", text[:_CELL_MOST]), quote=False)


def text_cell(column: int, row: int, text: str, look: int = 0) -> str:
    """A cell of text, whatever it begins with: never a formula. Columns from 0, rows from 1."""
    return f'<c r="{_LETTERS[column]}{row}" s="{look}" t="inlineStr"><is><t>{escaped(text)}</t></is></c>'


def number_cell(column: int, row: int, number: str, look: int = 0) -> str:
    """A cell of a number, written with digits and a point."""
    return f'<c r="{_LETTERS[column]}{row}" s="{look}"><v>{number}</v></c>'


class Workbook:
    """`sheet` begins the next, `rows` goes into it, `end` is last; `taken` gives the bytes that are ready.

    Names of sheets are ours: plain words, each once. It holds what was not taken.
    """

    def __init__(self) -> None:
        self._pieces = Pieces()
        self._zip = zipfile.ZipFile(self._pieces, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
        self._names: list[str] = []
        self._open: IO[bytes] = BytesIO()
        self._bytes = 0
        for name, content in (
            ("[Content_Types].xml", _CONTENT_TYPES),
            ("_rels/.rels", _ROOT),
            ("xl/styles.xml", _styles()),
        ):
            self._part(name, content)

    def sheet(self, name: str, columns: Sequence[tuple[str, int]]) -> None:
        """With one row, of these names, that stays in sight; columns are so many letters wide."""
        self._end_sheet()
        self._names.append(name)
        self._open = self._zip.open(f"xl/worksheets/sheet{len(self._names)}.xml", "w")
        self._bytes = 0
        widths = "".join(
            f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
            for n, (_, width) in enumerate(columns, start=1)
        )
        head = "".join(text_cell(n, 1, title, BOLD) for n, (title, _) in enumerate(columns))
        selected = ' tabSelected="1"' if len(self._names) == 1 else ""
        self.rows(
            f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView{selected} workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f'<cols>{widths}</cols><sheetData><row r="1">{head}</row>'
        )

    def rows(self, content: str) -> None:
        """Some `<row>`s, of cells as above."""
        encoded = content.encode()
        self._bytes += len(encoded)
        self._open.write(encoded)

    @property
    def is_heavy(self) -> bool:
        """Whether what comes next belongs into another sheet, however few rows this one has."""
        return self._bytes >= _SHEET_BYTES_MOST

    def end(self) -> None:
        """The list of sheets, and the archive's own."""
        self._end_sheet()
        sheets = "".join(
            f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>'
            for n, name in enumerate(self._names, start=1)
        )
        self._part(
            "xl/workbook.xml",
            f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/></bookViews>'
            f"<sheets>{sheets}</sheets></workbook>",
        )
        parts = "".join(
            f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in range(1, len(self._names) + 1)
        )
        styles = f'<Relationship Id="rId{len(self._names) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        self._part(
            "xl/_rels/workbook.xml.rels",
            f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{parts}{styles}</Relationships>',
        )
        self._zip.close()

    def taken(self) -> bytes:
        """The bytes made since the last time."""
        return self._pieces.taken()

    def _end_sheet(self) -> None:
        if self._names:
            self._open.write(b"</sheetData></worksheet>")
            self._open.close()

    def _part(self, name: str, content: str) -> None:
        with self._zip.open(name, "w") as part:
            part.write(content.encode())
