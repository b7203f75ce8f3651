"""`migrate` and `demo`."""

import asyncio

from rich.console import Console

from admitone import accounts
from admitone.assembly import assemble
from admitone.entrypoints.commands.boot import read_settings, ready_database, set_up_logs
from admitone.entrypoints.demo_people import DEMO_PASSWORD, DOOR_EMAIL, OWNER_EMAIL
from admitone.entrypoints.standins.demo import ACCOUNTS, CREDENTIALS
from admitone.flows.demo_accounts import DemoAccount, put_demo_accounts
from admitone.flows.demo_data import put_demo_on_sale
from admitone.settings import Settings
from admitone.values.actor import SYSTEM


def migrate() -> None:
    """Make the database if it is not there, and bring it to the newest form. Safe to run again, also at once."""
    settings = read_settings()
    set_up_logs(settings)
    with ready_database(settings):
        Console(stderr=True).print("The database is in its newest form.")


def demo(*, quiet: bool = False) -> None:
    """A demo organiser with six events on sale. Running it again changes nothing; `--quiet` prints nothing."""
    settings = read_settings()
    set_up_logs(settings)
    with ready_database(settings) as (opened, role):

        async def story() -> None:
            assembly = await assemble(settings, opened, role, name="admitone demo")
            try:
                await put_demo_on_sale(
                    assembly.database,
                    assembly.clock,
                    assembly.passwords,
                    owner_password=DEMO_PASSWORD,
                    door_password=DEMO_PASSWORD,
                )
                if settings.is_development:
                    # Its password is public: on a site that others can reach the demo's owner runs nothing.
                    await assembly.database.run(
                        lambda tx: accounts.mark_operator(tx, OWNER_EMAIL, is_operator=True, by=SYSTEM.label)
                    )
                await put_demo_accounts(
                    assembly.database, assembly.clock, assembly.payment_accounts, _played(settings)
                )
            finally:
                await assembly.close()

        asyncio.run(story())
        if not quiet:
            Console(stderr=True).print(
                f"Sign in as {OWNER_EMAIL} or {DOOR_EMAIL}, password: {DEMO_PASSWORD}", soft_wrap=True
            )


def _played(settings: Settings) -> list[DemoAccount]:
    """The demo's accounts: with those providers that are played here, and, paused, with people."""
    urls = {"stripe": settings.stripe_url, "paystack": settings.paystack_url, "paypal": settings.paypal_url}
    played = [name for name, url in urls.items() if url is not None and settings.is_development]
    if settings.offers_sandbox:
        played.append("play_bitcoin")
    by_people = ("bank", "door")
    return [
        DemoAccount(ACCOUNTS[name], name, CREDENTIALS[name], is_paused=name in by_people)
        for name in (*played, *by_people)
    ]
