"""Addresses written oddly: whoever finds a request's route quickly finds what the framework would have found."""

from itertools import product

import pytest

from admitone.assembly import Assembly
from admitone.entrypoints.switchboard import Switchboard
from tests.support.onsale import put_on_sale
from tests.support.site import bearer, program

PATHS = (
    *("/", "//", "//site/payouts", "///site/payouts", "/site//payouts", "/site/payouts/", "/SITE/payouts"),
    *("/site%2Fpayouts", "/site/payouts%2Ffile", "/site/payouts;x", "/./site/payouts", "/x/../site/payouts"),
    *(
        "/%2e%2e/site/payouts",
        "/%ff",
        "/organiser/%ff/fees",
        "/organiser//store-credit",
        "/credit/",
        "/credit/x/y",
    ),
    *("/orders//credit", "/orders/x%2Fcredit/remove", "/orders/x/credit/remove", "/webhooks/sandbox/x"),
    *("/webhooks//sandbox", "/webhooks%2Fsandbox", "/webhooks/stripe/x/y", "/static/..%2f..%2fetc/passwd"),
    *("/api/v1", "/api/v1/", "//api/v1/site/payouts", "/api/v1//site/payouts", "/api/v1%2Fsite/payouts"),
    *(
        "/api/v1/../../site/payouts",
        "/api/v1/holds/",
        "/api/v1/orders/x/credit/y",
        "/api/v1/organisers/x%2Fcredits",
    ),
)
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "DELETE", "TRACE", "ODD")
TOLD = ("allow", "location", "content-security-policy", "cache-control", "referrer-policy")


async def test_an_odd_address_is_answered_as_the_framework_alone_would(
    assembly: Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = await put_on_sale(assembly)
    assert show.owner.person_id is not None
    headers = await bearer(assembly, show.owner.person_id)

    async def answers() -> dict[tuple[str, str], tuple[object, ...]]:
        async with program(assembly) as client:
            found: dict[tuple[str, str], tuple[object, ...]] = {}
            for path, method in product(PATHS, METHODS):
                answer = await client.request(method, path, headers=headers)
                found[method, path] = (answer.status_code, *(answer.headers.get(name) for name in TOLD))
            return found

    quickly = await answers()
    monkeypatch.setattr(Switchboard, "_find", lambda self, path: None)
    assert await answers() == quickly
    assert all(status not in (500, 501) for status, *_ in quickly.values())
    # Nothing of the site is open to an organiser, however its address is written.
    assert all(status != 200 for (_, path), (status, *_) in quickly.items() if "payouts" in path.lower())
