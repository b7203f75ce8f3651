"""Webhooks: Stripe's own library is the second opinion on signatures; nothing changed, old or foreign gets in."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from hypothesis import assume, given
from hypothesis import strategies as st

from admitone.payments import BadSignature
from admitone.payments.kinds import AccountSheet, Mode
from admitone.payments.provider import About, NoticeRead
from admitone.payments.providers.stripe import notices, wire
from admitone.payments.providers.stripe.finding import SESSION_EVENTS
from admitone.values.clock import epoch_ms
from admitone.values.ids import uuid7
from tests.contracts.payments.rig_stripe import CONNECT_SECRET, WEBHOOK_SECRET, account_sheet

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECONDS = epoch_ms(NOW) // 1000
SECRETS = (WEBHOOK_SECRET, CONNECT_SECRET)
SITE = account_sheet(ref="acct_1Site")
SESSION = "checkout.session.completed"


def signed(body: bytes, secret: str = WEBHOOK_SECRET, at: int = SECONDS) -> dict[str, str]:
    """The header as Stripe's own library writes it."""
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, timestamp=at)
    return {"stripe-signature": header}


def event(
    kind: str, thing: Mapping[str, Any], *, sheet: AccountSheet = SITE, account: str | None = None
) -> bytes:
    """A webhook's body; payments are marked as ours."""
    ours = {wire.ACCOUNT: str(sheet.id), wire.ATTEMPT: str(uuid7())}
    told: dict[str, Any] = {
        "id": "evt_1",
        "object": "event",
        "type": kind,
        "livemode": sheet.mode is Mode.LIVE,
        "api_version": "2026-10-28.endive",
        "created": SECONDS,
        "data": {"object": {"metadata": ours, **thing}},
    }
    return json.dumps(told if account is None else {**told, "account": account}, indent=2).encode()


def read(
    body: bytes, headers: Mapping[str, str] | None = None, sheet: AccountSheet = SITE
) -> NoticeRead | None:
    return notices.read(sheet, SECRETS, signed(body) if headers is None else headers, body, NOW)


PAID = event(SESSION, {"id": "cs_1", "object": "checkout.session"})


def test_what_stripes_library_signs_is_genuine() -> None:
    assert read(PAID) == NoticeRead("evt_1", "cs_1", About.PAYMENT)
    assert read(PAID, signed(PAID, CONNECT_SECRET)) is not None


@given(
    secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40),
    text=st.text(max_size=200),
    header=st.one_of(st.none(), st.text(max_size=80)),
    shift=st.integers(-400, 0),
)
def test_both_say_the_same_of_every_header(secret: str, text: str, header: str | None, shift: int) -> None:
    assume(secret.strip())
    try:
        body = text.encode()
    except UnicodeEncodeError:
        assume(False)
    at = SECONDS + shift
    theirs_header = stripe.WebhookSignature.generate_signature_header(text, secret, timestamp=at)
    given_header = theirs_header if header is None else header
    try:
        # Its tolerance goes by the machine's clock, so age is judged below.
        stripe.WebhookSignature.verify_header(body, given_header, secret, tolerance=None)
        theirs = shift >= -300
    except stripe.SignatureVerificationError:
        theirs = False
    try:
        notices.verify([secret], given_header, body, NOW)
        ours = True
    except BadSignature:
        ours = False
    assert ours == theirs


@given(place=st.integers(0, len(PAID) - 1), flip=st.integers(1, 255))
def test_a_body_changed_in_one_place_is_refused(place: int, flip: int) -> None:
    changed = bytearray(PAID)
    changed[place] ^= flip
    with pytest.raises(BadSignature):
        read(bytes(changed), signed(PAID))


@given(cut=st.integers(0, len(PAID) - 1), more=st.binary(min_size=1, max_size=5))
def test_a_body_cut_or_lengthened_is_refused(cut: int, more: bytes) -> None:
    for changed in (PAID[:cut], PAID + more):
        with pytest.raises(BadSignature):
            read(changed, signed(PAID))


def test_a_body_written_anew_is_refused() -> None:
    again = json.dumps(json.loads(PAID)).encode()
    assert json.loads(again) == json.loads(PAID)
    with pytest.raises(BadSignature):
        read(again, signed(PAID))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1,v1=",
        f"t={SECONDS}",
        f"t={SECONDS},v1={'0' * 64}",
        f"t={SECONDS},v0={'0' * 64}",
        f"t={SECONDS}.0,v1={'0' * 64}",
        f"t=-{SECONDS},v1={'0' * 64}",
        "t=١,v1=x",
        ",".join(["v1=" + "0" * 64] * 5000),
    ],
)
def test_a_header_that_makes_no_sense_is_refused(header: str) -> None:
    with pytest.raises(BadSignature):
        read(PAID, {"stripe-signature": header})


def test_a_second_timestamp_is_refused_however_it_is_signed() -> None:
    header = signed(PAID)["stripe-signature"]
    with pytest.raises(BadSignature):
        read(PAID, {"stripe-signature": f"t={SECONDS - 1000},{header}"})


@pytest.mark.parametrize(
    ("age", "is_fresh"), [(0, True), (300, True), (301, False), (-300, True), (-301, False)]
)
def test_a_notice_is_fresh_for_five_minutes(age: int, is_fresh: bool) -> None:
    headers = signed(PAID, at=SECONDS - age)
    if is_fresh:
        assert read(PAID, headers) is not None
    else:
        with pytest.raises(BadSignature):
            read(PAID, headers)


def test_while_a_secret_is_rolled_either_signature_counts() -> None:
    old = signed(PAID, "whsec_before")["stripe-signature"]
    new = signed(PAID)["stripe-signature"].partition(",")[2]
    assert read(PAID, {"stripe-signature": f"{old},{new}"}) is not None


def test_an_account_without_secrets_takes_nothing() -> None:
    with pytest.raises(BadSignature):
        notices.read(SITE, (), signed(PAID, ""), PAID, NOW)
    with pytest.raises(BadSignature):
        notices.read(SITE, ("",), signed(PAID, ""), PAID, NOW)


def test_play_money_never_reaches_a_live_account() -> None:
    live = account_sheet(mode=Mode.LIVE)
    test_body = event(SESSION, {"id": "cs_1", "object": "checkout.session"})
    for sheet, body in ((live, test_body), (SITE, event(SESSION, {"id": "cs_1", "object": "x"}, sheet=live))):
        with pytest.raises(BadSignature):
            read(body, sheet=sheet)
    # Stripe sends those of connected accounts to live endpoints too: genuine, and nothing for us.
    assert read(event(SESSION, {"id": "cs_1", "object": "x"}, account="acct_2"), sheet=live) is None


def test_a_notice_for_another_organisers_account_is_refused() -> None:
    theirs = account_sheet(ref="acct_1Mine", organiser_id=uuid7())
    body = event("payout.paid", {"id": "po_1", "object": "payout"}, sheet=theirs, account="acct_2Other")
    with pytest.raises(BadSignature):
        read(body, sheet=theirs)
    own = event("payout.paid", {"id": "po_1", "object": "payout"}, sheet=theirs, account="acct_1Mine")
    assert read(own, sheet=theirs) == NoticeRead("evt_1", "acct_1Mine", About.ACCOUNT)


def test_a_payment_of_another_site_on_the_same_stripe_account_is_nothing_for_us() -> None:
    body = event(SESSION, {"id": "cs_1", "object": "checkout.session"}, sheet=account_sheet())
    assert read(body) is None
    assert read(event(SESSION, {"id": "cs_1", "object": "checkout.session", "metadata": {}})) is None


CARD = {wire.ACCOUNT: str(SITE.id), wire.METHOD: "card"}
ABOUT: list[tuple[str, dict[str, Any], str | None, tuple[About, str] | None]] = [
    *(
        (kind, {"id": "cs_1", "object": "checkout.session"}, None, (About.PAYMENT, "cs_1"))
        for kind in sorted(SESSION_EVENTS)
    ),
    *(
        (f"payment_intent.{word}", {"id": "pi_1", "object": "payment_intent", "metadata": CARD}, None, told)
        for word, told in (
            ("succeeded", (About.PAYMENT, "pi_1")),
            ("processing", (About.PAYMENT, "pi_1")),
            ("payment_failed", (About.PAYMENT, "pi_1")),
            ("canceled", (About.PAYMENT, "pi_1")),
            ("created", None),
        )
    ),
    # The hosted page's own intents: its session is what we know.
    ("payment_intent.succeeded", {"id": "pi_1", "object": "payment_intent"}, None, None),
    ("charge.refunded", {"id": "ch_1", "object": "charge"}, None, None),
    *(
        (kind, {"id": "re_1", "object": "refund"}, None, (About.REFUND, "re_1"))
        for kind in ("refund.created", "refund.updated", "refund.failed", "charge.refund.updated")
    ),
    *(
        (f"charge.dispute.{word}", {"id": "dp_1", "object": "dispute"}, None, (About.DISPUTE, "dp_1"))
        for word in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
    ),
    ("payout.paid", {"id": "po_1", "object": "payout"}, None, (About.PAYOUT, "po_1")),
    ("payout.failed", {"id": "po_2", "object": "payout"}, "acct_9", (About.ACCOUNT, "acct_9")),
    (
        "transfer.reversed",
        {"id": "tr_1", "object": "transfer", "metadata": {wire.PAYOUT: "x"}},
        None,
        (About.PAYOUT, "tr_1"),
    ),
    ("transfer.created", {"id": "tr_1", "object": "transfer", "metadata": {}}, None, None),
    ("account.updated", {"id": "acct_9", "object": "account"}, "acct_9", (About.ACCOUNT, "acct_9")),
    (
        "account.application.deauthorized",
        {"id": "ca_1", "object": "application"},
        "acct_9",
        (About.ACCOUNT, "acct_9"),
    ),
    (SESSION, {"id": "cs_1", "object": "checkout.session"}, "acct_9", None),
    # A balance has no name.
    ("balance.available", {"object": "balance", "metadata": None}, None, None),
    ("customer.created", {"id": "cus_1", "object": "customer"}, None, None),
]


@pytest.mark.parametrize(("kind", "thing", "account", "told"), ABOUT)
def test_a_notice_says_what_it_is_about(
    kind: str, thing: dict[str, Any], account: str | None, told: tuple[About, str] | None
) -> None:
    wanted = None if told is None else NoticeRead("evt_1", told[1], told[0])
    assert read(event(kind, thing, account=account)) == wanted


@pytest.mark.parametrize("body", [b"{}", b"[]", b"nothing", b'{"object":"event","id":1}', b"\xff\xfe"])
def test_a_signed_body_that_makes_no_sense_is_refused(body: bytes) -> None:
    header = {"stripe-signature": _sign_bytes(body)}
    with pytest.raises(BadSignature):
        read(body, header)


def _sign_bytes(body: bytes) -> str:
    """A second way to sign, for bytes that are no text."""
    mac = HMAC(WEBHOOK_SECRET.encode(), hashes.SHA256())
    mac.update(f"{SECONDS}.".encode() + body)
    return f"t={SECONDS},v1={mac.finalize().hex()}"


def test_the_clock_that_counts_is_the_one_passed_in() -> None:
    later = NOW + timedelta(days=365)
    body, headers = PAID, signed(PAID, at=epoch_ms(later) // 1000)
    assert notices.read(SITE, SECRETS, headers, body, later) is not None
