"""Every router by name: what is not here is not served."""

from typing import Final

from fastapi import APIRouter

from admitone.entrypoints.by_address import routes as by_address
from admitone.entrypoints.by_address import withdrawals
from admitone.entrypoints.pages.account import routes as account_pages
from admitone.entrypoints.pages.approvals import routes as approval_pages
from admitone.entrypoints.pages.bitcoin import routes as bitcoin_pages
from admitone.entrypoints.pages.bulk_runs import routes as bulk_run_pages
from admitone.entrypoints.pages.checkin import guests as checkin_guest_pages
from admitone.entrypoints.pages.checkin import routes as checkin_pages
from admitone.entrypoints.pages.checkin import unpaid as checkin_unpaid_pages
from admitone.entrypoints.pages.checkout import routes as checkout_pages
from admitone.entrypoints.pages.connected_wallet import routes as connected_wallet_pages
from admitone.entrypoints.pages.credit import paying as pay_credit_pages
from admitone.entrypoints.pages.credit import routes as credit_pages
from admitone.entrypoints.pages.disputes import routes as dispute_pages
from admitone.entrypoints.pages.documents import routes as document_pages
from admitone.entrypoints.pages.events import routes as event_pages
from admitone.entrypoints.pages.exchange import organiser_routes as organiser_exchange_pages
from admitone.entrypoints.pages.exchange import routes as exchange_pages
from admitone.entrypoints.pages.fees import routes as fee_pages
from admitone.entrypoints.pages.give_back import routes as give_back_pages
from admitone.entrypoints.pages.home import routes as home_pages
from admitone.entrypoints.pages.invoices import routes as invoice_pages
from admitone.entrypoints.pages.link import routes as link_pages
from admitone.entrypoints.pages.mailbox import routes as mailbox_pages
from admitone.entrypoints.pages.needs_you import routes as needs_you_pages
from admitone.entrypoints.pages.orders import routes as order_pages
from admitone.entrypoints.pages.organiser import editor_routes as organiser_editor_pages
from admitone.entrypoints.pages.organiser import events_routes as organiser_event_pages
from admitone.entrypoints.pages.organiser import life_routes as organiser_life_pages
from admitone.entrypoints.pages.organiser import write_routes as organiser_write_pages
from admitone.entrypoints.pages.organiser_bitcoin import routes as organiser_bitcoin_pages
from admitone.entrypoints.pages.organiser_orders import invoice_routes as organiser_document_pages
from admitone.entrypoints.pages.organiser_orders import part_routes as part_refund_pages
from admitone.entrypoints.pages.organiser_orders import routes as organiser_order_pages
from admitone.entrypoints.pages.pay import routes as pay_pages
from admitone.entrypoints.pages.payments import routes as payments_pages
from admitone.entrypoints.pages.payouts import routes as payout_pages
from admitone.entrypoints.pages.play_bitcoin import routes as play_bitcoin_pages
from admitone.entrypoints.pages.problems import routes as problem_pages
from admitone.entrypoints.pages.promo_codes import batch_routes as promo_batch_pages
from admitone.entrypoints.pages.promo_codes import routes as promo_code_pages
from admitone.entrypoints.pages.prose import routes as prose_pages
from admitone.entrypoints.pages.prove import door as door_word_pages
from admitone.entrypoints.pages.prove import routes as proof_pages
from admitone.entrypoints.pages.refund_account import routes as refund_account_pages
from admitone.entrypoints.pages.refund_claim import routes as refund_claim_pages
from admitone.entrypoints.pages.register import routes as register_pages
from admitone.entrypoints.pages.reports import routes as report_pages
from admitone.entrypoints.pages.sandbox import routes as sandbox_pages
from admitone.entrypoints.pages.sign_in import routes as sign_in_pages
from admitone.entrypoints.pages.sign_in import wallet_routes as wallet_sign_in_pages
from admitone.entrypoints.pages.site import routes as site_pages
from admitone.entrypoints.pages.store_credit import routes as store_credit_pages
from admitone.entrypoints.pages.stream_setup import routes as stream_setup_pages
from admitone.entrypoints.pages.team import routes as team_pages
from admitone.entrypoints.pages.tickets import routes as ticket_pages
from admitone.entrypoints.pages.transfers import routes as transfer_pages
from admitone.entrypoints.pages.uma_invoices import routes as uma_invoice_pages
from admitone.entrypoints.pages.watch import routes as watch_pages
from admitone.entrypoints.pages.watch import stream_routes as stream_addresses
from admitone.entrypoints.rest import (
    approvals,
    bitcoin,
    bulk_runs,
    connected_wallet,
    credit,
    documents,
    events,
    exchanges,
    fees,
    health,
    holds,
    lnurl_auth,
    my_tickets,
    needs_you,
    orders,
    organiser_bitcoin,
    organiser_events,
    organiser_letters,
    organiser_orders,
    organisers,
    ownership,
    payment_accounts,
    payouts,
    people,
    promo_batches,
    promo_codes,
    received_money,
    refund_claims,
    reversals,
    scans,
    sessions,
    sign_in_links,
    site_payouts,
    streams,
    uma,
)
from admitone.entrypoints.webhooks import routes as webhooks

API: Final[tuple[APIRouter, ...]] = (
    holds.router,
    orders.router,
    bitcoin.router,
    uma.router,
    my_tickets.router,
    ownership.router,
    lnurl_auth.router,
    organiser_orders.router,
    reversals.router,
    exchanges.router,
    bulk_runs.router,
    approvals.router,
    payouts.router,
    site_payouts.router,
    fees.router,
    received_money.router,
    documents.router,
    credit.router,
    refund_claims.router,
    events.router,
    organiser_bitcoin.router,
    organiser_events.router,
    organiser_letters.router,
    scans.router,
    streams.router,
    sessions.router,
    sign_in_links.router,
    people.router,
    connected_wallet.router,
    # Before the codes, of which a batch would else be one.
    promo_batches.router,
    promo_codes.router,
    organisers.router,
    payment_accounts.router,
    needs_you.router,
)
"""Under /api/v1, each refusing requests that another site made with somebody's cookies."""

OTHERS: Final[tuple[APIRouter, ...]] = (
    health.router,
    webhooks.router,
    by_address.router,
    problem_pages.router,
    home_pages.router,
    event_pages.router,
    organiser_event_pages.router,
    organiser_editor_pages.router,
    organiser_life_pages.router,
    organiser_write_pages.router,
    stream_setup_pages.router,
    uma_invoice_pages.router,
    checkin_pages.router,
    checkin_guest_pages.router,
    checkin_unpaid_pages.router,
    checkout_pages.router,
    order_pages.router,
    give_back_pages.router,
    exchange_pages.router,
    document_pages.router,
    organiser_document_pages.router,
    invoice_pages.router,
    report_pages.router,
    pay_pages.router,
    bitcoin_pages.router,
    pay_credit_pages.router,
    credit_pages.router,
    refund_account_pages.router,
    refund_claim_pages.router,
    withdrawals.router,
    store_credit_pages.router,
    ticket_pages.router,
    proof_pages.router,
    door_word_pages.router,
    watch_pages.router,
    stream_addresses.router,
    organiser_order_pages.router,
    transfer_pages.router,
    part_refund_pages.router,
    organiser_exchange_pages.router,
    bulk_run_pages.router,
    approval_pages.router,
    payout_pages.router,
    site_pages.router,
    fee_pages.router,
    promo_batch_pages.router,
    promo_code_pages.router,
    prose_pages.router,
    mailbox_pages.router,
    sandbox_pages.router,
    play_bitcoin_pages.router,
    sign_in_pages.router,
    wallet_sign_in_pages.router,
    register_pages.router,
    link_pages.router,
    account_pages.router,
    connected_wallet_pages.router,
    team_pages.router,
    needs_you_pages.router,
    dispute_pages.router,
    payments_pages.router,
    organiser_bitcoin_pages.router,
)
"""Pages, webhooks, health."""
