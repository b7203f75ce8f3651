"""The key of the address from which the play payer pays: so that whoever tries the site can sign messages by it.

It is made of words that everybody can read here. Nothing of worth is ever at its address: regtest only.
"""

import base64
import hashlib
from typing import Final

import coincurve

from admitone.payments.bitcoin import bech32
from admitone.payments.bitcoin.message_transactions import SIGHASH_ALL, ToSign, packed, to_spend_id
from admitone.payments.bitcoin.ripemd160 import hash160
from admitone.payments.bitcoin.scripts import key_script

_KEY: Final = coincurve.PrivateKey(hashlib.sha256(b"play bitcoin payer").digest())
_PUBLIC: Final = _KEY.public_key.format()
SPENDER_ADDRESS: Final = bech32.encode("bcrt", [0, *bech32.to_groups(hash160(_PUBLIC))])


def sign_message(message: str) -> str:
    """A simple signature (BIP 322) of the message by `SPENDER_ADDRESS`."""
    key_hash = hash160(_PUBLIC)
    to_sign = ToSign(to_spend_id(message.encode(), b"\x00\x14" + key_hash))
    digest = to_sign.hash_of_witness(key_script(key_hash))
    signature = _KEY.sign(digest, hasher=None) + bytes((SIGHASH_ALL,))
    return base64.b64encode(b"\x02" + packed(signature) + packed(_PUBLIC)).decode()
