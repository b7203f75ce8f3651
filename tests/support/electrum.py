"""Real Lightning nodes for tests: Electrum over a chain of its own, two of them with a channel that has money on both
sides. `tools/need_bitcoin_peers.sh` fetches the programs.

One network serves all tests of a process, started once. Nothing of it is ever reached from another machine. Amounts
are `Decimal` bitcoin, as Electrum says them, or whole satoshi where a name says so.
"""

import base64
import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from tests.support.bitcoind import _AS_LONG_AS_WE_LIVE as AS_LONG_AS_WE_LIVE
from tests.support.bitcoind import PASSWORD, USER, Bitcoind, peer
from tests.support.ports import free_port
from tests.support.waiting import eventually

CHANNEL_BTC: Final = Decimal("0.10")
PUSHED_BTC: Final = Decimal("0.04")
START_SECONDS: Final = 300.0
"""For a machine that has much else to do: each step of the start takes one to ten seconds where it has not."""
PAID: Final = 3
"""What Electrum calls a request that was paid."""


class ElectrumError(AssertionError):
    """The node said no, in its own words."""


class Program:
    """A program in a folder of its own, which ends when the tests do."""

    def __init__(self, folder: Path, command: list[str], **variables: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        with (folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", AS_LONG_AS_WE_LIVE, "sh", *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env={**os.environ, **variables},
            )

    def must_run(self) -> None:
        """Fails with what it wrote when it has ended."""
        assert self._process.poll() is None, (self.folder / "output").read_text()[-3000:]

    def stop(self) -> None:
        """Stop it, and wait for its end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


def server(folder: Path, bitcoind: Bitcoind) -> tuple[Program, int]:
    """The Electrum server over this chain, and its port."""
    port, rpc_port = free_port(), free_port()
    (folder / "db").mkdir(parents=True)
    daemon = f"http://{USER}:{PASSWORD}@127.0.0.1:{bitcoind.rpc_port}/"
    program = Program(
        folder,
        [str(peer("ex"))],
        COIN="Bitcoin",
        NET="regtest",
        DB_ENGINE="leveldb",
        DB_DIRECTORY=str(folder / "db"),
        DAEMON_URL=daemon,
        SERVICES=f"tcp://127.0.0.1:{port},rpc://127.0.0.1:{rpc_port}",
        PEER_DISCOVERY="off",
        COST_SOFT_LIMIT="0",
        COST_HARD_LIMIT="0",
        ALLOW_ROOT="1",
    )
    return program, port


class Electrum:
    """A Lightning node in `folder`. `relay`: that of its Nostr Wallet Connect, where it is to have one."""

    def __init__(self, folder: Path, server_port: int, relay: str | None = None) -> None:
        self.rpc_port, self.listen_port = free_port(), free_port()
        self.folder = folder
        self._wallet_path = str(folder / "wallet")
        settings: dict[str, Any] = {
            "config_version": 3,
            "rpcport": self.rpc_port,
            "rpcuser": USER,
            "rpcpassword": PASSWORD,
            "lightning_listen": f"127.0.0.1:{self.listen_port}",
            "use_gossip": True,
            "check_updates": False,
            "test_force_disable_mpp": True,
        }
        if relay is not None:
            settings |= {"plugins": {"nwc": {"enabled": True, "relay": relay}}, "nostr_relays": relay}
        (folder / "regtest").mkdir(parents=True)
        (folder / "regtest" / "config").write_text(json.dumps(settings))
        self.program = Program(
            folder,
            [
                str(peer("electrum")),
                "--regtest",
                "-D",
                str(folder),
                "daemon",
                "-s",
                f"127.0.0.1:{server_port}:t",
                "--oneserver",
            ],
        )

    def rpc(self, method: str, *, seconds: float = 60, **named: Any) -> Any:
        """One call; `ElectrumError` when the node says no."""
        key = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        body = json.dumps({"id": 1, "method": method, "params": named}, default=str).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.rpc_port}",
            body,
            {"Authorization": f"Basic {key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310
                said = json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise ElectrumError(f"{method}: {error.code} {error.read()[:500]!r}") from None
        if said.get("error") is not None:
            raise ElectrumError(f"{method}: {said['error']}")
        return said["result"]

    def answers(self) -> bool:
        """Whether it has started."""
        self.program.must_run()
        try:
            self.rpc("version", seconds=5)
        except (OSError, ElectrumError):
            return False
        return True

    def open_wallet(self) -> None:
        """Make its wallet, and open it."""
        self.rpc("create", wallet_path=self._wallet_path)
        self.rpc("load_wallet", wallet_path=self._wallet_path)

    def of_wallet(self, method: str, **named: Any) -> Any:
        """A call about its wallet."""
        return self.rpc(method, wallet_path=self._wallet_path, **named)

    @property
    def confirmed(self) -> Decimal:
        """What it has on the chain, in bitcoin."""
        return Decimal(self.of_wallet("getbalance").get("confirmed", "0"))

    def channels(self) -> list[dict[str, Any]]:
        """Its channels."""
        return list(self.of_wallet("list_channels"))

    def is_open(self) -> bool:
        """Whether its channel can be used by now."""
        return any(one["state"] == "OPEN" and one["peer_state"] == "GOOD" for one in self.channels())

    def request(self, sats: int, memo: str = "", expiry: int = 3600) -> Mapping[str, Any]:
        """A Lightning invoice of so much: Electrum's request, with `lightning_invoice` and `rhash`."""
        amount = Decimal(sats).scaleb(-8)
        return dict(
            self.of_wallet("add_request", amount=str(amount), memo=memo, expiry=expiry, lightning=True)
        )

    def pay(self, bolt11: str, seconds: int = 60) -> Mapping[str, Any]:
        """Pay this invoice, and wait for what comes of it."""
        return dict(self.of_wallet("lnpay", invoice=bolt11, timeout=seconds, seconds=seconds + 10))

    def connection(self, name: str, daily_limit_sats: int) -> str:
        """A new connection of Nostr Wallet Connect to this wallet, as its owner copies it."""
        return str(self.rpc("nwc_add_connection", name=name, daily_limit_sat=daily_limit_sats))


class LightningPair:
    """A shop's node and a buyer's, with a channel between them: 0.06 bitcoin are the buyer's, 0.04 the shop's."""

    def __init__(self, folder: Path, relay: str | None = None) -> None:
        self._folder = folder
        self.bitcoind = Bitcoind(folder / "bitcoind").start()
        assert self.bitcoind.miner
        self._server, port = server(folder / "server", self.bitcoind)
        self.shop = Electrum(folder / "shop", port, relay)
        self.buyer = Electrum(folder / "buyer", port, relay)
        self._open(relay)

    def _open(self, relay: str | None) -> None:
        both = (self.shop, self.buyer)
        for node in both:
            eventually(node.answers, START_SECONDS)
            node.open_wallet()
            if relay is not None:
                # Who has no connection yet looks for one every five seconds only.
                node.connection("the first", 1)
        self.bitcoind.pay(self.buyer.of_wallet("getunusedaddress"), CHANNEL_BTC * 2)
        self.bitcoind.mine(1)
        eventually(lambda: self.buyer.confirmed > CHANNEL_BTC, START_SECONDS)
        to = self.shop.of_wallet("nodeid")
        self.buyer.of_wallet(
            "open_channel", connection_string=to, amount=str(CHANNEL_BTC), push_amount=str(PUSHED_BTC)
        )
        self.bitcoind.mine(3)
        for node in both:
            eventually(node.is_open, START_SECONDS)

    def stop(self) -> None:
        """Stop everything."""
        for program in (self.shop.program, self.buyer.program, self._server):
            program.stop()
        self.bitcoind.stop()
