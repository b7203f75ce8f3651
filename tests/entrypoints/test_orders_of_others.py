"""Orders that stand together and are two people's: each has the key to their own."""

from admitone import tickets
from admitone.assembly import Assembly
from tests.support.onsale import OnSale, buy, put_on_sale
from tests.support.site import program


async def added(site: Assembly, show: OnSale, token: str, email: str) -> str:
    """The token of an order with this address that adds to the one with that token."""
    async with program(site) as client:
        items = [{"ticket_type_id": str(show.types[0]), "quantity": 1}]
        held = await client.post("/api/v1/holds", json={"event": show.slug, "items": items})
        body = {"hold": held.json()["token"], "email": email, "name": "Bo Oak", "adds_to": token}
        placed = await client.post("/api/v1/orders", json=body)
    assert placed.status_code == 201
    return str(placed.json()["token"])


async def test_whoever_adds_a_ticket_for_a_friend_gives_them_no_key_to_their_own(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    first = (await buy(assembly, show, email="ann@example.org")).attempt.order_id
    mine = assembly.links.make("order", first)
    friends = await added(assembly, show, mine, "bo@example.org")
    own = await added(assembly, show, mine, "Ann@Example.org")
    async with program(assembly) as client:
        pages = {token: (await client.get(f"/orders/{token}")).text for token in (mine, friends, own)}
        code = (await client.get(f"/api/v1/orders/{friends}")).json()["code"]
    assert friends not in pages[mine]
    assert code in pages[mine]
    assert own in pages[mine]
    assert mine not in pages[friends]
    assert own not in pages[friends]
    assert mine in pages[own]
    assert friends not in pages[own]


async def test_nobody_sees_the_tickets_that_were_added_for_somebody_else(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    first = (await buy(assembly, show, email="ann@example.org")).attempt.order_id
    mine = assembly.links.make("order", first)
    friends = await added(assembly, show, mine, "bo@example.org")
    second = assembly.links.read("order", friends)
    await assembly.payment.pay(second, "sandbox:push")
    async with assembly.database.reading() as reader:
        keys = {
            order_id: [
                assembly.links.make("ticket", one.id) for one in await tickets.by_order(reader, order_id)
            ]
            for order_id in (first, second)
        }
    async with program(assembly) as client:
        anns, bos = [(await client.get(f"/orders/{token}")).text for token in (mine, friends)]
    assert all(key in anns and key not in bos for key in keys[first])
    assert all(key in bos and key not in anns for key in keys[second])
    assert keys[first]
    assert keys[second]
