"""What wallets show of a payment before it is made: LUD-06's metadata, which invoices commit to by its hash."""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PayTexts:
    """`domain` is this site's, `site_name` what it is called. Names are without the `$`."""

    domain: str
    site_name: str

    def site(self, name: str) -> str:
        """Somebody pays the site, for an order they have to name."""
        return self._lines(f"{self.site_name}: write the code of your order into the comment", name)

    def order(self, code: str) -> str:
        """What is due of an order."""
        return self._lines(f"Order {code}, {self.site_name}", code)

    def ticket(self, type_name: str, event_title: str, name: str) -> str:
        """A ticket of an event."""
        more = ["text/long-desc", "One ticket. Send your e-mail address along: it is mailed to you."]
        return self._lines(f"{type_name}, {event_title}", name, more)

    def _lines(self, text: str, name: str, *more: list[str]) -> str:
        lines = [["text/plain", text], ["text/identifier", f"{name.lower()}@{self.domain}"], *more]
        return json.dumps(lines, ensure_ascii=False, separators=(",", ":"))
