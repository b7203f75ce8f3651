"""The timetable filled in: which story of this assembly runs how often."""

from datetime import timedelta

from admitone import accounts, streams, tickets
from admitone.assembly import Assembly
from admitone.flows import publish_event, search_words
from admitone.flows.timetable import Row
from admitone.payments.providers.sandbox import deliver_due
from admitone.plumbing import idempotency, relay
from admitone.plumbing.outgoing import Client

# Ended sessions and links are kept a week, for somebody who asks where they were signed in.
KEPT = timedelta(days=7)


def timetable(assembly: Assembly, client: Client) -> list[Row]:
    """Every row. `client` posts the sandbox bank's webhooks, over real HTTP like any provider's."""
    rows = [
        Row("holds that ran out", 1.0, assembly.expiry.expire_holds, eager=True),
        Row("orders that ran out", 1.0, assembly.expiry.expire_orders),
        Row("letters to send", 0.5, assembly.post.send_due, eager=True),
        Row("payments to ask about", 2.0, assembly.payment.ask_due),
        Row("invoices for connected wallets", 0.5, assembly.connected_wallets.paying.ask_due),
        Row("money that came besides", 20.0, assembly.money.found_money.look_everywhere),
        Row("money that came to closed accounts", 3600.0, assembly.money.found_money.look_at_closed),
        Row("gift codes that ran out", 60.0, assembly.money.credit_desk.end_due, eager=True),
        Row("what was approved", 30.0, assembly.money.approvals.carry_due),
        Row("runs over many orders", 1.0, assembly.money.bulk_runs.work, eager=True),
        Row("refunds to send", 0.5, assembly.refunding.send_due, eager=True),
        Row("refunds of lost payments", 900.0, assembly.money.disputing.end_unsent),
        Row("buyers who have not said where bitcoin goes", 21_600.0, assembly.money.refund_claims.remind),
        Row("payouts to send", 2.0, assembly.money.paying_out.send_due, eager=True),
        Row("documents that are missing", 3600.0, assembly.money.catch_up_documents.run),
        Row("payouts to draft", 900.0, assembly.money.draft_payouts.run_due),
        Row("money that becomes available", 3600.0, assembly.money.releasing.run_due),
        Row("moved events to tell of", 5.0, assembly.telling.close_due, eager=True),
        Row("signing keys", tickets.KEEP_UP_SECONDS, assembly.keys.keep_up),
        Row("jobs of dead workers", 10.0, lambda: relay.rescue_jobs(assembly.database)),
        Row("events that ended", 60.0, lambda: publish_event.end_finished(assembly.database, assembly.clock)),
        Row("bank files nobody booked", 3600.0, assembly.money.book_statement.forget_old),
        Row("accounts to reconcile", 300.0, assembly.money.reconciling.run_due, eager=True),
        Row("signatures of UMA providers", 600.0, assembly.by_address.uma.peers.forget_old),
        Row("kept answers", 600.0, lambda: assembly.database.run(idempotency.forget_old), eager=True),
        Row(
            "words events are found by",
            3600.0,
            lambda: search_words.rebuild(assembly.database, assembly.clock),
        ),
        Row("ended sessions and questions", 3600.0, lambda: _sweep_sessions(assembly)),
    ]
    bank = assembly.sandbox
    if bank is not None:
        webhook_url = f"{assembly.settings.site_url}/webhooks/sandbox"
        rows.append(Row("sandbox webhooks", 0.5, lambda: deliver_due(bank, client, webhook_url), eager=True))
    return rows


async def _sweep_sessions(assembly: Assembly) -> int:
    before = assembly.clock.now() - KEPT
    asked = await assembly.database.run(lambda tx: tickets.sweep_challenges(tx, before))
    watched = await assembly.database.run(lambda tx: streams.sweep(tx, before))
    return asked + watched + await assembly.database.run(lambda tx: accounts.sweep(tx, before))
