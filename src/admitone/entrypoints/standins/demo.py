"""The stand-ins of the demo: one company each for the demo's organiser, with keys that are no secret, on ports of this
machine. Their books lie in the home folder, so that a restart forgets nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

from starlette.types import ASGIApp

from admitone.entrypoints.standins import paypal, paystack, stripe
from admitone.plumbing.outgoing import Client
from admitone.values.clock import Clock

NAMES = ("stripe", "paystack", "paypal")
# The demo's accounts have the same ids in every database, so that a stand-in knows where its webhooks go.
ACCOUNTS: Mapping[str, UUID] = MappingProxyType(
    {
        "stripe": UUID("00000000-0000-7000-8000-0000000000d1"),
        "paystack": UUID("00000000-0000-7000-8000-0000000000d2"),
        "paypal": UUID("00000000-0000-7000-8000-0000000000d3"),
        "bank": UUID("00000000-0000-7000-8000-0000000000d4"),
        "door": UUID("00000000-0000-7000-8000-0000000000d5"),
        "play_bitcoin": UUID("00000000-0000-7000-8000-0000000000d6"),
    }
)
CREDENTIALS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "stripe": {
            "secret_key": "sk_test_StandInOfTheDemo0001",
            "webhook_secret": "whsec_StandInOfTheDemo0001",
        },
        "paystack": {"secret_key": "sk_test_" + "0StandInOfTheDemo" * 2},
        "paypal": {
            "client_id": "StandInOfTheDemo-Client-0001",
            "client_secret": "StandInOfTheDemo-Secret-0001",
            "webhook_id": "1DEM0291016473214",
        },
        # An account of nobody: the standard's own example.
        "bank": {"holder": "Foundry Presents", "iban": "DE89 3704 0044 0532 0130 00"},
        "door": {},
        "play_bitcoin": {},
    }
)
PAYPAL_ROOT = "paypal.root.pem"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stand-in is reached, and where its webhooks go."""

    origin: str
    webhook_url: str


def notice_url(site: str, name: str) -> str:
    """Where the webhooks of this provider come in, for the demo's account."""
    return f"{site}/webhooks/{name}/{ACCOUNTS[name]}"


def ensure_trust(folder: Path, clock: Clock) -> None:
    """Make the authority of the stand-in for PayPal, so that whoever checks its webhooks finds it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    signer = paypal.kept_signer(folder / "paypal.json", clock)
    (folder / PAYPAL_ROOT).write_bytes(signer.root_pem)


def apps(folder: Path, places: Mapping[str, Place], clock: Clock, client: Client) -> Mapping[str, ASGIApp]:
    """The stand-ins, by name."""
    return {
        "stripe": stripe.create_app(_stripe(folder, places["stripe"], clock, client)),
        "paystack": paystack.create_app(
            paystack.Company(
                CREDENTIALS["paystack"]["secret_key"],
                clock,
                path=folder / "paystack.json",
                home_currency="NGN",
            ),
            origin=places["paystack"].origin,
            webhook_url=places["paystack"].webhook_url,
        ),
        "paypal": paypal.create_app(
            _merchant(places["paypal"]), places["paypal"].origin, clock=clock, path=folder / "paypal.json"
        ),
    }


def _stripe(folder: Path, place: Place, clock: Clock, client: Client) -> stripe.StandIn:
    keys = CREDENTIALS["stripe"]
    return stripe.StandIn(
        clock,
        secret_key=keys["secret_key"],
        public_url=place.origin,
        endpoints=(stripe.Endpoint(place.webhook_url, keys["webhook_secret"]),),
        client=client,
        path=folder / "stripe.json",
    )


def _merchant(place: Place) -> paypal.Merchant:
    keys = CREDENTIALS["paypal"]
    return paypal.Merchant(
        client_id=keys["client_id"],
        client_secret=keys["client_secret"],
        webhook_id=keys["webhook_id"],
        webhook_url=place.webhook_url,
    )
