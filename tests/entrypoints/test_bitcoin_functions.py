"""docs/bitcoin-functions.md says what of two other designs is where here: all that it names is there."""

import re

import httpx2

from admitone.assembly import Assembly
from tests.support.site import program
from tests.support.source_files import REPOSITORY, below

TABLE = REPOSITORY / "docs/bitcoin-functions.md"
ROUTE = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`\s]+)`")
CODE = re.compile(r"`([A-Za-z_.]+)`[^|`(]*\(`(src/admitone/[^`]+\.py)`\)")
# Every endpoint that the requirement names; columns of ways of asking are written as there.
NAMED = (
    "/api/users",
    "/api/users/login",
    "/api/users/me",
    "/api/events",
    "/api/admin/events",
    "/api/tickets/purchase",
    "/api/tickets/{id}/status",
    "/api/tickets/validate",
    "/api/users/{user_id}/tickets",
    "/api/webhooks/payment",
    "/api/tickets/uma-callback",
    "/api/payments/{invoice_id}/status",
    "/api/admin/payments/pending",
    "/api/admin/payments/{id}/retry",
    "/api/users/me/nwc-connection",
    "/.well-known/lnurlp/tickets",
    "/api/lnurl/callback",
    "/uma/payreq/{ticket_id}",
    "/.well-known/lnurlpubkey",
    "/.well-known/uma-configuration",
    "/api/admin/events/{id}/uma-invoice",
    "/api/admin/node/balance",
    "/api/admin/status",
    "/health",
)


def rows() -> list[tuple[str, str]]:
    """(there, here) of every row."""
    found = [line.split("|") for line in TABLE.read_text("utf-8").splitlines() if line.startswith("| ")]
    return [(cells[1], "|".join(cells[2:])) for cells in found if cells[1].strip() != "There"]


async def test_every_address_that_the_table_names_is_in_the_openapi_document(assembly: Assembly) -> None:
    async with program(assembly) as client:
        answer: httpx2.Response = await client.get("/api/v1/openapi.json")
    paths = answer.json()["paths"]
    named = [found for _, here in rows() for found in ROUTE.findall(here)]
    assert len(named) > 30
    missing = [
        f"{method} {path}"
        for method, path in named
        if not any(method.lower() in paths.get(prefix + path, {}) for prefix in ("/api/v1", ""))
    ]
    assert missing == []


def test_every_endpoint_of_the_requirement_is_in_the_table() -> None:
    there = " ".join(cell for cell, _ in rows())
    assert [path for path in NAMED if path not in there] == []


def test_every_function_that_the_table_names_is_in_its_file() -> None:
    named = [found for _, here in rows() for found in CODE.findall(here)]
    assert len(named) > 8
    for name, path in named:
        source = (REPOSITORY / path).read_text("utf-8")
        for part in name.split("."):
            assert re.search(rf"(?:def|class) {part}\b", source), f"{name} is not in {path}"


def test_every_name_of_code_in_the_table_is_somewhere_in_the_program() -> None:
    named = {
        name for _, here in rows() for name in re.findall(r"`([A-Za-z_]+(?:\.[a-z_]+)?)(?:\(\))?`", here)
    }
    assert len(named) > 15
    sources = "\n".join(path.read_text("utf-8") for path in below("src", suffix=".py"))
    known = set(re.findall(r"(?:def|class) (\w+)|^ *(\w+)(?:: | = )", sources, re.MULTILINE))
    words = {word for pair in known for word in pair}
    assert sorted(name for name in named if not words.issuperset(name.split("."))) == []


def test_no_row_names_an_address_without_a_way_of_asking() -> None:
    spoken = [span for _, here in rows() for span in re.findall(r"`([^`]+)`", here)]
    assert {span for span in spoken if span.startswith("/")} == {"/api/v1"}, "the beginning of addresses"
