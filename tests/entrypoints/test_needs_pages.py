"""What waits for the organiser, by page and by REST, and the comparison of books that anybody of them can ask for."""

import html
import re
from uuid import UUID

from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.payments import SANDBOX_ACCOUNT, DisputeState, DisputeStatus
from admitone.values.actor import Role
from tests.support.onsale import buy, must_hold, put_on_sale
from tests.support.organiser_desk import desk, drafted
from tests.support.site import bearer, program

_CASE = text(
    "INSERT INTO payments_case (id, account_id, organiser_id, kind, ref, currency, amount_minor, detail, opened_at) "
    "VALUES (:id, :account, (SELECT id FROM accounts_organiser WHERE slug = :slug), 'unknown_payment', 'x', 'EUR', "
    "700, 'Seven <b>euros</b>.', clock_timestamp())"
)
CASE = UUID(int=7)


async def test_a_case_is_shown_and_set_aside(assembly: Assembly) -> None:
    async with desk(assembly, "foundry") as owner, desk(assembly, "elsewhere") as other:
        params = {"id": CASE, "account": SANDBOX_ACCOUNT, "slug": "foundry"}
        await assembly.database.run(lambda tx: tx.execute(_CASE, params))
        page = await owner.client.get(f"{owner.base}/needs-you")
        assert "the books do not agree about €7" in page.text
        assert "<b>euros</b>" not in page.text
        assert '<span class="badge">1' in page.text
        close = f"/needs-you/cases/{CASE}/close"
        assert (await other.send(f"{other.base}/books", f"{other.base}{close}", {})).status_code == 404
        assert (await other.client.get(f"{owner.base}/needs-you")).status_code in (403, 404)
        answer = await owner.send(f"{owner.base}/needs-you", f"{owner.base}{close}", {})
        assert answer.status_code == 303
        assert "Nothing waits for you" in (await owner.client.get(f"{owner.base}/needs-you")).text


async def test_every_page_of_the_side_bar_says_how_much_waits(assembly: Assembly) -> None:
    async with desk(assembly, "foundry") as owner:
        event = (await drafted(owner)).removesuffix("/edit")
        params = {"id": CASE, "account": SANDBOX_ACCOUNT, "slug": "foundry"}
        await assembly.database.run(lambda tx: tx.execute(_CASE, params))
        for url in (
            owner.base,
            f"{owner.base}/team",
            f"{owner.base}/needs-you",
            f"{event}/edit",
            f"{event}/orders",
        ):
            page = await owner.client.get(url)
            assert (page.status_code, '<span class="badge">1' in page.text) == (200, True), url


async def test_books_are_compared_on_demand(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    await buy(assembly, show)
    # The sandbox's account is lent to this organiser, so that there is something to compare.
    lend = text("UPDATE payments_account SET organiser_id = :id")
    await assembly.database.run(lambda tx: tx.execute(lend, {"id": show.organiser_id}))
    assert show.owner.person_id is not None
    assert show.door.person_id is not None
    owner, door = await bearer(assembly, show.owner.person_id), await bearer(assembly, show.door.person_id)
    url = f"/api/v1/organisers/{show.organiser_id}/reconciliations"
    async with program(assembly) as client:
        assert (await client.post(url, headers=door)).status_code == 403
        assert (await client.post(url)).status_code == 401
        [before] = (await client.get(url, headers=owner)).json()["items"]
        assert before["until"] is None
        [done] = (await client.post(url, headers=owner)).json()["items"]
        page = await client.get(f"/organiser/o-{show.organiser_id.hex}/books", headers=owner)
    assert (done["state"], done["error"], done["open_cases"]) == ("done", None, 0)
    assert done["currencies"] == [
        {
            "currency": "EUR",
            "there": 2500,
            "ours": 2500,
            "before": 0,
            "others": 0,
            "under_way": 0,
            "difference": 0,
        }
    ]
    assert page.status_code == 200
    assert "Agrees" in page.text
    await must_hold(assembly.database)


async def test_books_are_compared_where_the_sites_own_account_is_not_used(assembly: Assembly) -> None:
    async with desk(assembly, "foundry") as owner:
        leave = links.payment_sites_own("foundry", "sandbox", "test", "leave")
        assert (await owner.send(f"{owner.base}/payments", leave, {})).status_code == 303
        books = f"{owner.base}/books"
        assert "Sandbox" not in (await owner.client.get(books)).text
        answer = await owner.send(books, f"{books}/compare", {})
        assert (answer.status_code, answer.headers["location"]) == (303, books)


async def test_a_dispute_is_looked_at_and_answered(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    paid = await buy(assembly, show)
    opened = await assembly.payment_accounts.find(SANDBOX_ACCOUNT)
    assert opened is not None
    assert paid.attempt.provider_ref is not None
    status = DisputeStatus(
        "dp_1", paid.attempt.provider_ref, DisputeState.OPEN, "EUR", 2500, 0, "not_received"
    )
    await assembly.money.disputing.hear(opened, status)
    slug = f"o-{show.organiser_id.hex}"
    async with (
        desk(assembly, "manager", Role.MANAGER, of=slug) as manager,
        desk(assembly, "doorman", Role.DOOR, of=slug) as door,
        desk(assembly, "stranger") as stranger,
    ):
        listed = (await manager.client.get(f"{manager.base}/needs-you")).text
        [url] = set(re.findall(rf"{manager.base}/disputes/[0-9a-f-]+", listed))
        page = await manager.client.get(url)
        assert "Dispute over €25" in page.text
        assert "not received" in page.text
        paper = await manager.client.get(f"{url}/evidence.pdf")
        assert (paper.headers["content-type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
        # The sandbox bank takes no answers over its interface: that is said, and the paper is still there.
        answer = await manager.send(url, f"{url}/answer", {})
        assert answer.status_code == 303
        assert "provider's own page" in html.unescape((await manager.client.get(url)).text)
        for part in ("", "/evidence.pdf"):
            assert (await door.client.get(url + part)).status_code == 403
            elsewhere = url.replace(manager.base, stranger.base) + part
            assert (await stranger.client.get(elsewhere)).status_code == 404
