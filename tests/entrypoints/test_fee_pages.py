"""Those who run the site agree on fees with an organiser, who sees them; by page and by the API."""

import html
import re

from admitone.assembly import Assembly
from admitone.entrypoints.pages.fees.making import fee_words
from admitone.flows.site_fees import SiteFee
from tests.support.onsale import OnSale, put_on_sale
from tests.support.site import bearer, browser, operator

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


async def _owner(site: Assembly, show: OnSale) -> dict[str, str]:
    assert show.owner.person_id is not None
    return await bearer(site, show.owner.person_id)


async def test_fees_are_agreed_on_a_page_and_seen_on_another(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    slug = f"o-{show.organiser_id.hex}"
    async with browser(assembly) as client:
        client.headers.update(await operator(assembly))
        listed = html.unescape((await client.get("/site/fees")).text)
        assert f'href="/site/organisers/{slug}/fees"' in listed
        url = f"/site/organisers/{slug}/fees"
        form = (await client.get(url)).text
        wrong = {**dict(_HIDDEN.findall(form)), "platform": "a lot", "processing": "1%", "valid_from": "soon"}
        refused = await client.post(url, data=wrong)
        assert refused.status_code == 422
        assert "Write a fee as 2.5% + EUR 0.50" in refused.text
        assert "Write a day as 2027-03-01." in refused.text
        right = wrong | {"platform": "10% + EUR 0.50, at most EUR 2", "valid_from": ""}
        for _ in range(2):
            assert (await client.post(url, data=right)).status_code == 303
        shown = html.unescape((await client.get(url)).text)
        assert shown.count("Events made from") == 1
        client.headers.update(await _owner(assembly, show))
        assert (await client.get(url)).status_code == 403
        assert (await client.get("/site/fees")).status_code == 403
        mine = html.unescape((await client.get(f"/organiser/{slug}/fees")).text)
        assert "10 % + €0.50, at most €2 on each paid ticket" in mine
        assert "1 % on each paid ticket" in mine


async def test_fees_are_agreed_by_the_api(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    url = f"/api/v1/organisers/{show.organiser_id}"
    body = {"platform": {"bps": 300, "fixed_minor": {"EUR": 30}}, "processing": {"bps": 120}}
    async with browser(assembly) as client:
        client.headers.update(await _owner(assembly, show))
        before = (await client.get(f"{url}/fees")).json()
        assert (before["is_usual"], before["agreements"]) == (True, [])
        assert (await client.post(f"{url}/fee-agreements", json=body)).status_code == 403
        client.headers.update(await operator(assembly))
        made = await client.post(f"{url}/fee-agreements", json=body, headers={"idempotency-key": "one"})
        again = await client.post(f"{url}/fee-agreements", json=body, headers={"idempotency-key": "one"})
        assert (made.status_code, made.json()) == (201, again.json())
        assert (
            await client.post(f"{url}/fee-agreements", json={**body, "platform": {"bps": 5001}})
        ).is_client_error
        client.headers.update(await _owner(assembly, show))
        after = (await client.get(f"{url}/fees")).json()
    assert (after["is_usual"], after["platform"]["bps"]) == (False, 300)
    assert after["platform"]["fixed_minor"] == {"EUR": 30}


def test_a_fixed_fee_of_two_currencies_is_one_or_the_other() -> None:
    fee = SiteFee(250, {"EUR": 50, "KWD": 150}, {"EUR": 500})
    assert fee_words(fee) == "2.5 % + €0.50 or KD\N{NO-BREAK SPACE}0.150, at most €5 on each paid ticket"
    assert fee_words(SiteFee()) == fee_words(None)
