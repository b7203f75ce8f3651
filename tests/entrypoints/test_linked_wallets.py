"""A wallet that signs in is linked by its owner only, who is told of it, and no key outlives a new password."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from sqlalchemy import text

from admitone import accounts
from admitone.accounts import Way
from admitone.assembly import Assembly
from admitone.plumbing.database import Transaction
from tests.entrypoints.test_wallet_sign_in import KEY, OTHER, callback_of, count, linked, signed
from tests.support import onsale
from tests.support.letters_kept import kept, react
from tests.support.organiser_desk import said
from tests.support.site import bearer, browser, program

ADA = "ada@example.org"
PASSWORD = "five blue tangerines"
BETTER = "six green pomegranates"


async def _ada(site: Assembly, password: str | None) -> None:
    made = await site.database.run(lambda tx: onsale.person(tx, site, ADA))
    if password is None:
        return
    stored = await site.passwords.hash(password)
    await site.database.run(lambda tx: accounts.set_password(tx, made, None, stored))


@asynccontextmanager
async def _answered(site: Assembly, way: Way) -> AsyncIterator[tuple[httpx2.AsyncClient, str]]:
    """Ada's browser, signed in this way, and the page of a question that her wallet has answered."""
    ada = await site.database.run(lambda tx: onsale.person(tx, site, ADA))
    async with browser(site) as client, program(site) as phone:
        client.headers.update(await bearer(site, ada, way))
        url = (await client.post("/sign-in/wallet")).headers["location"]
        assert (await phone.get(signed(callback_of(await client.get(url))))).json() == {"status": "OK"}
        yield client, url


async def _tell(site: Assembly) -> None:
    for _ in range(2):  # as a job may run twice
        await react(site, "accounts.wallet_key_linked", "tell_wallet_linked")
        await react(site, "accounts.wallet_key_removed", "tell_wallet_removed")
        await react(site, "accounts.wallet_keys_removed", "tell_wallet_removed")


async def test_a_session_somebody_else_has_in_hand_links_no_wallet_without_the_password(
    assembly: Assembly,
) -> None:
    await _ada(assembly, PASSWORD)
    async with _answered(assembly, "password") as (client, url):
        page = await client.get(url)
        assert 'name="current_password"' in page.text
        for wrong in ("", "not this one", BETTER):
            refused = await client.post(f"{url}/link", data={"current_password": wrong})
            assert refused.status_code == 422
            assert "This is not your present password" in said(refused)
        assert await count(assembly, "accounts_wallet_key") == 0
        done = await client.post(f"{url}/link", data={"current_password": PASSWORD})
        assert (done.status_code, done.headers["location"]) == (303, "/account"), "the answer was not used up"
    assert await count(assembly, "accounts_wallet_key") == 1


@pytest.mark.parametrize("way", ["password", "wallet"])
async def test_who_has_no_password_signs_in_by_a_letter_once_more_before_a_wallet_is_linked(
    assembly: Assembly, way: Way
) -> None:
    await _ada(assembly, None)
    async with _answered(assembly, way) as (client, url):
        page = await client.get(url)
        assert "show first that you still read your mail" in said(page)
        assert f'name="next" value="{url}"' in page.text
        assert f'name="email" value="{ADA}"' in page.text
        assert "Link this wallet" not in said(page)
        refused = await client.post(f"{url}/link", data={"current_password": PASSWORD})
        assert refused.status_code == 403
        assert await count(assembly, "accounts_wallet_key") == 0
        # The same browser, after the letter.
        ada = await assembly.database.run(lambda tx: onsale.person(tx, assembly, ADA))
        client.headers.update(await bearer(assembly, ada, "link"))
        assert (await client.post(f"{url}/link")).status_code == 303
    assert await count(assembly, "accounts_wallet_key") == 1


async def test_a_first_password_is_no_way_around_the_proof(assembly: Assembly) -> None:
    await _ada(assembly, None)
    async with _answered(assembly, "wallet") as (client, _):
        page = await client.get("/account")
        assert 'name="new_password"' not in page.text
        refused = await client.post("/account/password", data={"new_password": PASSWORD})
        assert refused.status_code == 403
        assert "Please sign in once more by mailed link, and do this within 15 minutes of it." in said(
            refused
        )
    async with assembly.database.reading() as reader:
        known = await accounts.credentials(reader, ADA)
    assert known is not None
    assert known.password_hash is None


async def test_a_proof_of_fifteen_minutes_ago_is_none_any_more(assembly: Assembly) -> None:
    await _ada(assembly, None)
    async with _answered(assembly, "link") as (client, url):
        await assembly.database.run(_sixteen_minutes_ago)
        async with browser(assembly) as later:  # a process that has kept nothing of it for these seconds
            later.headers.update(client.headers)
            later.cookies.update(client.cookies)
            assert (await later.post(f"{url}/link")).status_code == 403
    assert await count(assembly, "accounts_wallet_key") == 0


async def _sixteen_minutes_ago(tx: Transaction) -> None:
    await tx.execute(
        text("UPDATE accounts_session SET created_at = created_at - interval '16 minutes' WHERE way = 'link'")
    )


async def test_the_owner_is_told_when_a_wallet_is_linked_and_when_it_is_removed(assembly: Assembly) -> None:
    ada = await linked(assembly)
    await _tell(assembly)
    [told] = await kept(assembly, "wallet_linked")
    assert told.to_email == ADA
    assert f"Linked: Wallet …{KEY.public_key.format().hex()[-6:]}" in told.plain
    assert "http://testserver/account" in told.plain.splitlines()
    assert await kept(assembly, "wallet_removed") == []
    async with browser(assembly) as client:
        client.headers.update(await bearer(assembly, ada))
        account = await client.get("/account")
        assert "Linked " in said(account)
        [remove] = re.findall(r'action="(/account/wallets/[^"]+/remove)"', account.text)
        await client.post(remove)
    await _tell(assembly)
    [gone] = await kept(assembly, "wallet_removed")
    assert (gone.to_email, gone.subject) == (ADA, "1 wallet no longer signs you in")
    assert "This was done on your account page." in gone.plain
    assert len(await kept(assembly, "wallet_linked")) == 1


async def test_a_new_password_removes_every_wallet_and_one_letter_says_so(assembly: Assembly) -> None:
    await _ada(assembly, PASSWORD)
    ada = await linked(assembly, key=KEY)
    await linked(assembly, key=OTHER)
    await linked(assembly, "eve@example.org", key=KEY_OF_EVE)
    async with browser(assembly) as client:
        client.headers.update(await bearer(assembly, ada))
        assert "removes the wallets that sign you in" in said(await client.get("/account"))
        typed = {"current_password": "not this one", "new_password": BETTER}
        assert (await client.post("/account/password", data=typed)).status_code == 422
        assert await count(assembly, "accounts_wallet_key") == 3
        typed["current_password"] = PASSWORD
        assert (await client.post("/account/password", data=typed)).status_code == 303
    async with assembly.database.reading() as reader:
        assert await accounts.wallet_keys_of(reader, ada) == []
    assert await count(assembly, "accounts_wallet_key") == 1, "others keep theirs"
    await _tell(assembly)
    [told] = await kept(assembly, "wallet_removed")
    assert (told.to_email, told.subject) == (ADA, "2 wallets no longer sign you in")
    assert "Your password was set or changed" in told.plain


KEY_OF_EVE = type(KEY)(bytes(31) + b"\x2c")


async def test_signing_out_everywhere_removes_wallets_when_that_is_asked_for(assembly: Assembly) -> None:
    ada = await linked(assembly)
    async with browser(assembly) as client, program(assembly) as api:
        headers = await bearer(assembly, ada)
        assert 'name="remove_wallets"' in (await client.get("/account", headers=headers)).text
        assert (await api.delete("/api/v1/sessions", headers=headers)).status_code == 200
        assert await count(assembly, "accounts_wallet_key") == 1, "a password stays, too"
        client.headers.update(await bearer(assembly, ada))
        await client.post("/account/sign-out-everywhere", data={"remove_wallets": "1"})
    assert (await count(assembly, "accounts_wallet_key"), await count(assembly, "accounts_session")) == (0, 0)
    await _tell(assembly)
    [told] = await kept(assembly, "wallet_removed")
    assert "when signing out everywhere" in told.plain
