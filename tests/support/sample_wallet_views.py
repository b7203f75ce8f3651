"""The page of a connected wallet with believable contents."""

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.connected_wallet.view import Budget, ConnectedRow, ConnectedWalletView
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.views import Part


def wallet_views() -> dict[str, View]:
    """Name of the sample and its view."""
    row = ConnectedRow(
        alias="Ada's Alby Hub",
        relay_host="relay.example.org",
        network="",
        may=("Pay invoices", "See the budget", "Look invoices up"),
        budget=Budget("38,000 sats left of 100,000 sats", "Full again each month", 62_000, 100_000),
        used_words="Last paid yesterday, 19:30 UTC",
        looked_words="Asked today, 08:12 UTC",
        look_url=links.CONNECTED_WALLET_LOOK,
        disconnect_url=links.CONNECTED_WALLET_DISCONNECT,
    )
    without_budget = ConnectedRow(
        alias="A wallet without a name",
        relay_host="relay.example.org",
        network="On regtest: no real money",
        may=("Pay invoices",),
        budget=None,
        used_words="Has not paid anything yet",
        looked_words="Asked today, 08:12 UTC",
        look_url=links.CONNECTED_WALLET_LOOK,
        disconnect_url=links.CONNECTED_WALLET_DISCONNECT,
    )
    refused = "The secret of this connection is missing or damaged. Please copy all of it again."
    return {
        "wallet-none": ConnectedWalletView(Part(links.CONNECTED_WALLET), links.ACCOUNT),
        "wallet-refused": ConnectedWalletView(
            Part(links.CONNECTED_WALLET, {}, {"uri": refused}),
            links.ACCOUNT,
            back_url=links.pay_bitcoin("abc"),
        ),
        "wallet-connected": ConnectedWalletView(Part(links.CONNECTED_WALLET), links.ACCOUNT, row),
        "wallet-no-budget": ConnectedWalletView(Part(links.CONNECTED_WALLET), links.ACCOUNT, without_budget),
    }
