"""The ticket code: what is written is what is read, and nothing else is believed."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from admitone.tickets import code
from admitone.tickets.renderings.qr import qr_version, symbol

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = {7: SIGNER.public_key()}

payloads = st.builds(
    code.Payload,
    event_number=st.integers(0, 2**32 - 1),
    serial=st.integers(0, 2**64 - 1),
    type_number=st.integers(0, 2**16 - 1),
    reissue=st.integers(0, 255),
    valid_from_minute=st.integers(0, 2**32 - 1),
    valid_minutes=st.integers(0, 2**16 - 1),
    key_id=st.just(7),
)

EXAMPLE = code.Payload(
    event_number=12,
    serial=0x0123456789ABCDEF,
    type_number=3,
    reissue=1,
    valid_from_minute=30_000_000,
    valid_minutes=1_440,
    key_id=7,
)


def signed(raw: bytes) -> str:
    """A properly signed code over any payload bytes, also ones we never write."""
    return "T1:" + code.base45_encode(raw + SIGNER.sign(b"tkt1|" + raw))


@given(payloads)
def test_a_code_reads_back_as_it_was_written_and_verifies(
    payload: code.Payload,
) -> None:
    parsed = code.parse(code.encode(payload, SIGNER))
    assert parsed.payload == payload
    assert code.verify(parsed, KEYS) is True


def test_the_payload_is_laid_out_as_the_format_says() -> None:
    raw = code.base45_decode(code.encode(EXAMPLE, SIGNER)[3:])
    assert raw[:23].hex() == "01070000000c0123456789abcdef00030101c9c38005a0"
    assert raw[23:] == SIGNER.sign(b"tkt1|" + raw[:23])
    assert len(raw) == 87


@given(payloads, st.data())
def test_every_single_changed_character_is_refused(payload: code.Payload, data: st.DataObject) -> None:
    text = code.encode(payload, SIGNER)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(ALPHABET).filter(lambda character: character != text[place]))
    changed = text[:place] + other + text[place + 1 :]
    try:
        parsed = code.parse(changed)
    except code.Malformed:
        return
    assert code.verify(parsed, KEYS) is False


def test_all_neighbours_of_one_code_are_refused() -> None:
    text = code.encode(EXAMPLE, SIGNER)
    believed = []
    for place in range(len(text)):
        for other in ALPHABET:
            changed = text[:place] + other + text[place + 1 :]
            try:
                if code.verify(code.parse(changed), KEYS):
                    believed.append(changed)
            except code.Malformed:
                pass
    assert set(believed) == {text}


@given(payloads, st.data())
def test_a_truncated_code_is_malformed(payload: code.Payload, data: st.DataObject) -> None:
    text = code.encode(payload, SIGNER)
    with pytest.raises(code.Malformed):
        code.parse(text[: data.draw(st.integers(0, len(text) - 1))])


@given(payloads, st.text(ALPHABET.replace(" ", ""), min_size=1, max_size=9))
def test_an_extended_code_is_malformed(payload: code.Payload, tail: str) -> None:
    with pytest.raises(code.Malformed):
        code.parse(code.encode(payload, SIGNER) + tail)


def test_a_signature_by_another_key_is_not_believed() -> None:
    forged = code.parse(code.encode(EXAMPLE, Ed25519PrivateKey.generate()))
    assert forged.payload == EXAMPLE
    assert code.verify(forged, KEYS) is False


def test_an_unknown_key_id_is_not_believed() -> None:
    assert code.verify(code.parse(code.encode(EXAMPLE, SIGNER)), {8: SIGNER.public_key()}) is False


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "prefix"),
        ("T2:" + code.encode(EXAMPLE, SIGNER)[3:], "prefix"),
        (code.encode(EXAMPLE, SIGNER).lower(), "prefix"),
        ("T1:" + code.encode(EXAMPLE, SIGNER)[3:].lower(), "alphabet"),
        (
            code.encode(EXAMPLE, SIGNER)[:50] + "\n" + code.encode(EXAMPLE, SIGNER)[50:],
            "alphabet",
        ),
        (
            code.encode(EXAMPLE, SIGNER)[:50] + "\u00a0" + code.encode(EXAMPLE, SIGNER)[50:],
            "alphabet",
        ),
        ("T1:FGW", "length"),
        ("T1:GGW", "base45"),
        ("T1:0", "base45"),
        ("T1:U5", "length"),
        ("T1:V5", "base45"),
        (signed(bytes(23)), "version"),
        (signed(b"\x02" + bytes(22)), "version"),
        (signed(b"\x01" + bytes(23)), "length"),
        (signed(b"\x01" + bytes(21)), "length"),
    ],
)
def test_what_is_no_ticket_code_says_why(text: str, reason: str) -> None:
    with pytest.raises(code.Malformed) as refused:
        code.parse(text)
    assert refused.value.reason == reason


@given(st.text(max_size=200) | st.text(max_size=160).map(lambda text: "T1:" + text))
def test_any_text_is_read_or_malformed_and_never_believed(text: str) -> None:
    try:
        parsed = code.parse(text)
    except code.Malformed:
        return
    assert code.verify(parsed, KEYS) is False


def test_white_space_around_a_code_is_dropped() -> None:
    text = code.encode(EXAMPLE, SIGNER)
    assert code.parse(f" \t{text}\r\n") == code.parse(text)
    assert code.digest(f"{text}\n") == code.digest(text) == hashlib.sha256(text.encode()).digest()


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
        (b"", ""),
    ],
)
def test_base45_agrees_with_the_examples_of_rfc_9285(raw: bytes, text: str) -> None:
    assert code.base45_encode(raw) == text
    assert code.base45_decode(text) == raw


@given(st.text(ALPHABET, max_size=12))
def test_base45_has_one_way_of_writing_each_byte_string(text: str) -> None:
    try:
        raw = code.base45_decode(text)
    except code.Malformed:
        return
    assert code.base45_encode(raw) == text


@given(payloads)
def test_a_code_survives_being_typed_by_hand(payload: code.Payload) -> None:
    text = code.encode(payload, SIGNER)
    shown = code.grouped(text)
    assert all(len(group) <= 5 for group in shown.split(" "))
    assert code.ungrouped(shown) == text
    assert code.ungrouped(f"  {shown.lower()}\n") == text


@given(payloads)
def test_a_code_fits_version_6_at_level_m(payload: code.Payload) -> None:
    text = code.encode(payload, SIGNER)
    assert len(text) == 134
    assert qr_version(text) == 6
    assert symbol(text).size == 41


def test_a_ticket_is_valid_from_its_first_minute_until_before_its_end() -> None:
    assert [EXAMPLE.is_valid_at(30_000_000 + minute) for minute in (-1, 0, 1_439, 1_440)] == [
        False,
        True,
        True,
        False,
    ]
    endless = code.Payload(1, 2, 3, 0, 100, code.NO_END, 7)
    assert [endless.is_valid_at(minute) for minute in (99, 100, 2**32)] == [
        False,
        True,
        True,
    ]
