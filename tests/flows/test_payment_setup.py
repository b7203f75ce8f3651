"""Setting payment accounts up: keys are checked at once, sealed, and never come out again."""

import json
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text

from admitone import accounts, orders, payments
from admitone.assembly import Assembly
from admitone.entrypoints.standins.stripe import finish_account, signature
from admitone.flows.payment_setup import LOOKS
from admitone.payments import Account, Mode
from admitone.values.actor import SYSTEM
from admitone.values.clock import epoch_ms
from admitone.values.refusals import Problems, TooMany
from tests.support.onsale import must_hold, place, put_on_sale
from tests.support.payment_setup_rig import (
    PAYSTACK_KEY,
    SIGNING,
    STRIPE_KEY,
    STRIPE_KEYS,
    SetupRig,
    setup_rig,
)

pytestmark = pytest.mark.asyncio
BACK = "https://tickets.example/organiser/o/payments"


async def _everything_written(site: Assembly) -> str:
    """All rows that tell of accounts, as one text."""
    async with site.database.reading() as reader:
        rows = await reader.execute(
            text(
                "SELECT to_jsonb(a)::text FROM payments_account AS a UNION ALL "
                "SELECT to_jsonb(f)::text FROM journal_fact AS f"
            )
        )
        return "\n".join(rows.scalars())


async def test_an_account_is_added_by_keys_the_provider_accepts(
    assembly: Assembly, capfd: pytest.CaptureFixture[str]
) -> None:
    show, rig = await put_on_sale(assembly), setup_rig(assembly)
    added = await rig.setup.add(
        show.owner, show.organiser_id, "paystack", Mode.TEST, {"secret_key": f" {PAYSTACK_KEY}\n"}
    )
    assert (added.state, added.provider, added.mode) == ("active", "paystack", "test")
    assert rig.setup.hints(added) == {"secret_key": f"…{PAYSTACK_KEY[-4:]}"}
    offered = await rig.opened.for_sale(show.organiser_id, is_test=True)
    assert [one.account.provider for one in offered] == ["paystack", "sandbox"]
    # Nowhere but sealed, neither whole nor as any text of it.
    assert PAYSTACK_KEY[8:] not in await _everything_written(assembly)
    assert PAYSTACK_KEY.encode().hex()[16:] not in await _everything_written(assembly)
    told = capfd.readouterr()
    assert PAYSTACK_KEY[8:] not in told.out + told.err + repr(added) + repr(offered)
    await must_hold(assembly.database)


async def test_one_organiser_has_providers_asked_so_often_and_no_more(assembly: Assembly) -> None:
    show, rig = await put_on_sale(assembly), setup_rig(assembly)
    keys = {"secret_key": PAYSTACK_KEY}
    added = await rig.setup.add(show.owner, show.organiser_id, "paystack", Mode.TEST, keys)
    for _ in range(LOOKS.most - 1):
        await assembly.limiter.take(LOOKS, str(show.organiser_id))
    asks: tuple[Callable[[], Awaitable[Account]], ...] = (
        lambda: rig.setup.look(show.owner, show.organiser_id, added.id),
        lambda: rig.setup.change_keys(show.owner, show.organiser_id, added.id, keys),
        lambda: rig.setup.resume(show.owner, show.organiser_id, added.id),
        lambda: rig.setup.add(show.owner, show.organiser_id, "stripe", Mode.TEST, STRIPE_KEYS),
    )
    for ask in asks:
        with pytest.raises(TooMany):
            await ask()
    # What asks nobody goes on, and so do the site's own accounts.
    await rig.setup.pause(show.owner, show.organiser_id, added.id)
    assert (await rig.setup.add(SYSTEM, None, "paystack", Mode.TEST, keys)).state == "active"


async def test_the_webhook_address_is_known_before_and_stays(assembly: Assembly) -> None:
    show, rig = await put_on_sale(assembly), setup_rig(assembly)
    before = {one.kind.name: one for one in await rig.setup.addable(show.owner, show.organiser_id, Mode.TEST)}
    again = {one.kind.name: one for one in await rig.setup.addable(show.owner, show.organiser_id, Mode.TEST)}
    assert before["stripe"].notice_url == again["stripe"].notice_url
    assert "sandbox" not in before
    added = await rig.setup.add(show.owner, show.organiser_id, "stripe", Mode.TEST, STRIPE_KEYS)
    assert rig.setup.notice_url(added) == before["stripe"].notice_url
    assert before["stripe"].notice_url == f"http://testserver/webhooks/stripe/{added.id}"
    await rig.setup.close(show.owner, show.organiser_id, added.id)
    after = {one.kind.name: one for one in await rig.setup.addable(show.owner, show.organiser_id, Mode.TEST)}
    assert after["stripe"].account_id != added.id, "a closed account keeps its own"


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({}, "payments.key_missing"),
        ({"secret_key": "  "}, "payments.key_missing"),
        ({"secret_key": "pk_test_0123456789abcdef0123"}, "payments.key_misshapen"),
        ({"secret_key": "sk_live_0123456789abcdef0123"}, "payments.key_of_other_mode"),
        ({"secret_key": "sk_test_0123456789abcdef0123\0"}, "payments.key_misshapen"),
    ],
)
async def test_what_cannot_be_a_key_is_said_at_its_field(
    assembly: Assembly, keys: dict[str, str], code: str
) -> None:
    show, rig = await put_on_sale(assembly), setup_rig(assembly)
    with pytest.raises(Problems) as no:
        await rig.setup.add(show.owner, show.organiser_id, "paystack", Mode.TEST, keys)
    assert [(one.field, one.code) for one in no.value.problems] == [("secret_key", code)]
    assert "0123456789" not in " ".join(one.sentence for one in no.value.problems)
    assert await _accounts(rig, show.organiser_id) == []


async def test_keys_the_provider_refuses_store_nothing(assembly: Assembly) -> None:
    show, rig = await put_on_sale(assembly), setup_rig(assembly)
    with pytest.raises(payments.BadCredentials):
        await rig.setup.add(
            show.owner, show.organiser_id, "paystack", Mode.TEST, {"secret_key": "sk_test_" + "f" * 32}
        )
    assert await _accounts(rig, show.organiser_id) == []


async def test_one_account_of_a_provider_and_mode(assembly: Assembly) -> None:
    show, rig = await put_on_sale(assembly), setup_rig(assembly)
    await rig.setup.add(show.owner, show.organiser_id, "stripe", Mode.TEST, STRIPE_KEYS)
    with pytest.raises(payments.AccountExists):
        await rig.setup.add(show.owner, show.organiser_id, "stripe", Mode.TEST, STRIPE_KEYS)
    assert len(await _accounts(rig, show.organiser_id)) == 1


async def test_only_owners_and_nobody_elses(assembly: Assembly) -> None:
    show, other, rig = await put_on_sale(assembly), await put_on_sale(assembly), setup_rig(assembly)
    added = await rig.setup.add(show.owner, show.organiser_id, "stripe", Mode.TEST, STRIPE_KEYS)
    for actor in (show.door, other.owner):
        with pytest.raises(accounts.NotAllowed):
            await rig.setup.add(actor, show.organiser_id, "stripe", Mode.TEST, STRIPE_KEYS)
        with pytest.raises(accounts.NotAllowed):
            await rig.setup.pause(actor, show.organiser_id, added.id)
        with pytest.raises(accounts.NotAllowed):
            await rig.setup.close(actor, None, added.id)
    for verb in (rig.setup.pause, rig.setup.resume, rig.setup.close, rig.setup.look):
        with pytest.raises(payments.AccountNotFound):
            await verb(other.owner, other.organiser_id, added.id)
    with pytest.raises(payments.AccountNotFound):
        await rig.setup.change_keys(other.owner, other.organiser_id, added.id, STRIPE_KEYS)
    assert [one.state for one in await _accounts(rig, show.organiser_id)] == ["active"]


async def test_keys_are_changed_one_at_a_time_and_for_the_same_account_only(assembly: Assembly) -> None:
    show, rig = await put_on_sale(assembly), setup_rig(assembly)
    added = await rig.setup.add(show.owner, show.organiser_id, "stripe", Mode.TEST, STRIPE_KEYS)
    signing = "whsec_" + "another0123456789wxyz"
    changed = await rig.setup.change_keys(
        show.owner, show.organiser_id, added.id, {"secret_key": "", "webhook_secret": signing}
    )
    assert rig.setup.hints(changed)["webhook_secret"] == "…wxyz"
    assert rig.setup.hints(changed)["secret_key"] == f"…{STRIPE_KEY[-4:]}"
    await assembly.database.run(
        lambda tx: tx.execute(
            text("UPDATE payments_account SET ref = 'acct_other' WHERE provider = 'stripe'")
        )
    )
    with pytest.raises(payments.OtherAccount):
        await rig.setup.change_keys(show.owner, show.organiser_id, added.id, {"webhook_secret": signing})


async def test_a_paused_account_is_offered_to_nobody(assembly: Assembly) -> None:
    show, rig = await put_on_sale(assembly), setup_rig(assembly)
    added = await rig.setup.add(show.owner, show.organiser_id, "stripe", Mode.TEST, STRIPE_KEYS)
    await rig.setup.pause(show.owner, show.organiser_id, added.id)
    assert await _offered(rig, show.organiser_id) == ["sandbox"]
    await rig.setup.look(show.owner, show.organiser_id, added.id)
    assert await _offered(rig, show.organiser_id) == ["sandbox"], "looking does not resume"
    resumed = await rig.setup.resume(show.owner, show.organiser_id, added.id)
    assert resumed.state == "active"
    assert await _offered(rig, show.organiser_id) == ["stripe", "sandbox"]


async def test_the_sites_own_account_is_switched_off_for_one_organiser(assembly: Assembly) -> None:
    show, other, rig = await put_on_sale(assembly), await put_on_sale(assembly), setup_rig(assembly)

    async def use(is_used: bool) -> None:
        await rig.setup.use_sites_own(show.owner, show.organiser_id, "sandbox", Mode.TEST, is_used=is_used)

    for is_used in (False, False, True, True, False):
        await use(is_used)
        assert await _offered(rig, show.organiser_id) == (["sandbox"] if is_used else [])
        assert await _offered(rig, other.organiser_id) == ["sandbox"]
    assert await rig.opened.in_use() != []
    with pytest.raises(payments.AccountNotFound):
        await rig.setup.use_sites_own(show.owner, show.organiser_id, "stripe", Mode.TEST, is_used=False)


async def test_an_account_is_opened_under_the_sites_own(assembly: Assembly) -> None:
    show, rig = await put_on_sale(assembly), setup_rig(assembly)
    owner, organiser_id = show.owner, show.organiser_id
    with pytest.raises(payments.NotOpenedHere):
        await rig.setup.connect(owner, organiser_id, "stripe", Mode.TEST, country="DE", return_url=BACK)
    site = await rig.setup.add(SYSTEM, None, "stripe", Mode.TEST, STRIPE_KEYS)
    assert await rig.setup.connectable(Mode.TEST) == ("stripe",)
    url = await rig.setup.connect(owner, organiser_id, "stripe", Mode.TEST, country="de", return_url=BACK)
    assert url.startswith(ORIGIN_SETUP)
    [begun] = await _accounts(rig, organiser_id)
    assert (begun.state, begun.country, begun.sealed, begun.is_connected) == ("onboarding", "DE", None, True)
    assert begun.ref is not None
    # Asked again, the same account goes on.
    await rig.setup.connect(owner, organiser_id, "stripe", Mode.TEST, country="DE", return_url=BACK)
    assert [one.ref for one in await _accounts(rig, organiser_id)] == [begun.ref]
    unfinished = await rig.setup.look(owner, organiser_id, begun.id)
    assert unfinished.state == "onboarding"
    assert unfinished.missing
    finish_account(rig.stand_in.books, begun.ref)
    # The provider says so to the site's own account.
    await rig.setup.heard(site.id, begun.ref)
    [done] = await _accounts(rig, organiser_id)
    assert (done.state, done.missing) == ("active", [])
    # Another process, which knows nothing yet, acts with the site's keys.
    elsewhere = await setup_rig(assembly).opened.find(done.id)
    assert elsewhere is not None
    assert elsewhere.account.id == done.id
    assert json.dumps(rig.setup.hints(done)) == "{}"


async def test_buyers_of_an_opened_account_pay_and_the_sites_own_account_hears_of_it(
    assembly: Assembly,
) -> None:
    show, rig = await put_on_sale(assembly), setup_rig(assembly)
    site = await rig.setup.add(SYSTEM, None, "stripe", Mode.TEST, STRIPE_KEYS)
    await rig.setup.connect(show.owner, show.organiser_id, "stripe", Mode.TEST, country="DE", return_url=BACK)
    [begun] = await _accounts(rig, show.organiser_id)
    finish_account(rig.stand_in.books, str(begun.ref))
    await rig.setup.look(show.owner, show.organiser_id, begun.id)
    order = await place(assembly, show, 2)
    paying = await rig.payment.pay(order.id, "stripe:checkout")
    ref = str(paying.attempt.provider_ref)
    assert paying.attempt.account_id == begun.id
    rig.stand_in.settling.pay(ref)
    assert await rig.settlement.ask_by_ref(site.id, ref)
    async with assembly.database.reading() as reader:
        assert (await orders.by_id(reader, order.id)).state == "paid"
    assert rig.stand_in.books.balance(str(begun.ref)) == {"eur": 5000}
    [event] = [one for one in rig.stand_in.books.all("event") if one["type"] == "checkout.session.completed"]
    body = json.dumps(rig.stand_in.books.shown(event)).encode()
    sites = await rig.opened.find(site.id)
    assert sites is not None
    at = epoch_ms(assembly.clock.now()) // 1000
    headers = {"stripe-signature": signature(SIGNING, at, body)}
    read = await sites.provider.read_notice(headers, body)
    assert read is not None
    assert read.provider_ref == ref
    await must_hold(assembly.database)


ORIGIN_SETUP = "http://localhost:8056/"


async def _accounts(rig: SetupRig, organiser_id: object) -> list[payments.Account]:
    async with rig.site.database.reading() as reader:
        return list(await payments.accounts_of(reader, organiser_id))  # type: ignore[arg-type]


async def _offered(rig: SetupRig, organiser_id: object) -> list[str]:
    offered = await rig.opened.for_sale(organiser_id, is_test=True)  # type: ignore[arg-type]
    return [one.account.provider for one in offered]
