"""Other people's JavaScript at the other end: a script of `tests/peers_js` run by Node, spoken to in lines of JSON."""

import asyncio
import fcntl
import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0


@cache
def installed() -> Path:
    """Where their packages are. Installs them the first time; fails saying how when it cannot."""
    cache_folder = ROOT / ".cache"
    cache_folder.mkdir(exist_ok=True)
    with (cache_folder / "npm-peers.lock").open("w") as lock:
        # Workers of one test run start together.
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            ["/bin/sh", str(ROOT / "tools/need_npm_peers.sh")],
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    assert done.returncode == 0, f"sh tools/need_npm_peers.sh says: {done.stderr}"
    return Path(done.stdout.strip())


class JsPeer:
    """A running script: `ask` sends one line and gives the answer, one line."""

    def __init__(self, process: asyncio.subprocess.Process, hello: dict[str, Any]) -> None:
        self._process = process
        self.hello = hello
        """What it said first, such as the port it listens on."""

    async def ask(self, **question: object) -> Any:
        """The answer's `result`. Raises `JsError` with its `error`."""
        assert self._process.stdin is not None, "opened with a pipe"
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        await self._process.stdin.drain()
        answer = await _line(self._process)
        if "error" in answer:
            raise JsError(answer["error"])
        return answer["result"]


class JsError(Exception):
    """What the script threw."""


@asynccontextmanager
async def js_peer(script: str, **environment: str) -> AsyncIterator[JsPeer]:
    """`tests/peers_js/<script>`, which says one line when it is ready, as long as the block runs."""
    modules = installed() / "node_modules"
    process = await asyncio.create_subprocess_exec(
        "node",
        "--import",
        (ROOT / "tests/peers_js/find_packages.mjs").as_uri(),
        str(ROOT / "tests/peers_js" / script),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "NODE_PATH": str(modules), **environment},
        limit=4 * 1024 * 1024,
    )
    try:
        yield JsPeer(process, await _line(process))
    finally:
        if process.returncode is None:
            process.kill()
        # Reads what is left, so that the pipes are closed before the loop is.
        await process.communicate()


async def _line(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None, "opened with a pipe"
    async with asyncio.timeout(PATIENCE_SECONDS):
        line = await process.stdout.readline()
    assert line, "the script ended without a word; its errors are above"
    found = json.loads(line)
    assert isinstance(found, dict), "a script says objects"
    return found
