"""Signing in with a Lightning wallet: the browser that asked goes on, once; a wallet nobody has linked makes nobody."""

import asyncio
import re
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import coincurve
import httpx2
import pytest
from sqlalchemy import text

from admitone import accounts
from admitone.assembly import Assembly
from admitone.payments.bitcoin import bech32
from admitone.values.actor import Actor
from tests.support import onsale
from tests.support.organiser_desk import said
from tests.support.site import bearer, browser, program

API = "/api/v1"
KEY = coincurve.PrivateKey(bytes(31) + b"\x2a")
OTHER = coincurve.PrivateKey(bytes(31) + b"\x2b")


def csrf_of(page: httpx2.Response) -> str:
    [token] = set(re.findall(r'name="csrf" value="([^"]+)"', page.text))
    return str(token)


def callback_of(page: httpx2.Response) -> str:
    """The address in the QR code, as a wallet reads it."""
    [lnurl] = set(re.findall(r'href="lightning:(LNURL1[A-Z0-9]+)"', page.text))
    prefix, groups, _ = bech32.decode(lnurl)
    assert prefix == "lnurl"
    return bech32.to_bytes(groups).decode()


def signed(url: str, key: coincurve.PrivateKey = KEY, *, k1: str | None = None) -> str:
    """What the wallet opens after its owner said yes."""
    [said_k1] = parse_qs(urlsplit(url).query)["k1"]
    signature = key.sign(bytes.fromhex(k1 or said_k1), hasher=None)
    path = urlsplit(url)
    return f"{path.path}?{path.query}&sig={signature.hex()}&key={key.public_key.format().hex()}"


async def ask(client: httpx2.AsyncClient) -> str:
    """Press the button on the sign-in page; the address of the page with the code."""
    csrf = csrf_of(await client.get("/sign-in"))
    answer = await client.post("/sign-in/wallet", data={"csrf": csrf, "next": "/account"})
    assert answer.status_code == 303
    return answer.headers["location"]


async def count(site: Assembly, table: str) -> int:
    async with site.database.reading() as reader:
        return int((await reader.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def linked(site: Assembly, email: str = "ada@example.org", key: coincurve.PrivateKey = KEY) -> UUID:
    """Somebody who has linked this wallet."""
    person_id = await site.database.run(lambda tx: onsale.person(tx, site, email))
    async with browser(site) as client, program(site) as phone:
        client.headers.update(await bearer(site, person_id, "link"))
        answer = await client.post("/sign-in/wallet")
        url = answer.headers["location"]
        page = await client.get(url)
        assert (await phone.get(signed(callback_of(page), key))).json() == {"status": "OK"}
        asked = await client.get(url)
        assert "Link it to your account" in said(asked)
        done = await client.post(f"{url}/link")
        assert done.status_code == 303
    return person_id


async def test_a_linked_wallet_signs_in_the_browser_that_asked_once(assembly: Assembly) -> None:
    await linked(assembly)
    async with browser(assembly) as client, browser(assembly) as thief, program(assembly) as phone:
        url = await ask(client)
        page = await client.get(url)
        assert "Scan with your wallet" in said(page)
        assert (await client.get(f"{url}/status")).json() == {"state": "waiting"}
        callback = callback_of(page)
        assert callback.startswith("http://testserver/api/v1/lnurl-auth?tag=login&k1=")
        answered = await phone.get(signed(callback))
        assert answered.json() == {"status": "OK"}
        again = await phone.get(signed(callback, OTHER))
        assert again.json()["status"] == "ERROR", "answered once"
        # Whoever saw the code or its page has nothing: the cookie is the browser's that asked.
        assert (await thief.get(url)).status_code == 410
        token = csrf_of(await thief.get("/sign-in"))
        assert (await thief.post(f"{url}/go-on", data={"csrf": token})).status_code == 410
        assert (await client.get(f"{url}/status")).json() == {"state": "known"}
        page = await client.get(url)
        done = await client.post(f"{url}/go-on", data={"csrf": csrf_of(page)})
        assert (done.status_code, done.headers["location"]) == (303, "/account")
        assert "ada@example.org" in said(await client.get("/account"))
        assert (await client.post(f"{url}/go-on", data={"csrf": csrf_of(page)})).status_code in (403, 410)
    async with assembly.database.reading() as reader:
        ways = list((await reader.execute(text("SELECT way FROM accounts_session ORDER BY id"))).scalars())
    assert ways[-1] == "wallet"


async def test_a_wallet_nobody_has_makes_nobody_and_is_linked_after_a_letter_in_the_same_browser(
    assembly: Assembly,
) -> None:
    async with browser(assembly) as client, program(assembly) as phone:
        url = await ask(client)
        await phone.get(signed(callback_of(await client.get(url))))
        page = await client.get(url)
        assert "We do not know this wallet yet" in said(page)
        refused = await client.post(f"{url}/go-on", data={"csrf": csrf_of(page)})
        assert "We do not know this wallet yet" in said(refused)
        assert await count(assembly, "accounts_person") == 0
        [ahead] = re.findall(r'name="next" value="([^"]+)"', page.text)
        assert ahead == url
        mailed = await client.post(
            "/sign-in/link", data={"csrf": csrf_of(page), "email": "new@example.org", "next": ahead}
        )
        assert mailed.status_code == 200
        async with assembly.database.reading() as reader:
            plain = (await reader.execute(text("SELECT plain FROM messaging_letter"))).scalar_one()
        found = re.search(r"/link/([A-Za-z0-9_-]{43})", plain)
        assert found is not None
        confirm = await client.get(found.group())
        used = await client.post("/sign-in/confirm", data={"csrf": csrf_of(confirm), "token": found.group(1)})
        assert used.headers["location"] == url
        asked = await client.get(url)
        assert "Link this wallet" in said(asked)
        assert "new@example.org" in said(asked)
        assert await count(assembly, "accounts_wallet_key") == 0, "asked first"
        done = await client.post(f"{url}/link", data={"csrf": csrf_of(asked)})
        assert done.headers["location"] == "/account"
        account = await client.get("/account")
        assert KEY.public_key.format().hex()[-6:] in account.text
        [remove] = re.findall(r'action="(/account/wallets/[^"]+/remove)"', account.text)
        assert (await client.post(remove, data={"csrf": csrf_of(account)})).status_code == 303
        assert await count(assembly, "accounts_wallet_key") == 0
        again = await client.post(remove, data={"csrf": csrf_of(account)})
        assert "not linked to your account any more" in said(await client.get(again.headers["location"]))


async def test_a_key_belongs_to_one_person(assembly: Assembly) -> None:
    await linked(assembly, "ada@example.org")
    eve = await assembly.database.run(lambda tx: onsale.person(tx, assembly, "eve@example.org"))
    async with browser(assembly) as client, program(assembly) as phone:
        client.headers.update(await bearer(assembly, eve, "link"))
        url = (await client.post("/sign-in/wallet")).headers["location"]
        await phone.get(signed(callback_of(await client.get(url))))
        assert "This wallet is linked elsewhere" in said(await client.get(url))
        await client.post(f"{url}/link")
        assert "linked to another account" in said(await client.get("/account"))
    async with assembly.database.reading() as reader:
        assert await accounts.wallet_keys_of(reader, eve) == []
    assert await count(assembly, "accounts_wallet_key") == 1


async def test_wrong_answers_of_wallets_change_nothing(assembly: Assembly) -> None:
    async with browser(assembly) as client, program(assembly) as phone:
        url = await ask(client)
        callback = callback_of(await client.get(url))
        right = signed(callback)
        key = KEY.public_key.format()
        wrong = [
            signed(callback, k1="11" * 32),
            right.replace(key.hex(), OTHER.public_key.format().hex()),
            right.replace(key.hex(), KEY.public_key.format(compressed=False).hex()),
            right.replace("tag=login", "tag=withdrawRequest"),
            re.sub(r"k1=[0-9a-f]{2}", "k1=00", right),
            re.sub(r"k1=[0-9a-f]+", "k1=" + "ab" * 32, right),
            re.sub(r"sig=[0-9a-f]+", "sig=" + "30" * 70, right),
            re.sub(r"sig=[0-9a-f]+", "sig=zz", right),
            re.sub(r"&sig=[0-9a-f]+", "", right),
            f"{API}/lnurl-auth",
        ]
        for one in wrong:
            answer = await phone.get(one)
            assert answer.status_code == 200
            assert answer.json()["status"] == "ERROR", one
            assert answer.json()["reason"]
        assert (await client.get(f"{url}/status")).json() == {"state": "waiting"}
        assert (await phone.get(right)).json() == {"status": "OK"}


async def test_a_code_is_too_old_after_ten_minutes(assembly: Assembly) -> None:
    async with browser(assembly) as client, program(assembly) as phone:
        url = await ask(client)
        callback = callback_of(await client.get(url))
        await assembly.database.run(
            lambda tx: tx.execute(
                text("UPDATE accounts_wallet_challenge SET valid_until = valid_until - interval '11 minutes'")
            )
        )
        assert (await phone.get(signed(callback))).json()["status"] == "ERROR"
        page = await client.get(url)
        assert page.status_code == 410
        assert "Ask for a new code" in said(page)
        assert (await client.get(f"{url}/status")).json() == {"state": "gone"}


async def test_of_many_answers_and_uses_at_once_one_counts(assembly: Assembly) -> None:
    await linked(assembly)
    await linked(assembly, "eve@example.org", OTHER)
    flows = assembly.ownership.wallet_sign_in
    token = await flows.ask("a browser", source="198.51.100.7")
    async with browser(assembly) as client:
        before = await count(assembly, "accounts_session")
        callback = callback_of(await client.get(await ask(client)))
        answers = await asyncio.gather(*(client.get(signed(callback, key)) for key in (KEY, OTHER) * 3))
        assert [one.json()["status"] for one in answers].count("OK") == 1
    page = await flows.look(token, "a browser", Actor.guest())
    query = parse_qs(urlsplit(bech32.to_bytes(bech32.decode(page.lnurl)[1]).decode()).query)
    k1 = query["k1"][0]
    await flows.answer(
        tag="login",
        k1=k1,
        sig=KEY.sign(bytes.fromhex(k1), hasher=None).hex(),
        key=KEY.public_key.format().hex(),
        source="198.51.100.7",
    )
    uses = await asyncio.gather(
        *(flows.sign_in(token, "a browser", device_label="Firefox") for _ in range(6)), return_exceptions=True
    )
    assert sum(not isinstance(one, BaseException) for one in uses) == 1
    assert all(
        isinstance(one, accounts.WalletChallengeGone) for one in uses if isinstance(one, BaseException)
    )
    assert await count(assembly, "accounts_session") == before + 1
    with pytest.raises(accounts.WalletChallengeGone):
        await flows.look(token, "another browser", Actor.guest())
