"""A buyer whose account nobody knows says where a refund by transfer goes: by a link of its own, once."""

import asyncio
import re
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import payments
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.flows.ask_receiver import ANSWERS, LINK
from admitone.orders import OrderRow
from admitone.payments import RefundState
from admitone.values.refusals import TooMany
from tests.support.bank_desk import PAYER_IBAN, Booked, bank_account, by_transfer, csv_file
from tests.support.letters_kept import kept, react
from tests.support.onsale import OnSale, must_hold, put_on_sale
from tests.support.organiser_desk import said
from tests.support.site import browser

OTHER_IBAN = "DE89 3704 0044 0532 0130 00"


async def owed(site: Assembly, iban: str = "") -> tuple[OnSale, OrderRow, UUID]:
    """A buyer who sent five euros too much, from an account the statement names or not; the refund is on the list."""
    show = await put_on_sale(site)
    account, money = await bank_account(site, show), site.money.received_money
    order = await by_transfer(site, show)
    data = csv_file([Booked(3000, order.code, iban=iban)])
    await money.import_file(show.owner, show.organiser_id, account, "november.csv", data)
    [line] = await money.open_lines(show.owner, show.organiser_id)
    await money.settle_line(show.owner, show.organiser_id, line.line.id, order.code)
    await site.refunding.send_due()
    async with site.database.reading() as reader:
        [refund] = await payments.refunds_of(reader, [order.id])
    return show, order, refund.id


async def asked(site: Assembly) -> str:
    """The address in the letter."""
    for _ in range(2):
        await react(site, "payments.receiver_wanted", "ask_receiver")
    [letter] = await kept(site, "refund_account")
    found = re.search(r"/refund-account/\S+", letter.plain)
    assert found is not None
    return found.group()


async def test_the_buyer_is_asked_by_a_letter_answers_once_and_the_file_for_the_bank_has_it(
    assembly: Assembly,
) -> None:
    show, order, refund_id = await owed(assembly)
    url = await asked(assembly)
    [letter] = await kept(assembly, "refund_account")
    assert letter.to_email == order.email
    assert letter.subject == "Where shall we send €5.00?"
    async with browser(assembly) as client:
        page = await client.get(url)
        [csrf] = re.findall(r'name="csrf" value="([^"]+)"', page.text)
        typed = {"csrf": csrf, "holder": "Ada Obi", "iban": "DE02 1203 0000 0000 2020 51", "bic": ""}
        wrong = await client.post(url, data={**typed, "iban": "DE00 1203 0000 0000 2020 51"})
        assert wrong.status_code == 422
        assert "This is not a complete IBAN." in said(wrong)
        assert "DE00 1203" in wrong.text, "what was typed is still there"
        swiss = await client.post(url, data={**typed, "iban": "CH93 0076 2011 6238 5295 7"})
        assert swiss.status_code == 422
        assert (await client.post(url, data=typed)).status_code == 303
        known = said(await client.get(url))
        assert "We know where it goes" in known
        assert "Ada Obi, …2051" in known
        assert PAYER_IBAN not in known
        again = await client.post(url, data={**typed, "iban": OTHER_IBAN})
        assert again.status_code == 409
    async with assembly.database.reading() as reader:
        row = (await reader.execute(text("SELECT * FROM payments_sending"))).one()
    assert (row.iban, row.iban_end, row.holder) == (None, "2051", "Ada Obi")
    assert PAYER_IBAN.encode() not in bytes(row.sealed)
    sending, whose = assembly.money.money_to_send, show.organiser_id
    file = await sending.transfer_file(show.owner, whose, [refund_id])
    assert PAYER_IBAN.encode() in file.data
    assert await sending.mark_sent(show.owner, whose, [refund_id]) == 1
    async with assembly.database.reading() as reader:
        [refund] = await payments.refunds_of(reader, [order.id])
        row = (await reader.execute(text("SELECT sealed, iban_end FROM payments_sending"))).one()
    assert refund.state is RefundState.DONE
    assert tuple(row) == (None, "2051"), "once used it is forgotten"
    async with browser(assembly) as client:
        assert "This refund is done" in said(await client.get(url))
    with pytest.raises(payments.ReceiverKnown):
        await assembly.money.asking_receivers.answer(
            url.rpartition("/")[2], holder="Eve", iban=OTHER_IBAN, bic="", visitor="v"
        )
    await must_hold(assembly.database)


async def test_of_many_answers_at_once_one_counts_and_the_organiser_may_say_otherwise(
    assembly: Assembly,
) -> None:
    show, _, refund_id = await owed(assembly)
    token = (await asked(assembly)).rpartition("/")[2]
    asking = assembly.money.asking_receivers
    answers = await asyncio.gather(
        *(
            asking.answer(token, holder="Ada", iban=iban, bic="", visitor=f"v{number}")
            for number, iban in enumerate([PAYER_IBAN, OTHER_IBAN] * 3)
        ),
        return_exceptions=True,
    )
    assert answers.count(None) == 1
    assert sum(isinstance(one, payments.ReceiverKnown) for one in answers) == 5
    sending = assembly.money.money_to_send
    await sending.name_receiver(show.owner, show.organiser_id, refund_id, holder="Ada Obi", iban=OTHER_IBAN)
    file = await sending.transfer_file(show.owner, show.organiser_id, [refund_id])
    assert OTHER_IBAN.replace(" ", "").encode() in file.data
    assert PAYER_IBAN.encode() not in file.data


async def test_nobody_is_asked_whose_account_is_known_and_other_links_open_nothing(
    assembly: Assembly,
) -> None:
    _, order, refund_id = await owed(assembly, PAYER_IBAN)
    assert await react(assembly, "payments.receiver_wanted", "ask_receiver") == 0
    tokens = (assembly.links.make("order", order.id), assembly.links.make("order", refund_id), "x")
    async with browser(assembly) as client:
        for token in tokens:
            assert (await client.get(links.refund_account(token))).status_code == 404
        shown = await client.get(links.refund_account(assembly.links.make(LINK, refund_id)))
    assert "We know where it goes" in said(shown)
    assert PAYER_IBAN not in shown.text


async def test_who_types_without_end_is_stopped(assembly: Assembly) -> None:
    await owed(assembly)
    token = (await asked(assembly)).rpartition("/")[2]
    asking = assembly.money.asking_receivers
    for _ in range(ANSWERS.most):
        with pytest.raises(Exception, match="IBAN"):
            await asking.answer(token, holder="Ada", iban="DE00", bic="", visitor="v")
    with pytest.raises(TooMany):
        await asking.answer(token, holder="Ada", iban=PAYER_IBAN, bic="", visitor="v")
