"""UMA addresses (`$name@domain`) and the names below our own domain. Pure.

Source: UMAD-01 of the UMA standard: at most 64 characters before the `@` with the `$`, of a-z, 0-9, `-_.+`, whatever
their case. The SDK checks none of it.
"""

import re
from dataclasses import dataclass
from typing import Final

from admitone.payments.uma.refusals import BadUmaAddress

ADDRESS_CHARS: Final = 320
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME: Final = re.compile(r"[a-z0-9._+-]{1,63}")
# A port is for trying it out on one's own machine; whether a domain may be asked at all is `PublicFetch`'s to say.
_DOMAIN: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*(?::[1-9][0-9]{{0,4}})?")


@dataclass(frozen=True, slots=True)
class UmaAddress:
    """`$name@domain`, in lower case. `domain` may have a port."""

    name: str
    domain: str

    def __str__(self) -> str:
        return f"${self.name}@{self.domain}"


def is_domain(text: str) -> bool:
    """Whether this names a provider: a host, perhaps with a port, and nothing else."""
    return len(text) <= 255 and _DOMAIN.fullmatch(text.lower()) is not None


def is_name(text: str) -> bool:
    """Whether this can stand before the `@` of an address, without the `$`."""
    return _NAME.fullmatch(text.lower()) is not None


def uma_address(text: str) -> UmaAddress:
    """What somebody typed as their address. Raises `BadUmaAddress`."""
    tidy = text.strip().lower()
    name, at, domain = tidy.partition("@")
    if len(tidy) > ADDRESS_CHARS or not at or not name.startswith("$"):
        raise BadUmaAddress(field="address")
    if not (is_name(name[1:]) and is_domain(domain)):
        raise BadUmaAddress(field="address")
    return UmaAddress(name[1:], domain)
