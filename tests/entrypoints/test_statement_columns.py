"""A statement whose columns nobody knows: the organiser says which is which."""

import html
import re

from admitone.assembly import Assembly
from tests.entrypoints.test_transfer_pages import base, book, csrf_of, signed_in, upload
from tests.support.bank_desk import PAYER_IBAN, bank_account, by_transfer
from tests.support.onsale import must_hold, put_on_sale
from tests.support.organiser_desk import said


async def test_columns_nobody_knows_are_chosen_by_the_organiser_and_the_file_is_read(
    assembly: Assembly,
) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show)
    rows = [
        "Qqa;Qqb & <b>;Qqc;Qqd;Qqe",
        f"03/04/2026;{order.code};25,00;Ada Obi;{PAYER_IBAN}",
        f"05/04/2026;Hello;1,00;Ben Ray;{PAYER_IBAN}",
    ]
    data = "\r\n".join(rows).encode()
    async with signed_in(assembly, show.owner) as client:
        refused = await upload(client, show, account, data)
        assert refused.status_code == 422
        assert "We do not see which column has the day and the amount." in said(refused)
        [kept] = re.findall(r'name="columns" value="([^"]*)"', refused.text)
        columns = html.unescape(kept)
        assert columns.split("\n") == rows[0].split(";")
        assert '<option value="Qqb &amp; &lt;b&gt;">' in refused.text
        chosen = {
            "column-booked": "Qqa",
            "column-amount": "Qqc",
            "column-text": "Qqb & <b>",
            "column-name": "Qqd",
            "column-iban": "Qqe",
            "asked": "1",
            # As browsers send line ends.
            "columns": columns.replace("\n", "\r\n"),
        }
        # A wrong choice is said, and all choices are there again.
        wrong = await upload(client, show, account, data, **{**chosen, "column-amount": "Qqd"})
        assert wrong.status_code == 422
        assert '<option value="Qqd" selected>' in wrong.text
        done = await upload(client, show, account, data, **chosen, days="day")
        assert done.status_code == 303
        shown = said(await client.get(done.headers["location"]))
        assert "3 Apr 2026" in shown
        assert "2: 2 new, 0 seen before" in shown
        await book(client, show, done)
        shown = said(await client.get(base(show)))
        assert "2 new lines booked." in shown
        assert "Ben Ray" in shown
        assert order.code in shown
        assert await csrf_of(client, base(show))
    await must_hold(assembly.database)
