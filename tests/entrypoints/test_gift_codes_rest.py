"""Gift codes by the API: kept in no table, mailed to whom it can be, within bounds."""

import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.flows.credit_desk import GIFT_LETTERS
from tests.support.credits import gift
from tests.support.letters_kept import kept, react
from tests.support.onsale import OnSale, put_on_sale
from tests.support.site import bearer, program
from tests.support.table_search import tables_with

GIFT = {"currency": "EUR", "amount_minor": 500}


async def signed_in(site: Assembly, show: OnSale) -> dict[str, str]:
    assert show.owner.person_id is not None
    return await bearer(site, show.owner.person_id)


async def test_a_gift_code_is_in_no_table_and_the_same_request_tells_it_again(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    headers = await signed_in(assembly, show) | {"idempotency-key": "christmas"}
    url = f"/api/v1/organisers/{show.organiser_id}/gift-codes"
    async with program(assembly) as client:
        made = await client.post(url, headers=headers, json=GIFT | {"note": "For the choir"})
        assert made.status_code == 201
        again = await client.post(url, headers=headers, json=GIFT | {"note": "For the choir"})
        assert (again.status_code, again.json()) == (201, made.json())
        other = await client.post(url, headers=headers, json=GIFT | {"amount_minor": 900})
        assert other.json()["code"] == "idempotency.key_reused"
        refused = [
            await client.post(url, headers=headers | {"idempotency-key": "none"}, json=GIFT | {"count": 0})
            for _ in range(2)
        ]
        assert [one.status_code for one in refused] == [422, 422]
    [one] = made.json()
    async with assembly.database.reading() as reader:
        assert await tables_with(reader, "For the choir") == ["payments_credit"]
        assert await tables_with(reader, one["code"]) == []
        assert await tables_with(reader, one["code"].replace("-", "")) == []
        assert (await reader.execute(text("SELECT count(*) FROM payments_credit"))).scalar_one() == 1


@pytest.mark.parametrize(
    "when", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2030-01-01T00:00:00"]
)
async def test_a_moment_outside_of_the_calendar_is_refused(assembly: Assembly, when: str) -> None:
    show = await put_on_sale(assembly)
    headers = await signed_in(assembly, show)
    url = f"/api/v1/organisers/{show.organiser_id}"
    code = {"effect": "percent", "percent_bps": 1000}
    async with program(assembly) as client:
        answers = [
            await client.post(f"{url}/gift-codes", headers=headers, json=GIFT | {"expires_at": when}),
            await client.post(
                f"{url}/promo-codes", headers=headers, json=code | {"code": "ABC", "valid_from": when}
            ),
            await client.post(
                f"{url}/promo-codes/batches",
                headers=headers,
                json=code | {"quantity": 2, "valid_until": when},
            ),
        ]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(422, "invalid.fields")] * 3


async def test_a_gift_is_mailed_to_the_address_as_it_can_be_delivered_and_says_when_it_is_a_trial(
    assembly: Assembly,
) -> None:
    show = await put_on_sale(assembly)
    made = await gift(assembly, show, email=" Ａnn@bücher.example\n")
    assert made.email == "Ann@xn--bcher-kva.example"
    await gift(assembly, show, email="bo@example.org", is_test=False)
    await react(assembly, "payments.credit_given", "tell_credit")
    trial, real = await kept(assembly, "store_credit")
    assert (trial.to_email, real.to_email) == ("Ann@xn--bcher-kva.example", "bo@example.org")
    assert "buys no real ticket" in trial.plain
    assert "buys no real ticket" not in real.plain


async def test_an_organiser_has_so_many_gifts_mailed_in_a_day(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    headers = await signed_in(assembly, show)
    url = f"/api/v1/organisers/{show.organiser_id}/gift-codes"
    async with program(assembly) as client:
        first = await client.post(url, headers=headers, json=GIFT | {"email": "ann@example.org"})
        assert first.status_code == 201
        for _ in range(GIFT_LETTERS.most - 1):
            await assembly.limiter.take(GIFT_LETTERS, str(show.organiser_id))
        more = await client.post(url, headers=headers, json=GIFT | {"email": "bo@example.org"})
        assert (more.status_code, "retry-after" in more.headers) == (429, True)
        # What is handed out on paper sends no mail.
        assert (await client.post(url, headers=headers, json=GIFT)).status_code == 201
