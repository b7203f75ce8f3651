"""Buying with Stripe, Paystack and PayPal, each played beside the site, from the event's page to the tickets."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from admitone.entrypoints.standins.demo import CREDENTIALS
from tests.browser.conftest import Arrive
from tests.support.live_site import OWNER_EMAIL, LiveSite, Organiser, live_site
from tests.support.visitor import Visitor
from tests.support.waiting import eventually

PAID = "Paid. You are going."
PAYMENTS = "/organiser/foundry-presents/payments"


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


def _pays(buyer: Visitor) -> None:
    """Agree on the provider's page."""
    buyer.sees(re.compile("stand-in"))
    buyer.page.get_by_role("button", name=re.compile("^Pay")).first.click()


@each
@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_buyer_pays_at_the_provider_and_has_tickets(
    visit: Arrive, live: LiveSite, evenings: dict[str, str], name: str, script: bool
) -> None:
    played = PLAYED[name]
    buyer = visit("phone", has_script=script)
    email = f"{name}.{script}@example.org"
    buyer.hold(evenings[played.currency], "Chair", 2)
    buyer.sees("Test mode: play money.")
    buyer.order(email, played.key)
    _pays(buyer)
    buyer.sees_heading(PAID)
    assert _attempts(live, email) == [(name, "paid")]
    assert [state for _, state in live.orders_of(email)] == ["paid"]
    # The provider's webhook found its way to this account, signed as the provider signs.
    eventually(lambda: live.ask("SELECT 1 FROM payments_notice WHERE provider = %s", name))


@each
def test_who_goes_back_without_paying_can_go_on(
    visit: Arrive, live: LiveSite, evenings: dict[str, str], name: str
) -> None:
    played = PLAYED[name]
    buyer = visit("desktop")
    email = f"back.{name}@example.org"
    buyer.hold(evenings[played.currency], "Chair")
    buyer.order(email, played.key)
    buyer.sees(re.compile("stand-in"))
    buyer.press(played.cancels)
    buyer.sees(re.compile("^Order "))
    assert [state for _, state in live.orders_of(email)] == ["pending"]
    buyer.follow(re.compile("^(Go on to pay|Pay another way)$"))
    _choose_again(buyer, played.key)
    _pays(buyer)
    buyer.sees_heading(PAID)
    assert [state for _, state in live.orders_of(email)] == ["paid"]


def _choose_again(buyer: Visitor, key: str) -> None:
    """Where the payment had ended, there is a choice first; else the provider's page is already there."""
    chosen = buyer.page.locator(f"input[name=method][value='{key}']")
    if chosen.count():
        chosen.check()
        buyer.page.locator("form button.btn-accent").last.click()


@each
def test_the_money_goes_back_the_way_it_came(
    visit: Arrive, live: LiveSite, evenings: dict[str, str], name: str
) -> None:
    played = PLAYED[name]
    buyer, owner = visit("phone"), visit("desktop")
    email = f"refund.{name}@example.org"
    buyer.hold(evenings[played.currency], "Chair")
    buyer.order(email, played.key)
    _pays(buyer)
    buyer.sees_heading(PAID)
    [(code, _)] = live.orders_of(email)
    owner.sign_in(OWNER_EMAIL)
    [(event_id,)] = live.ask("SELECT event_id FROM orders_order WHERE code = %s", code)
    owner.open(f"/organiser/foundry-presents/events/{event_id}/orders/{code}/refund")
    owner.page.locator("form button.btn-bad").click()
    owner.sees("The order is cancelled. The money is on its way back.")
    refunds = (
        "SELECT r.state FROM payments_refund r JOIN orders_order o ON o.id = r.order_id WHERE o.code = %s"
    )
    eventually(lambda: live.ask(refunds, code) == [("done",)], 60)
    assert live.orders_of(email) == [(code, "cancelled")]


SANDBOX = Played("sandbox:card", "EUR", "Pay", "Let it fail", "Go back without deciding")
WHERE_TO = {"paypal": "your PayPal account"}


@pytest.fixture(scope="module")
def returnable(organiser: Organiser) -> dict[str, str]:
    """An event in each currency of which tickets can be given back, by its currency."""
    terms = {"percent_bps": 10_000, "returns_fees": True}
    back = {"refund_policy": {"steps": [{"hours_before": 24, "terms": terms}]}}
    dear = {**CHAIR, "price_minor": 1_500_000}
    return {
        "EUR": organiser.put_on("Returnable Evening", CHAIR, **back)[1],
        "NGN": organiser.put_on(
            "Returnable Naira Evening", dear, currency="NGN", country="NG", city="Lagos", **back
        )[1],
    }


@pytest.mark.parametrize("name", [*PLAYED, "sandbox"])
def test_one_of_five_is_given_back_and_its_buyer_sees_the_money_go(
    visit: Arrive, live: LiveSite, returnable: dict[str, str], name: str
) -> None:
    played = PLAYED.get(name, SANDBOX)
    buyer = visit("phone")
    email = f"five.{name}@example.org"
    buyer.hold(returnable[played.currency], "Chair", 5)
    buyer.order(email, played.key)
    buyer.page.get_by_role("button", name=re.compile("^Pay")).first.click()
    buyer.sees_heading(PAID)
    buyer.follow("See my tickets")
    buyer.follow("Give tickets back")
    buyer.page.get_by_role("checkbox").first.check()
    buyer.press("See what comes back")
    buyer.sees(f"It goes to {WHERE_TO.get(name, 'the card you paid with')}.")
    buyer.page.locator("button.btn-bad").click()
    buyer.sees("Done. 1 ticket is given back.")
    amount = "₦15,000" if played.currency == "NGN" else "€15"
    buyer.sees(re.compile(f"^{amount} (is on its way back|went back) to you"))
    # Nobody touches the page: it says by itself when the money was sent.
    buyer.sees(re.compile(f"^{amount} went back to you on "))
    expect(buyer.page.get_by_text("Valid", exact=True)).to_have_count(4)
    buyer.sees("You paid in the end")
    refunds = (
        "SELECT r.state, r.amount_minor FROM payments_refund r JOIN orders_order o ON o.id = r.order_id "
        "WHERE o.email = %s"
    )
    assert live.ask(refunds, email) == [("done", 1_500_000 if played.currency == "NGN" else 1500)]


def test_the_books_agree_with_each_provider(
    visit: Arrive, live: LiveSite, returnable: dict[str, str]
) -> None:
    owner = visit("desktop")
    for name, played in PLAYED.items():
        buyer = visit("phone")
        buyer.hold(returnable[played.currency], "Chair")
        buyer.order(f"books.{name}@example.org", played.key)
        _pays(buyer)
        buyer.sees_heading(PAID)
    owner.sign_in(OWNER_EMAIL)
    owner.open("/organiser/foundry-presents/books")
    owner.press("Compare now")
    owner.sees("Compared just now. Both sides agree.")
    for name in ("Stripe", "Paystack", "PayPal"):
        account = owner.page.get_by_role("region", name=name)
        expect(account.get_by_text("Agrees", exact=True)).to_be_visible()
        expect(account.get_by_role("cell", name="None")).to_be_visible()


def test_the_organiser_chooses_what_buyers_are_shown(
    visit: Arrive, live: LiveSite, evenings: dict[str, str]
) -> None:
    owner, buyer = visit("desktop"), visit("phone")
    owner.sign_in(OWNER_EMAIL)

    def offered() -> set[str]:
        buyer.hold(evenings["EUR"], "Chair")
        chosen = buyer.page.locator("input[name=method]").evaluate_all("all => all.map(one => one.value)")
        buyer.page.get_by_role("button", name="Change tickets").click()
        return {key.partition(":")[0] for key in chosen}

    assert offered() == {"stripe", "paypal", "sandbox", "bitcoin"}
    buyer.hold(evenings["EUR"], "Chair")
    for words in ("Card (Stripe)", "Card (Sandbox bank)", "PayPal"):
        buyer.sees(re.compile(f"^{re.escape(words)}$"))
    buyer.page.get_by_role("button", name="Change tickets").click()
    for verb, words in (("Pause", "Stripe, test"), ("Do not use it", "Sandbox bank, test")):
        owner.open(PAYMENTS)
        owner.press(f"{verb} {words}")
        owner.sees(re.compile("not offered it any more"))
    owner.press("Resume Bank transfer, test")
    owner.sees("Buyers are offered it again.")
    # What is offered may be two seconds old.
    eventually(lambda: offered() == {"paypal", "bank", "bitcoin"})
    for words in ("Resume Stripe, test", "Use it Sandbox bank, test", "Pause Bank transfer, test"):
        owner.press(words)
        owner.sees(re.compile("offered it"))


def test_an_organiser_opens_an_account_under_the_sites_own(
    visit: Arrive, live: LiveSite, organiser: Organiser
) -> None:
    keys = {f"PAYMENT_{name.upper()}": key for name, key in CREDENTIALS["stripe"].items()}
    live.run("payment-account", "add", "stripe", "test", **keys)
    organiser.found("Mill Lane Jazz", "mill-lane-jazz")
    owner = visit("phone")
    owner.sign_in(OWNER_EMAIL)
    owner.open("/organiser/mill-lane-jazz/payments/connect/stripe/test")
    owner.page.get_by_label("Where you are registered").select_option("DE")
    owner.press("Continue")
    # No form leads to another host: the way there is a link, which the page's policy lets through.
    owner.follow(re.compile("^Go on at Stripe"))
    owner.sees(re.compile("stand-in"))
    assert not owner.page.url.startswith(live.url)
    owner.page.get_by_role("button").first.click()
    owner.page.wait_for_url(f"{live.url}/organiser/mill-lane-jazz/**")
    found = "SELECT state, options ->> 'opened_by' FROM payments_account WHERE provider = 'stripe' AND organiser_id = "
    mine = f"{found}(SELECT id FROM accounts_organiser WHERE slug = 'mill-lane-jazz')"
    eventually(lambda: live.ask(mine) == [("active", "site")])
