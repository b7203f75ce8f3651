"""What the stand-in knows: Stripe's objects as plain JSON, the keys it has seen, and money on each account's balance.

Names that begin with an underscore are its own and are never shown. Source of the forms: docs.stripe.com/api.
"""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from admitone.values.clock import Clock, epoch_ms

Thing = dict[str, Any]
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
PLATFORM = "acct_1StandInPlatform"


class Says(Exception):
    """An error of Stripe's. `is_kept`: it happened while the work was done, so the idempotency key repeats it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        kind: str = "invalid_request_error",
        is_kept: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.is_kept = is_kept
        self.error: Thing = {"message": message, "type": kind}
        if code is not None:
            self.error |= {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code}"}
        if param is not None:
            self.error["param"] = param


def missing(kind: str, ref: str, param: str = "id") -> Says:
    """There is nothing of that name."""
    return Says(404, f"No such {kind}: '{ref}'", code="resource_missing", param=param)


class Books:
    """All state, in memory and in a file when a path is given."""

    def __init__(self, clock: Clock, *, is_live: bool = False, path: Path | None = None) -> None:
        self.clock = clock
        self.is_live = is_live
        self._path = path
        self._things: dict[str, Thing] = {}
        self.keys: dict[str, Thing] = {}
        self.deliveries: list[Thing] = []
        # Called with every event: (type, object, connected account).
        self.tell: Callable[[str, Thing, str | None], None] = lambda kind, thing, account: None
        if path is not None and path.exists():
            kept = json.loads(path.read_text("utf-8"))
            self._things, self.keys, self.deliveries = kept["things"], kept["keys"], kept["deliveries"]

    def save(self) -> None:
        """Keep everything for the next start."""
        if self._path is None:
            return
        kept = {"things": self._things, "keys": self.keys, "deliveries": self.deliveries}
        half = self._path.with_suffix(".new")
        half.write_text(json.dumps(kept), "utf-8")
        half.replace(self._path)

    def now(self) -> int:
        """Seconds since 1970."""
        return epoch_ms(self.clock.now()) // 1000

    def new_id(self, prefix: str) -> str:
        """A name that was never given before."""
        return f"{prefix}_1" + "".join(secrets.choice(_ALPHABET) for _ in range(23))

    def add(self, prefix: str, kind: str, fields: Mapping[str, Any]) -> Thing:
        """Write a new object."""
        thing: Thing = {"id": self.new_id(prefix), "object": kind, "created": self.now(), **fields}
        self._things[thing["id"]] = thing
        return thing

    def rename(self, thing: Thing, ref: str) -> None:
        """Give an object a name that is known beforehand."""
        del self._things[thing["id"]]
        thing["id"] = ref
        self._things[ref] = thing

    def get(self, kind: str, ref: str, param: str = "id") -> Thing:
        """The object of this name. Raises `Says`."""
        thing = self._things.get(ref)
        if thing is None or thing["object"] != kind:
            raise missing(kind.replace(".", " "), ref, param)
        return thing

    def all(self, kind: str) -> Iterator[Thing]:
        """All of a kind, newest first."""
        return (one for one in reversed(list(self._things.values())) if one["object"] == kind)

    def shown(self, thing: Thing, expand: tuple[str, ...] = ()) -> Thing:
        """As the interface shows it, with what was asked for put in the place of its name."""
        plain = {name: deepcopy(value) for name, value in thing.items() if not name.startswith("_")}
        for path in expand:
            self._expand(plain, path.split("."))
        return plain

    def _expand(self, place: object, steps: list[str]) -> None:
        if isinstance(place, list):
            for one in place:
                self._expand(one, steps)
            return
        if not isinstance(place, dict) or steps[0] not in place:
            return
        name, *rest = steps
        inner = place[name]
        if isinstance(inner, str) and inner in self._things:
            place[name] = inner = self.shown(self._things[inner])
        if rest:
            self._expand(inner, rest)

    def move(
        self, account: str, kind: str, category: str, amount: int, currency: str, *, source: str, fee: int = 0
    ) -> Thing:
        """Write a line of an account's books: its balance moves by amount minus fee."""
        details = {"amount": fee, "application": None, "currency": currency, "type": "stripe_fee"}
        return self.add(
            "txn",
            "balance_transaction",
            {
                "_account": account,
                "amount": amount,
                "available_on": self.now(),
                "balance_type": "payments",
                "currency": currency,
                "description": None,
                "exchange_rate": None,
                "fee": fee,
                "fee_details": [{**details, "description": "Stripe processing fees"}] if fee else [],
                "net": amount - fee,
                "reporting_category": category,
                "source": source,
                "status": "available",
                "type": kind,
            },
        )

    def balance(self, account: str) -> dict[str, int]:
        """What lies on an account, by currency."""
        lying: dict[str, int] = {}
        for line in self.all("balance_transaction"):
            if line["_account"] == account:
                lying[line["currency"]] = lying.get(line["currency"], 0) + line["net"]
        return lying

    def need(self, account: str, amount: int, currency: str) -> None:
        """Raises `Says` when there is less than that."""
        if self.balance(account).get(currency, 0) < amount:
            raise Says(
                400, "You have insufficient available funds.", code="balance_insufficient", is_kept=True
            )
