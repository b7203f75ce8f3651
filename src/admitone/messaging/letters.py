"""Letters as people read them: subject, a page that looks like us, and plain words for whoever prefers those.

Each letter is two files in `templates/`: ``<name>.mjml`` (Jinja, then MJML) and ``<name>.txt`` (Jinja, its
first line the subject). Values are only ever text: they are escaped on the page, and kept to one line in the
plain part, so that an event called "Reply to …" cannot write a letter of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import mjml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_FOLDER: Final = Path(__file__).parent / "templates"
_SUBJECT: Final = "Subject: "
_LONGEST_SUBJECT: Final = 150
# White space, and the two joiners without which Persian and several Indian scripts are misspelt.
_KEPT: Final = "\n\t\u00a0\u200c\u200d"

_LINK: Final = frozenset({"link_url", "valid_minutes"})
_ORDER: Final = frozenset({"event_title", "organiser_name", "order_code", "order_url"})
_PASSED_ON: Final = frozenset(
    {"event_title", "organiser_name", "when_text", "where_text", "type_name", "ticket_url"}
)
REQUIRED: Final[Mapping[str, frozenset[str]]] = {
    "tickets": _ORDER | {"when_text", "where_text", "lines", "total_text"},
    "order_received_pending": _ORDER | {"amount_text", "pay_until_text", "steps"},
    "part_arrived": _ORDER | {"came_text", "missing_text", "pay_until_text"},
    "payment_too_late": _ORDER | {"amount_text"},
    "refunded": _ORDER | {"amount_text", "whole_order", "tickets_stay"},
    "taken_back": _ORDER
    | {"lines", "amount_text", "is_credit", "on_code", "in_bitcoin", "by_buyer", "left_text", "message"},
    "event_cancelled": _ORDER | {"when_text", "message", "amount_text", "in_bitcoin"},
    "moved": _ORDER | {"changes", "when_text", "where_text", "refund_text"},
    "circular": _ORDER | {"subject", "paragraphs"},
    "sign_in_link": _LINK,
    "register_link": _LINK,
    "find_tickets_link": _LINK,
    "approval_asked": frozenset({"organiser_name", "asker_name", "words", "page_url", "until_text"}),
    "dispute_opened": frozenset(
        {"organiser_name", "buyer_name", "event_title", "order_code", "amount_text", "until_text", "page_url"}
    ),
    "trial_ended": _ORDER | {"when_text", "event_url"},
    "tickets_suspended": _ORDER | {"is_back"},
    "payment_undone": _ORDER | {"state"},
    "payout_receiver_changed": frozenset(
        {"organiser_name", "changer_name", "currency", "receiver_text", "until_text", "page_url"}
    ),
    "payout_terms_changed": frozenset({"organiser_name", "changer_name", "changes", "from_text", "page_url"}),
    "store_credit": frozenset(
        {
            "organiser_name",
            "is_gift",
            "is_test",
            "amount_text",
            "code",
            "order_code",
            "until_text",
            "credit_url",
        }
    ),
    "refund_account": frozenset({"organiser_name", "amount_text", "order_code", "account_url"}),
    "refund_destination": frozenset(
        {"organiser_name", "amount_text", "worth_text", "cause_text", "order_code", "is_again", "claim_url"}
    ),
    "ticket_received": _PASSED_ON,
    "ticket_passed_on": _PASSED_ON - {"ticket_url"} | {"receiver_email", "order_url"},
    "ticket_gone": _PASSED_ON,
    "wallet_linked": frozenset({"wallet_name", "when_text", "account_url"}),
    "wallet_removed": frozenset({"wallets_text", "cause_text", "when_text", "account_url"}),
    "account_deleted": frozenset({"when_text", "find_url"}),
    "invitation": frozenset({"inviter_name", "organiser_name", "role_name", "link_url", "valid_until_text"}),
}
"""The letters there are, and what each needs besides `site_name` and `site_url` (`language` is optional).

Texts are ready to read (money, dates and times already in the reader's form). `lines` is a sequence of mappings with
`quantity` and `name`; `message` may be None or several lines; `amount_text` of a cancelled event is None when nothing
was paid; `whole_order` says whether any ticket of the order is still valid (False) or none (True), `tickets_stay`
that no ticket was given back for it. When something of an order was taken back, `lines` are the tickets that were
cancelled (none: only money goes back), `amount_text` is None when nothing comes back, and `left_text` ("4 tickets")
when none stays valid. `order_url` of a ticket that was passed on is None for whoever did not buy it.
`changes` is a sequence of things with `label`, `before` and `after`;
`changer_name` of changed payout terms is empty when nobody can be named. `paragraphs` are the
lines an organiser wrote. `steps` say how to pay, each with `label` and `value`; none when the buyer knows.
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, ready to be stored and sent. `subject` is one line."""

    subject: str
    html: str
    text: str


def render(template: str, context: Mapping[str, object]) -> Letter:
    """Write the letter `template` (a key of `REQUIRED`) with `context`.

    A missing value is a broken assumption.
    """
    assert template in REQUIRED, f"there is no letter called {template}"
    missing = (REQUIRED[template] | {"site_name", "site_url"}) - context.keys()
    assert not missing, f"the letter {template} needs {sorted(missing)}"
    values = {"language": "en", **context}

    plain = _PLAIN.get_template(f"{template}.txt").render(values)
    first, text = plain.split("\n", 1)
    assert first.startswith(_SUBJECT), f"{template}.txt must begin with its subject"
    subject = first.removeprefix(_SUBJECT)
    if len(subject) > _LONGEST_SUBJECT:
        subject = subject[: _LONGEST_SUBJECT - 1].rstrip() + "\u2026"

    page = _PAGES.get_template(f"{template}.mjml").render(values)
    # No web fonts: opening a letter asks nobody but its own mail server for anything.
    return Letter(
        subject=subject,
        html=mjml.mjml2html(page, disable_comments=True, fonts={}),
        text=text.strip() + "\n",
    )


def _printable(value: object) -> object:
    """Drop what no reader can see: control characters, among them those that XML cannot carry."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return "".join(character for character in value if character.isprintable() or character in _KEPT)
    return value


def _one_line(value: object) -> object:
    return " ".join(str(_printable(value)).split()) if isinstance(value, str) else value


_LOADER: Final = FileSystemLoader(_FOLDER)
_PAGES: Final = Environment(loader=_LOADER, autoescape=True, undefined=StrictUndefined, finalize=_printable)
_PLAIN: Final = Environment(
    loader=_LOADER,
    autoescape=False,  # noqa: S701 - plain text: nothing in it is markup
    undefined=StrictUndefined,
    finalize=_one_line,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
