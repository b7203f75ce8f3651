"""Chains of certificates as UMA providers have them: a leaf of secp256k1, signed by somebody, who signed himself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Chain:
    """`secret` is the leaf's key, as hexadecimal digits; `der` from the leaf to the root."""

    secret: str
    der: tuple[bytes, ...]

    @property
    def pem(self) -> str:
        """As in settings."""
        found = [x509.load_der_x509_certificate(one) for one in self.der]
        return "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in found)

    @property
    def shown(self) -> list[str]:
        """As in an answer."""
        return [one.hex() for one in self.der]


def chain(
    now: datetime, *, days: int = 30, is_broken: bool = False, curve: ec.EllipticCurve | None = None
) -> Chain:
    """Valid from a day ago for so many days. `is_broken`: somebody else has signed the leaf."""
    root, leaf, stranger = (ec.generate_private_key(curve or ec.SECP256K1()) for _ in range(3))
    signer = stranger if is_broken else root
    certificates = (
        _certificate(now, days, "leaf", leaf, "root", signer),
        _certificate(now, 3650, "root", root, "root", root),
    )
    return Chain(f"{leaf.private_numbers().private_value:064x}", certificates)


def _certificate(
    now: datetime,
    days: int,
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    signer: ec.EllipticCurvePrivateKey,
) -> bytes:
    begins = now - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days, minutes=1))
        .sign(signer, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
