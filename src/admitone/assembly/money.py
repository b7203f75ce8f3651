"""The flows of money beyond being paid: a line each in `MoneyFlows`, in `money_flows`, and in `money_reactions`."""

from collections.abc import Mapping
from dataclasses import dataclass

from admitone import payouts
from admitone.assembly.ground import Ground
from admitone.flows.approval_letters import ApprovalLetters
from admitone.flows.approvals import Approvals
from admitone.flows.ask_receiver import ReceiverAsking
from admitone.flows.book_statement import BookStatement
from admitone.flows.bulk_runs import BulkRuns
from admitone.flows.cancel_event import EventCancelling
from admitone.flows.cancel_tickets import CancelTickets
from admitone.flows.catch_up_documents import CatchUpDocuments
from admitone.flows.credit_desk import CreditDesk
from admitone.flows.credit_letters import CreditLetters
from admitone.flows.dispute_letters import DisputeLetters
from admitone.flows.disputing import Disputing
from admitone.flows.draft_payouts import DraftPayouts
from admitone.flows.fee_agreements import FeeDesk
from admitone.flows.found_money import FoundMoney
from admitone.flows.giving_credit import CreditGiving
from admitone.flows.invoicing import Invoicing
from admitone.flows.money_to_send import MoneyToSend
from admitone.flows.payment_modes import PaymentModes
from admitone.flows.payment_setup import PaymentSetup
from admitone.flows.payout import PayingOut
from admitone.flows.payout_receivers import PayoutReceivers
from admitone.flows.payout_terms import PayoutTerms
from admitone.flows.payout_terms_letters import PayoutTermsLetters
from admitone.flows.promo_desk import PromoDesk
from admitone.flows.provider_books import ProviderBooks
from admitone.flows.reactions import React
from admitone.flows.received_money import ReceivedMoney
from admitone.flows.reconcile import Reconciling
from admitone.flows.refund_claims import RefundClaims
from admitone.flows.release_balances import ReleaseBalances
from admitone.flows.site_payouts import SitePayouts
from admitone.flows.store_credit import StoreCredit
from admitone.flows.trial_letters import TrialLetters
from admitone.payments import About
from admitone.payments.bitcoin import InvoiceFetch
from admitone.plumbing.public_fetch import PublicFetch


@dataclass(frozen=True, slots=True)
class MoneyFlows:
    """Everything about money that pages, REST, chores and reactions reach for."""

    cancel_tickets: CancelTickets
    bulk_runs: BulkRuns
    approvals: Approvals
    approval_letters: ApprovalLetters
    invoicing: Invoicing
    received_money: ReceivedMoney
    found_money: FoundMoney
    book_statement: BookStatement
    money_to_send: MoneyToSend
    asking_receivers: ReceiverAsking
    refund_claims: RefundClaims
    payment_setup: PaymentSetup
    promo_desk: PromoDesk
    payment_modes: PaymentModes
    reconciling: Reconciling
    disputing: Disputing
    dispute_letters: DisputeLetters
    releasing: ReleaseBalances
    paying_out: PayingOut
    payout_receivers: PayoutReceivers
    payout_terms: PayoutTerms
    payout_terms_letters: PayoutTermsLetters
    fee_desk: FeeDesk
    draft_payouts: DraftPayouts
    site_payouts: SitePayouts
    catch_up_documents: CatchUpDocuments
    store_credit: StoreCredit
    credit_desk: CreditDesk
    credit_letters: CreditLetters


def money_flows(ground: Ground, cancelling: EventCancelling) -> MoneyFlows:
    """Build them."""
    credit_desk = CreditDesk(
        ground.database, ground.clock, ground.credit_codes, ground.approvals, ground.limiter
    )
    giving_credit = CreditGiving(ground.payment_accounts, ground.credit_codes, ground.clock)
    cancel_tickets = CancelTickets(
        ground.database,
        ground.clock,
        ground.payment_accounts,
        give_credit=giving_credit.give,
        approvals=ground.approvals,
    )
    receivers = _receivers(ground)
    disputing = Disputing(ground.database, ground.clock, ground.payment_accounts)
    invoicing = Invoicing(ground.database, ground.clock, ground.payment_accounts.kinds)
    paying_out = PayingOut(ground.database, ground.clock, ground.payment_accounts, ground.approvals)
    received_money = ReceivedMoney(ground.database, ground.clock, ground.payment_accounts, ground.settlement)
    return MoneyFlows(
        disputing=disputing,
        releasing=ReleaseBalances(ground.database, ground.clock),
        paying_out=paying_out,
        payout_terms=PayoutTerms(ground.database),
        payout_terms_letters=PayoutTermsLetters(ground.database, ground.post, ground.settings.site_url),
        fee_desk=FeeDesk(ground.database, ground.clock, ground.settings.site_fees),
        draft_payouts=DraftPayouts(ground.database, ground.clock, paying_out),
        payout_receivers=receivers,
        site_payouts=SitePayouts(ground.database, ground.clock, paying_out, receivers),
        dispute_letters=DisputeLetters(
            ground.database, ground.post, ground.order_url, ground.settings.site_url
        ),
        store_credit=_store_credit(ground),
        credit_desk=credit_desk,
        credit_letters=CreditLetters(
            ground.database, ground.post, credit_desk, ground.links, ground.settings.site_url
        ),
        cancel_tickets=cancel_tickets,
        bulk_runs=BulkRuns(ground.database, ground.clock, cancelling, cancel_tickets, ground.approvals),
        approvals=ground.approvals,
        approval_letters=ApprovalLetters(ground.database, ground.post, ground.settings.site_url),
        invoicing=invoicing,
        received_money=received_money,
        found_money=FoundMoney(ground.database, ground.clock, ground.payment_accounts, ground.settlement),
        book_statement=BookStatement(ground.database, ground.clock, received_money),
        money_to_send=MoneyToSend(
            ground.database, ground.clock, ground.payment_accounts, ground.refunding, ground.sealer
        ),
        asking_receivers=_asking_receivers(ground),
        refund_claims=_refund_claims(ground),
        promo_desk=PromoDesk(ground.database, ground.clock),
        payment_setup=PaymentSetup(ground.database, ground.clock, ground.payment_accounts, ground.limiter),
        reconciling=Reconciling(
            ground.database,
            ground.clock,
            ground.payment_accounts,
            ground.settlement,
            ground.refunding,
            ProviderBooks(ground.database, ground.clock, payouts.by_refs),
            more={"disputes": disputing.ask_recent, "payouts": paying_out.ask_recent},
        ),
        payment_modes=_payment_modes(ground),
        catch_up_documents=CatchUpDocuments(ground.database, ground.clock, invoicing),
    )


def _store_credit(ground: Ground) -> StoreCredit:
    return StoreCredit(
        ground.database,
        ground.clock,
        ground.payment_accounts,
        ground.offers,
        ground.keys.ring,
        ground.limiter,
    )


def _receivers(ground: Ground) -> PayoutReceivers:
    return PayoutReceivers(
        ground.database,
        ground.clock,
        ground.payment_accounts,
        ground.sealer,
        ground.post,
        ground.settings.site_url,
    )


def _asking_receivers(ground: Ground) -> ReceiverAsking:
    return ReceiverAsking(
        ground.database,
        ground.sealer,
        ground.post,
        ground.links,
        ground.limiter,
        ground.settings.site_url,
    )


def _refund_claims(ground: Ground) -> RefundClaims:
    return RefundClaims(
        ground.database,
        ground.clock,
        ground.post,
        ground.links,
        ground.limiter,
        ground.refunding,
        InvoiceFetch(PublicFetch(loopback=ground.settings.is_development)),
        ground.settings.site_url,
    )


def _payment_modes(ground: Ground) -> PaymentModes:
    letters = TrialLetters(ground.post, ground.order_url, ground.settings.site_url)
    return PaymentModes(ground.database, ground.clock, ground.payment_accounts, ground.refunding, letters)


def money_reactions(money: MoneyFlows) -> Mapping[str, React]:
    """The reactions that belong to them, by name; `flows/reactions.REACTIONS` says what causes each."""
    return {
        "tell_credit": money.credit_letters.tell,
        "tell_approval": money.approval_letters.tell,
        "end_play_money": money.payment_modes.end_play_money,
        "write_documents": money.invoicing.follow,
        "tell_dispute": money.dispute_letters.tell,
        "ask_receiver": money.asking_receivers.tell,
        "ask_destination": money.refund_claims.tell,
        "send_to_destination": money.refund_claims.send,
        "tell_payout_terms": money.payout_terms_letters.tell,
    }


def money_asking(money: MoneyFlows) -> Mapping[str, React]:
    """Who asks when a provider spoke of something else than a payment, by `payments.About`."""
    return {
        About.ACCOUNT: money.payment_setup.provider_spoke,
        About.REFUND: money.reconciling.refund_spoken_of,
        About.DISPUTE: money.disputing.spoken_of,
        About.PAYOUT: money.paying_out.spoken_of,
    }
