"""Webhook signatures, with the reference implementation of Standard Webhooks as the oracle."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from admitone.payments import BadSignature
from admitone.payments.providers.sandbox import NoticeSecret
from admitone.payments.providers.sandbox.notices import read, write_body
from tests.support.sandbox_rig import SECRET

BODY = write_body("payment.paid", "sb_1")
AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HEADERS = SECRET.sign("evt_1", AT, BODY)


def test_the_reference_implementation_accepts_what_we_sign() -> None:
    now = datetime.now(UTC)
    verified = Webhook(SECRET.written()).verify(BODY, SECRET.sign("evt_1", now, BODY))
    assert verified == {"type": "payment.paid", "data": {"ref": "sb_1"}}


@given(st.binary(min_size=24, max_size=64), st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True), st.text())
def test_the_reference_implementation_signs_the_same(key: bytes, notice_id: str, text: str) -> None:
    secret = NoticeSecret(key)
    theirs = Webhook(secret.written()).sign(notice_id, AT, text)
    assert secret.sign(notice_id, AT, text.encode())["webhook-signature"] == theirs


def test_we_accept_what_the_reference_implementation_signs() -> None:
    theirs = Webhook(SECRET.written()).sign("evt_1", AT, BODY.decode())
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": HEADERS["webhook-timestamp"],
        "webhook-signature": theirs,
    }
    notice = read(SECRET, headers, BODY, AT)
    assert (notice.notice_id, notice.provider_ref) == ("evt_1", "sb_1")


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_no_byte_of_the_body_can_be_changed(place: int, change: int) -> None:
    bad = bytearray(BODY)
    bad[place] ^= change
    with pytest.raises(BadSignature):
        read(SECRET, HEADERS, bytes(bad), AT)


def test_a_body_written_anew_is_not_the_signed_one() -> None:
    with pytest.raises(BadSignature):
        read(SECRET, HEADERS, BODY.replace(b":", b": "), AT)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "evt_2"},
        {"webhook-id": ""},
        {"webhook-id": "evt 1"},
        {"webhook-id": "e" * 101},
        {"webhook-timestamp": "1"},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "٣"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,%%%"},
        {"webhook-signature": "v1,ä"},
        {"webhook-signature": HEADERS["webhook-signature"].replace("v1", "v2")},
        {"webhook-signature": HEADERS["webhook-signature"].removeprefix("v1,")},
        {"webhook-signature": " ".join(["v1,AAAA"] * 8 + [HEADERS["webhook-signature"]])},
    ],
    ids=str,
)
def test_changed_headers_are_refused(change: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        read(SECRET, {**HEADERS, **change}, BODY, AT)


@pytest.mark.parametrize("missing", sorted(HEADERS))
def test_missing_headers_are_refused(missing: str) -> None:
    with pytest.raises(BadSignature):
        read(SECRET, {name: value for name, value in HEADERS.items() if name != missing}, BODY, AT)


def test_one_right_signature_among_several_is_enough() -> None:
    headers = {**HEADERS, "webhook-signature": "v1a,AAAA v1,AAAA " + HEADERS["webhook-signature"]}
    assert read(SECRET, headers, BODY, AT).notice_id == "evt_1"


@pytest.mark.parametrize(("seconds", "is_fresh"), [(300, True), (301, False), (-300, True), (-301, False)])
def test_five_minutes_late_or_early_is_the_limit(seconds: int, is_fresh: bool) -> None:
    now = AT + timedelta(seconds=seconds)
    if is_fresh:
        assert read(SECRET, HEADERS, BODY, now).notice_id == "evt_1"
    else:
        with pytest.raises(BadSignature):
            read(SECRET, HEADERS, BODY, now)


def test_the_oracle_refuses_old_ones_too() -> None:
    old = SECRET.sign("evt_1", datetime.now(UTC) - timedelta(seconds=330), BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET.written()).verify(BODY, old)


def test_another_companys_secret_opens_nothing() -> None:
    with pytest.raises(BadSignature):
        read(NoticeSecret(bytes(32)), HEADERS, BODY, AT)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"type":"x"}', b'{"type":1,"data":{"ref":"a"}}', b"\xff"]
)
def test_a_signed_body_that_makes_no_sense_is_refused(body: bytes) -> None:
    with pytest.raises(BadSignature):
        read(SECRET, SECRET.sign("evt_1", AT, body), body, AT)


def test_a_secret_is_written_and_read_back() -> None:
    assert NoticeSecret.read(SECRET.written()) == SECRET
    assert "whsec" not in repr(SECRET)
    for wrong in ("", "whsec", base64.b64encode(bytes(32)).decode(), "whsec_***"):
        with pytest.raises(ValueError, match=r"whsec_|base64|[Bb]ase64|padding|characters"):
            NoticeSecret.read(wrong)
