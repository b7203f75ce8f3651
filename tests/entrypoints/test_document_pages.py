"""Invoices on pages and by REST: a buyer's, an organiser's, and the reports beside them."""

import csv
import io
from typing import Any

import httpx2

from admitone import invoices, orders
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.values.actor import Role
from tests.entrypoints.test_reversals_rest import euros, owner
from tests.flows.test_correct_invoice import ADA
from tests.flows.test_invoicing import Bought, bought, seller
from tests.support.organiser_desk import Desk, desk, said
from tests.support.site import browser, program

FORM = {
    "legal_name": "Foundry Nights GmbH",
    "address": "14 Foundry Road\n10115 Berlin",
    "country": "DE",
    "vat_id": "DE 136 695 976",
    "tax_number": "",
    "iban": "",
    "email": "",
    "footer": "",
    "prefix": "FN",
}


async def written(site: Assembly, **given: Any) -> tuple[Bought, str, invoices.Document]:
    mine = await bought(site, **given)
    await mine.write()
    [made] = await mine.documents()
    return mine, site.links.make("order", mine.order.id), made


def slug_of(mine: Bought) -> str:
    return f"o-{mine.show.organiser_id.hex}"


async def test_a_buyer_finds_their_invoice_and_corrects_the_address(assembly: Assembly) -> None:
    mine, token, made = await written(assembly)
    other, other_token, _ = await written(assembly)
    async with browser(assembly) as client:
        page = await client.get(links.order(token))
        assert f"Invoice {made.number_text}" in page.text
        url = links.order_documents(token)
        form = await client.get(url)
        assert form.status_code == 200
        pdf = await client.get(f"{url}/{made.id}.pdf")
        assert (pdf.status_code, pdf.headers["content-type"]) == (200, "application/pdf")
        assert pdf.content.startswith(b"%PDF-")
        xml = await client.get(f"{url}/{made.id}.xml")
        assert xml.status_code == 409
        stranger = await client.get(f"{links.order_documents(other_token)}/{made.id}.pdf")
        assert stranger.status_code == 404
        await _wrong_and_right(client, url)
        after = await client.get(url)
    assert "Replaced" in after.text
    documents = await mine.documents()
    assert [one.content.kind for one in documents if one.content.buyer.company] == ["invoice"]
    newest = documents[-1] if documents[-1].content.kind == "invoice" else documents[-2]
    async with browser(assembly) as client:
        xml = await client.get(f"{url}/{newest.id}.xml")
        assert xml.content.startswith(b"<?xml")
    assert len(await other.documents()) == 1


async def _wrong_and_right(client: httpx2.AsyncClient, url: str) -> None:
    token = _csrf((await client.get(url)).text)
    wrong = await client.post(url, data={**ADA, "city": "", "csrf": token})
    assert wrong.status_code == 422
    assert "An invoice needs this." in said(wrong)
    done = await client.post(url, data={**ADA, "csrf": token})
    assert done.status_code == 303


def _csrf(text: str) -> str:
    return text.split('name="csrf" value="')[1].split('"')[0]


async def test_the_list_the_form_and_the_files_of_an_organiser(assembly: Assembly) -> None:
    mine, _, made = await written(assembly)
    slug = slug_of(mine)
    async with desk(assembly, "second", Role.OWNER, slug) as who:
        url = links.invoices(slug)
        page = await who.client.get(url)
        assert made.number_text in page.text
        assert "€52.00" in said(page)
        assert made.number_text not in (await who.client.get(f"{url}?kind=credit_note")).text
        assert made.number_text not in (await who.client.get(f"{url}?month=2001-01")).text
        assert made.number_text in (await who.client.get(f"{url}?q={mine.order.code}&month=x&cursor=y")).text
        assert (await who.client.get(f"{url}/{made.id}.pdf")).content.startswith(b"%PDF-")
        listed = await who.client.get(f"{url}/list.csv")
        [row] = csv.DictReader(io.StringIO(listed.content.decode("utf-8-sig")))
        assert (row["number"], row["tax"]) == (made.number_text, "8.30")
        assert (await who.client.get(f"{url}/files.zip")).content.startswith(b"PK")
        assert (await who.client.get(f"{url}/preview.pdf")).content.startswith(b"%PDF-")
        await _save_details(who)
        async with assembly.database.reading() as reader:
            kept = await invoices.seller_of(reader, mine.show.organiser_id)
        assert (kept.vat_id, kept.address_lines, kept.prefix) == (
            "DE136695976",
            ("14 Foundry Road", "10115 Berlin"),
            "FN",
        )
    async with desk(assembly, "third", Role.MANAGER, slug) as who:
        assert made.number_text in (await who.client.get(url)).text
        assert (await who.client.get(f"{url}/details")).status_code == 403
        assert (await who.client.get(f"{url}/preview.pdf")).status_code == 403
    async with desk(assembly, "fourth", Role.DOOR, slug) as who:
        for part in ("", "/list.csv", "/files.zip", f"/{made.id}.pdf", "/details"):
            assert (await who.client.get(f"{url}{part}")).status_code == 403
    async with desk(assembly, "stranger") as who:
        assert (await who.client.get(f"/organiser/stranger/invoices/{made.id}.pdf")).status_code == 404


async def _save_details(who: Desk) -> None:
    page = f"{who.base}/invoices/details"
    wrong = await who.send(page, page, {**FORM, "vat_id": "DE1", "prefix": "x y"})
    assert wrong.status_code == 422
    assert "That is not a VAT id" in said(wrong)
    assert 'aria-describedby="h-prefix e-prefix"' in wrong.text
    assert (await who.send(page, page, FORM)).status_code == 303


async def test_somebody_without_details_is_told_what_is_missing(assembly: Assembly) -> None:
    mine, token, made = await written(assembly, complete=False)
    slug = slug_of(mine)
    assert made.content.kind == "receipt"
    async with desk(assembly, "second", Role.OWNER, slug) as who:
        told = said(await who.client.get(links.invoices(slug)))
        assert "Buyers get receipts, not invoices" in told
        assert "your legal name, your address and your country" in told
        assert "Buyers get receipts, not invoices" in said(await who.client.get(links.organiser(slug)))
    async with browser(assembly) as client:
        page = said(await client.get(links.order_documents(token)))
    assert "Invoices cannot be written yet." in page


async def test_the_report_of_a_period_and_the_ledger_as_files(assembly: Assembly) -> None:
    mine, _, _ = await written(assembly)
    slug = slug_of(mine)
    url = links.reports(slug)
    async with desk(assembly, "second", Role.OWNER, slug) as who:
        page = said(await who.client.get(f"{url}?money=test"))
        assert "€50.00" in page
        assert "19 %" in page
        real = said(await who.client.get(f"{url}?money=real"))
        assert "No money has moved yet" in real
        backwards = await who.client.get(f"{url}?from=2026-05-01&until=2026-04-01")
        assert backwards.status_code == 422
        for form in ("csv", "journal", "xlsx", "beancount", "ledger"):
            made = await who.client.get(f"{url}/ledger/{form}?money=test")
            assert made.status_code == 200
            assert "attachment" in made.headers["content-disposition"]
        no_books = await who.client.get(f"{url}/ledger/datev?money=test&consultant=1&client=1")
        assert no_books.status_code == 422
        assert "a consultant number from 1001" in said(no_books)
        datev = await who.client.get(f"{url}/ledger/datev?money=test&consultant=1001&client=1")
        assert datev.content.startswith(b'"EXTF"')
    async with desk(assembly, "third", Role.DOOR, slug) as who:
        assert (await who.client.get(url)).status_code == 403
        assert (await who.client.get(f"{url}/ledger/csv")).status_code == 403


async def test_documents_by_rest(assembly: Assembly) -> None:
    mine, token, made = await written(assembly)
    async with program(assembly) as client:
        listed = (await client.get(f"/api/v1/orders/{token}/documents")).json()["documents"]
        assert [(one["number"], one["kind"], one["gross"]) for one in listed] == [
            (made.number_text, "invoice", euros(5200))
        ]
        body = {**ADA, "postcode": "10435"}
        done = await client.post(f"/api/v1/orders/{token}/documents", json=body)
        assert done.status_code == 200
        assert {one["kind"] for one in done.json()["documents"]} == {"invoice", "credit_note"}
        head = await owner(assembly, mine.show)
        base = f"/api/v1/organisers/{mine.show.organiser_id}"
        first = (await client.get(f"{base}/documents?limit=2", headers=head)).json()
        assert len(first["documents"]) == 2
        rest = await client.get(f"{base}/documents?cursor={first['next_cursor']}", headers=head)
        assert len(rest.json()["documents"]) == 1
        assert (await client.get(f"{base}/documents?kind=letter", headers=head)).status_code == 422
        assert (await client.get(f"{base}/documents")).status_code == 401
        assert (await client.get(f"{base}/documents/list.csv?test=true", headers=head)).status_code == 200
        pdf = await client.get(f"{base}/documents/{made.id}.pdf", headers=head)
        assert pdf.headers["content-type"] == "application/pdf"
        kept = (await client.get(f"{base}/seller", headers=head)).json()
        assert (kept["prefix"], kept["missing"]) == ("FOUNDRY", [])
        put = await client.put(
            f"{base}/seller", json={"legal_name": "Foundry", "country": "DE"}, headers=head
        )
        assert put.json()["missing"] == ["address_lines", "vat_id"]
        assert (await client.put(f"{base}/seller", json={"iban": "DE1"}, headers=head)).status_code == 422
    async with assembly.database.reading() as reader:
        assert (await orders.by_id(reader, mine.order.id)).total_minor == 5200
    assert seller(mine.show.organiser_id).missing == ()


async def test_an_organiser_corrects_the_address_for_a_buyer_by_page_and_api(assembly: Assembly) -> None:
    mine, token, made = await written(assembly)
    other, _, _ = await written(assembly)
    order, organiser_id = mine.order, mine.show.organiser_id
    url = f"/organiser/{slug_of(mine)}/events/{order.event_id}/orders/{order.code}"
    async with browser(assembly) as client:
        client.headers.update(await owner(assembly, mine.show))
        assert f'href="{url}/invoice"' in (await client.get(url)).text
        form = await client.get(f"{url}/invoice")
        assert f"Invoice {made.number_text}" in form.text
        sent = {**ADA, "csrf": _csrf(form.text)}
        refused = await client.post(f"{url}/invoice", data={**sent, "city": ""})
        assert refused.status_code == 422
        assert (await client.post(f"{url}/invoice", data=sent)).status_code == 303
        after = (await client.get(f"{url}/invoice")).text
        assert "Replaced" in after
        assert (await client.get(links.order_documents(token))).text.count("Invoice ") > 1
    api = f"/api/v1/organisers/{organiser_id}/orders/{order.code}/documents"
    async with program(assembly) as client:
        who = await owner(assembly, mine.show)
        body = {**ADA, "city": "Wien"}
        done = await client.post(api, json=body, headers=who)
        assert done.status_code == 200
        kinds = [one["kind"] for one in done.json()["documents"]]
        assert (kinds.count("invoice"), kinds.count("credit_note")) == (3, 2)
        strange = await owner(assembly, other.show)
        assert (await client.post(api, json=body, headers=strange)).status_code == 403
        theirs = f"/api/v1/organisers/{other.show.organiser_id}/orders/{order.code}/documents"
        assert (await client.post(theirs, json=body, headers=strange)).status_code == 404
