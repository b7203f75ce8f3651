"""A webhook is Paystack's, for this account and mode, or it is refused; what it is about is read from it."""

import json
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives import hashes, hmac
from hypothesis import given
from hypothesis import strategies as st

from admitone.payments import BadSignature, NoticeRead
from admitone.payments.kinds import Mode
from admitone.payments.provider import About
from admitone.payments.providers.paystack import notices
from tests.contracts.payments.rig_paystack import SECRET_KEY

REF = "0198a1b2c3d47e5f8a9b0c1d2e3f4a5b"
CHARGE = {
    "event": "charge.success",
    "data": {"id": 302961, "domain": "test", "reference": REF, "amount": 10000},
}


def by_openssl(key: str, body: bytes) -> str:
    """The signature as another implementation makes it."""
    made = hmac.HMAC(key.encode(), hashes.SHA512())
    made.update(body)
    return made.finalize().hex()


def read(
    body: bytes,
    *,
    signed_as: bytes | None = None,
    key: str = SECRET_KEY,
    mode: Mode = Mode.TEST,
    account: str | None = None,
) -> NoticeRead | None:
    headers = {"x-paystack-signature": by_openssl(SECRET_KEY, body if signed_as is None else signed_as)}
    return notices.read(key, mode, account, headers, body)


def told(event: str, **data: object) -> NoticeRead | None:
    return read(json.dumps({"event": event, "data": {"domain": "test", **data}}).encode())


def test_the_signature_is_that_of_rfc_4231() -> None:
    # Test case 2: "Jefe", "what do ya want for nothing?".
    assert notices.signature("Jefe", b"what do ya want for nothing?") == (
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
    )


@given(st.binary(max_size=300), st.text(st.characters(codec="ascii"), min_size=1, max_size=60))
def test_the_signature_is_what_another_implementation_makes(body: bytes, key: str) -> None:
    assert notices.signature(key, body) == by_openssl(key, body)


def test_a_genuine_notice_is_read() -> None:
    assert read(json.dumps(CHARGE).encode()) == NoticeRead("charge.success:302961", REF, About.PAYMENT)


BODY = json.dumps(CHARGE).encode()


@given(st.data())
def test_any_other_bytes_under_the_same_signature_are_refused(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(BODY) - 1))
    kind = data.draw(st.sampled_from(("change", "drop", "insert", "cut")))
    other = data.draw(st.binary(min_size=1, max_size=3))
    changed = {
        "change": BODY[:place] + other + BODY[place + len(other) :],
        "drop": BODY[:place] + BODY[place + 1 :],
        "insert": BODY[:place] + other + BODY[place:],
        "cut": BODY[:place],
    }[kind]
    if changed == BODY:
        return
    with pytest.raises(BadSignature):
        read(changed, signed_as=BODY)


@pytest.mark.parametrize(
    "again",
    [
        json.dumps(CHARGE, separators=(",", ":")).encode(),
        json.dumps(CHARGE, sort_keys=True).encode(),
        BODY + b"\n",
    ],
)
def test_the_same_words_written_anew_are_refused(again: bytes) -> None:
    assert json.loads(again) == CHARGE
    with pytest.raises(BadSignature):
        read(again, signed_as=BODY)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-paystack-signature": ""},
        {"x-paystack-signature": "0" * 128},
        {"x-paystack-signature": by_openssl(SECRET_KEY, BODY)[:-1]},
        {"x-paystack-signature": by_openssl(SECRET_KEY, BODY) + "0"},
        {"x-paystack-signature": by_openssl("sk_test_of_another", BODY)},
        {"x-paystack-signature": "ä" * 128},
    ],
)
def test_a_signature_that_is_not_right_is_refused(headers: Mapping[str, str]) -> None:
    with pytest.raises(BadSignature):
        notices.read(SECRET_KEY, Mode.TEST, None, headers, BODY)


def test_another_mode_or_account_is_refused_even_under_our_key() -> None:
    with pytest.raises(BadSignature):
        read(BODY, mode=Mode.LIVE)
    transfer = {"event": "transfer.success", "data": {"id": 1, "reference": REF, "integration": {"id": 7}}}
    body = json.dumps(transfer).encode()
    assert read(body, account="7") is not None
    assert read(body, account="key-0123456789abcdef") is not None
    with pytest.raises(BadSignature):
        read(body, account="8")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'"x"', b'{"event": 1}', b'{"event": "charge.success"}', b"\xff"]
)
def test_signed_bytes_that_make_no_sense_are_refused(body: bytes) -> None:
    with pytest.raises(BadSignature):
        read(body)


def test_other_genuine_notices_are_none_of_our_business() -> None:
    assert told("subscription.create", id=1) is None
    assert told("customeridentification.success", id=1) is None
    # Another shop on the same account: its references are not ours.
    assert told("charge.success", id=1, reference="qTPrJoy9Bx") is None
    assert told("transfer.success", id=1, reference="1976435206") is None
    assert told("refund.processed", transaction_reference="T2154954_412829_3be32076_6lcg3") is None
    assert told("charge.dispute.create", id=358950, transaction={"reference": "v3mjfgbnc19v97x"}) is None


def test_each_notice_says_what_it_is_about() -> None:
    payout = told("transfer.reversed", id=5, reference=REF)
    assert payout == NoticeRead("transfer.reversed:5", REF, About.PAYOUT)
    created = told("charge.dispute.create", id=9, status="pending", transaction={"reference": REF})
    assert created is not None and (created.provider_ref, created.about) == ("9", About.DISPUTE)
    by_id = told("refund.needs-attention", id="123456", transaction_reference=REF)
    assert by_id is not None and (by_id.provider_ref, by_id.about) == ("123456", About.REFUND)
    by_payment = told("refund.processed", transaction_reference=REF, amount="5000")
    assert by_payment is not None and (by_payment.provider_ref, by_payment.about) == (REF, About.REFUND)


def test_two_refunds_and_two_reminders_are_different_notices_and_one_sent_twice_is_not() -> None:
    def refunded(processor: str) -> str:
        found = told("refund.processed", transaction_reference=REF, amount="500", refund_reference=processor)
        assert found is not None
        return found.notice_id

    assert refunded("1") == refunded("1") != refunded("2")

    def reminded(at: str) -> str:
        data = {"id": 9, "status": "pending", "transaction": {"reference": REF}, "updatedAt": at}
        found = told("charge.dispute.remind", **data)
        assert found is not None
        return found.notice_id

    assert reminded("2026-11-21") == reminded("2026-11-21") != reminded("2026-11-22")
