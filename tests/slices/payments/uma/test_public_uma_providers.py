"""Bringing a UMA invoice over the network ends in time, and says whether it may have been taken."""

import json
import time

import pytest

from admitone.payments.uma import PublicUmaProviders, UmaOutcome
from admitone.plumbing.public_fetch import PublicFetch
from tests.support.raw_server import json_answer, raw_server


@pytest.mark.parametrize(
    ("shows_it", "outcome"),
    [(False, UmaOutcome.NOT_REACHED), (True, UmaOutcome.UNKNOWN)],
    ids=["silent about itself", "silent about the request"],
)
async def test_a_provider_that_never_answers_is_given_up_in_time(shows_it: bool, outcome: UmaOutcome) -> None:
    async with raw_server(b"") as takes:
        where = f"http://localhost:{takes.port}/requests"
        about = json_answer(json.dumps({"uma_request_endpoint": where}).encode()) if shows_it else b""
        async with raw_server(about) as shows:
            began = time.monotonic()
            providers = PublicUmaProviders(PublicFetch(loopback=True), seconds=0.5)
            assert await providers.bring(f"localhost:{shows.port}", "uma1x") is outcome
    assert time.monotonic() - began < 5
    assert len(takes.heard) == (1 if shows_it else 0)
