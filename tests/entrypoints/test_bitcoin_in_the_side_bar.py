"""The organiser's page of payments in bitcoin is found in the side bar, by those who may see orders."""

from uuid import UUID

import pytest

from admitone import accounts
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.plumbing.database import Transaction
from admitone.values.actor import Actor, Role
from tests.entrypoints.test_transfer_pages import signed_in
from tests.support.onsale import member, person, put_on_sale


@pytest.mark.parametrize(
    ("role", "is_there"), [(Role.OWNER, True), (Role.MANAGER, True), (Role.DOOR, False)], ids=str
)
async def test_owners_and_managers_find_it_and_the_door_does_not(
    assembly: Assembly, role: Role, is_there: bool
) -> None:
    show = await put_on_sale(assembly)

    async def join(tx: Transaction) -> Actor:
        person_id: UUID = await person(tx, assembly, f"{role}@example.org")
        await accounts.add_member(tx, show.organiser_id, person_id, role, assembly.clock.now())
        return member(person_id, show.organiser_id, role)

    somebody = await assembly.database.run(join)
    slug = f"o-{show.organiser_id.hex}"
    entry = f'href="{links.organiser_bitcoin(slug)}"'
    async with signed_in(assembly, somebody) as client:
        assert (entry in (await client.get(links.organiser(slug))).text) is is_there
        page = await client.get(links.organiser_bitcoin(slug))
    assert page.status_code == (200 if is_there else 403)
    assert (f'{entry} aria-current="page"' in page.text) is is_there
