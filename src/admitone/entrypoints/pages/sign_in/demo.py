"""The demo's people on the sign-in page, for whoever tries the program out."""

from typing import Final

from fastapi import Request

from admitone import accounts
from admitone.assembly import Assembly
from admitone.entrypoints.demo_people import DEMO_PASSWORD, DOOR_EMAIL, OWNER_EMAIL
from admitone.entrypoints.trying_out import is_for_trying_out

_PEOPLE: Final = (("Organiser", OWNER_EMAIL), ("Door staff", DOOR_EMAIL))


async def demo_sign_ins(needs: Assembly, request: Request) -> tuple[tuple[str, str, str], ...]:
    """(who, e-mail, password) of the demo's people who are there; nobody on a site that others can reach, nor at
    another address than the one it printed.
    """
    if not needs.settings.is_development or not is_for_trying_out(needs.settings, request):
        return ()
    async with needs.database.reading() as reader:
        known = [(who, email, await accounts.credentials(reader, email)) for who, email in _PEOPLE]
    return tuple(
        (who, email, DEMO_PASSWORD)
        for who, email, found in known
        if found is not None and found.password_hash is not None
    )
