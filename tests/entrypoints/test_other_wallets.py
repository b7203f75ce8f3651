"""Somebody else's LNURL signs in here, and judges our signatures as we do (npm `lnurl`)."""

import coincurve
import pytest

from admitone import accounts
from admitone.assembly import Assembly
from admitone.values.actor import Actor
from tests.support.npm_peers import js_peer
from tests.support.site import program


async def test_another_programs_wallet_answers_our_question(assembly: Assembly) -> None:
    flow = assembly.ownership.wallet_sign_in
    token = await flow.ask("a browser", source="198.51.100.7")
    page = await flow.look(token, "a browser", Actor.guest())
    async with js_peer("lnurl_wallet.mjs") as peer, program(assembly) as phone:
        signed = await peer.ask(lnurl=page.lnurl)
        answer = await phone.get(signed["url"])
        assert answer.json() == {"status": "OK"}
    assert (await flow.look(token, "a browser", Actor.guest())).look.state is accounts.WalletState.UNKNOWN


async def test_both_judge_signatures_alike() -> None:
    k1 = bytes(range(32))
    key, other = coincurve.PrivateKey(b"\x01" * 32), coincurve.PrivateKey(b"\x02" * 32)
    right = key.sign(k1, hasher=None)
    public = key.public_key.format().hex()
    cases = [
        (right, public),
        (other.sign(k1, hasher=None), public),
        (key.sign(bytes(32), hasher=None), public),
        (right, other.public_key.format().hex()),
    ]
    async with js_peer("lnurl_wallet.mjs") as peer:
        for signature, key_hex in cases:
            theirs = await peer.ask(verify={"sig": signature.hex(), "k1": k1.hex(), "key": key_hex})
            if theirs["isRight"]:
                assert accounts.check_wallet_signature(k1, key_hex, signature.hex()).hex() == key_hex
            else:
                with pytest.raises(accounts.WalletSignatureWrong):
                    accounts.check_wallet_signature(k1, key_hex, signature.hex())
        assert (await peer.ask(verify={"sig": right.hex(), "k1": k1.hex(), "key": public}))["isRight"]
