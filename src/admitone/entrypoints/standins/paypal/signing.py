"""The stand-in's own certificate authority, and how webhooks are signed with a certificate of it.

As PayPal does: RSA with SHA-256 over `transmission id|time|webhook id|CRC-32 of the body`, the certificate at an
address of the interface. Only who is told to trust this authority believes it.
"""

import base64
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SIGNER = "messageverificationcerts.paypal.com"
CERTIFICATE_PATH = "/v1/notifications/certs/CERT-standin"
LIFE = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Signer:
    """A key with its certificate chain, and the root to trust, all as PEM."""

    key: rsa.RSAPrivateKey = field(repr=False)
    chain_pem: bytes = field(repr=False)
    root_pem: bytes = field(repr=False)

    @classmethod
    def make(cls, now: datetime, *, name: str = SIGNER, life: timedelta = LIFE) -> "Signer":
        """A new authority and a certificate of it for this name, good from a day ago for `life`."""
        root_key, key = _key(), _key()
        begin, end = now - timedelta(days=1), now - timedelta(days=1) + life
        root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Stand-in authority")])
        root = (
            _builder(root_name, root_name, root_key.public_key(), begin, end)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False)
            .sign(root_key, SHA256())
        )
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        leaf = (
            _builder(subject, root_name, key.public_key(), begin, end)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False
            )
            .sign(root_key, SHA256())
        )
        pem = serialization.Encoding.PEM
        return cls(key, leaf.public_bytes(pem), root.public_bytes(pem))

    @classmethod
    def read(cls, kept: str) -> "Signer":
        """The signer that was written. Raises ValueError."""
        key_pem, chain, root = kept.split("\f")
        key = serialization.load_pem_private_key(key_pem.encode(), None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ValueError("not an RSA key")
        return cls(key, chain.encode(), root.encode())

    def written(self) -> str:
        """Everything, to be kept in a file that nobody else can read."""
        key_pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return "\f".join(part.decode() for part in (key_pem, self.chain_pem, self.root_pem))

    def sign(
        self, body: bytes, *, webhook_id: str, transmission_id: str, at: datetime, origin: str
    ) -> dict[str, str]:
        """The headers of a webhook with this body."""
        time = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        text = f"{transmission_id}|{time}|{webhook_id}|{zlib.crc32(body)}".encode()
        signature = self.key.sign(text, padding.PKCS1v15(), SHA256())
        return {
            "content-type": "application/json",
            "paypal-auth-algo": "SHA256withRSA",
            "paypal-auth-version": "v2",
            "paypal-cert-url": origin + CERTIFICATE_PATH,
            "paypal-transmission-id": transmission_id,
            "paypal-transmission-sig": base64.b64encode(signature).decode(),
            "paypal-transmission-time": time,
        }


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
