"""What handlers ask for by type: the assembly, and the id of the thing they are about to make."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from admitone.assembly import Assembly
from admitone.values.ids import uuid7


def assembly_of(request: Request) -> Assembly:
    """The one built at start-up."""
    found = request.app.state.assembly
    assert isinstance(found, Assembly)
    return found


async def id_to_make(request: Request) -> UUID:
    """An id derived from the Idempotency-Key, so that the same request makes the same thing; else a fresh
    one.
    """
    found = getattr(request.state, "derived_id", None)
    return found if isinstance(found, UUID) else uuid7()


async def _needs(request: Request) -> Assembly:
    # Everything a route depends on is a coroutine: the framework runs the rest in threads, and the way there and back
    # takes longer than most of our answers.
    return assembly_of(request)


Needs = Annotated[Assembly, Depends(_needs)]
NewId = Annotated[UUID, Depends(id_to_make)]
