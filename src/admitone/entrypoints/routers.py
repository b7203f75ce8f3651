"""Every router by name: what is not here is not served."""

from typing import Final

from fastapi import APIRouter

from admitone.entrypoints.pages.account import routes as account_pages
from admitone.entrypoints.pages.approvals import routes as approval_pages
from admitone.entrypoints.pages.bulk_runs import routes as bulk_run_pages
from admitone.entrypoints.pages.checkin import guests as checkin_guest_pages
from admitone.entrypoints.pages.checkin import routes as checkin_pages
from admitone.entrypoints.pages.checkin import unpaid as checkin_unpaid_pages
from admitone.entrypoints.pages.checkout import routes as checkout_pages
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
from admitone.entrypoints.pages.organiser_orders import invoice_routes as organiser_document_pages
from admitone.entrypoints.pages.organiser_orders import part_routes as part_refund_pages
from admitone.entrypoints.pages.organiser_orders import routes as organiser_order_pages
from admitone.entrypoints.pages.pay import routes as pay_pages
from admitone.entrypoints.pages.payments import routes as payments_pages
from admitone.entrypoints.pages.payouts import routes as payout_pages
from admitone.entrypoints.pages.problems import routes as problem_pages
from admitone.entrypoints.pages.promo_codes import batch_routes as promo_batch_pages
from admitone.entrypoints.pages.promo_codes import routes as promo_code_pages
from admitone.entrypoints.pages.prose import routes as prose_pages
from admitone.entrypoints.pages.refund_account import routes as refund_account_pages
from admitone.entrypoints.pages.register import routes as register_pages
from admitone.entrypoints.pages.reports import routes as report_pages
from admitone.entrypoints.pages.sandbox import routes as sandbox_pages
from admitone.entrypoints.pages.sign_in import routes as sign_in_pages
from admitone.entrypoints.pages.site import routes as site_pages
from admitone.entrypoints.pages.store_credit import routes as store_credit_pages
from admitone.entrypoints.pages.team import routes as team_pages
from admitone.entrypoints.pages.tickets import routes as ticket_pages
from admitone.entrypoints.pages.transfers import routes as transfer_pages
from admitone.entrypoints.rest import (
    approvals,
    bulk_runs,
    credit,
    documents,
    events,
    exchanges,
    fees,
    health,
    holds,
    my_tickets,
    needs_you,
    orders,
    organiser_events,
    organiser_letters,
    organiser_orders,
    organisers,
    payment_accounts,
    payouts,
    people,
    promo_batches,
    promo_codes,
    received_money,
    reversals,
    scans,
    sessions,
    sign_in_links,
    site_payouts,
)
from admitone.entrypoints.webhooks import routes as webhooks

API: Final[tuple[APIRouter, ...]] = (
    holds.router,
    orders.router,
    my_tickets.router,
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
    events.router,
    organiser_events.router,
    organiser_letters.router,
    scans.router,
    sessions.router,
    sign_in_links.router,
    people.router,
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
    problem_pages.router,
    home_pages.router,
    event_pages.router,
    organiser_event_pages.router,
    organiser_editor_pages.router,
    organiser_life_pages.router,
    organiser_write_pages.router,
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
    pay_credit_pages.router,
    credit_pages.router,
    refund_account_pages.router,
    store_credit_pages.router,
    ticket_pages.router,
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
    sign_in_pages.router,
    register_pages.router,
    link_pages.router,
    account_pages.router,
    team_pages.router,
    needs_you_pages.router,
    dispute_pages.router,
    payments_pages.router,
)
"""Pages, webhooks, health."""
