"""Bitcoin Core for the contract suite: the other end of the wire is a real bitcoind, on a chain of its own.

The buyer pays and a block is mined; who gets money back names an address at once.
"""

import atexit
from collections import deque
from collections.abc import Mapping
from contextlib import AsyncExitStack, ExitStack
from datetime import datetime, timedelta
from functools import cache

from admitone.payments import Provider, RefundAsk, RefundStatus
from admitone.payments.providers.onchain import OnchainProvider
from admitone.payments.providers.onchain.provider import LABEL
from admitone.plumbing.database import Database
from admitone.values.clock import FrozenClock
from tests.contracts.payments.cases import Trouble
from tests.support.bitcoind import Bitcoind, private_node
from tests.support.core_account import SAT_PER_CENT, CoreAccount, core_account
from tests.support.core_wire import Fault
from tests.support.naming_buyer import refund_named
from tests.support.payments_rows import START

_FAULTS = {
    Trouble.NEVER_ARRIVED: Fault.NEVER,
    Trouble.SERVER_ERROR: Fault.ERROR,
    Trouble.ANSWER_LOST: Fault.LOST,
    Trouble.GARBAGE: Fault.GARBAGE,
}
_VERBS = {
    "start": "getnewaddress",
    "status": "listsinceblock",
    "refund": "sendrawtransaction",
    "refund_status": "gettransaction",
}


@cache
def _node() -> Bitcoind:
    """One for all cases, until this process ends."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(private_node())


class _Refunding:
    """A provider with a buyer who says at once where the money goes."""

    def __init__(self, end: "CoreEnd", provider: OnchainProvider) -> None:
        self._end = end
        self._provider = provider

    def __getattr__(self, name: str) -> object:
        return getattr(self._provider, name)

    async def refund(self, ask: RefundAsk) -> RefundStatus:
        end = self._end
        return await refund_named(
            end.database, end.clock, self._provider.refund, ask, lambda _: (end.buyers_address, None)
        )


class CoreEnd:
    """A bitcoind as the other end of the wire."""

    method = "onchain"
    currency = "EUR"
    account: CoreAccount
    provider: Provider
    buyers_address: str

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = FrozenClock(START)
        self._node = _node()
        self._stack = AsyncExitStack()

    async def open(self) -> None:
        """The account is there, with money to send back."""
        self.account = await self._stack.enter_async_context(
            core_account(self._node, self.database, self.clock)
        )
        own = self._node.rpc("getnewaddress", purse=self.account.purse)
        self.account.pay(own, 1_000_000)
        self._node.mine()
        self.buyers_address = self._node.rpc("getnewaddress", purse=self._node.miner)
        self.provider = _Refunding(self, self.account.provider)  # type: ignore[assignment]

    async def close(self) -> None:
        """The wire is gone."""
        await self._stack.aclose()

    def now(self) -> datetime:
        return self.clock.now()

    def trouble(self, verb: str, *troubles: Trouble) -> None:
        self.account.wire.faults = {_VERBS[verb]: deque(_FAULTS[one] for one in troubles)}

    async def pay(self, provider_ref: str) -> None:
        self.account.pay(provider_ref, 2500 * SAT_PER_CENT)
        self._node.mine()

    async def decline(self, provider_ref: str) -> None:
        """Nobody pays, until long after the order has ended."""
        self.clock.move(seconds=timedelta(days=2).total_seconds())

    async def payments_made(self) -> int:
        """The addresses that were made for somebody."""
        rpc, purse = self._node.rpc, self.account.purse
        labels = [one for one in rpc("listlabels", purse=purse) if one.startswith(LABEL)]
        return sum(len(rpc("getaddressesbylabel", one, purse=purse)) for one in labels)

    async def sent_back_minor(self, provider_ref: str) -> int:
        sent = self._node.rpc("getreceivedbyaddress", self.buyers_address, 0, purse=self._node.miner)
        minor, rest = divmod(int(sent * 100_000_000), SAT_PER_CENT)
        assert rest == 0
        return minor

    def notice(self, provider_ref: str, at: datetime) -> tuple[Mapping[str, str], bytes]:
        """What a stranger may send: a node sends no notices."""
        return {}, f'{{"paid": "{provider_ref}"}}'.encode()
