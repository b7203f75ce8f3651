"""A node that takes longer to say how it stands than anybody waits is named by its place, as one that is away."""

import pytest

from admitone.assembly import Assembly
from admitone.flows import bitcoin_desk
from tests.support.bank_desk import add_account
from tests.support.onsale import put_on_sale
from tests.support.raw_server import raw_server


@pytest.mark.parametrize(
    ("provider", "field", "scheme", "keys"),
    [
        pytest.param("bitcoin_core", "url", "http://", {"user": "a", "password": "b"}, id="Bitcoin Core"),
        pytest.param("lnd", "host", "", {"macaroon": "ab" * 60}, id="LND"),
    ],
)
async def test_a_node_that_is_too_slow_is_named_by_its_host(
    assembly: Assembly,
    monkeypatch: pytest.MonkeyPatch,
    provider: str,
    field: str,
    scheme: str,
    keys: dict[str, str],
) -> None:
    monkeypatch.setattr(bitcoin_desk, "PATIENCE_SECONDS", 0.3)
    show = await put_on_sale(assembly)
    async with raw_server(b"") as server:
        where = f"127.0.0.1:{server.port}"
        await add_account(assembly, show.organiser_id, provider, {field: f"{scheme}{where}"} | keys)
        [node] = await assembly.bitcoin_desk.nodes(show.owner, show.organiser_id)
    assert node.look is None
    assert node.problem.startswith(f"No node answers at {where}. Please check that it runs")


async def test_a_node_of_this_site_has_no_place(assembly: Assembly, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bitcoin_desk, "PATIENCE_SECONDS", 0.0)
    show = await put_on_sale(assembly)
    await add_account(assembly, show.organiser_id, "play_bitcoin", {})
    [node] = await assembly.bitcoin_desk.nodes(show.owner, show.organiser_id)
    assert node.problem.startswith("The payment provider does not answer at the moment.")
