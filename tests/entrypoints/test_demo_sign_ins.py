"""The sign-in page of a site somebody tries out offers the demo's people; no other page of signing in does."""

import re

import pytest

from admitone import migrations
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.entrypoints.demo_people import DEMO_PASSWORD, DOOR_EMAIL, OWNER_EMAIL
from admitone.flows.demo_data import put_demo_on_sale
from admitone.settings import Settings
from tests.support.site import browser


async def _with_demo(needs: Assembly) -> None:
    await put_demo_on_sale(
        needs.database,
        needs.clock,
        needs.passwords,
        owner_password=DEMO_PASSWORD,
        door_password=DEMO_PASSWORD,
    )


async def test_nobody_is_offered_before_the_demo_is_there(assembly: Assembly) -> None:
    async with browser(assembly) as client:
        page = (await client.get("/sign-in")).text
    assert "Demo sign-ins" not in page
    assert DEMO_PASSWORD not in page


@pytest.mark.parametrize(
    ("email", "lands_at"), [(OWNER_EMAIL, "/organiser"), (DOOR_EMAIL, "/checkin")], ids=["owner", "door"]
)
async def test_one_press_signs_in_as_somebody_of_the_demo(
    assembly: Assembly, email: str, lands_at: str
) -> None:
    await _with_demo(assembly)
    async with browser(assembly) as client:
        page = (await client.get("/sign-in")).text
        forms = re.findall(r'<form action="(/sign-in/password)"[^>]*>(.*?)</form>', page, re.DOTALL)
        fields = [
            (action, dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form)))
            for action, form in forms
            if email in form
        ]
        assert len(fields) == 1
        action, typed = fields[0]
        answer = await client.post(action, data=typed)
        assert (answer.status_code, answer.headers["location"]) == (303, lands_at)


async def test_a_site_that_others_can_reach_never_shows_them(
    assembly: Assembly, settings: Settings, database_url: str
) -> None:
    await _with_demo(assembly)
    real = settings.model_copy(update={"development": False})
    built = await assemble(real, OpenDatabase(database_url, None), migrations.APP_ROLE, name="real site")
    try:
        async with browser(built) as client:
            page = (await client.get("/sign-in")).text
    finally:
        await built.close()
    assert "With a link by mail" in page
    for secret in ("Demo sign-ins", OWNER_EMAIL, DOOR_EMAIL, DEMO_PASSWORD):
        assert secret not in page
