"""An event on sale is somewhere: whoever empties the place is told what is missing."""

import pytest

from admitone.assembly import Assembly
from tests.support.onsale import put_on_sale
from tests.support.organiser_desk import desk, on_sale, said, stored
from tests.support.site import bearer, program


@pytest.mark.parametrize("kind", ["venue", "online", "nonsense"])
async def test_a_form_without_a_place_is_shown_again(assembly: Assembly, kind: str) -> None:
    async with desk(assembly, "foundry") as who:
        edit = await on_sale(who)
        answer = await who.send(edit, f"{edit}/where", {"kind": kind})
        assert answer.status_code == 422
        assert "Say where it is" in said(answer)
    assert await stored(assembly, "online_url") == "https://meet.example/secret"


async def test_a_program_that_takes_the_place_away_is_told_too(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    assert show.owner.person_id is not None
    headers = await bearer(assembly, show.owner.person_id)
    url = f"/api/v1/organisers/{show.organiser_id}/events/{show.event_id}"
    async with program(assembly) as client:
        answer = await client.patch(url, headers=headers, json={"venue_name": None})
    assert answer.status_code == 422
    assert [one["code"] for one in answer.json()["problems"]] == ["events.not_ready"]
