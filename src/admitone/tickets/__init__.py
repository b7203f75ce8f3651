"""THE TICKET.

Owns tickets, the keys that sign their codes, and what a ticket looks like on paper and on a screen.

Promises: a unit of an order line becomes one ticket, once; a code carries nothing personal, is checked
without any network and changes when a ticket changes hands; codes are not stored, so a copy of the database
opens no door; a rendering never fails because of what somebody typed.
"""

from admitone.tickets.code import (
    NO_END,
    Malformed,
    ParsedCode,
    Payload,
    digest,
    encode,
    grouped,
    parse,
    ungrouped,
    verify,
)
from admitone.tickets.door_store import kept_from_change
from admitone.tickets.facts import (
    HolderRenamed,
    OwnershipProved,
    PassedOnTicketGone,
    TicketPassedOn,
    TicketReissued,
)
from admitone.tickets.issuing import (
    IssueRequest,
    by_id,
    by_order,
    by_orders,
    cancel,
    cancel_tickets,
    close_doors,
    code_of,
    issue,
    reissue,
    rename_holder,
)
from admitone.tickets.keys import KEEP_UP_SECONDS, KeyKeeper, ensure_key, load_ring, rotate
from admitone.tickets.lifecycle import TicketState
from admitone.tickets.owner_store import Owner
from admitone.tickets.owning import (
    CHALLENGE_MINUTES,
    PROOF_MINUTES,
    OwnerChallenge,
    ProofPurpose,
    ProofWay,
    ask_owner,
    link_subject,
    of_link,
    owner,
    owner_challenge,
    owner_proved,
    owners,
    pass_on,
    refuse_passed_on,
    sweep_challenges,
    use_proof,
    use_word,
    word_of,
)
from admitone.tickets.reading import ReadCode, read_code
from admitone.tickets.refusals import (
    BadHolderName,
    ChallengeGone,
    LinkPassedOn,
    PassedOn,
    ReissuedTooOften,
    TicketIsCancelled,
    TicketNotFound,
    WordUnknown,
)
from admitone.tickets.renderings.calendar import CalendarEvent, render_ics
from admitone.tickets.renderings.pdf import TicketDocument, Words, render_pdf
from admitone.tickets.renderings.qr import Symbol, drawn_svg, qr_svg, qr_version
from admitone.tickets.short_code import ShortCode, read_short, short_of
from admitone.tickets.store import DoorTicket, Ticket

__all__ = [
    "CHALLENGE_MINUTES",
    "KEEP_UP_SECONDS",
    "NO_END",
    "PROOF_MINUTES",
    "BadHolderName",
    "CalendarEvent",
    "ChallengeGone",
    "DoorTicket",
    "HolderRenamed",
    "IssueRequest",
    "KeyKeeper",
    "LinkPassedOn",
    "Malformed",
    "Owner",
    "OwnerChallenge",
    "OwnershipProved",
    "ParsedCode",
    "PassedOn",
    "PassedOnTicketGone",
    "Payload",
    "ProofPurpose",
    "ProofWay",
    "ReadCode",
    "ReissuedTooOften",
    "ShortCode",
    "Symbol",
    "Ticket",
    "TicketDocument",
    "TicketIsCancelled",
    "TicketNotFound",
    "TicketPassedOn",
    "TicketReissued",
    "TicketState",
    "WordUnknown",
    "Words",
    "ask_owner",
    "by_id",
    "by_order",
    "by_orders",
    "cancel",
    "cancel_tickets",
    "close_doors",
    "code_of",
    "digest",
    "drawn_svg",
    "encode",
    "ensure_key",
    "grouped",
    "issue",
    "kept_from_change",
    "link_subject",
    "load_ring",
    "of_link",
    "owner",
    "owner_challenge",
    "owner_proved",
    "owners",
    "parse",
    "pass_on",
    "qr_svg",
    "qr_version",
    "read_code",
    "read_short",
    "refuse_passed_on",
    "reissue",
    "rename_holder",
    "render_ics",
    "render_pdf",
    "rotate",
    "short_of",
    "sweep_challenges",
    "ungrouped",
    "use_proof",
    "use_word",
    "verify",
    "word_of",
]
