"""Signing in, the account, the mailbox, the bank, errors and prose with believable contents."""

from dataclasses import replace

from admitone.entrypoints.pages import links, ownership_links
from admitone.entrypoints.pages.account.view import AccountView, SessionRow, WalletKeyRow
from admitone.entrypoints.pages.errors.view import ErrorView
from admitone.entrypoints.pages.mailbox.view import AttachmentRow, LetterRow, LetterView, MailboxView
from admitone.entrypoints.pages.prose.view import AccessibilityView, HelpView, PrivacyView, TermsView
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.sandbox.view import BankView
from admitone.entrypoints.pages.sign_in.view import (
    ConfirmView,
    InvitationView,
    LinkSentView,
    RegisterView,
    SignInView,
)
from admitone.entrypoints.pages.views import Link, Part, State


def people_views() -> dict[str, View]:
    """Name of the sample and its view."""
    sign_in = SignInView(
        links.SIGN_IN_LINK,
        links.SIGN_IN_PASSWORD,
        links.REGISTER,
        ownership_links.WALLET_SIGN_IN,
        demo=(
            ("Organiser, owner", "mara@foundry.example", "correct horse lagos"),
            ("Door staff", "door@foundry.example", "correct horse door"),
        ),
    )
    invitation = InvitationView(
        "Join Foundry Presents",
        "Mara Ade",
        "Foundry Presents",
        "door staff",
        "ada.obi@example.com",
        "8 March 2027, 12:00 UTC",
        "/invitation/abc",
        links.SIGN_IN_LINK,
        links.SIGN_IN_PASSWORD,
        links.SIGN_OUT,
    )
    return {
        "sign-in": sign_in,
        "sign-in-refused": replace(
            sign_in,
            with_password=True,
            demo=(),
            values={"email": "ada.obi@example.com"},
            errors={"": "That address and password do not go together."},
        ),
        "sign-in-sent": LinkSentView("ada.obi@example.com", 30, links.SIGN_IN),
        "confirm": ConfirmView(
            "Sign in to Admit One", "As ada.obi@example.com.", "Sign in", links.CONFIRM, "abc"
        ),
        "invitation": invitation,
        "invitation-other": replace(invitation, signed_in_as="tunde@example.com"),
        "register": RegisterView(
            links.REGISTER,
            links.SIGN_IN,
            values={"name": "Ada Obi", "email": "ada"},
            errors={"email": "That is not an address."},
        ),
        "account": AccountView(
            "ada.obi@example.com",
            Part(links.ACCOUNT_NAME, {"name": "Ada Obi"}),
            Part(links.ACCOUNT_PASSWORD, {}, {"new_password": "Use at least 10 characters."}),
            True,
            (
                SessionRow("Firefox on Windows", "Last used today, 19:30", True),
                SessionRow("Safari on iPhone", "Last used yesterday, 08:12", False),
            ),
            links.SIGN_OUT,
            links.SIGN_OUT_EVERYWHERE,
            (Link("Foundry Presents", links.organiser("foundry")),),
            wallet_keys=(
                WalletKeyRow("…a9f31c", "Last used today, 19:30 UTC", ownership_links.wallet_key_remove("1")),
            ),
            link_wallet_url=ownership_links.WALLET_SIGN_IN,
            wallet_url=links.CONNECTED_WALLET,
            asks_current=True,
            delete=Part(links.ACCOUNT_DELETE, {}, {"delete_password": "This is not your present password."}),
        ),
    }


def letter_views() -> dict[str, View]:
    """Name of the sample and its view."""
    return {
        "mailbox": MailboxView(
            (
                LetterRow(
                    "/mailbox/1",
                    "ada.obi@example.com",
                    "Your tickets for Lagos Jazz Week",
                    "1 Mar 2027, 19:28",
                    "2 files",
                    State("Kept", "info"),
                ),
                LetterRow(
                    "/mailbox/2",
                    "ada.obi@example.com",
                    "Sign in to Admit One",
                    "1 Mar 2027, 19:20",
                    "",
                    State("Kept", "info"),
                ),
            ),
            next_url="/mailbox?after=2",
        ),
        "mailbox-empty": MailboxView(()),
        "letter": LetterView(
            "Your tickets for Lagos Jazz Week",
            "ada.obi@example.com",
            "Admit One <tickets@admit.example>",
            "1 Mar 2027, 19:28",
            "You are going.\n\nYour tickets are attached.",
            "/mailbox/1/html",
            links.MAILBOX,
            (("See your order", links.order("K7PQ2M")),),
            (
                AttachmentRow("tickets.pdf", "PDF, 48 KB", "/mailbox/1/1"),
                AttachmentRow("event.ics", "Calendar, 1 KB", "/mailbox/1/2"),
            ),
        ),
        "bank": BankView(
            "sbx_01HZX",
            "Admit One",
            "Order K7PQ2M",
            "₦38,850",
            "Card",
            State("Open", "info"),
            True,
            links.bank("sbx_01HZX"),
            links.pay("K7PQ2M"),
            (("0", "At once"), ("5", "After 5 seconds"), ("60", "After a minute")),
            (("1", "Once"), ("2", "Twice"), ("5", "Five times")),
        ),
        "bank-done": BankView(
            "sbx_01HZX",
            "Admit One",
            "Order K7PQ2M",
            "₦38,850",
            "Card",
            State("Paid", "ok", "check"),
            False,
            links.bank("sbx_01HZX"),
            links.pay("K7PQ2M"),
            (),
            (),
        ),
    }


def word_views() -> dict[str, View]:
    """Name of the sample and its view."""
    return {
        "error-404": ErrorView(
            404,
            "There is nothing here",
            "The page was moved, or the link is not complete.",
            "not_found",
            (Link("See what is on", "/events"), Link("My tickets", "/tickets")),
        ),
        "error-403": ErrorView(
            403,
            "That is not yours to open",
            "You are signed in as somebody who may not see this.",
            "forbidden",
            (Link("Back to the start", "/"),),
        ),
        "error-410": ErrorView(
            410,
            "This link has been used",
            "Links in mails work once. Ask for a new one.",
            "accounts.link_used",
            (Link("Sign in", "/sign-in"),),
        ),
        "error-429": ErrorView(
            429,
            "That was too often",
            "Wait a moment.",
            "too_many",
            (Link("Back", "/"),),
            retry_words="Try again in 40 seconds.",
        ),
        "error-500": ErrorView(
            500,
            "Something broke on our side",
            "Nothing was charged twice. The error has been recorded.",
            "internal",
            (Link("Back to the start", "/"),),
            request_id="0192f1c2",
        ),
        "help": HelpView("Foundry Presents", "help@admit.example", 15),
        "privacy": PrivacyView("Foundry Presents", "help@admit.example"),
        "terms": TermsView("Foundry Presents", "help@admit.example"),
        "accessibility": AccessibilityView("Foundry Presents", "help@admit.example"),
    }
