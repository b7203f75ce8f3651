"""Nothing the OpenAPI document allows, or forbids, makes the site answer 500 or in a way it does not say.

A smoke test of a bounded number of requests; `ADMITONE_FUZZ_EXAMPLES` (per operation) makes it a long one.
"""

import asyncio
import os
import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.types import ASGIApp

from admitone import accounts, migrations
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.entrypoints.commands.operator import do
from admitone.entrypoints.http import create_app
from admitone.orders import OrderRow
from admitone.settings import Settings
from tests.support.credits import gift
from tests.support.onsale import FREE, PAID, OnSale, place, put_on_sale
from tests.support.site import ORIGIN, bearer

EXAMPLES = int(os.environ.get("ADMITONE_FUZZ_EXAMPLES", "6"))
SIGN_OUT = "/api/v1/sessions/current"
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


async def _run_the_site(assembly: Assembly, person_id: UUID) -> None:
    """This person is one of those who run the site, too."""
    async with assembly.database.reading() as reader:
        found = await accounts.person(reader, person_id)
    await do(assembly, "add", found.email)


class Site:
    """A site on an event loop of its own thread, because Hypothesis calls its tests without one."""

    def __init__(self, url: str, settings: Settings) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.assembly: Assembly = self.run(assemble(settings, OpenDatabase(url, None), migrations.APP_ROLE))
        self.show: OnSale = self.run(put_on_sale(self.assembly, PAID, FREE))
        assert self.show.owner.person_id is not None
        self.owner: dict[str, str] = self.run(bearer(self.assembly, self.show.owner.person_id))
        order: OrderRow = self.run(place(self.assembly, self.show))
        given = self.run(gift(self.assembly, self.show))
        self.run(_run_the_site(self.assembly, self.show.owner.person_id))
        self._known = {
            "organiser_id": str(self.show.organiser_id),
            "event_id": str(self.show.event_id),
            "type_id": str(self.show.types[0]),
            "pool_id": str(self.show.pools[0]),
            "slug": self.show.slug,
            "code": order.code,
            "credit_id": str(given.id),
            "batch_id": str(given.batch_id),
            "token": self.assembly.links.make("order", order.id),
        }
        self._asked = 0
        app: ASGIApp = create_app(self.assembly)
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        self._client = httpx2.AsyncClient(transport=transport, base_url=ORIGIN)
        self.document: dict[str, Any] = self.run(self._client.get("/api/v1/openapi.json")).json()

    def run(self, story: Any) -> Any:
        """Wait for a coroutine."""
        return asyncio.run_coroutine_threadsafe(story, self._loop).result(120)

    def ask(self, case: schemathesis.Case[Any]) -> httpx2.Response:
        """Send one generated request as an owner who runs the site, every second one about things that exist."""
        self._asked += 1
        if self._asked % 2:
            for name in case.path_parameters.keys() & self._known.keys():
                case.path_parameters[name] = self._known[name]
        sent = case.as_transport_kwargs(base_url=ORIGIN)
        headers = [
            (str(name).encode("latin-1", "replace"), str(value).encode("latin-1", "replace"))
            for name, value in {**dict(sent.pop("headers", None) or {}), **self.owner}.items()
        ]
        for name in ("cookies", "files"):
            sent.pop(name, None)
        body = sent.pop("data", None)
        request = httpx2.Request(headers=headers, content=body, **sent)
        answer: httpx2.Response = self.run(self._client.send(request))
        return answer

    def close(self) -> None:
        """Give everything back."""
        self.run(self._client.aclose())
        self.run(self.assembly.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture
def site(database_url: str, settings: Settings) -> Iterator[Site]:
    """A running site."""
    made = Site(database_url, settings)
    yield made
    made.close()


def test_every_operation_answers_as_the_document_says(site: Site) -> None:
    schema = schemathesis.openapi.from_dict(site.document)
    found = [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
    # Asked first, it would sign out whoever asks the rest.
    operations = [one for one in found if one.path != SIGN_OUT]
    assert len(operations) > 20
    for operation in operations:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=EXAMPLES < 50,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: schemathesis.Case[Any]) -> None:
            case.validate_response(site.ask(case), checks=list(CHECKS))

        ask()


def test_the_document_says_what_the_fast_routes_read_and_answer(site: Site) -> None:
    post = site.document["paths"]["/api/v1/holds"]["post"]
    schemas = site.document["components"]["schemas"]
    assert site.document["openapi"].startswith("3.1.")
    assert post["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/HoldAsk"
    }
    assert schemas["HoldAsk"]["additionalProperties"] is False
    assert schemas["HoldItem"]["properties"]["quantity"] == {"type": "integer"}
    assert set(schemas["HoldMade"]["required"]) >= {"token", "held_until", "total"}
    for path, operations in site.document["paths"].items():
        for method, operation in operations.items():
            assert "422" in operation["responses"], (path, method)
            named = {one["name"] for one in operation.get("parameters", [])}
            mutates = path.startswith("/api/v1/") and method != "get"
            assert ("Idempotency-Key" in named) == mutates, (path, method)
