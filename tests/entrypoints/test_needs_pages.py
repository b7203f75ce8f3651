"""What waits for the organiser, by page and by REST, and the comparison of books that anybody of them can ask for."""

from uuid import UUID

from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.payments import SANDBOX_ACCOUNT
from tests.support.onsale import buy, must_hold, put_on_sale
from tests.support.organiser_desk import desk
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
