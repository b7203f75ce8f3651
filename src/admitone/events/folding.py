"""Words as a search compares them: without case, accents and compatibility forms, in every script.

Done here and not in the database, because `unaccent` is an extension that a given server may lack.
"""

import unicodedata


def folded(*texts: str | None) -> str:
    """The texts as one line of folded words: `Café Müller` and `CAFE MULLER` give `cafe muller`."""
    whole = " ".join(text for text in texts if text)
    spread = unicodedata.normalize("NFKD", whole.casefold())
    # Marks are what accents become; control letters and halves of letters are no word and no database takes
    # them.
    plain = "".join(letter if not letter.isspace() else " " for letter in spread if _is_kept(letter))
    return " ".join(unicodedata.normalize("NFC", plain).split())


def _is_kept(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter) not in {"Mn", "Cc", "Cs"}
