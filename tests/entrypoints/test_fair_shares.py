"""Whoever has this site ask slow machines keeps nobody else from paying: a share each, and a no in UMA's own form."""

import asyncio

import httpx2

from admitone.assembly import Assembly
from admitone.entrypoints.http import create_app
from admitone.plumbing.fetch_shares import CLIENT_AT_ONCE
from tests.support.raw_server import raw_server
from tests.support.uma_peer import UmaPeer, uma_peer

HOST = "testserver"


def _from(assembly: Assembly, address: str) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(create_app(assembly), client=(address, 40_000))
    return httpx2.AsyncClient(transport=transport, base_url=f"http://{HOST}")


async def test_a_client_with_slow_providers_is_told_so_while_others_are_answered(assembly: Assembly) -> None:
    now = int(assembly.clock.now().timestamp())

    def question(peer: UmaPeer, nonce: str) -> str:
        return f"/.well-known/lnurlp/$nobody?{peer.query(f'$nobody@{HOST}', now, nonce)}"

    async with (
        raw_server(b"") as silent,
        uma_peer() as good,
        _from(assembly, "198.51.100.7") as greedy,
        _from(assembly, "198.51.100.8") as other,
    ):
        asking = [
            asyncio.create_task(greedy.get(question(UmaPeer(silent), str(n))))
            for n in range(CLIENT_AT_ONCE + 1)
        ]
        [first], waiting = await asyncio.wait(asking, timeout=9, return_when=asyncio.FIRST_COMPLETED)
        refused = await first
        heard = await other.get(question(good, "other"))
        said = refused.json()
        assert (said["status"], said["code"]) == ("ERROR", "VELOCITY_LIMIT_EXCEEDED")
        assert said["reason"].startswith("We are still asking others for you.")
        assert (refused.headers["retry-after"], refused.headers["access-control-allow-origin"]) == ("5", "*")
        assert (heard.status_code, heard.json()["code"]) == (404, "USER_NOT_FOUND")
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert (await greedy.get(question(good, "again"))).status_code == 404
