"""Organisers and their teams."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from admitone import accounts
from admitone.accounts import Organiser, Passwords
from admitone.plumbing.database import Database
from admitone.values.actor import Action, Actor, Role
from admitone.values.clock import FrozenClock
from admitone.values.contact import BadEmail
from admitone.values.ids import uuid7
from tests.support.people import QUICK_KIB, FrontDesk


@pytest.fixture
async def desk(db: Database, clock: FrozenClock) -> AsyncIterator[FrontDesk]:
    passwords = Passwords(memory_kib=QUICK_KIB)
    yield FrontDesk(db, clock, passwords)
    passwords.close()


async def _begun(desk: FrontDesk, name: str = "Foundry Presents") -> tuple[Actor, Organiser]:
    owner = await desk.joined("olga@example.org", "Olga")
    organiser = await desk.team.create_organiser(owner, name=name)
    return await desk.again(owner), organiser


async def _team(desk: FrontDesk, organiser_id: UUID) -> list[tuple[str, Role]]:
    async with desk.db.reading() as reader:
        return [(member.email, member.role) for member in await accounts.members(reader, organiser_id)]


async def test_whoever_begins_an_organiser_owns_it(desk: FrontDesk) -> None:
    owner, organiser = await _begun(desk)
    assert (organiser.slug, organiser.name, organiser.contact_email) == (
        "foundry-presents",
        "Foundry Presents",
        "olga@example.org",
    )
    assert owner.roles == ((organiser.id, Role.OWNER),)
    async with desk.db.reading() as reader:
        assert await accounts.organiser(reader, organiser.id) == organiser
        assert await accounts.organiser_by_slug(reader, "foundry-presents") == organiser
        with pytest.raises(accounts.OrganiserNotFound):
            await accounts.organiser_by_slug(reader, "Foundry-Presents")
    kind, subject, who = (await desk.facts())[-1]
    assert (kind, subject, who) == ("accounts.organiser_created", organiser.id, owner.label)


async def test_a_slug_is_given_once(desk: FrontDesk) -> None:
    owner, first = await _begun(desk)
    second = await desk.team.create_organiser(owner, name="Foundry presents!")
    assert second.slug.startswith("foundry-presents-")
    with pytest.raises(accounts.SlugTaken):
        await desk.team.create_organiser(owner, name="Other", slug=first.slug)
    assert await desk.count("accounts_organiser") == 2
    assert await desk.count("accounts_member") == 2


@pytest.mark.parametrize("slug", ["new", "a", "A-b", "a--b", "-ab", "ab-", "a/b", "a" * 61, "ä-b", "a b"])
async def test_a_slug_we_could_not_use_is_refused(desk: FrontDesk, slug: str) -> None:
    owner = await desk.joined("olga@example.org")
    with pytest.raises(accounts.BadSlug):
        await desk.team.create_organiser(owner, name="Foundry", slug=slug)
    assert await desk.count("accounts_organiser") == 0


async def test_a_name_that_is_a_page_of_ours_gets_another_slug(desk: FrontDesk) -> None:
    owner = await desk.joined("olga@example.org")
    assert (await desk.team.create_organiser(owner, name="New")).slug.startswith("new-")
    assert (await desk.team.create_organiser(owner, name="X")).slug.startswith("x-")
    with pytest.raises(accounts.NotSignedIn):
        await desk.team.create_organiser(Actor.guest(), name="Guest & Co")


async def test_eight_organisers_of_one_slug_at_once_are_one(desk: FrontDesk) -> None:
    owner = await desk.joined("olga@example.org")
    results = await asyncio.gather(
        *(desk.team.create_organiser(owner, name="F", slug="foundry") for _ in range(8)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in results) == ["Organiser"] + ["SlugTaken"] * 7
    assert (await desk.count("accounts_organiser"), await desk.count("accounts_member")) == (1, 1)


async def test_an_invitation_makes_a_member_of_the_person_it_was_sent_to(desk: FrontDesk) -> None:
    owner, organiser = await _begun(desk)
    until = await desk.team.invite(owner, organiser.id, email="Dora@Example.org", role="door")
    assert (until - desk.clock.now()).days == 7
    letter = (await desk.letters())[-1]
    assert (letter.to, letter.template, letter.subject) == (
        "Dora@example.org",
        "invitation",
        "Join Foundry Presents on Admit One",
    )
    assert "as door staff" in letter.plain
    offered = await desk.team.look_at_invitation(letter.token)
    assert (offered.organiser, offered.invitation.role) == (organiser, Role.DOOR)
    dora = await desk.joined("dora@example.org", "Dora")
    assert await desk.team.accept(dora, letter.token) == organiser
    assert await _team(desk, organiser.id) == [
        ("olga@example.org", Role.OWNER),
        ("dora@example.org", Role.DOOR),
    ]
    dora = await desk.again(dora)
    accounts.permit(dora, Action.CHECK_IN, organiser.id)
    with pytest.raises(accounts.NotAllowed):
        accounts.permit(dora, Action.MANAGE_MEMBERS, organiser.id)
    with pytest.raises(accounts.InvitationGone):
        await desk.team.accept(dora, letter.token)
    kinds = [kind for kind, _, _ in await desk.facts()]
    assert kinds.count("accounts.member_joined") == 1


async def test_an_invitation_is_of_no_use_to_anybody_else(desk: FrontDesk) -> None:
    owner, organiser = await _begun(desk)
    await desk.team.invite(owner, organiser.id, email="dora@example.org", role="owner")
    token = (await desk.letters())[-1].token
    mallory = await desk.joined("mallory@example.org")
    with pytest.raises(accounts.InvitationForAnother):
        await desk.team.accept(mallory, token)
    with pytest.raises(accounts.NotSignedIn):
        await desk.team.accept(Actor.guest(), token)
    with pytest.raises(accounts.InvitationNotFound):
        await desk.team.accept(mallory, "x" * 43)
    assert await _team(desk, organiser.id) == [("olga@example.org", Role.OWNER)]
    await desk.team.accept(await desk.joined("dora@example.org"), token)


async def test_an_invitation_ends_after_seven_days_or_when_it_is_taken_back(desk: FrontDesk) -> None:
    owner, organiser = await _begun(desk)
    dora = await desk.joined("dora@example.org")
    await desk.team.invite(owner, organiser.id, email="dora@example.org", role="manager")
    old = (await desk.letters())[-1].token
    desk.clock.move(seconds=7 * 86_400)
    with pytest.raises(accounts.InvitationGone):
        await desk.team.accept(dora, old)
    await desk.team.invite(owner, organiser.id, email="dora@example.org", role="manager")
    replaced = (await desk.letters())[-1].token
    await desk.team.invite(owner, organiser.id, email="DORA@example.org", role="door")
    newest = (await desk.letters())[-1].token
    with pytest.raises(accounts.InvitationNotFound):
        await desk.team.accept(dora, replaced)
    async with desk.db.reading() as reader:
        (waiting,) = await accounts.open_invitations(reader, organiser.id, desk.clock.now())
    with pytest.raises(accounts.InvitationNotFound):
        await desk.team.withdraw(owner, organiser.id, uuid7())
    await desk.team.withdraw(owner, organiser.id, waiting.id)
    with pytest.raises(accounts.InvitationNotFound):
        await desk.team.accept(dora, newest)
    assert await _team(desk, organiser.id) == [("olga@example.org", Role.OWNER)]


async def test_only_an_owner_invites(desk: FrontDesk) -> None:
    owner, organiser = await _begun(desk)
    manager = await desk.member(owner, organiser.id, "mia@example.org", "manager")
    letters, invitations = len(await desk.letters()), await desk.count("accounts_invitation")
    stranger = await desk.joined("sam@example.org")
    for who in (manager, stranger, Actor.person(stranger.person_id or uuid7())):
        with pytest.raises(accounts.NotAllowed):
            await desk.team.invite(who, organiser.id, email="x@example.org", role="owner")
    with pytest.raises(accounts.NotSignedIn):
        await desk.team.invite(Actor.guest(), organiser.id, email="x@example.org", role="owner")
    with pytest.raises(accounts.NotAllowed):
        await desk.team.invite(owner, uuid7(), email="x@example.org", role="owner")
    with pytest.raises(accounts.BadRole):
        await desk.team.invite(owner, organiser.id, email="x@example.org", role="admin")
    with pytest.raises(BadEmail):
        await desk.team.invite(owner, organiser.id, email="x", role="door")
    with pytest.raises(accounts.AlreadyMember):
        await desk.team.invite(owner, organiser.id, email="mia@example.org", role="owner")
    assert len(await desk.letters()) == letters + 1  # the stranger's own sign-in
    assert await desk.count("accounts_invitation") == invitations


async def test_eight_acceptances_of_one_invitation_at_once_make_one_member(desk: FrontDesk) -> None:
    owner, organiser = await _begun(desk)
    dora = await desk.joined("dora@example.org")
    await desk.team.invite(owner, organiser.id, email="dora@example.org", role="door")
    token = (await desk.letters())[-1].token
    results = await asyncio.gather(*(desk.team.accept(dora, token) for _ in range(8)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == ["InvitationGone"] * 7 + ["Organiser"]
    assert await desk.count("accounts_member") == 2
    assert [kind for kind, _, _ in await desk.facts()].count("accounts.member_joined") == 1


async def test_two_owners_who_remove_each_other_leave_one(desk: FrontDesk) -> None:
    owner, organiser = await _begun(desk)
    other = await desk.member(owner, organiser.id, "otto@example.org", "owner")
    ids = accounts.person_id_of(owner), accounts.person_id_of(other)
    results = await asyncio.gather(
        desk.team.remove_member(owner, organiser.id, ids[1]),
        desk.team.remove_member(other, organiser.id, ids[0]),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "NotAllowed"]
    assert [role for _, role in await _team(desk, organiser.id)] == [Role.OWNER]


async def test_two_owners_who_leave_at_once_leave_one(desk: FrontDesk) -> None:
    owner, organiser = await _begun(desk)
    other = await desk.member(owner, organiser.id, "otto@example.org", "owner")
    results = await asyncio.gather(
        *(desk.team.remove_member(who, organiser.id, accounts.person_id_of(who)) for who in (owner, other)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in results) == ["LastOwner", "NoneType"]
    assert [role for _, role in await _team(desk, organiser.id)] == [Role.OWNER]


async def test_the_last_owner_stays_and_others_may_leave(desk: FrontDesk) -> None:
    owner, organiser = await _begun(desk)
    manager = await desk.member(owner, organiser.id, "mia@example.org", "manager")
    with pytest.raises(accounts.LastOwner):
        await desk.team.remove_member(owner, organiser.id, accounts.person_id_of(owner))
    with pytest.raises(accounts.NotAllowed):
        await desk.team.remove_member(manager, organiser.id, accounts.person_id_of(owner))
    assert len(await _team(desk, organiser.id)) == 2
    await desk.team.remove_member(manager, organiser.id, accounts.person_id_of(manager))
    with pytest.raises(accounts.MemberNotFound):
        await desk.team.remove_member(owner, organiser.id, accounts.person_id_of(manager))
    assert await _team(desk, organiser.id) == [("olga@example.org", Role.OWNER)]


async def test_a_removed_owner_cannot_come_back_through_a_second_address(desk: FrontDesk) -> None:
    owner, organiser = await _begun(desk)
    other = await desk.member(owner, organiser.id, "otto@example.org", "owner")
    await desk.team.invite(other, organiser.id, email="otto.second@example.org", role="owner")
    back_door = (await desk.letters())[-1].token
    await desk.team.remove_member(owner, organiser.id, accounts.person_id_of(other))
    second = await desk.joined("otto.second@example.org")
    with pytest.raises(accounts.InvitationNotFound):
        await desk.team.accept(second, back_door)
    # The role in a request that was on its way counts for nothing either.
    with pytest.raises(accounts.NotAllowed):
        await desk.team.invite(other, organiser.id, email="otto.second@example.org", role="owner")
    assert await _team(desk, organiser.id) == [("olga@example.org", Role.OWNER)]


async def test_an_owner_gives_a_member_another_role(desk: FrontDesk) -> None:
    owner, organiser = await _begun(desk)
    dora = await desk.member(owner, organiser.id, "dora@example.org", "door")
    dora_id = accounts.person_id_of(dora)
    await desk.team.change_role(owner, organiser.id, dora_id, role="manager")
    assert (await desk.again(dora)).roles == ((organiser.id, Role.MANAGER),)
    facts = await desk.facts()
    assert facts[-1] == ("accounts.member_role_changed", dora_id, owner.label)
    # The role they have already is no news.
    await desk.team.change_role(owner, organiser.id, dora_id, role="manager")
    assert await desk.facts() == facts


async def test_only_an_owner_changes_roles_and_the_last_one_stays_owner(desk: FrontDesk) -> None:
    owner, organiser = await _begun(desk)
    manager = await desk.member(owner, organiser.id, "mia@example.org", "manager")
    stranger = await desk.joined("sam@example.org")
    ids = {who: accounts.person_id_of(who) for who in (owner, manager, stranger)}
    before, facts = await _team(desk, organiser.id), await desk.facts()
    for who in (manager, stranger):
        with pytest.raises(accounts.NotAllowed):
            await desk.team.change_role(who, organiser.id, ids[who], role="owner")
    with pytest.raises(accounts.NotSignedIn):
        await desk.team.change_role(Actor.guest(), organiser.id, ids[manager], role="owner")
    with pytest.raises(accounts.LastOwner):
        await desk.team.change_role(owner, organiser.id, ids[owner], role="manager")
    with pytest.raises(accounts.BadRole):
        await desk.team.change_role(owner, organiser.id, ids[manager], role="admin")
    with pytest.raises(accounts.MemberNotFound):
        await desk.team.change_role(owner, organiser.id, ids[stranger], role="door")
    assert (await _team(desk, organiser.id), await desk.facts()) == (before, facts)


async def test_two_owners_who_demote_each_other_leave_one(desk: FrontDesk) -> None:
    owner, organiser = await _begun(desk)
    other = await desk.member(owner, organiser.id, "otto@example.org", "owner")
    ids = accounts.person_id_of(owner), accounts.person_id_of(other)
    results = await asyncio.gather(
        desk.team.change_role(owner, organiser.id, ids[1], role="door"),
        desk.team.change_role(other, organiser.id, ids[0], role="door"),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "NotAllowed"]
    assert sorted(role for _, role in await _team(desk, organiser.id)) == [Role.DOOR, Role.OWNER]


async def test_a_demoted_owner_cannot_come_back_through_a_second_address(desk: FrontDesk) -> None:
    owner, organiser = await _begun(desk)
    other = await desk.member(owner, organiser.id, "otto@example.org", "owner")
    await desk.team.invite(other, organiser.id, email="otto.second@example.org", role="owner")
    back_door = (await desk.letters())[-1].token
    await desk.team.change_role(owner, organiser.id, accounts.person_id_of(other), role="door")
    second = await desk.joined("otto.second@example.org")
    with pytest.raises(accounts.InvitationNotFound):
        await desk.team.accept(second, back_door)


async def test_one_organisers_owner_can_do_nothing_in_another(desk: FrontDesk) -> None:
    owner, organiser = await _begun(desk)
    rival = await desk.joined("rita@example.org")
    await desk.team.create_organiser(rival, name="Rival")
    rival = await desk.again(rival)
    await desk.team.invite(owner, organiser.id, email="dora@example.org", role="door")
    async with desk.db.reading() as reader:
        (waiting,) = await accounts.open_invitations(reader, organiser.id, desk.clock.now())
    with pytest.raises(accounts.NotAllowed):
        await desk.team.withdraw(rival, organiser.id, waiting.id)
    with pytest.raises(accounts.InvitationNotFound):
        await desk.team.withdraw(rival, rival.roles[0][0], waiting.id)
    with pytest.raises(accounts.NotAllowed):
        await desk.team.remove_member(rival, organiser.id, accounts.person_id_of(owner))
    with pytest.raises(accounts.NotAllowed):
        await desk.team.change_role(rival, organiser.id, accounts.person_id_of(owner), role="door")
    with pytest.raises(accounts.MemberNotFound):
        await desk.team.remove_member(rival, organiser.id, accounts.person_id_of(rival))
    assert await _team(desk, organiser.id) == [("olga@example.org", Role.OWNER)]
    assert await desk.count("accounts_invitation") == 1
