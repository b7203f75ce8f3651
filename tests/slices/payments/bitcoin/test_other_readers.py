"""Other people's programs read our invoices and LNURLs as we do: LDK, npm `bolt11`, npm `lnurl`."""

from datetime import UTC, datetime

from coincurve import PrivateKey

from admitone.payments.bitcoin import bolt11, encode_lnurl, lnurl
from tests.support.npm_peers import js_peer

MADE = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KEY = b"\x07" * 32
# Amounts at both ends of every multiplier, in msat; descriptions and the hash of one.
INVOICES: list[tuple[int | None, str | bytes]] = [
    (1, "a"),
    (10, ""),
    (999, "ナンセンス 1杯"),
    (50_000_000, "Order 7K3M9QXYZ, Foundry Nights"),
    (123_456_789, b"\x11" * 32),
    (100_000_000, "d" * 450),
    (2_100_000_000_000, "b"),
    (None, "any amount"),
]


async def test_invoices_are_read_the_same_by_three_readers() -> None:
    async with js_peer("invoice_readers.mjs") as readers:
        for prefix in ("lnbc", "lnbcrt"):
            for amount, about in INVOICES:
                words, digest = (about, None) if isinstance(about, str) else (None, about)
                new = bolt11.NewBolt11(
                    prefix, amount, MADE, b"\x21" * 32, b"\x31" * 32, words, digest, 900, 144
                )
                written = bolt11.encode(new, KEY)
                said = await readers.ask(read=written)
                expected = {
                    "amount_msat": amount,
                    "payment_hash": "21" * 32,
                    "secret": "31" * 32,
                    "payee": PrivateKey(KEY).public_key.format().hex(),
                    "made": int(MADE.timestamp()),
                    "expiry": 900,
                    "cltv": 144,
                }
                assert said["ldk"] == expected, written
                whole = {
                    **expected,
                    "description": words,
                    "description_hash": None if digest is None else digest.hex(),
                }
                assert said["bolt11"] == whole, written
                ours = bolt11.decode(written)
                assert (ours.amount_msat, ours.description, ours.description_hash) == (amount, words, digest)


async def test_lnurls_are_read_and_written_the_same() -> None:
    url = "https://tickets.example/lnurl/withdraw/AZqwLJ0AcACAAAAAAAAAAR3d3d3d3d3d3d3d3d3d3d0?a=1&b=%20"
    async with js_peer("invoice_readers.mjs") as readers:
        assert await readers.ask(lnurl=encode_lnurl(url)) == url
        assert lnurl.read(await readers.ask(encode=url)) == url
