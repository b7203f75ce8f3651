"""MONEY IN AND BACK. Owns attempts to be paid, refunds owed, and what providers told us; each provider is an
adapter.

Promises: an attempt is stored before its provider is asked, and its id is the key there, so asking again
never takes money twice; what was once known of money is never forgotten, whatever comes late, twice or out of
order; money that arrived is settled once; a refund is wanted once, and never more goes back than came in.

Every verb takes lists and is one statement for each kind of row, so that many buyers share one transaction.
"""

from admitone.payments import bitcoin as bitcoin
from admitone.payments import credit as credit
from admitone.payments import uma as uma
from admitone.payments.account_status import AccountStatus as AccountStatus
from admitone.payments.account_status import BadCredentials as BadCredentials
from admitone.payments.account_status import ProviderAway as ProviderAway
from admitone.payments.account_store import Account as Account
from admitone.payments.accounts import accounts_for_sale as accounts_for_sale
from admitone.payments.accounts import accounts_in_use as accounts_in_use
from admitone.payments.accounts import accounts_of as accounts_of
from admitone.payments.accounts import accounts_to_watch as accounts_to_watch
from admitone.payments.accounts import add_account as add_account
from admitone.payments.accounts import close_account as close_account
from admitone.payments.accounts import closed_accounts as closed_accounts
from admitone.payments.accounts import connected_account as connected_account
from admitone.payments.accounts import count_accounts as count_accounts
from admitone.payments.accounts import find_account as find_account
from admitone.payments.accounts import keep_credentials as keep_credentials
from admitone.payments.accounts import keep_look as keep_look
from admitone.payments.accounts import keep_ref as keep_ref
from admitone.payments.accounts import own_account as own_account
from admitone.payments.accounts import pause_account as pause_account
from admitone.payments.accounts import resume_account as resume_account
from admitone.payments.attempts import Applied as Applied
from admitone.payments.attempts import Prompted as Prompted
from admitone.payments.attempts import apply_many as apply_many
from admitone.payments.attempts import complete_parts as complete_parts
from admitone.payments.attempts import due as due
from admitone.payments.attempts import find_by_ref as find_by_ref
from admitone.payments.attempts import find_by_refs as find_by_refs
from admitone.payments.attempts import lock_many as lock_many
from admitone.payments.attempts import of_orders as of_orders
from admitone.payments.attempts import open_many as open_many
from admitone.payments.attempts import postpone as postpone
from admitone.payments.attempts import read as read
from admitone.payments.attempts import read_many as read_many
from admitone.payments.attempts import record_prompts as record_prompts
from admitone.payments.attempts import return_parts as return_parts
from admitone.payments.books.case_store import close as close_case
from admitone.payments.books.case_store import close_others as close_other_cases
from admitone.payments.books.case_store import open_cases as open_cases
from admitone.payments.books.known_store import Known as Known
from admitone.payments.books.known_store import KnownAttempt as KnownAttempt
from admitone.payments.books.known_store import known as known_to_books
from admitone.payments.books.refusals import CaseNotFound as CaseNotFound
from admitone.payments.books.refusals import DisputeDecided as DisputeDecided
from admitone.payments.books.refusals import DisputeNotAnswerable as DisputeNotAnswerable
from admitone.payments.books.refusals import PaymentDisputed as PaymentDisputed
from admitone.payments.books.refusals import PaymentTakenBack as PaymentTakenBack
from admitone.payments.books.refusals import ReconciliationRuns as ReconciliationRuns
from admitone.payments.books.runs import begin_run as begin_run
from admitone.payments.books.runs import end_run as end_run
from admitone.payments.books.store import Case as Case
from admitone.payments.books.store import CaseKind as CaseKind
from admitone.payments.books.store import Explained as Explained
from admitone.payments.books.store import ExplainedAs as ExplainedAs
from admitone.payments.books.store import Run as Run
from admitone.payments.books.store import connected_accounts as connected_accounts
from admitone.payments.books.store import explain as explain_lines
from admitone.payments.books.store import keep as keep_lines
from admitone.payments.books.store import keep_opening as keep_opening
from admitone.payments.books.store import last_balances as last_balances
from admitone.payments.books.store import open_attempts as open_attempts
from admitone.payments.books.store import open_refunds as open_refunds
from admitone.payments.books.store import refunds_spoken_of as refunds_spoken_of
from admitone.payments.books.store import to_reconcile as to_reconcile
from admitone.payments.books.store import unexplained as unexplained_lines
from admitone.payments.by_hand import AMOUNT as AMOUNT
from admitone.payments.by_hand import BIC as BIC
from admitone.payments.by_hand import HOLDER as HOLDER
from admitone.payments.by_hand import IBAN as IBAN
from admitone.payments.by_hand import REFERENCE as REFERENCE
from admitone.payments.by_hand import HandBook as HandBook
from admitone.payments.by_hand import answer_receiver as answer_receiver
from admitone.payments.by_hand import expect as expect
from admitone.payments.by_hand import expected as expected
from admitone.payments.by_hand import mark_sent as mark_sent
from admitone.payments.by_hand import name_receiver as name_receiver
from admitone.payments.by_hand import received_for as received_for
from admitone.payments.by_hand import record_received as record_received
from admitone.payments.by_hand import sendings as sendings
from admitone.payments.choosing import Choice as Choice
from admitone.payments.choosing import OpenAccount as OpenAccount
from admitone.payments.choosing import choices as choices
from admitone.payments.choosing import choose as choose
from admitone.payments.choosing import step_minor as step_minor
from admitone.payments.credit import CreditRow as CreditRow
from admitone.payments.credit import CreditUse as CreditUse
from admitone.payments.dispute_store import BY_DISPUTE as BY_DISPUTE
from admitone.payments.dispute_store import Dispute as Dispute
from admitone.payments.dispute_store import StandingDispute as StandingDispute
from admitone.payments.dispute_store import lost_with_unsent as lost_with_unsent
from admitone.payments.dispute_store import of_orders as disputes_of
from admitone.payments.dispute_store import standing as standing_dispute
from admitone.payments.dispute_store import taken as taken_by_banks
from admitone.payments.dispute_store import undecided as undecided_disputes
from admitone.payments.disputes import DisputeMoved as DisputeMoved
from admitone.payments.disputes import begin_answer as begin_answer
from admitone.payments.disputes import hear_dispute as hear_dispute
from admitone.payments.disputes import own_dispute as own_dispute
from admitone.payments.disputes import refuse_disputed as refuse_disputed
from admitone.payments.disputes import refuse_undecided as refuse_undecided
from admitone.payments.facts import AccountChanged as AccountChanged
from admitone.payments.facts import AttemptMoved as AttemptMoved
from admitone.payments.facts import AttemptOpened as AttemptOpened
from admitone.payments.facts import MoneyExpected as MoneyExpected
from admitone.payments.facts import MoneyReceived as MoneyReceived
from admitone.payments.facts import ProviderSpoke as ProviderSpoke
from admitone.payments.facts import ReceiverWanted as ReceiverWanted
from admitone.payments.facts import RefundDone as RefundDone
from admitone.payments.facts import RefundFailed as RefundFailed
from admitone.payments.facts import RefundWanted as RefundWanted
from admitone.payments.hand_store import Expected as Expected
from admitone.payments.hand_store import Received as Received
from admitone.payments.hand_store import Sending as Sending
from admitone.payments.held_store import HeldDecision as HeldDecision
from admitone.payments.held_store import close_held as close_held
from admitone.payments.held_store import decide_held as decide_held
from admitone.payments.held_store import held_decisions as held_decisions
from admitone.payments.held_store import is_being_taken as is_being_taken
from admitone.payments.kinds import SANDBOX_ACCOUNT as SANDBOX_ACCOUNT
from admitone.payments.kinds import AccountSheet as AccountSheet
from admitone.payments.kinds import Credential as Credential
from admitone.payments.kinds import Kind as Kind
from admitone.payments.kinds import Mode as Mode
from admitone.payments.lifecycle import Attempt as Attempt
from admitone.payments.lifecycle import AttemptState as AttemptState
from admitone.payments.lifecycle import Refund as Refund
from admitone.payments.lifecycle import RefundState as RefundState
from admitone.payments.lifecycle import SettledAs as SettledAs
from admitone.payments.lifecycle import advance as advance
from admitone.payments.lifecycle import books_of as books_of
from admitone.payments.lifecycle import conclude as conclude
from admitone.payments.lifecycle import is_news as is_news
from admitone.payments.lifecycle import says as says
from admitone.payments.notice_store import NewNotice as NewNotice
from admitone.payments.notices import store_notice as store_notice
from admitone.payments.notices import store_notices as store_notices
from admitone.payments.provider import KEPT as KEPT
from admitone.payments.provider import NOT_FOUND as NOT_FOUND
from admitone.payments.provider import REPLACED as REPLACED
from admitone.payments.provider import About as About
from admitone.payments.provider import Ask as Ask
from admitone.payments.provider import BadSignature as BadSignature
from admitone.payments.provider import Capabilities as Capabilities
from admitone.payments.provider import Method as Method
from admitone.payments.provider import NoticeRead as NoticeRead
from admitone.payments.provider import Outcome as Outcome
from admitone.payments.provider import Prompt as Prompt
from admitone.payments.provider import Provider as Provider
from admitone.payments.provider import RefundAsk as RefundAsk
from admitone.payments.provider import RefundOutcome as RefundOutcome
from admitone.payments.provider import RefundStatus as RefundStatus
from admitone.payments.provider import Split as Split
from admitone.payments.provider import Status as Status
from admitone.payments.refund_store import DueRefund as DueRefund
from admitone.payments.refunds import NewRefund as NewRefund
from admitone.payments.refunds import RefundApplied as RefundApplied
from admitone.payments.refunds import Wanted as Wanted
from admitone.payments.refunds import apply_refunds as apply_refunds
from admitone.payments.refunds import due_refunds as due_refunds
from admitone.payments.refunds import lessen_refund as lessen_refund
from admitone.payments.refunds import open_refund as open_refund
from admitone.payments.refunds import owed_too_much as owed_too_much
from admitone.payments.refunds import postpone_refunds as postpone_refunds
from admitone.payments.refunds import read_refunds as read_refunds
from admitone.payments.refunds import refunds_of as refunds_of
from admitone.payments.refunds import want_again as want_again
from admitone.payments.refunds import want_refunds as want_refunds
from admitone.payments.refusals import AccountExists as AccountExists
from admitone.payments.refusals import AccountNotFound as AccountNotFound
from admitone.payments.refusals import AttemptNotFound as AttemptNotFound
from admitone.payments.refusals import BeingTaken as BeingTaken
from admitone.payments.refusals import KeyMisshapen as KeyMisshapen
from admitone.payments.refusals import KeyMissing as KeyMissing
from admitone.payments.refusals import KeyOfOtherMode as KeyOfOtherMode
from admitone.payments.refusals import MethodNotOffered as MethodNotOffered
from admitone.payments.refusals import NotAwaited as NotAwaited
from admitone.payments.refusals import NoticeTooLong as NoticeTooLong
from admitone.payments.refusals import NotOpenedHere as NotOpenedHere
from admitone.payments.refusals import NotPaid as NotPaid
from admitone.payments.refusals import OnItsWay as OnItsWay
from admitone.payments.refusals import OtherAccount as OtherAccount
from admitone.payments.refusals import ProviderNotFound as ProviderNotFound
from admitone.payments.refusals import ReceivedAlready as ReceivedAlready
from admitone.payments.refusals import ReceiverKnown as ReceiverKnown
from admitone.payments.refusals import RefundNotFailed as RefundNotFailed
from admitone.payments.refusals import RefundNotFound as RefundNotFound
from admitone.payments.refusals import RefundTooMuch as RefundTooMuch
from admitone.payments.refusals import SentAlready as SentAlready
from admitone.payments.refusals import TooManyAttempts as TooManyAttempts
from admitone.payments.refusals import TooManyWaiting as TooManyWaiting
from admitone.payments.renderings.evidence import EvidencePaper as EvidencePaper
from admitone.payments.renderings.evidence import render_evidence as render_evidence
from admitone.payments.roles import UNDONE as UNDONE
from admitone.payments.roles import DisputeState as DisputeState
from admitone.payments.roles import DisputeStatus as DisputeStatus
from admitone.payments.roles import Evidence as Evidence
from admitone.payments.roles import Finds as Finds
from admitone.payments.roles import Found as Found
from admitone.payments.roles import HeldOutcome as HeldOutcome
from admitone.payments.roles import Hint as Hint
from admitone.payments.roles import HoldsMoney as HoldsMoney
from admitone.payments.roles import Mirrored as Mirrored
from admitone.payments.roles import Movement as Movement
from admitone.payments.roles import MovementKind as MovementKind
from admitone.payments.roles import NodeLook as NodeLook
from admitone.payments.roles import Onboards as Onboards
from admitone.payments.roles import PayoutAsk as PayoutAsk
from admitone.payments.roles import PayoutOutcome as PayoutOutcome
from admitone.payments.roles import PayoutStatus as PayoutStatus
from admitone.payments.roles import PaysOut as PaysOut
from admitone.payments.roles import Receiver as Receiver
from admitone.payments.roles import Roles as Roles
from admitone.payments.roles import ShowsNode as ShowsNode
from admitone.payments.roles import TellsMany as TellsMany
from admitone.payments.roles import TransactionLook as TransactionLook
from admitone.payments.roles import Watches as Watches
from admitone.payments.store import Moved as Moved
from admitone.payments.store import NewAttempt as NewAttempt

# What is called otherwise within; the others say by their `as` that they are meant for everybody.
__all__ = [
    "close_case",
    "close_other_cases",
    "disputes_of",
    "explain_lines",
    "keep_lines",
    "known_to_books",
    "standing_dispute",
    "taken_by_banks",
    "undecided_disputes",
    "unexplained_lines",
]
