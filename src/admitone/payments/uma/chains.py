"""Chains of certificates as UMA providers show them: DER, from the leaf to the root, the leaf of secp256k1. Pure.

There is no list of roots everybody agrees on (UMAD-02 leaves it to each), so a chain is held together by its
signatures and its times, and who is at its end is not judged.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

CERTIFICATES_MOST: Final = 10


class BadChain(Exception):
    """It does not hold. `is_expired`: it did, or will."""

    def __init__(self, message: str, *, is_expired: bool = False) -> None:
        super().__init__(message)
        self.is_expired = is_expired


def leaf_key(chain: Sequence[bytes]) -> bytes:
    """The first certificate's public key, 65 bytes, uncompressed. Raises `BadChain` when it is none of secp256k1."""
    try:
        key = _read(chain[:1])[0].public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadChain("the first certificate has no key we can read") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256K1):
        raise BadChain("the first certificate is not of secp256k1")
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def hold_together(chain: Sequence[bytes], now: datetime) -> None:
    """Each is signed by the next and valid now. Raises `BadChain`."""
    found = _read(chain)
    for one in found:
        if not one.not_valid_before_utc <= now <= one.not_valid_after_utc:
            raise BadChain("a certificate is not valid at this time", is_expired=True)
    for one, issuer in pairwise(found):
        try:
            one.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise BadChain("a certificate is not signed by the next") from error


def _read(chain: Sequence[bytes]) -> list[x509.Certificate]:
    if not 1 <= len(chain) <= CERTIFICATES_MOST:
        raise BadChain("no certificates, or too many")
    try:
        return [x509.load_der_x509_certificate(one) for one in chain]
    except ValueError as error:
        raise BadChain("a certificate cannot be read") from error
