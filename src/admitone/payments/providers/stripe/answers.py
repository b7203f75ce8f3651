"""The ways a call to Stripe ends without what was asked for. They never leave this package."""

from enum import Enum, auto


class NoAnswer(Exception):
    """Nobody knows whether it happened. `is_replayed`: Stripe kept this fault under the key and will repeat it."""

    def __init__(self, reason: str, *, is_replayed: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_replayed = is_replayed


class No(Enum):
    """What kind of no it was."""

    MISSING = auto()
    LATER = auto()
    KEYS = auto()
    OTHER_REQUEST = auto()
    REFUSED = auto()


class SaysNo(Exception):
    """Stripe's own word, and nothing was done. `reason` is its code, which has nothing secret in it."""

    def __init__(self, kind: No, reason: str, *, is_replayed: bool = False) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.is_replayed = is_replayed
