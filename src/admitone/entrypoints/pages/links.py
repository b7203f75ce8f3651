"""The addresses of our pages: routes register them, views carry them, templates only print them."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

from admitone.entrypoints.pages.bitcoin_links import CONNECTED_WALLET as CONNECTED_WALLET
from admitone.entrypoints.pages.bitcoin_links import (
    CONNECTED_WALLET_DISCONNECT as CONNECTED_WALLET_DISCONNECT,
)
from admitone.entrypoints.pages.bitcoin_links import CONNECTED_WALLET_LOOK as CONNECTED_WALLET_LOOK
from admitone.entrypoints.pages.bitcoin_links import PLAY_BITCOIN as PLAY_BITCOIN
from admitone.entrypoints.pages.bitcoin_links import organiser_bitcoin as organiser_bitcoin
from admitone.entrypoints.pages.bitcoin_links import pay_bitcoin as pay_bitcoin
from admitone.entrypoints.pages.bitcoin_links import pay_bitcoin_status as pay_bitcoin_status
from admitone.entrypoints.pages.bitcoin_links import pay_bitcoin_uma as pay_bitcoin_uma
from admitone.entrypoints.pages.bitcoin_links import pay_from_wallet as pay_from_wallet
from admitone.entrypoints.pages.bitcoin_links import refund_claim as refund_claim
from admitone.entrypoints.pages.bitcoin_links import refund_claim_status as refund_claim_status
from admitone.entrypoints.pages.stream_links import event_watch as event_watch
from admitone.entrypoints.pages.stream_links import stream_open as stream_open
from admitone.entrypoints.pages.stream_links import stream_playlist as stream_playlist
from admitone.entrypoints.pages.stream_links import watch as watch
from admitone.entrypoints.pages.stream_links import watch_join as watch_join
from admitone.entrypoints.pages.stream_links import watch_status as watch_status
from admitone.entrypoints.pages.stream_links import watch_stop as watch_stop

HOME = "/"
EVENTS = "/events"
MY_TICKETS = "/tickets"
FIND_TICKETS = "/tickets/find"
SIGN_IN = "/sign-in"
SIGN_IN_PASSWORD = "/sign-in/password"  # noqa: S105 (an address)
SIGN_IN_LINK = "/sign-in/link"
CONFIRM = "/sign-in/confirm"
SIGN_OUT = "/sign-out"
REGISTER = "/register"
ACCOUNT = "/account"
ACCOUNT_NAME = "/account/name"
ACCOUNT_DELETE = "/account/delete"
ACCOUNT_PASSWORD = "/account/password"  # noqa: S105 (an address)
SIGN_OUT_EVERYWHERE = "/account/sign-out-everywhere"
ORGANISER = "/organiser"
CHECKIN = "/checkin"
NEW_ORGANISER = "/organiser/new"
MAILBOX = "/dev/mailbox"
CREDIT = "/credit"


def with_query(path: str, **query: str) -> str:
    """`path?a=b`, leaving out empty values."""
    wanted = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(wanted)}" if wanted else path


def with_tickets(path: str, ticket_ids: Sequence[str]) -> str:
    """`path?ticket=a&ticket=b`."""
    return f"{path}?{urlencode([('ticket', one) for one in ticket_ids])}"


def event(slug: str) -> str:
    return f"/e/{quote(slug, safe='')}"


def event_ics(slug: str) -> str:
    return f"{event(slug)}.ics"


def poster(key: str, accent: str, style: str) -> str:
    """Says everything the drawing depends on, so the answer may be kept for ever."""
    return f"/posters/{style}-{accent}/{quote(key, safe='')}.svg"


def hold(slug: str) -> str:
    """POST the chosen quantities here; the answer leads to `checkout`."""
    return f"{event(slug)}/hold"


def choose(slug: str, quantities: Mapping[str, int], more: Mapping[str, str] | None = None) -> str:
    """The event's page at its tickets, with these numbers chosen, by ticket type id, and `more` fields of its form.

    Made for one visitor.
    """
    query = {f"q_{type_id}": str(quantity) for type_id, quantity in quantities.items() if quantity > 0}
    query |= more or {}
    return f"{with_query(hold(slug), **query) if query else event(slug)}#tickets"


def checkout(token: str) -> str:
    """`token` here and below is a capability (plumbing.links), never a bare id or code."""
    return f"/checkout/{token}"


def checkout_extend(token: str) -> str:
    return f"{checkout(token)}/extend"


def checkout_release(token: str) -> str:
    return f"{checkout(token)}/release"


def checkout_code(token: str) -> str:
    return f"{checkout(token)}/code"


def checkout_company(token: str) -> str:
    return f"{checkout(token)}/company"


def order(token: str) -> str:
    return f"/orders/{token}"


def order_pdf(token: str) -> str:
    return f"{order(token)}/tickets.pdf"


def order_ics(token: str) -> str:
    return f"{order(token)}/event.ics"


def order_ask_where(token: str) -> str:
    """POST: mail the links again by which the buyer says where their bitcoin goes."""
    return f"{order(token)}/ask-where"


def order_resend(token: str) -> str:
    return f"{order(token)}/resend"


def order_cancel(token: str) -> str:
    """GET asks whether, POST does it; while the order waits for its money."""
    return f"{order(token)}/cancel"


def order_give_back(token: str) -> str:
    """Where tickets of a paid order are chosen to be given back."""
    return f"{order(token)}/give-back"


def order_give_back_confirm(token: str) -> str:
    """GET with `ticket`s shows what comes back, POST does it."""
    return f"{order_give_back(token)}/confirm"


def order_change(token: str, part: str = "") -> str:
    """Where tickets of a paid order are changed for others. `part`: nothing, `to` (for which), `confirm`."""
    path = f"{order(token)}/change"
    return f"{path}/{part}" if part else path


def order_add(token: str) -> str:
    """More tickets of the same event, as an order that stands with this one."""
    return f"{order(token)}/add"


def order_money_back(token: str) -> str:
    """Answers `{"state": "<a word>"}`, another one once money on its way back has moved."""
    return f"{order(token)}/money-back"


def order_names(token: str) -> str:
    return f"{order(token)}/names"


def order_documents(token: str) -> str:
    """Invoices and receipts. An id and `.pdf` or `.xml` behind it: a file. POST: another address."""
    return f"{order(token)}/documents"


def pay(token: str) -> str:
    return f"{order(token)}/pay"


def pay_retry(token: str) -> str:
    return f"{pay(token)}/retry"


def pay_credit(token: str) -> str:
    """POST a gift code or store credit here; `/remove` takes one off again."""
    return f"{order(token)}/credit"


def pay_credit_remove(token: str) -> str:
    return f"{pay_credit(token)}/remove"


def pay_status(token: str) -> str:
    """Answers `{"state": "<waiting, seen, paid, expired or failed>"}`."""
    return f"{order(token)}/status"


def ticket(token: str) -> str:
    return f"/t/{token}"


def ticket_pdf(token: str) -> str:
    return f"{ticket(token)}/ticket.pdf"


def organiser(slug: str) -> str:
    return f"{ORGANISER}/{quote(slug, safe='')}"


def organiser_new_event(slug: str) -> str:
    return f"{organiser(slug)}/new-event"


def approvals(slug: str) -> str:
    return f"{organiser(slug)}/approvals"


def team(slug: str) -> str:
    return f"{organiser(slug)}/team"


def payments(slug: str) -> str:
    return f"{organiser(slug)}/payments"


def payment_add(slug: str, provider: str, mode: str) -> str:
    return f"{payments(slug)}/add/{provider}/{mode}"


def payment_connect(slug: str, provider: str, mode: str) -> str:
    """An account under the site's own is begun here; `payment_connected` is where its owner comes back."""
    return f"{payments(slug)}/connect/{provider}/{mode}"


def payment_connected(slug: str, provider: str, mode: str) -> str:
    return f"{payments(slug)}/connected/{provider}/{mode}"


def payment_mode(slug: str) -> str:
    return f"{payments(slug)}/mode"


def payment_account(slug: str, account_id: str, verb: str) -> str:
    """`keys` is a form; `look`, `pause`, `resume` and `close` are posted to."""
    return f"{payments(slug)}/{account_id}/{verb}"


def payment_sites_own(slug: str, provider: str, mode: str, verb: str) -> str:
    """POST `use` or `leave`: the site's own account with this provider."""
    return f"{payments(slug)}/sites/{provider}/{mode}/{verb}"


def transfers(slug: str) -> str:
    """Money that came by bank transfer."""
    return f"{organiser(slug)}/transfers"


def statement_draft(slug: str, draft_id: object) -> str:
    """A bank statement that waits for a yes."""
    return f"{transfers(slug)}/drafts/{draft_id}"


def send_back(slug: str) -> str:
    """Money that people have to send back, and below it the verbs of that."""
    return f"{transfers(slug)}/send-back"


def invoices(slug: str, part: str = "") -> str:
    """An organiser's invoices. `part`: nothing, `details`, `preview.pdf`, `list.csv`, `files.zip`, `<id>.pdf`."""
    path = f"{organiser(slug)}/invoices"
    return f"{path}/{part}" if part else path


def reports(slug: str, part: str = "") -> str:
    """An organiser's reports. `part`: nothing, or `ledger/<form>`."""
    path = f"{organiser(slug)}/reports"
    return f"{path}/{part}" if part else path


def payouts(slug: str) -> str:
    """An organiser's balance and payouts."""
    return f"{organiser(slug)}/payouts"


def needs_you(slug: str) -> str:
    """What waits for a person, as one list."""
    return f"{organiser(slug)}/needs-you"


def case_close(slug: str, case_id: str) -> str:
    return f"{needs_you(slug)}/cases/{case_id}/close"


def books(slug: str) -> str:
    """Payment accounts held against their providers' books."""
    return f"{organiser(slug)}/books"


def books_compare(slug: str) -> str:
    return f"{books(slug)}/compare"


def dispute(slug: str, dispute_id: str, verb: str = "") -> str:
    """A dispute; `verb`: nothing, `evidence.pdf`, `answer`."""
    path = f"{organiser(slug)}/disputes/{dispute_id}"
    return f"{path}/{verb}" if verb else path


def credit(token: str) -> str:
    """What is left on a gift code or store credit."""
    return f"{CREDIT}/{token}"


def refund_account(token: str) -> str:
    """Where a buyer says which account a refund goes to."""
    return f"/refund-account/{token}"


def store_credit(slug: str, part: str = "") -> str:
    """An organiser's gift codes and refunds kept as credit. `part`: nothing, `new`, `offer`, an id."""
    path = f"{organiser(slug)}/store-credit"
    return f"{path}/{part}" if part else path


def gift_batch(slug: str, batch_id: str) -> str:
    """Gift codes made at once; with `.csv` all of them."""
    return f"{store_credit(slug)}/batches/{batch_id}"


def promo_codes(slug: str) -> str:
    """The list; `/create` and `/generate` below it make new ones."""
    return f"{organiser(slug)}/promo-codes"


def promo_code(slug: str, code_id: str) -> str:
    return f"{promo_codes(slug)}/{code_id}"


def promo_batch(slug: str, batch_id: str) -> str:
    """Codes made at once; with `.csv` all of them."""
    return f"{promo_codes(slug)}/batches/{batch_id}"


def managed_event(slug: str, event_id: str, part: str = "") -> str:
    """An event as its organiser sees it. `part`: nothing, `edit`, `orders`, `orders/<code>`."""
    path = f"{organiser(slug)}/events/{event_id}"
    return f"{path}/{part}" if part else path


def checkin(event_id: str) -> str:
    return f"{CHECKIN}/{event_id}"


def checkin_door(event_id: str) -> str:
    return f"/checkin/{event_id}/door"


def checkin_guests(event_id: str) -> str:
    """The list of everybody who is expected."""
    return f"/checkin/{event_id}/guests"


def checkin_unpaid(event_id: str) -> str:
    """Who pays at the door and has not yet."""
    return f"/checkin/{event_id}/unpaid"


def checkin_scan(event_id: str) -> str:
    """POST one scan as JSON; see js/gate-scanner.js for both shapes."""
    return f"/checkin/{event_id}/scans"


def letter(letter_id: str) -> str:
    return f"{MAILBOX}/{letter_id}"


def bank(ref: str) -> str:
    return f"/sandbox/{ref}"


def site_payouts(part: str = "", mode: str = "") -> str:
    """All organisers' balances and payouts, for those who run the site. `part`: nothing, or a verb below it."""
    return with_query(f"/site/payouts/{part}" if part else "/site/payouts", mode=mode)


def site_fees() -> str:
    """All organisers, for those who run the site, to set their fees."""
    return "/site/fees"


def site_organiser_fees(slug: str) -> str:
    """The site's fees as agreed with an organiser, for those who run the site."""
    return f"/site/organisers/{quote(slug, safe='')}/fees"


def organiser_fees(slug: str) -> str:
    """The site's fees as their organiser sees them."""
    return f"{ORGANISER}/{quote(slug, safe='')}/fees"


def site_terms(slug: str) -> str:
    """What is agreed with an organiser about payouts."""
    return f"/site/organisers/{quote(slug, safe='')}/payout-terms"
