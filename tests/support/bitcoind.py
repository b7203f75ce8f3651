"""A real bitcoind with a chain of its own (regtest), started and stopped by tests.

`tools/need_bitcoin_peers.sh` fetches the program. One node serves all tests of a process: each makes wallets of its
own, and mines when it wants a block. Amounts are `Decimal` bitcoin, as the node says them.
"""

import base64
import itertools
import json
import os
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from tests.support.ports import free_port
from tests.support.source_files import REPOSITORY
from tests.support.waiting import eventually

PEERS: Final = REPOSITORY / ".cache" / "bitcoin-peers"
WITHOUT: Final = os.environ.get("ADMITONE_WITHOUT_BITCOIN_PEERS") == "1"
USER: Final = "tests"
PASSWORD: Final = "a-password-of-the-tests"
MINER: Final = "miner"
# Stops when whoever started it closes its standard input, also by dying.
_AS_LONG_AS_WE_LIVE: Final = '"$@" & program=$!; read -r _; kill "$program"; wait "$program"'


def peer(name: str) -> Path:
    """One of the programs: bitcoind, bitcoin-cli, electrum, ex."""
    program = PEERS / "bin" / name
    assert (PEERS / "prepared").exists(), f"{name} is missing: run sh tools/need_bitcoin_peers.sh"
    return program


@contextmanager
def private_node(*options: str) -> Iterator["Bitcoind"]:
    """A node of a test's own with a funded miner's wallet, in memory where the machine lets us: disks are slow."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(
        prefix="admitone-bitcoind-", dir=memory, ignore_cleanup_errors=True
    ) as folder:
        node = Bitcoind(Path(folder), options).start()
        try:
            assert node.miner
            yield node
        finally:
            node.stop()


class RpcError(AssertionError):
    """The node said no."""

    def __init__(self, method: str, code: int, message: str) -> None:
        super().__init__(f"{method}: {code} {message}")
        self.code = code


class Bitcoind:
    """A node in `folder`, not started yet. `options` are further ones of its command line."""

    def __init__(self, folder: Path, options: Sequence[str] = ()) -> None:
        self.folder = folder
        self.rpc_port, self.zmq_port, self.p2p_port = free_port(), free_port(), free_port()
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)

    @property
    def url(self) -> str:
        """Where it answers, without a wallet."""
        return f"http://127.0.0.1:{self.rpc_port}"

    @property
    def zmq(self) -> str:
        """Where it publishes `rawtx` and `hashblock`."""
        return f"tcp://127.0.0.1:{self.zmq_port}"

    def start(self) -> "Bitcoind":
        """Start it, or start it again, and wait until it answers."""
        assert self._process is None, "it runs"
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [
            str(peer("bitcoind")),
            f"-datadir={self.folder}",
            "-regtest",
            "-server",
            "-txindex=1",
            "-fallbackfee=0.0001",
            "-keypool=5",
            "-dnsseed=0",
            "-discover=0",
            "-listenonion=0",
            f"-bind=127.0.0.1:{self.p2p_port}",
            f"-rpcport={self.rpc_port}",
            "-rpcbind=127.0.0.1",
            "-rpcallowip=127.0.0.1",
            f"-rpcuser={USER}",
            f"-rpcpassword={PASSWORD}",
            "-rpcworkqueue=256",
            f"-zmqpubrawtx={self.zmq}",
            f"-zmqpubhashblock={self.zmq}",
            *self._options,
        ]
        with (self.folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _AS_LONG_AS_WE_LIVE, "sh", *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
            )
        eventually(self._answers)
        return self

    def stop(self) -> None:
        """Stop it, as its owner would, and wait for its end."""
        if self._process is None:
            return
        process, self._process = self._process, None
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)

    def _answers(self) -> bool:
        assert self._process is not None and self._process.poll() is None, (
            self.folder / "output"
        ).read_text()
        try:
            self.rpc("getblockcount")
        except RpcError as error:
            # -28: it is still starting.
            if error.code != -28:
                raise
            return False
        except OSError:
            return False
        return True

    def rpc(self, method: str, *params: object, purse: str | None = None, **named: object) -> Any:
        """One call; `RpcError` when the node says no."""
        url = self.url if purse is None else f"{self.url}/wallet/{purse}"
        body = {"id": 1, "method": method, "params": named or list(params)}
        key = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        request = urllib.request.Request(  # noqa: S310 - it is our own node
            url, json.dumps(body, default=str).encode(), {"Authorization": f"Basic {key}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                said = json.loads(answer.read(), parse_float=Decimal)
        except urllib.error.HTTPError as error:
            said = json.loads(error.read(), parse_float=Decimal)
        if said["error"] is not None:
            raise RpcError(method, said["error"]["code"], said["error"]["message"])
        return said["result"]

    @cached_property
    def miner(self) -> str:
        """The name of a wallet with money; it gets what is mined."""
        if MINER not in self.rpc("listwallets"):
            self.rpc("createwallet", MINER)
        self.rpc("generatetoaddress", 101, self.rpc("getnewaddress", purse=MINER))
        return MINER

    def new_purse(self, name: str = "shop") -> str:
        """A new wallet that nobody else knows; its name."""
        made = f"{name}-{next(self._numbers)}"
        self.rpc("createwallet", made)
        return made

    def mine(self, blocks: int = 1) -> list[str]:
        """Mine so many blocks; their hashes."""
        address = self._mining_address
        return list(self._then_known("generatetoaddress", blocks, address))

    def _then_known(self, method: str, *params: object, purse: str | None = None, **named: object) -> Any:
        """A call, and then wallets know what it did: the node tells them when it has time."""
        done = self.rpc(method, *params, purse=purse, **named)
        self.rpc("syncwithvalidationinterfacequeue")
        return done

    @cached_property
    def _mining_address(self) -> str:
        return str(self.rpc("getnewaddress", purse=self.miner))

    def pay(self, address: str, bitcoin: Decimal | str, **named: object) -> str:
        """Send so much from the miner's wallet, unconfirmed; the transaction's id."""
        return str(
            self._then_known("sendtoaddress", address=address, amount=str(bitcoin), purse=self.miner, **named)
        )

    def mine_only(self, *txids: str) -> str:
        """Mine a block that has these transactions and no others; its hash."""
        found = self._then_known("generateblock", self._mining_address, list(txids))
        return str(found["hash"])

    def undo(self, block: str) -> None:
        """Take this block, and all above it, out of the chain: what was in them waits again."""
        self._then_known("invalidateblock", block)
        # A block with the same in it as the one that was taken out would be taken for that one.
        self.__dict__.pop("_mining_address", None)

    def spend_elsewhere(self, txid: str) -> str:
        """Replace a payment of the miner that waits by one of the same inputs that pays only the miner; its id."""
        paid = self.rpc("getrawtransaction", txid, 1)
        inputs = [{"txid": one["txid"], "vout": one["vout"]} for one in paid["vin"]]
        came = sum(
            self.rpc("getrawtransaction", one["txid"], 1)["vout"][one["vout"]]["value"] for one in paid["vin"]
        )
        # More than the first one gave, and less than there is: some of the miner's coins are small.
        fee = min(Decimal("0.001"), came / 2)
        back: Mapping[str, str] = {self._mining_address: f"{came - fee:.8f}"}
        raw = self.rpc("createrawtransaction", inputs, [back])
        signed = self.rpc("signrawtransactionwithwallet", raw, purse=self.miner)
        return str(self._then_known("sendrawtransaction", signed["hex"]))
