"""The messages of UMA, read and written by the standard's own SDK: the only file that imports `uma`.

It takes half a second to load, so `protocol.load` does that on first use. What the SDK leaves out is in `peers` (keys,
nonces), `addresses` and here: amounts are whole numbers, and whatever a stranger sends that it cannot read is a refusal
in UMA's own words and no accident. Versions 1 and 0 of the protocol.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from uma.exceptions import UmaException
from uma.protocol.counterparty_data import create_counterparty_data_options
from uma.protocol.currency import Currency
from uma.protocol.invoice import InvoiceCurrency
from uma.protocol.kyc_status import KycStatus
from uma.protocol.lnurlp_request import LnurlpRequest
from uma.protocol.payer_data import compliance_from_payer_data
from uma.protocol.payreq import PayRequest
from uma.uma import (
    create_pay_req_response,
    create_uma_invoice,
    create_uma_lnurlp_response,
    parse_lnurlp_request,
    parse_pay_request,
    parse_post_transaction_callback,
)
from uma.uma_invoice_creator import IUmaInvoiceCreator
from uma.version import get_supported_major_versions

from admitone.payments.uma.addresses import is_domain, uma_address
from admitone.payments.uma.own_keys import OwnKeys
from admitone.payments.uma.peers import Signed
from admitone.payments.uma.protocol import SAT, CallbackRead, InvoiceWish, PayAsk, PayTerms, Query
from admitone.payments.uma.refusals import BadUmaAddress, UmaRefused, wrong_amount
from admitone.values.currencies import MSAT_PER_SAT

_UNREADABLE: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
)
# What of ours a payer's provider may insist on; of anything else it is told that we do not know it.
_PAYEE_DATA: Final = frozenset({"compliance", "identifier"})


class _Known(IUmaInvoiceCreator):
    """Gives the invoice that is there: the SDK would have one made."""

    def __init__(self, bolt11: str) -> None:
        self._bolt11 = bolt11

    def create_uma_invoice(self, amount_msats: int, metadata: str, receiver_identifier: str | None) -> str:
        """The order's own."""
        del amount_msats, metadata, receiver_identifier
        return self._bolt11


@contextmanager
def _in_their_words(code: str, what: str) -> Iterator[None]:
    """What goes wrong inside becomes a `UmaRefused`."""
    try:
        yield
    except UmaException as error:
        raise UmaRefused(
            error.code, error.to_http_status_code(), error.reason, error.get_additional_params()
        ) from error
    except _UNREADABLE as error:
        raise UmaRefused(code, 400, f"{what} cannot be read.") from error


def major_versions() -> list[int]:
    """The versions of UMA that are spoken here, best first."""
    return sorted(get_supported_major_versions(), reverse=True)


def read_query(url: str) -> Query:
    """The question who can be paid by a name, from the whole address that was asked. Raises `UmaRefused`."""
    with _in_their_words("PARSE_LNURLP_REQUEST_ERROR", "This request"):
        found = parse_lnurlp_request(url)
        if not found.is_uma_request() or found.timestamp is None:
            raise _missing("vaspDomain, signature, nonce, umaVersion and timestamp are required.")
        if not found.receiver_address.startswith("$"):
            raise UmaRefused("PARSE_LNURLP_REQUEST_ERROR", 400, "A UMA address begins with $.")
        assert found.nonce is not None and found.signature is not None and found.vasp_domain is not None  # noqa: PT018
        at = int(found.timestamp.timestamp())
        signed = Signed(found.vasp_domain, found.signable_payload(), found.signature, found.nonce, at)
        return Query(signed, found.receiver_address, found)


def answer_query(query: Query, keys: OwnKeys, terms: PayTerms) -> str:
    """The signed answer: what can be paid, and where. The amounts of `terms` are whole satoshi."""
    assert isinstance(query.read, LnurlpRequest), "as `read_query` made it"
    least, most = _whole_sats(terms.msat_least), _whole_sats(terms.msat_most)
    # Made for each answer: the SDK marks them for callers of version 0.
    currency = Currency(
        code=SAT,
        name="Satoshis",
        symbol="sat",
        millisatoshi_per_unit=MSAT_PER_SAT,
        min_sendable=least,
        max_sendable=most,
        decimals=0,
    )
    with _in_their_words("PARSE_LNURLP_REQUEST_ERROR", "This request"):
        return create_uma_lnurlp_response(
            query.read,
            keys.signing.secret,
            False,
            terms.callback,
            terms.metadata,
            least,
            most,
            create_counterparty_data_options(dict(terms.payer_data)),
            [currency],
            KycStatus[terms.kyc],
            terms.comment_chars,
        ).to_json()


def read_pay_request(body: bytes) -> PayAsk:
    """What a payer's provider is about to pay, and who that is. Raises `UmaRefused`."""
    with _in_their_words("PARSE_PAYREQ_REQUEST_ERROR", "This pay request"):
        found = parse_pay_request(body.decode())
        if not found.is_uma_request() or found.uma_major_version is None:
            raise _missing("Payer data with compliance, and a currency, are required.")
        assert found.payer_data is not None, "where its compliance is"
        compliance = compliance_from_payer_data(found.payer_data)
        if compliance is None:
            raise _missing("The payer's compliance data is required.")
        payer = found.payer_data.get("identifier")
        if not isinstance(payer, str):
            raise UmaRefused("MISSING_MANDATORY_PAYER_DATA", 400, "The payer's identifier is required.")
        signed = Signed(
            _domain_of(payer),
            found.signable_payload(),
            compliance.signature,
            compliance.signature_nonce,
            compliance.signature_timestamp,
        )
        _refuse_what_we_do_not_have(found)
        email, name = found.payer_data.get("email"), found.payer_data.get("name")
        return PayAsk(
            signed, payer, _msat_of(found), _text(email), _text(name), _text(found.comment), read=found
        )


def answer_pay_request(
    ask: PayAsk, keys: OwnKeys, *, payee: str, bolt11: str, metadata: str, callback: str
) -> str:
    """The invoice to pay, signed for version 1. `payee` is spelled as the payer's provider spelled it."""
    assert isinstance(ask.read, PayRequest), "as `read_pay_request` made it"
    with _in_their_words("PARSE_PAYREQ_REQUEST_ERROR", "This pay request"):
        answer = create_pay_req_response(
            ask.read,
            _Known(bolt11),
            metadata,
            SAT,
            0,
            MSAT_PER_SAT,
            0,
            None,
            callback,
            payee,
            keys.signing.secret,
        )
    return answer.to_json()


def read_callback(body: bytes) -> CallbackRead:
    """What a payer's provider says after paying; unsigned in version 0. Raises `UmaRefused`."""
    with _in_their_words("PARSE_UTXO_CALLBACK_ERROR", "This callback"):
        found = parse_post_transaction_callback(body.decode())
        status = None if found.transaction_status is None else found.transaction_status.value
        if not found.signature and not found.signature_nonce:
            return CallbackRead(None, status)
        if not (
            found.signature and found.signature_nonce and found.signature_timestamp and found.vasp_domain
        ):
            raise _missing("signature, nonce, timestamp and vaspDomain come together.")
        return CallbackRead(
            Signed(
                found.vasp_domain,
                found.signable_payload(),
                found.signature,
                found.signature_nonce,
                found.signature_timestamp,
            ),
            status,
        )


def make_invoice(wish: InvoiceWish, keys: OwnKeys, expires_at: datetime) -> str:
    """A signed UMA invoice as text (bech32, `uma1...`)."""
    made = create_uma_invoice(
        wish.receiver,
        _whole_sats(wish.msat),
        # The order of its fields matters to other SDKs.
        InvoiceCurrency(code=SAT, name="Satoshis", symbol="sat", decimals=0),
        expires_at,
        wish.callback,
        False,
        keys.signing.secret,
        create_counterparty_data_options(dict(wish.payer_data)),
        None,
        KycStatus[wish.kyc],
        wish.payments_most,
        wish.sender,
    )
    return made.to_bech32_string()


def _missing(reason: str) -> UmaRefused:
    return UmaRefused("MISSING_REQUIRED_UMA_PARAMETERS", 400, reason)


def _domain_of(payer: str) -> str:
    """Whose key has signed: that of the payer's provider. Raises `UmaRefused`."""
    try:
        domain = uma_address(payer).domain
    except BadUmaAddress as refusal:
        raise UmaRefused("INVALID_INPUT", 400, refusal.sentence) from refusal
    assert is_domain(domain), "as the address was read"
    return domain


def _msat_of(found: PayRequest) -> int:
    """The amount in msat. Raises `UmaRefused`."""
    if found.receiving_currency_code != SAT:
        raise UmaRefused("INVALID_CURRENCY", 400, "We are paid in SAT.")
    if isinstance(found.amount, bool) or not isinstance(found.amount, int) or found.amount <= 0:
        raise UmaRefused("AMOUNT_OUT_OF_RANGE", 400, "The amount has to be a whole number above nothing.")
    if found.sending_amount_currency_code is None:
        return found.amount
    if found.sending_amount_currency_code != SAT:
        raise UmaRefused("INVALID_CURRENCY", 400, "Name the amount in SAT, or in millisatoshi.")
    return found.amount * MSAT_PER_SAT


def _refuse_what_we_do_not_have(found: PayRequest) -> None:
    wanted: Mapping[str, object] = found.requested_payee_data or {}
    for key, option in wanted.items():
        is_mandatory = (
            option.get("mandatory") if isinstance(option, dict) else getattr(option, "mandatory", False)
        )
        if is_mandatory and key not in _PAYEE_DATA:
            raise UmaRefused(
                "UNRECOGNIZED_MANDATORY_PAYEE_DATA_KEY", 501, f"We do not tell anybody's {key[:40]}."
            )
    settlement = found.settlement_info
    if settlement is not None and getattr(settlement, "layer", None) != "ln":
        raise UmaRefused("INVALID_INPUT", 400, "We are paid over Lightning.")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _whole_sats(msat: int) -> int:
    sats, rest = divmod(msat, MSAT_PER_SAT)
    if rest:
        raise wrong_amount(msat)
    return sats
