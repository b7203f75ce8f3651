"""The command line: `admitone --help`."""

from cyclopts import App

from admitone import __version__

app = App(
    name="admitone",
    help="Ticketing you can own: every place sold once, every payment counted once, every ticket admitted once.",
    version=__version__,
)
app.command(
    "admitone.entrypoints.commands.run:run",
    name="run",
    help="Everything: database, demo data, server and worker.",
)
app.command("admitone.entrypoints.commands.processes:serve", name="serve", help="The web server.")
app.command(
    "admitone.entrypoints.commands.processes:worker",
    name="worker",
    help="Letters, webhooks, expiry, refunds.",
)
app.command(
    "admitone.entrypoints.commands.data:migrate",
    name="migrate",
    help="Bring the database to the newest form.",
)
app.command(
    "admitone.entrypoints.commands.standins:standins",
    name="standins",
    help="Play Stripe, Paystack and PayPal on this machine (run does it).",
)
app.command(
    "admitone.entrypoints.commands.payment_account:payment_account",
    name="payment-account",
    help="The site's own accounts with payment providers.",
)
app.command(
    "admitone.entrypoints.commands.payout:payout",
    name="payout",
    help="Payouts to bank accounts: verify receivers, write the bank's file, mark as sent.",
)
app.command(
    "admitone.entrypoints.commands.operator:operator",
    name="operator",
    help="Who runs this site: they see all balances and send payouts.",
)
app.command("admitone.entrypoints.commands.data:demo", name="demo", help="Put six demo events on sale.")
app.command(
    "admitone.entrypoints.commands.care:check",
    name="check",
    help="Look for broken promises; none is expected.",
)
app.command(
    "admitone.entrypoints.commands.reconcile:reconcile",
    name="reconcile",
    help="Hold providers' books against ours, now.",
)
app.command(
    "admitone.entrypoints.commands.care:parked", name="parked", help="Reactions that were set aside, and why."
)
app.command(
    "admitone.entrypoints.commands.care:settings",
    name="settings",
    help="Every option and where it comes from.",
)
app.command(
    "admitone.entrypoints.commands.care:rotate_key",
    name="rotate-key",
    help="Sign new tickets with a new key.",
)


def main() -> None:
    """The program `admitone`."""
    app()
