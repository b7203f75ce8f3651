"""The wire to a real bitcoind, on which things go wrong as planned."""

import json
from collections import deque
from enum import StrEnum

import httpx2


class Fault(StrEnum):
    """`LOST` and `GARBAGE`: the node did what was asked."""

    NEVER = "never"
    ERROR = "error"
    LOST = "lost"
    GARBAGE = "garbage"


class FaultyWire(httpx2.AsyncBaseTransport):
    """Passes requests on, but for the next ones with a method for which a fault is planned."""

    def __init__(self) -> None:
        self._real = httpx2.AsyncHTTPTransport()
        self.faults: dict[str, deque[Fault]] = {}
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(await request.aread())
        methods = [one["method"] for one in body]
        self.asked += methods
        planned = next((self.faults[one] for one in methods if self.faults.get(one)), None)
        if planned is None:
            return await self._real.handle_async_request(request)
        fault = planned.popleft()
        if fault is Fault.NEVER:
            raise httpx2.ConnectError("the node is away", request=request)
        if fault is Fault.ERROR:
            return httpx2.Response(500, content=b"", request=request)
        answer = await self._real.handle_async_request(request)
        await answer.aread()
        await answer.aclose()
        if fault is Fault.LOST:
            raise httpx2.ReadTimeout("no answer in time", request=request)
        return httpx2.Response(200, content=b'[{"id": 0, "result"', request=request)

    async def aclose(self) -> None:
        await self._real.aclose()
