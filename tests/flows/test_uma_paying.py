"""Other UMA providers ask to pay: nothing that is old, copied, foreign or out of shape gets an invoice."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pytest

from admitone.assembly import Assembly
from admitone.orders import OrderRow
from admitone.payments.uma import UmaRefused
from admitone.values.refusals import TooMany
from tests.support.bitcoin_desk import takes_bitcoin
from tests.support.onsale import OnSale, place, put_on_sale
from tests.support.site import counts
from tests.support.uma_peer import UmaPeer, uma_peer

HERE = "testserver"


@dataclass(frozen=True, slots=True)
class Desk:
    """A site that sells for play Bitcoin, with an order that waits for 50,000 satoshi."""

    site: Assembly
    show: OnSale
    order: OrderRow

    @property
    def name(self) -> str:
        """The order's address before the `@`."""
        return f"${self.order.code.lower()}"

    @property
    def now(self) -> int:
        """As providers write it."""
        return int(self.site.clock.now().timestamp())

    async def ask(
        self,
        peer: UmaPeer,
        nonce: str = "1",
        at: int | None = None,
        changes: Mapping[str, str | None] | None = None,
    ) -> dict[str, object]:
        """The answer to a signed question about the order."""
        query = peer.query(f"{self.name}@{HERE}", self.now if at is None else at, nonce, changes)
        found: dict[str, object] = json.loads(
            await self.site.by_address.uma.offer(self.name, query, "198.51.100.7")
        )
        return found

    async def key(self, peer: UmaPeer) -> str:
        """The key in the address where the order is paid."""
        callback = str((await self.ask(peer, "key"))["callback"])
        return callback.split("/uma/payreq/")[1].partition("?")[0]

    async def pay(self, key: str, body: bytes) -> dict[str, object]:
        """The answer to a pay request."""
        said = await self.site.by_address.uma.pay(
            key, to=self.name, quote=None, body=body, source="198.51.100.7"
        )
        found: dict[str, object] = json.loads(said)
        return found


@pytest.fixture
async def desk(assembly: Assembly) -> Desk:
    show = await put_on_sale(assembly)
    await takes_bitcoin(assembly, show)
    return Desk(assembly, show, await place(assembly, show))


async def test_a_signed_question_is_answered_once(desk: Desk) -> None:
    async with uma_peer() as peer:
        answer = await desk.ask(peer)
        assert (answer["minSendable"], answer["maxSendable"]) == (50_000_000, 50_000_000)
        with pytest.raises(UmaRefused) as refused:
            await desk.ask(peer)
        assert refused.value.uma_code == "INVALID_NONCE"
        assert (await desk.ask(peer, "2"))["tag"] == "payRequest"
        # The keys were fetched once for all of them.
        assert len(peer.server.heard) == 1


@pytest.mark.parametrize(
    ("late", "code"), [(-601, "INVALID_NONCE"), (-86_400, "INVALID_NONCE"), (90, "INVALID_TIMESTAMP")]
)
async def test_a_question_of_another_time_is_refused_before_anybody_is_asked(
    desk: Desk, late: int, code: str
) -> None:
    async with uma_peer() as peer:
        with pytest.raises(UmaRefused) as refused:
            await desk.ask(peer, at=desk.now + late)
        assert (refused.value.uma_code, peer.server.heard) == (code, [])
        assert (await desk.ask(peer, at=desk.now - 500))["tag"] == "payRequest"


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"signature": None}, "MISSING_REQUIRED_UMA_PARAMETERS", 400),
        ({"nonce": None}, "MISSING_REQUIRED_UMA_PARAMETERS", 400),
        ({"timestamp": None}, "MISSING_REQUIRED_UMA_PARAMETERS", 400),
        ({"vaspDomain": None}, "MISSING_REQUIRED_UMA_PARAMETERS", 400),
        ({"umaVersion": None}, "MISSING_REQUIRED_UMA_PARAMETERS", 400),
        ({"umaVersion": "2.0"}, "UNSUPPORTED_UMA_VERSION", 412),
        ({"umaVersion": "one"}, "PARSE_LNURLP_REQUEST_ERROR", 400),
        ({"timestamp": "yesterday"}, "PARSE_LNURLP_REQUEST_ERROR", 400),
        ({"timestamp": "9" * 30}, "PARSE_LNURLP_REQUEST_ERROR", 400),
        ({"nonce": "n" * 201}, "INVALID_NONCE", 400),
        ({"signature": "zz"}, "INVALID_SIGNATURE", 401),
        ({"signature": "00" * 70}, "INVALID_SIGNATURE", 401),
        ({"vaspDomain": "wallet.example/@localhost"}, "COUNTERPARTY_PUBKEY_FETCH_ERROR", 424),
        ({"vaspDomain": "169.254.169.254"}, "COUNTERPARTY_PUBKEY_FETCH_ERROR", 424),
        ({"vaspDomain": "localhost:1"}, "COUNTERPARTY_PUBKEY_FETCH_ERROR", 424),
        ({"vaspDomain": "nobody.invalid"}, "COUNTERPARTY_PUBKEY_FETCH_ERROR", 424),
    ],
)
async def test_a_question_out_of_shape_is_refused_and_changes_nothing(
    desk: Desk, changes: dict[str, str | None], code: str, status: int
) -> None:
    before = await counts(desk.site)
    async with uma_peer() as peer:
        with pytest.raises(UmaRefused) as refused:
            await desk.ask(peer, changes=changes)
    assert (refused.value.uma_code, refused.value.http_status) == (code, status)
    assert await counts(desk.site) == before


async def test_an_address_without_its_dollar_is_no_uma(desk: Desk) -> None:
    async with uma_peer() as peer:
        plain = desk.name.removeprefix("$")
        query = peer.query(f"{plain}@{HERE}", desk.now)
        with pytest.raises(UmaRefused) as refused:
            await desk.site.by_address.uma.offer(plain, query, "198.51.100.7")
    assert refused.value.uma_code == "PARSE_LNURLP_REQUEST_ERROR"


async def test_a_signature_that_could_not_be_checked_uses_up_no_nonce(desk: Desk) -> None:
    async with uma_peer() as peer:
        for wrong in (peer.sign("something else"), UmaPeer(peer.server, bytes([7]) * 32).sign("x")):
            with pytest.raises(UmaRefused):
                await desk.ask(peer, "77", changes={"signature": wrong})
        assert (await desk.ask(peer, "77"))["tag"] == "payRequest"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": "49999.SAT"}, "AMOUNT_OUT_OF_RANGE"),
        ({"amount": "50001.SAT"}, "AMOUNT_OUT_OF_RANGE"),
        ({"amount": "50000"}, "AMOUNT_OUT_OF_RANGE"),
        ({"amount": "-50000.SAT"}, "AMOUNT_OUT_OF_RANGE"),
        ({"amount": "0.SAT"}, "AMOUNT_OUT_OF_RANGE"),
        ({"amount": "50000.USD"}, "INVALID_CURRENCY"),
        ({"amount": "50000.5.SAT"}, "PARSE_PAYREQ_REQUEST_ERROR"),
        ({"amount": "many"}, "PARSE_PAYREQ_REQUEST_ERROR"),
        ({"amount": None}, "PARSE_PAYREQ_REQUEST_ERROR"),
        ({"amount": [1]}, "PARSE_PAYREQ_REQUEST_ERROR"),
        ({"convert": "USD"}, "INVALID_CURRENCY"),
        ({"convert": None}, "MISSING_REQUIRED_UMA_PARAMETERS"),
        ({"payerData": None}, "MISSING_REQUIRED_UMA_PARAMETERS"),
        ({"payerData": {"identifier": "$ada@wallet.example"}}, "MISSING_REQUIRED_UMA_PARAMETERS"),
        ({"payerData": "ada"}, "MISSING_REQUIRED_UMA_PARAMETERS"),
        ({"payerData": "compliance"}, "PARSE_PAYREQ_REQUEST_ERROR"),
        ({"payerData": {"compliance": {"signature": 1}}}, "MISSING_MANDATORY_PAYER_DATA"),
        ({"payeeData": {"birthDate": {"mandatory": True}}}, "UNRECOGNIZED_MANDATORY_PAYEE_DATA_KEY"),
        ({"settlement": {"layer": "spark", "assetIdentifier": "x"}}, "INVALID_INPUT"),
    ],
)
async def test_a_pay_request_out_of_shape_gets_no_invoice(
    desk: Desk, changes: dict[str, object], code: str
) -> None:
    async with uma_peer() as peer:
        key = await desk.key(peer)
        with pytest.raises(UmaRefused) as refused:
            await desk.pay(key, peer.pay_request(desk.now, changes=changes))
    assert refused.value.uma_code == code


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 5000, b'{"payerData": [1]}'])
async def test_a_body_that_is_no_pay_request_is_told_so(desk: Desk, body: bytes) -> None:
    with pytest.raises(UmaRefused) as refused:
        await desk.pay("tickets", body)
    assert refused.value.http_status == 400


async def test_who_pays_has_an_address_and_signs_for_it(desk: Desk) -> None:
    async with uma_peer() as peer:
        key = await desk.key(peer)
        for payer in ("ada", f"ada@{peer.domain}", "$ada@", "$a da@wallet.example", "$ada@a@b"):
            with pytest.raises(UmaRefused) as refused:
                await desk.pay(key, peer.pay_request(desk.now, payer=payer))
            assert refused.value.uma_code == "INVALID_INPUT", payer
        with pytest.raises(UmaRefused) as refused:
            await desk.pay(key, peer.pay_request(desk.now, "9").replace(b"$ada@", b"$obi@"))
        assert refused.value.uma_code == "INVALID_SIGNATURE"
        paid = await desk.pay(key, peer.pay_request(desk.now, "9"))
        assert str(paid["pr"]).startswith("lnbcrt")
        with pytest.raises(UmaRefused) as refused:
            await desk.pay(key, peer.pay_request(desk.now, "9"))
        assert refused.value.uma_code == "INVALID_NONCE"


async def test_the_site_itself_is_paid_for_the_order_in_the_comment(desk: Desk) -> None:
    async with uma_peer() as peer:
        query = peer.query(f"$tickets@{HERE}", desk.now)
        offer = json.loads(await desk.site.by_address.uma.offer("$tickets", query, "198.51.100.7"))
        assert (offer["minSendable"], offer["maxSendable"], offer["commentAllowed"]) == (1000, 10**11, 200)
        assert offer["callback"] == f"http://{HERE}/uma/payreq/tickets?to=%24tickets"
        paid = await desk.pay(
            "tickets", peer.pay_request(desk.now, "2", changes={"comment": desk.order.code.lower()})
        )
        expected = await desk.pay(await desk.key(peer), peer.pay_request(desk.now, "3"))
        assert paid["pr"] == expected["pr"]


async def test_a_callback_is_believed_only_if_it_is_ours_and_signed(desk: Desk) -> None:
    told = desk.site.by_address.uma.told
    async with uma_peer() as peer:
        paid = await desk.pay(await desk.key(peer), peer.pay_request(desk.now, "2"))
        compliance = paid["payeeData"]["compliance"]  # type: ignore[index]
        payment = str(compliance["utxoCallback"]).partition("payment=")[2]
        body = {"utxos": [], "vaspDomain": peer.domain, "signatureNonce": "5", "signatureTimestamp": desk.now}
        signed = {**body, "signature": peer.sign(f"5|{desk.now}")}
        await told(payment, json.dumps(signed).encode(), "198.51.100.7")
        # Of version 0, unsigned: a hint like the other.
        await told(payment, b'{"utxos": []}', "198.51.100.7")
        for refused_body, code in (
            (json.dumps(signed).encode(), "INVALID_NONCE"),
            (json.dumps({**signed, "signatureNonce": "6"}).encode(), "INVALID_SIGNATURE"),
            (json.dumps({**signed, "vaspDomain": None}).encode(), "MISSING_REQUIRED_UMA_PARAMETERS"),
            (b"[]", "PARSE_UTXO_CALLBACK_ERROR"),
        ):
            with pytest.raises(UmaRefused) as refused:
                await told(payment, refused_body, "198.51.100.7")
            assert refused.value.uma_code == code
        with pytest.raises(UmaRefused) as refused:
            await told("x" * 43, json.dumps(signed).encode(), "198.51.100.7")
        assert refused.value.uma_code == "REQUEST_NOT_FOUND"


async def test_one_address_does_not_have_us_fetch_keys_without_end(desk: Desk) -> None:
    async def knock() -> None:
        with pytest.raises(UmaRefused):
            await desk.pay("tickets", b"")

    for _ in range(300):
        await knock()
    with pytest.raises(TooMany):
        await desk.pay("tickets", b"")


async def test_nonces_are_forgotten_once_their_time_would_be_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    peers = desk.site.by_address.uma.peers
    async with uma_peer() as peer:
        await desk.ask(peer)
    assert await peers.forget_old() == 0

    class Later:
        def now(self) -> datetime:
            return desk.site.clock.now().replace(year=2099)

    monkeypatch.setattr(peers, "_clock", Later())
    assert await peers.forget_old() == 1
