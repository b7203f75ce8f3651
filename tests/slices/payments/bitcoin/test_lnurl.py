"""LNURLs are written and read as LUD-01 shows, offers are read strictly, and Bech32 as BIP 173 and 350 show."""

import pytest

from admitone.payments.bitcoin import bech32, lnurl

# The example of LUD-01 (https://github.com/lnurl/luds/blob/luds/01.md).
URL = "https://service.com/api?q=3fc3645b439ce8e7f2553a69e5267081d96dcd340693afabe04be7b0ccd178df"
TEXT = (
    "LNURL1DP68GURN8GHJ7UM9WFMXJCM99E3K7MF0V9CXJ0M385EKVCENXC6R2C35XVUKXEFCV5MKVV34X5EKZD3EV56NYD3HXQURZEPEXEJXXEPNXSC"
    "RVWFNV9NXZCN9XQ6XYEFHVGCXXCMYXYMNSERXFQ5FNS"
)


def test_the_example_of_lud_01_is_written_and_read() -> None:
    assert lnurl.encode_lnurl(URL) == TEXT
    assert lnurl.read(TEXT) == lnurl.read(TEXT.lower()) == URL


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lnurl1",
        TEXT[:-1],
        TEXT[:-1] + "Q",
        TEXT[:20] + TEXT[20:].lower(),
        "lnbc1" + TEXT[6:],
        "x" * 3000,
        bech32.encode("lnurl", bech32.to_groups(b"ftp://service.com")),
        bech32.encode("lnurl", bech32.to_groups(b"\xff")),
        bech32.encode("lnurl", bech32.to_groups(b"https://a.example"), bech32.Form.BECH32M),
    ],
)
def test_what_is_no_lnurl_is_refused(text: str) -> None:
    with pytest.raises(lnurl.NotLnurl):
        lnurl.read(text)


OFFER = {
    "tag": "payRequest",
    "callback": "https://pay.example/cb?id=1",
    "minSendable": 1000,
    "maxSendable": 100_000_000,
    "metadata": '[["text/plain","Ada"]]',
}


def test_an_offer_gives_the_address_of_an_invoice_of_the_amount() -> None:
    offer = lnurl.read_offer(OFFER, 50_000_000)
    assert offer.url(50_000_000) == "https://pay.example/cb?id=1&amount=50000000"
    assert (
        lnurl.read_offer({**OFFER, "callback": "https://pay.example/cb"}, 1000)
        .url(1000)
        .endswith("cb?amount=1000")
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"tag": "withdrawRequest"},
        {"tag": None},
        {"callback": 5},
        {"metadata": []},
        {"minSendable": 50_000_001},
        {"maxSendable": 49_999_999},
        {"minSendable": "1"},
        {"maxSendable": True},
        {"minSendable": 1.5},
    ],
)
def test_an_offer_that_is_none_or_of_another_amount_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(lnurl.UnusablePay):
        lnurl.read_offer({**OFFER, **changed}, 50_000_000)


# Valid and invalid strings of BIP 173 and BIP 350 (https://github.com/bitcoin/bips, "Test vectors").
GOOD = {
    "A12UEL5L": bech32.Form.BECH32,
    "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs": bech32.Form.BECH32,
    "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw": bech32.Form.BECH32,
    "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w": bech32.Form.BECH32,
    "?1ezyfcl": bech32.Form.BECH32,
    "A1LQFN3A": bech32.Form.BECH32M,
    "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx": bech32.Form.BECH32M,
    "split1checkupstagehandshakeupstreamerranterredcaperredlc445v": bech32.Form.BECH32M,
    "?1v759aa": bech32.Form.BECH32M,
}


@pytest.mark.parametrize("text", GOOD)
def test_good_bech32_is_read_and_written_again(text: str) -> None:
    prefix, groups, form = bech32.decode(text)
    assert form is GOOD[text]
    assert bech32.encode(prefix, groups, form) == text.lower()


@pytest.mark.parametrize(
    "text",
    [
        "\x201nwldj5",
        "\x7f1axkwrx",
        "\x801eym55h",
        "pzry9x0s0muk",
        "1pzry9x0s0muk",
        "x1b4n0q5v",
        "li1dgmt3",
        "de1lg7wt\xff",
        "A1G7SGD8",
        "10a06t8",
        "1qzzfhee",
        "y1b0jsk6g",
        "lt1igcx5c0",
        "in1muywd",
        "mm1crxm3i",
        "au1s5cgom",
        "M1VUXWEZ",
        "16plkw9",
        "1p2gdwpf",
        "",
    ],
)
def test_bad_bech32_is_refused(text: str) -> None:
    with pytest.raises(bech32.NotBech32):
        bech32.decode(text)


def test_padding_has_to_be_short_and_zero() -> None:
    assert bech32.to_bytes(bech32.to_groups(b"any bytes")) == b"any bytes"
    for bad in ([0], [1, 1], [31, 31], [0, 0, 0]):
        with pytest.raises(bech32.NotBech32):
            bech32.to_bytes(bad)
