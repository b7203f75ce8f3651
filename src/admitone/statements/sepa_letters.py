"""The letters banks pass on in SEPA transfers, and how others are written with them. Pure.

Source: EPC217-08, "SEPA requirements for an extended character set": a-z A-Z 0-9 / - ? : ( ) . , ' + and space; no
stroke at either end and no two in a row in references. Umlauts as Germans write them without umlauts; Greek by ELOT 743
and Cyrillic as in Bulgaria, the two other scripts of SEPA. What has no letters becomes a point.
"""

import re
import unicodedata
from typing import Final

_ALLOWED: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")
_REFERENCE: Final = re.compile(r"[A-Za-z0-9?:().,'+ -]+(?:/[A-Za-z0-9?:().,'+ -]+)*")
_LATIN: Final = (
    "ä ae|ö oe|ü ue|ß ss|æ ae|ø oe|å aa|œ oe|ł l|đ d|ð d|þ th|ħ h|ŋ n|ı i|ĳ ij|& +|@ (at)|€ EUR|£ GBP|_ -|; ,|! .|* .|"
    "\" '|’ '|‘ '|“ '|” '|„ '|« '|» '|´ '|` '|– -|— -|− -|… ...|[ (|] )|{ (|} )|< (|> )|\\ /|= -|# .|% .|~ -|^ ."
)
_GREEK: Final = (
    "α a|β v|γ g|δ d|ε e|ζ z|η i|θ th|ι i|κ k|λ l|μ m|ν n|ξ x|ο o|π p|ρ r|σ s|ς s|τ t|υ y|φ f|χ ch|ψ ps|ω o"
)
_CYRILLIC: Final = (
    "а a|б b|в v|г g|д d|е e|ж zh|з z|и i|й y|к k|л l|м m|н n|о o|п p|р r|с s|т t|у u|ф f|х h|ц ts|ч ch|ш sh|щ sht|ъ a|"
    "ы y|ь y|э e|ю yu|я ya|ё yo|є ye|і i|ї yi|ґ g|ђ dj|ј j|љ lj|њ nj|ћ c|џ dz|ѓ gj|ќ kj|ѕ dz"
)


def _table() -> dict[str, str]:
    written: dict[str, str] = {}
    for pair in "|".join((_LATIN, _GREEK, _CYRILLIC)).split("|"):
        letter, _, others = pair.partition(" ")
        written[letter] = others
        if letter.isalpha() and letter != "ß":
            written[letter.upper()] = others.capitalize()
    return written


_WRITTEN: Final = _table()


def sepa_text(words: str) -> str:
    """The words with the letters banks pass on, on one line; empty when no letter or digit is left of them."""
    letters = []
    # The one pair of Greek letters that reads quite differently letter by letter.
    words = re.sub("([οΟ])[υύΥΎ]", lambda pair: "ou" if pair[1] == "ο" else "Ou", words)
    for letter in unicodedata.normalize("NFC", " ".join(words.split())):
        written = letter if letter in _ALLOWED else _WRITTEN.get(letter)
        if written is None:
            # An accent on a letter we have a word for (ά), or on one of ours (é).
            bare = [part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part)]
            written = "".join(part if part in _ALLOWED else _WRITTEN.get(part, ".") for part in bare)
        letters.append(written)
    text = " ".join("".join(letters).split())
    return text if any(letter.isalnum() for letter in text) else ""


def is_sepa_reference(words: str) -> bool:
    """Whether banks pass it on unchanged as a reference, such as an end-to-end id."""
    return len(words) <= 35 and words == words.strip() and _REFERENCE.fullmatch(words) is not None
