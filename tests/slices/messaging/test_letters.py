"""Letters say what they must, in both forms, and nothing anybody typed can say more."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admitone.messaging import REQUIRED, render

CONTEXT: dict[str, object] = {
    "site_name": "Admit One",
    "site_url": "https://admit.example",
    "event_title": "Lagos Jazz Week",
    "organiser_name": "Foundry Nights",
    "order_code": "K7QX2M9RT",
    "order_url": "https://admit.example/orders/K7QX2M9RT?t=abc&u=1",
    "when_text": "Friday 12 March 2027, 19:30, Lagos time",
    "where_text": "The Old Foundry, 14 Foundry Road, Yaba",
    "lines": [
        {"quantity": 2, "name": "General admission"},
        {"quantity": 1, "name": "Balcony"},
    ],
    "total_text": "₦58,275",
    "changes": [
        {
            "label": "Starts",
            "before": "Friday 12 March 2027, 19:30, Lagos time",
            "after": "Friday 12 March 2027, 21:30, Lagos time",
        }
    ],
    "refund_text": "Full refund until the day before.",
    "subject": "Bring a jacket",
    "paragraphs": ("It will be cold.", "Use Foundry Road."),
    "amount_text": "₦58,275",
    "pay_until_text": "19:42",
    "whole_order": True,
    "tickets_stay": False,
    "ticket_url": "https://admit.example/t/abc",
    "receiver_email": "bola@example.org",
    "type_name": "General admission",
    "is_credit": False,
    "on_code": "",
    "buyer_name": "Ngozi Ade",
    "is_back": False,
    "state": "open",
    "event_url": "https://admit.example/e/lagos-jazz-week",
    "by_buyer": True,
    "left_text": "4 tickets",
    "steps": [{"label": "IBAN", "value": "DE89 3704 0044 0532 0130 00"}],
    "message": "The singer is ill.\n\nCome back in May.",
    "link_url": "https://admit.example/sign-in/abc",
    "valid_minutes": 15,
    "inviter_name": "Bisi Ade",
    "asker_name": "Bisi Ade",
    "words": "Refund ₦58,275 of order K7QX2M9RT",
    "page_url": "https://admit.example/organiser/foundry/approvals",
    "until_text": "Friday 19 March 2027, 19:30 UTC",
    "changer_name": "Bisi Ade",
    "currency": "EUR",
    "receiver_text": "DE … 3000",
    "from_text": "Friday 12 March 2027, 12:00 UTC",
    "role_name": "door staff",
    "valid_until_text": "8 March 2027",
    "is_gift": False,
    "is_test": False,
    "code": "K7QF-2M8D-XX9P-0RTA",
    "credit_url": "https://admit.example/credit/abc",
    "account_url": "https://admit.example/refund-account/abc",
    "worth_text": "₦9,500",
    "cause_text": "You paid more than was due.",
    "is_again": True,
    "claim_url": "https://admit.example/refund-in-bitcoin/abc",
}


class Reading(HTMLParser):
    """What a mail client shows and follows."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.outside: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._hidden += tag in ("style", "title")
        for name, value in attrs:
            if name == "href" and tag == "a":
                self.links.append(value or "")
            elif name in ("src", "href", "background"):
                self.outside.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)

    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def read(html: str) -> Reading:
    reading = Reading()
    reading.feed(html)
    return reading


SAID = {
    "tickets": (
        "Your tickets for Lagos Jazz Week",
        [
            "Friday 12 March 2027, 19:30, Lagos time",
            "2 × General admission",
            "1 × Balcony",
            "K7QX2M9RT",
            "₦58,275",
        ],
        "https://admit.example/orders/K7QX2M9RT?t=abc&u=1",
    ),
    "order_received_pending": (
        "We wait for your payment: Lagos Jazz Week",
        ["₦58,275", "19:42", "DE89 3704 0044 0532 0130 00", "You do not have to pay twice."],
        "https://admit.example/orders/K7QX2M9RT?t=abc&u=1",
    ),
    "payment_too_late": (
        "Your payment for Lagos Jazz Week came too late",
        [
            "₦58,275",
            "We returned the whole amount the way you paid it.",
            "There are no tickets for this order.",
        ],
        "https://admit.example/orders/K7QX2M9RT?t=abc&u=1",
    ),
    "refunded": (
        "₦58,275 returned for Lagos Jazz Week",
        [
            "₦58,275",
            "All tickets of this order are cancelled and no longer open the door.",
        ],
        "https://admit.example/orders/K7QX2M9RT?t=abc&u=1",
    ),
    "taken_back": (
        "Tickets for Lagos Jazz Week cancelled",
        [
            "You have given back",
            "2 × General admission",
            "₦58,275 goes back the way you paid.",
            "4 tickets",
            "Foundry Nights writes: The singer is ill.",
        ],
        "https://admit.example/orders/K7QX2M9RT?t=abc&u=1",
    ),
    "event_cancelled": (
        "Cancelled: Lagos Jazz Week",
        [
            "Foundry Nights writes:",
            "The singer is ill.",
            "Come back in May.",
            "₦58,275",
        ],
        "https://admit.example/orders/K7QX2M9RT?t=abc&u=1",
    ),
    "moved": (
        "Changed: Lagos Jazz Week",
        [
            "Foundry Nights has changed when or where it is.",
            "Friday 12 March 2027, 21:30, Lagos time",
            "Friday 12 March 2027, 19:30, Lagos time",
            "Full refund until the day before.",
            "K7QX2M9RT",
        ],
        "https://admit.example/orders/K7QX2M9RT?t=abc&u=1",
    ),
    "circular": (
        "Bring a jacket",
        [
            "Foundry Nights writes about Lagos Jazz Week:",
            "It will be cold.",
            "Use Foundry Road.",
            "Answer this mail",
        ],
        "https://admit.example/orders/K7QX2M9RT?t=abc&u=1",
    ),
    "sign_in_link": (
        "Sign in to Admit One",
        ["for 15 minutes."],
        "https://admit.example/sign-in/abc",
    ),
    "register_link": (
        "Confirm your address for Admit One",
        ["for 15 minutes.", "Then the link signs you in.", "without the link no account is made."],
        "https://admit.example/sign-in/abc",
    ),
    "find_tickets_link": (
        "Find your tickets on Admit One",
        ["it shows everything ordered with this address.", "for 15 minutes."],
        "https://admit.example/sign-in/abc",
    ),
    "approval_asked": (
        "Your approval is needed, Foundry Nights",
        ["Bisi Ade asks for this", "Refund ₦58,275 of order K7QX2M9RT", "19 March 2027"],
        "https://admit.example/organiser/foundry/approvals",
    ),
    "dispute_opened": (
        "Ngozi Ade's bank wants ₦58,275 back",
        ["from your records: look at it, and send it.", "K7QX2M9RT", "19 March 2027"],
        "https://admit.example/organiser/foundry/approvals",
    ),
    "trial_ended": (
        "Your tickets were a trial: Lagos Jazz Week",
        ["let nobody in. You paid nothing, so nothing comes back.", "K7QX2M9RT"],
        "https://admit.example/e/lagos-jazz-week",
    ),
    "tickets_suspended": (
        "Your tickets do not work at the moment: Lagos Jazz Week",
        ["let nobody in. If that was a mistake, tell your bank.", "K7QX2M9RT"],
        "https://admit.example/orders/K7QX2M9RT?t=abc&u=1",
    ),
    "payment_undone": (
        "Your payment is being confirmed again: Lagos Jazz Week",
        ["payments are confirmed again within the hour: you do not have to do", "K7QX2M9RT"],
        "https://admit.example/orders/K7QX2M9RT?t=abc&u=1",
    ),
    "payout_receiver_changed": (
        "Payouts of Foundry Nights go somewhere else",
        ["Bisi Ade changed where payouts in EUR go", "DE … 3000", "19 March 2027"],
        "https://admit.example/organiser/foundry/approvals",
    ),
    "payout_terms_changed": (
        "New payout terms for Foundry Nights",
        [
            "Bisi Ade, for Admit One, has changed when and how",
            "Friday 12 March 2027, 12:00 UTC",
            "21:30, Lagos time",
        ],
        "https://admit.example/organiser/foundry/approvals",
    ),
    "store_credit": (
        "₦58,275 store credit with Foundry Nights",
        ["₦58,275 of your order K7QX2M9RT is kept for you", "K7QF-2M8D-XX9P-0RTA", "19 March 2027"],
        "https://admit.example/credit/abc",
    ),
    "refund_account": (
        "Where shall we send ₦58,275?",
        ["₦58,275 of your order K7QX2M9RT comes back to you by bank transfer"],
        "https://admit.example/refund-account/abc",
    ),
    "ticket_received": (
        "Your ticket for Lagos Jazz Week",
        ["passed on to you", "Friday 12 March 2027", "codes from before no longer open the door"],
        "https://admit.example/t/abc",
    ),
    "ticket_gone": (
        "Cancelled: your ticket for Lagos Jazz Week",
        ["that was passed on to you was cancelled", "goes back to whoever paid it"],
        "https://admit.example/t/abc",
    ),
    "ticket_passed_on": (
        "Passed on: your ticket for Lagos Jazz Week",
        ["now belongs to bola@example.org", "If this was not you, answer this mail at once"],
        "https://admit.example/t/abc",
    ),
    "refund_destination": (
        "Where shall we send ₦58,275?",
        [
            "₦58,275 (₦9,500) of your order K7QX2M9RT comes back to you in bitcoin",
            "It could not be sent to the place you named.",
            "You paid more than was due.",
        ],
        "https://admit.example/refund-in-bitcoin/abc",
    ),
    "invitation": (
        "Join Foundry Nights on Admit One",
        ["Bisi Ade invites you", "as door staff", "8 March 2027"],
        "https://admit.example/sign-in/abc",
    ),
}


def test_every_letter_is_described_here() -> None:
    assert set(SAID) == set(REQUIRED)


@pytest.mark.parametrize("template", sorted(SAID))
def test_both_forms_of_a_letter_say_the_same_and_carry_the_link(template: str) -> None:
    subject, sentences, link = SAID[template]
    letter = render(template, CONTEXT)
    page = read(letter.html)
    plain = " ".join(letter.text.split())
    assert letter.subject == subject
    for sentence in sentences:
        assert sentence in page.text()
        assert sentence in plain
    assert link in page.links
    assert link in letter.text.splitlines()


@pytest.mark.parametrize("template", sorted(SAID))
def test_a_letter_loads_nothing_shouts_nothing_and_suits_dark_screens(
    template: str,
) -> None:
    letter = render(template, CONTEXT)
    page = read(letter.html)
    assert page.outside == []
    assert not page.tags & {"img", "script", "form", "iframe", "link"}
    assert "!" not in letter.subject + letter.text + page.text()
    assert "prefers-color-scheme: dark" in letter.html
    assert '<html lang="en"' in letter.html
    assert all(len(line) <= 78 for line in letter.text.splitlines())
    assert "\n\n\n" not in letter.text
    assert len(letter.html.encode()) < 30_000


@pytest.mark.parametrize("template", sorted(REQUIRED))
def test_a_letter_without_one_of_its_values_is_a_broken_assumption(
    template: str,
) -> None:
    for missing in REQUIRED[template] | {"site_name", "site_url"}:
        with pytest.raises(AssertionError):
            render(
                template,
                {name: value for name, value in CONTEXT.items() if name != missing},
            )


def test_a_free_cancelled_event_promises_no_money_and_a_partial_refund_keeps_tickets_valid() -> None:
    free = render("event_cancelled", {**CONTEXT, "amount_text": None, "message": None})
    assert "Your tickets were free, so there is nothing to return." in free.text
    assert "writes:" not in free.text and "writes:" not in free.html
    assert "None" not in free.text + read(free.html).text()
    part = render("refunded", {**CONTEXT, "whole_order": False, "tickets_stay": False})
    assert "The others stay valid." in part.text and "The others stay valid." in part.html


def test_an_amount_given_back_keeps_all_tickets_and_a_ticket_may_die_for_nothing() -> None:
    goodwill = {**CONTEXT, "lines": [], "message": None}
    given = render("taken_back", goodwill)
    assert given.subject == "₦58,275 comes back for Lagos Jazz Week"
    assert "Your tickets stay as they are." in given.text and "Your tickets stay as they are." in given.html
    assert "no longer" not in given.text + given.html
    nothing = render("taken_back", {**CONTEXT, "amount_text": None, "left_text": None, "by_buyer": False})
    assert "No money comes back for them." in nothing.text
    assert "Foundry Nights has cancelled" in nothing.text
    assert "None" not in nothing.text + read(nothing.html).text()
    credit = render("taken_back", {**CONTEXT, "is_credit": True})
    on_code = render("taken_back", {**CONTEXT, "on_code": "all"})
    assert "₦58,275 is back on the code you paid with." in on_code.text
    assert "is back on the code" in on_code.html
    partly = render("taken_back", {**CONTEXT, "on_code": "some"})
    assert "What you had paid with a code is on that code again." in partly.text
    assert "₦58,275 is kept for you as store credit." in credit.text
    coins = {**CONTEXT, "bitcoin_text": "50,000 sats"}
    for sent in (render("refunded", coins), render("payment_too_late", coins)):
        assert "50,000 sats" in sent.text and "50,000 sats" in sent.html
        assert "Banks" not in sent.text + sent.html
    stay = render("refunded", {**CONTEXT, "whole_order": False, "tickets_stay": True})
    assert "Your tickets stay as they are." in stay.text and "Your tickets stay as they are." in stay.html


HOSTILE = [
    '<script>alert(1)</script><a href="https://evil.example">win</a>',
    '</mj-text><mj-button href="https://evil.example">win</mj-button><mj-text>',
    '{{ 7*7 }}{% include "x" %}<mj-include path="/etc/passwd" />',
    'x"\r\nBcc: all@mail.example\r\n\r\nPay here: https://evil.example',
    "<!-- <![CDATA[ &nbsp; &#x202e; \x00\x0b\u202e]]> -->",
]


@pytest.mark.parametrize("typed", HOSTILE)
def test_what_people_type_is_only_text(typed: str) -> None:
    calm, hostile = (
        render("tickets", CONTEXT),
        render("tickets", {**CONTEXT, "event_title": typed}),
    )
    page = read(hostile.html)
    assert page.links == read(calm.html).links
    assert page.tags == read(calm.html).tags
    assert "\n" not in hostile.subject and "\r" not in hostile.subject
    assert len(hostile.text.splitlines()) == len(calm.text.splitlines())
    assert " ".join("".join(c for c in typed if c.isprintable() or c in "\r\n").split())[:40] in page.text()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_makes_a_letter_of_the_same_shape(typed: str) -> None:
    calm = render("event_cancelled", CONTEXT)
    letter = render("event_cancelled", {**CONTEXT, "event_title": typed, "organiser_name": typed})
    assert len(letter.text.splitlines()) == len(calm.text.splitlines())
    assert read(letter.html).links == read(calm.html).links
    assert len(letter.subject) <= 150
