"""What every answer carries: the policy of the page, its name, whether it may be kept."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from types import MappingProxyType

import pytest
from fastapi.routing import APIRoute

from admitone.assembly import Assembly
from admitone.entrypoints import routers
from admitone.entrypoints.frame.bodies import BODY_MAX
from admitone.entrypoints.frame.policies import Policies
from admitone.entrypoints.frame.proxies import AllowedHosts, TrustedProxies
from admitone.entrypoints.page_policy import content_security_policy
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.payments import Capabilities
from admitone.payments.providers.sandbox import SandboxProvider
from admitone.plumbing.sealing import Sealer
from tests.support import onsale
from tests.support.onsale import put_on_sale
from tests.support.sandbox_rig import Wired
from tests.support.site import bearer, browser, program

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


# Where the providers every site knows send buyers to, in the order of the policy.
PAY_PAGES = (
    "https://checkout.paystack.com",
    "https://checkout.stripe.com",
    "https://www.paypal.com",
    "https://www.sandbox.paypal.com",
)


def page_paths() -> Iterator[str]:
    """The path of every page there is."""
    for router in routers.OTHERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
                yield route.path


async def test_every_page_has_the_policy_and_no_kept_page_a_cookie(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await onsale.place(assembly, show)
    await assembly.payment.pay(order.id, "sandbox:push")
    token = assembly.links.make("order", order.id)
    assert show.owner.person_id is not None
    known = {
        "{slug}": show.slug,
        "{event_id}": str(show.event_id),
        "{token}": token,
        "{code}": "orders.not_found",
        "{look}": "arcs-ultra",
        "{key}": "a",
        "{ref}": "none",
        "{number}": "1",
        "{letter_id}": "01a1fd78-c9ee-73c7-8478-299803b3865f",
    }
    seen = 0
    async with browser(assembly) as client:
        for signed_in in ({}, await bearer(assembly, show.owner.person_id)):
            client.cookies.clear()
            for path in page_paths():
                url = path
                for name, value in known.items():
                    url = url.replace(name, value)
                answer = await client.get(url, headers=signed_in)
                headers = answer.headers
                assert answer.status_code < 500, url
                assert headers["x-content-type-options"] == "nosniff", url
                assert headers["referrer-policy"] == "same-origin", url
                assert headers["cross-origin-opener-policy"] == "same-origin", url
                assert headers["x-request-id"], url
                if "public" in headers["cache-control"] or "max-age" in headers["cache-control"]:
                    assert "set-cookie" not in headers, url
                if headers.get("content-type", "").startswith("text/html"):
                    seen += 1
                    assert headers["content-security-policy"] == expected(url), url
                    if "set-cookie" in headers:
                        assert "content-encoding" not in headers, url
    assert seen > 20


def expected(url: str) -> str:
    """The policy of this page."""
    if url.startswith("/checkin/") or url.endswith("/check-in"):
        return CSP.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
    if url.startswith("/dev/mailbox/"):
        return CSP + "; frame-src 'self'"
    if url.startswith("/checkout/") or url.endswith("/pay"):
        return CSP.replace("form-action 'self'", f"form-action 'self' {' '.join(PAY_PAGES)}")
    return CSP


def test_pages_that_lead_to_payment_may_send_their_forms_there() -> None:
    policies = Policies(is_https=True, pay_hosts=("https://pay.example",))
    for path in ("/checkout/x", "/orders/x/pay"):
        headers = dict(policies.for_path(path))
        assert b"form-action 'self' https://pay.example;" in headers[b"content-security-policy"]
    assert dict(policies.for_path("/"))[b"content-security-policy"] == content_security_policy().encode()
    assert b"strict-transport-security" in dict(policies.for_path("/"))
    assert b"strict-transport-security" not in dict(Policies(is_https=False).for_path("/"))


class Elsewhere(SandboxProvider):
    """A provider whose buyers pay on its own pages."""

    capabilities = MappingProxyType(
        {
            "card": Capabilities(
                needs_redirect=True,
                redirect_origins=frozenset({"https://pay.example", "https://3ds.pay.example:8443"}),
            ),
            "push": Capabilities(needs_redirect=True, redirect_origins=frozenset({"https://pay.example"})),
            "slow": Capabilities(),
            "failing": Capabilities(),
        }
    )


class ElsewhereKind(Wired):
    """Their kind."""

    redirect_origins = frozenset({"https://pay.example", "https://3ds.pay.example:8443"})


async def test_the_pages_of_every_provider_are_in_the_policy_of_pages_that_lead_to_payment(
    assembly: Assembly,
) -> None:
    assert assembly.sandbox is not None
    elsewhere = Elsewhere(assembly.sandbox, "https://pay.example")
    kinds = {**assembly.payment_accounts.kinds, "elsewhere": ElsewhereKind(elsewhere)}
    accounts = PaymentAccounts(
        assembly.database, assembly.clock, Sealer({1: bytes(32)}, active=1), kinds, "http://testserver"
    )
    site = replace(assembly, payment_accounts=accounts)
    async with browser(site) as client:
        every = sorted([*PAY_PAGES, "https://3ds.pay.example:8443", "https://pay.example"])
        allowed = f"form-action 'self' {' '.join(every)};"
        for path in ("/checkout/x", "/orders/x/pay"):
            assert allowed in (await client.get(path)).headers["content-security-policy"]
        assert "form-action 'self';" in (await client.get("/")).headers["content-security-policy"]


@pytest.mark.parametrize(
    "bad",
    [
        "http://pay.example",
        "https://pay.example/",
        "https://pay.example; script-src *",
        "https://*.pay.example",
        "pay.example",
        "https://a b",
        "https://pay.example\n",
        "",
    ],
)
def test_what_is_no_origin_gets_into_no_policy(bad: str) -> None:
    with pytest.raises(AssertionError, match="no origin"):
        Capabilities(needs_redirect=True, redirect_origins=frozenset({bad}))


def test_only_the_check_in_page_may_use_the_camera() -> None:
    policies = Policies(is_https=False)
    assert b"camera=(self)" in dict(policies.for_path("/checkin/x"))[b"permissions-policy"]
    assert b"camera=()" in dict(policies.for_path("/"))[b"permissions-policy"]


async def test_answers_are_packed_for_who_can_unpack_them(assembly: Assembly) -> None:
    async with browser(assembly) as client:
        await client.get("/help")
        for accepts, coding in (
            ("br, gzip", "br"),
            ("gzip", "gzip"),
            ("identity", None),
            ("br;q=0, gzip", "gzip"),
        ):
            answer = await client.get("/help", headers={"accept-encoding": accepts})
            assert answer.headers.get("content-encoding") == coding
            assert "</html>" in answer.text


async def test_form_tokens_are_masked_anew_on_every_page(assembly: Assembly) -> None:
    async with browser(assembly) as client:
        pages = [(await client.get("/tickets")).text for _ in range(3)]
    assert len({page.split('name="csrf" value="')[1][:86] for page in pages}) == 3


async def test_another_host_is_not_this_site(assembly: Assembly) -> None:
    async with program(assembly) as client:
        answer = await client.get("/", headers={"host": "evil.example"})
        assert answer.status_code == 421
        assert "request.unknown_host" in answer.text
        api = await client.get("/api/v1/events", headers={"host": "evil.example"})
        assert api.json()["code"] == "request.unknown_host"
        assert (await client.get("/health/live", headers={"host": "10.0.0.1"})).status_code == 200


def test_hosts_are_compared_without_port_and_case() -> None:
    hosts = AllowedHosts("https://Tickets.Example", ["other.example"])
    for host in (b"tickets.example", b"TICKETS.example:443", b"other.example"):
        assert hosts.allow(host), host
    for host in (b"", b"tickets.example.evil", b"evil@tickets.example", b"tickets.example:x", b"localhost"):
        assert not hosts.allow(host), host
    assert AllowedHosts("http://127.0.0.1:8000", []).allow(b"localhost:8000")
    assert AllowedHosts("http://[::1]:8000", []).allow(b"[::1]:8000")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("", "198.51.100.1", ""),
    ],
)
def test_a_forwarded_address_is_believed_of_our_own_proxies_only(
    peer: str, forwarded: str, client: str
) -> None:
    assert TrustedProxies(["10.0.0.0/8"]).client(peer, forwarded) == client
    assert TrustedProxies([]).client(peer, forwarded) == peer


async def test_a_body_is_counted_also_when_its_length_is_not_said(assembly: Assembly) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield b"x" * 1024

    async with program(assembly) as client:
        for url in ("/api/v1/orders", "/api/v1/holds", "/webhooks/sandbox"):
            answer = await client.post(url, content=parts())
            assert answer.status_code == 413, url
            answer = await client.post(url, content=b"x" * (BODY_MAX + 1))
            assert answer.status_code == 413, url
        assert (await client.post("/tickets/find", content=parts())).status_code == 413


async def test_over_https_browsers_are_told_to_stay_there(assembly: Assembly) -> None:
    settings = assembly.settings.model_copy(update={"base_url": "https://testserver", "development": None})
    async with program(replace(assembly, settings=settings)) as client:
        answer = await client.get("/help")
        assert answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
        assert (await client.get("/dev/mailbox")).status_code == 404
