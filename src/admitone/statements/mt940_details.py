"""Field 86 of MT940: what was written with the money, in the three dialects banks use.

- Question marks: `166?00GUTSCHRIFT?20EREF+...?21SVWZ+...?32NAME` (Germany, Austria, Poland; DFÜ-Abkommen annex 3).
  ?20-?29 and ?60-?63 are one text cut into pieces, with keywords of four letters and a plus sign inside.
- Strokes: `/TRTP/SEPA.../IBAN/.../NAME/.../REMI/.../EREF/...` (the Netherlands and others).
- Free text.
"""

import re
from dataclasses import dataclass
from typing import Final

_PIECE: Final = re.compile(r"\?([0-9]{2})")
_MARKED: Final = re.compile(r"[0-9]{3}\?[0-9]{2}")
_KEYWORD: Final = re.compile(
    r"(EREF|KREF|MREF|BREF|RREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|SQTP|MDAT|DDAT)\+"
)
_STROKE: Final = re.compile(
    r"/(TRTP|IBAN|BIC|NAME|REMI|EREF|CNTP|BENM|ORDP|MARF|CSID|ISDT|PREF|RTRN|ADDR|ID|TRCD|ACCW|BUSP|KREF|ULTC|ULTD|PURP|"
    r"SVCL|CHGS|EXCH|OCMT|OPRP|INIT|SVWZ|STRD|USTD|CREF)(?=/)"
)
_TEXT_PIECES: Final = (*(str(number) for number in range(20, 30)), "60", "61", "62", "63")


@dataclass(frozen=True, slots=True)
class Details:
    """`texts`: all a payer can have written, the likeliest first. Name and account are of the other side."""

    name: str | None
    account: str | None
    texts: tuple[str, ...]


def read_details(written: str) -> Details:
    """Take field 86 apart; what is in none of the dialects is text as it stands."""
    lines = [line.strip() for line in written.splitlines()]
    whole = "".join(lines)
    if _MARKED.match(whole):
        return _marked(whole)
    # A line has 65 letters: a full one goes on in the next without a space.
    glued = "".join(line if len(line) >= 65 else f"{line} " for line in lines).strip()
    if whole.startswith("/") and _STROKE.match(whole):
        return _stroked(whole)
    return Details(None, None, _texts(glued))


def _marked(whole: str) -> Details:
    parts = _PIECE.split(whole)
    pieces: dict[str, list[str]] = {}
    for code, text in zip(parts[1::2], parts[2::2], strict=True):
        pieces.setdefault(code, []).append(text)
    purpose = "".join("".join(pieces.get(code, [])) for code in _TEXT_PIECES)
    said = _KEYWORD.split(purpose)
    named: dict[str, str] = {}
    for keyword, text in zip(said[1::2], said[2::2], strict=True):
        named.setdefault(keyword, text.strip())
    name = "".join("".join(pieces.get(code, [])) for code in ("32", "33"))
    account = named.get("IBAN") or "".join(pieces.get("31", []))
    return Details(
        name.strip() or named.get("ABWA") or None,
        account.strip() or None,
        _texts(said[0], named.get("SVWZ", ""), named.get("EREF", ""), named.get("KREF", "")),
    )


def _stroked(whole: str) -> Details:
    said = _STROKE.split(whole)
    named: dict[str, str] = {}
    for keyword, text in zip(said[1::2], said[2::2], strict=True):
        named.setdefault(keyword, text.strip(" /"))
    # /CNTP/account/bic/name/place/: the other side in one.
    party = named.get("CNTP", named.get("ORDP", named.get("BENM", ""))).split("/")
    account = named.get("IBAN") or (party[0] if len(party) > 1 else "")
    name = named.get("NAME") or (party[2] if len(party) > 2 else "")
    words = (named.get(keyword, "") for keyword in ("REMI", "USTD", "STRD", "SVWZ", "EREF", "CREF", "KREF"))
    return Details(name.strip() or None, account.strip() or None, _texts(*words))


def _texts(*texts: str) -> tuple[str, ...]:
    return tuple(text.strip() for text in texts if text.strip())
