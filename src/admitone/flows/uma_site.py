"""This site as a UMA provider: where it is, and what it says of itself."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

ORDER_DATA: Final = {"identifier": True, "compliance": True, "name": False, "email": False}
"""What a payer's provider tells of somebody who pays an order, and whether it must."""
TICKET_DATA: Final = {**ORDER_DATA, "email": True}
"""And of somebody who buys a ticket, which has to be sent somewhere."""


@dataclass(frozen=True, slots=True)
class UmaSite:
    """`domain` (perhaps with a port) is in its addresses, `url` where it answers. `kyc` is what it says of its
    organisers: VERIFIED, NOT_VERIFIED, PENDING or UNKNOWN.
    """

    domain: str
    url: str
    name: str
    kyc: str

    def payreq(self, key: str, **query: str) -> str:
        """Where what has this key is paid."""
        more = f"?{urlencode(query)}" if query else ""
        return f"{self.url}/uma/payreq/{key}{more}"
