"""Files of an organiser's documents: a question that cannot be is refused before the file begins."""

import pytest

from admitone.assembly import Assembly
from tests.support.onsale import put_on_sale
from tests.support.site import bearer, program


@pytest.mark.parametrize("file", ["list.csv", "files.zip"])
async def test_a_file_of_no_kind_of_document_is_refused(assembly: Assembly, file: str) -> None:
    show = await put_on_sale(assembly)
    assert show.owner.person_id is not None
    headers = await bearer(assembly, show.owner.person_id)
    url = f"/api/v1/organisers/{show.organiser_id}/documents/{file}"
    async with program(assembly) as client:
        refused = await client.get(url, headers=headers, params={"kind": "posters"})
        assert (refused.status_code, refused.json()["code"]) == (422, "invoices.bad_kind")
        assert (await client.get(url, headers=headers, params={"kind": "receipt"})).status_code == 200
