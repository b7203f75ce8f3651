"""Buying with Stripe, Paystack and PayPal, each played beside the site, from the event's page to the tickets."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest


from tests.browser.conftest import Arrive
from tests.support.live_site import LiveSite, Organiser, live_site

PAID = "Paid. You are going."


@dataclass(frozen=True, slots=True)
class Played:
    """A provider as a buyer meets it: the method chosen, and the buttons on its page."""

    key: str
    currency: str
    pays: str
    declines: str
    cancels: str


PLAYED = {
    "stripe": Played("stripe:checkout", "EUR", "Pay", "Decline the card", "Cancel and go back"),
    "paystack": Played("paystack:card", "NGN", "Pay", "Decline, as a bank would", "Cancel and go back"),
    "paypal": Played(
        "paypal:paypal", "EUR", "Pay 15.00 EUR", "Decline: my card is refused", "Cancel and go back"
    ),
}
CHAIR = {"name": "Chair", "price_minor": 1500, "capacity": 40}
each = pytest.mark.parametrize("name", PLAYED)


@pytest.fixture(scope="module")
def live(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A site of this file's own, with the providers played beside it."""
    with live_site(template, tmp_path_factory.mktemp("home"), standins=True) as site:
        yield site


@pytest.fixture(scope="module")
def organiser(live: LiveSite) -> Organiser:
    """Who puts further events on sale, over the API."""
    return Organiser(live)


@pytest.fixture(scope="module")
def evenings(organiser: Organiser) -> dict[str, str]:
    """An event in each currency, by its currency."""
    dear = {**CHAIR, "price_minor": 1_500_000}
    return {
        "EUR": organiser.put_on("Euro Evening", CHAIR)[1],
        "NGN": organiser.put_on("Naira Evening", dear, currency="NGN", country="NG", city="Lagos")[1],
    }


def _attempts(live: LiveSite, email: str) -> list[tuple[str, str]]:
    rows = live.ask(
        "SELECT a.provider, a.state FROM payments_attempt a JOIN orders_order o ON o.id = a.order_id "
        "WHERE o.email = %s ORDER BY a.number",
        email,
    )
    return [(provider, state) for provider, state in rows]


@each
@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_buyer_pays_at_the_provider_and_has_tickets(
    visit: Arrive, live: LiveSite, evenings: dict[str, str], name: str, script: bool
) -> None:
    played = PLAYED[name]
    buyer = visit("phone", has_script=script)
    email = f"{name}.{script}@example.org"
    buyer.hold(evenings[played.currency], "Chair", 2)
    buyer.order(email, played.key)
    buyer.sees(re.compile("stand-in"))
    buyer.page.get_by_role("button", name=re.compile("^Pay")).first.click()
    buyer.sees_heading(PAID)
    assert _attempts(live, email) == [(name, "paid")]
    assert [state for _, state in live.orders_of(email)] == ["paid"]
    notices = live.ask("SELECT count(*) FROM payments_notice WHERE provider = %s", name)
    del notices


@each
def test_no_at_the_provider_leaves_the_order_to_be_paid(
    visit: Arrive, live: LiveSite, evenings: dict[str, str], name: str
) -> None:
    played = PLAYED[name]
    buyer = visit("desktop")
    email = f"no.{name}@example.org"
    buyer.hold(evenings[played.currency], "Chair")
    buyer.order(email, played.key)
    buyer.sees(re.compile("stand-in"))
    buyer.press(played.cancels)
    buyer.sees(re.compile("Order "))
    assert [state for _, state in live.orders_of(email)] == ["pending"]
    buyer.open(live.ask("SELECT '/'")[0][0])
