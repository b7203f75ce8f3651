"""PayPal's webhooks: genuine ones are read, everything else is refused. OpenSSL is the second opinion."""

import asyncio
import base64
import json
import subprocess
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.entrypoints.standins.paypal import CERTIFICATE_PATH, Signer
from admitone.payments import BadSignature, NoticeRead
from admitone.payments.account_status import ProviderAway
from admitone.payments.provider import About
from admitone.payments.providers.paypal.notices import (
    PAYPAL_CERTIFICATES,
    Certificates,
    Trust,
    check_chain,
    read,
)
from admitone.values.clock import FrozenClock, SystemClock
from tests.contracts.payments.rig_paypal import MERCHANT, ORIGIN, signer

SIGNER = "messageverificationcerts.paypal.com"
NOW = SystemClock().now()
TRUST = Trust(addresses=f"{ORIGIN}{CERTIFICATE_PATH}", roots=signer().root_pem)
EVENT = {
    "id": "WH-1",
    "event_type": "CHECKOUT.ORDER.APPROVED",
    "resource": {"id": "5O190127TN364715T", "note": "é, \\u00e9 and spaces"},
}
BODY = json.dumps(EVENT).encode()


class Library:
    """Where certificates are fetched, and how often that happened."""

    def __init__(self, pem: bytes, status: int = 200, *, is_silent: bool = False) -> None:
        self.asked: list[str] = []
        self._pem, self._status, self._is_silent = pem, status, is_silent

    def certificates(self, trust: Trust = TRUST, clock: FrozenClock | None = None) -> Certificates:
        return Certificates(
            httpx2.AsyncClient(transport=httpx2.MockTransport(self._answer)), clock or FrozenClock(NOW), trust
        )

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(str(request.url))
        if self._is_silent:
            raise httpx2.ConnectTimeout("nobody there", request=request)
        return httpx2.Response(self._status, content=self._pem)


def signed(body: bytes = BODY, **changes: Any) -> dict[str, str]:
    said = {
        "webhook_id": MERCHANT.webhook_id,
        "transmission_id": "T1",
        "at": NOW,
        "origin": ORIGIN,
        **changes,
    }
    return signer().sign(body, **said)


async def heard(
    headers: Mapping[str, str], body: bytes = BODY, certificates: Certificates | None = None
) -> NoticeRead | None:
    kept = certificates or Library(signer().chain_pem).certificates()
    return await read(kept, MERCHANT.webhook_id, headers, body, NOW)


def test_openssl_accepts_what_the_stand_in_signs_and_its_chain(tmp_path: Path) -> None:
    headers = signed()
    files = {
        "leaf.pem": signer().chain_pem,
        "root.pem": signer().root_pem,
        "signature": base64.b64decode(headers["paypal-transmission-sig"]),
        "text": f"T1|{headers['paypal-transmission-time']}|{MERCHANT.webhook_id}|{zlib.crc32(BODY)}".encode(),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    commands = (
        f"openssl verify -CAfile root.pem -purpose sslserver -verify_hostname {SIGNER} leaf.pem",
        "openssl x509 -in leaf.pem -pubkey -noout -out key.pem",
        "openssl dgst -sha256 -verify key.pem -signature signature text",
    )
    for command in commands:
        assert subprocess.run(command.split(), cwd=tmp_path, capture_output=True).returncode == 0, command


def test_we_accept_what_openssl_signs(tmp_path: Path) -> None:
    headers = signed()
    (tmp_path / "key.pem").write_text(signer().written().split("\f")[0])
    text = f"T1|{headers['paypal-transmission-time']}|{MERCHANT.webhook_id}|{zlib.crc32(BODY)}"
    theirs = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", "key.pem"],
        cwd=tmp_path,
        input=text.encode(),
        capture_output=True,
    ).stdout
    notice = asyncio.run(heard({**headers, "paypal-transmission-sig": base64.b64encode(theirs).decode()}))
    assert notice == NoticeRead("WH-1", "5O190127TN364715T", About.PAYMENT)


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
async def test_no_byte_of_the_body_can_be_changed(place: int, change: int) -> None:
    bad = bytearray(BODY)
    bad[place] ^= change
    with pytest.raises(BadSignature):
        await heard(signed(), bytes(bad), Library(signer().chain_pem).certificates())


@given(st.binary(max_size=300).filter(lambda body: body != BODY))
async def test_no_other_body_has_this_signature(body: bytes) -> None:
    with pytest.raises(BadSignature):
        await heard(signed(), body, Library(signer().chain_pem).certificates())


async def test_a_body_written_anew_is_not_the_signed_one() -> None:
    for other in (
        json.dumps(EVENT, ensure_ascii=False),
        json.dumps(EVENT, separators=(",", ":")),
        json.dumps(EVENT) + "\n",
    ):
        with pytest.raises(BadSignature):
            await heard(signed(), other.encode())


@pytest.mark.parametrize("missing", sorted(set(signed()) - {"content-type", "paypal-auth-version"}))
async def test_missing_headers_are_refused(missing: str) -> None:
    with pytest.raises(BadSignature):
        await heard({name: value for name, value in signed().items() if name != missing})


@pytest.mark.parametrize(
    "change",
    [
        {"paypal-auth-algo": "SHA1withRSA"},
        {"paypal-transmission-id": "T2"},
        {"paypal-transmission-id": "T1|x"},
        {"paypal-transmission-time": "2026-11-21"},
        {"paypal-transmission-time": "2026-99-99T00:00:00Z"},
        {"paypal-transmission-sig": "%%%"},
        {"paypal-transmission-sig": ""},
        {"paypal-transmission-sig": base64.b64encode(bytes(256)).decode()},
    ],
    ids=str,
)
async def test_changed_headers_are_refused(change: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        await heard({**signed(), **change})


async def test_another_webhooks_notice_is_refused() -> None:
    # Another organiser's, or the same one's in the other mode: each has a webhook of its own.
    with pytest.raises(BadSignature):
        await heard(signed(webhook_id="9JE4291016473214C"))


@pytest.mark.parametrize(
    ("ago", "is_fresh"),
    [(0, True), (3 * 86_400, True), (4 * 86_400 + 1, False), (-299, True), (-302, False)],
)
async def test_notices_are_sent_for_three_days_and_not_from_the_future(ago: int, is_fresh: bool) -> None:
    headers = signed(at=NOW - timedelta(seconds=ago))
    if is_fresh:
        assert await heard(headers) is not None
    else:
        with pytest.raises(BadSignature):
            await heard(headers)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://api.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1",
        "https://evilpaypal.com/v1/notifications/certs/CERT-1",
        "https://paypal.com@evil.example/v1/notifications/certs/CERT-1",
        "https://api.paypal.com:444/v1/notifications/certs/CERT-1",
        "https://api.paypal.com/v1/notifications/certs/../../x",
        "https://api.paypal.com/v1/notifications/certs/CERT-1?x=1",
        "https://api.paypal.com/v1/notifications/certs/CERT-1\n",
        "https://api.paypal.com/anything/CERT-1",
        "https://127.0.0.1/v1/notifications/certs/CERT-1",
    ],
)
async def test_certificates_come_from_paypal_only(address: str) -> None:
    library = Library(signer().chain_pem)
    trust = replace(TRUST, addresses=PAYPAL_CERTIFICATES)
    with pytest.raises(BadSignature):
        await heard({**signed(), "paypal-cert-url": address}, certificates=library.certificates(trust))
    assert library.asked == []


@pytest.mark.parametrize("host", ["api.paypal.com", "api.sandbox.paypal.com", "api-m.paypal.com"])
async def test_paypals_own_addresses_are_asked(host: str) -> None:
    library = Library(signer().chain_pem)
    address = f"https://{host}/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270"
    certificates = library.certificates(replace(TRUST, addresses=PAYPAL_CERTIFICATES))
    for _ in range(3):
        assert await heard({**signed(), "paypal-cert-url": address}, certificates=certificates) is not None
    assert library.asked == [address]


async def test_only_the_right_name_under_a_trusted_root_in_its_time_is_believed() -> None:
    own = signer()
    assert check_chain(own.chain_pem, TRUST, NOW) is not None
    stranger = Signer.make(NOW)
    assert check_chain(stranger.chain_pem, TRUST, NOW) is None
    assert check_chain(own.root_pem, TRUST, NOW) is None
    assert check_chain(own.chain_pem, replace(TRUST, roots=None), NOW) is None
    assert check_chain(own.chain_pem, replace(TRUST, signers=("www.paypal.com",)), NOW) is None
    assert check_chain(own.chain_pem, TRUST, NOW - timedelta(days=2)) is None
    assert check_chain(own.chain_pem, TRUST, NOW + timedelta(days=3651)) is None
    for nonsense in (
        b"",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        own.chain_pem[:-30],
    ):
        assert check_chain(nonsense, TRUST, NOW) is None


async def test_a_kept_certificate_ends_with_its_time() -> None:
    short = Signer.make(NOW, life=timedelta(days=1, hours=1))
    clock = FrozenClock(NOW)
    certificates = Library(short.chain_pem).certificates(replace(TRUST, roots=short.root_pem), clock)
    address = f"{ORIGIN}{CERTIFICATE_PATH}"
    await certificates.key(address)
    clock.move(seconds=3601)
    with pytest.raises(BadSignature):
        await certificates.key(address)


async def test_a_refused_certificate_is_not_fetched_for_each_forged_notice() -> None:
    library, clock = Library(b"", status=404), FrozenClock(NOW)
    certificates = library.certificates(clock=clock)
    for _ in range(5):
        with pytest.raises(BadSignature):
            await heard(signed(), certificates=certificates)
    assert len(library.asked) == 1
    clock.move(seconds=61)
    with pytest.raises(BadSignature):
        await heard(signed(), certificates=certificates)
    assert len(library.asked) == 2


@pytest.mark.parametrize(
    "library",
    [Library(b"", is_silent=True), Library(b"", status=503), Library(b"x" * 70_000)],
    ids=["silent", "broken", "endless"],
)
async def test_without_paypals_certificate_nobody_can_say_and_it_is_sent_again(library: Library) -> None:
    with pytest.raises(ProviderAway):
        await heard(signed(), certificates=library.certificates())


CAPTURE = {
    "id": "2GG279541U471931P",
    "supplementary_data": {"related_ids": {"order_id": "5O190127TN364715T"}},
}


@pytest.mark.parametrize(
    ("kind", "resource", "named"),
    [
        ("CHECKOUT.ORDER.COMPLETED", {"id": "5O1"}, (About.PAYMENT, "5O1")),
        ("PAYMENT.CAPTURE.COMPLETED", CAPTURE, (About.PAYMENT, "5O190127TN364715T")),
        ("PAYMENT.CAPTURE.DENIED", CAPTURE, (About.PAYMENT, "5O190127TN364715T")),
        ("PAYMENT.CAPTURE.COMPLETED", {"id": "2GG"}, None),
        ("PAYMENT.CAPTURE.REFUNDED", {"id": "1JU08902781691411"}, (About.REFUND, "1JU08902781691411")),
        ("CUSTOMER.DISPUTE.CREATED", {"dispute_id": "PP-D-27803"}, (About.DISPUTE, "PP-D-27803")),
        ("PAYMENT.PAYOUTSBATCH.SUCCESS", {"batch_header": {"payout_batch_id": "B1"}}, (About.PAYOUT, "B1")),
        ("PAYMENT.PAYOUTS-ITEM.SUCCEEDED", {"payout_batch_id": "B1"}, (About.PAYOUT, "B1")),
        ("BILLING.PLAN.CREATED", {"id": "P-1"}, None),
        ("CHECKOUT.ORDER.APPROVED", {"id": 5}, None),
        ("CHECKOUT.ORDER.APPROVED", {"id": "x" * 300}, None),
        ("CHECKOUT.ORDER.APPROVED", {}, None),
    ],
)
async def test_a_notice_says_what_it_is_about(
    kind: str, resource: object, named: tuple[About, str] | None
) -> None:
    body = json.dumps({"id": "WH-9", "event_type": kind, "resource": resource}).encode()
    notice = await heard(signed(body), body)
    assert (None if notice is None else (notice.about, notice.provider_ref)) == named


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"id":1}', b"\xff", b'{"id":"a","event_type":"b","resource":[]}']
)
async def test_a_signed_body_that_makes_no_sense_is_refused(body: bytes) -> None:
    with pytest.raises(BadSignature):
        await heard(signed(body), body)
