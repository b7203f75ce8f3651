"""Secrets we hand out: 32 random bytes as text, of which only the SHA-256 is kept.

A plain hash is right for a secret of 256 random bits (OWASP ASVS 5.0, 6.5.2: from 112 bits on).
"""

import hashlib
import secrets

TOKEN_LENGTH = 43


def new_token() -> str:
    """43 characters of base64url."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> bytes:
    """32 bytes: what is stored and looked up. Any text has one, so a damaged token is simply not found."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
