"""The judge of our requests can tell good from bad: on a small document of ours, and on real ones where they are."""

import json

import pytest

from tests.support.provider_documents import FORM, JSON, Document, Watch, nested, provider_document

MONEY = {
    "type": "object",
    "properties": {
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "minor": {"type": "integer", "minimum": 1},
    },
    "required": ["currency", "minor"],
}
SMALL = Document(
    {
        "openapi": "3.0.3",
        "paths": {
            "/pay/{id}": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {
                        "name": "Key",
                        "in": "header",
                        "required": True,
                        "schema": {"type": "string", "maxLength": 4},
                    },
                ],
                "post": {
                    "requestBody": {
                        "required": True,
                        "content": {
                            JSON: {"schema": {"$ref": "#/components/schemas/ask"}},
                            FORM: {"schema": {"$ref": "#/components/schemas/ask"}},
                        },
                    },
                    "responses": {
                        "201": {
                            "description": "made",
                            "content": {JSON: {"schema": {"$ref": "#/components/schemas/money"}}},
                        }
                    },
                },
                "get": {
                    "parameters": [{"name": "page", "in": "query", "schema": {"type": "integer"}}],
                    "responses": {"200": {"description": "none"}},
                },
            },
            "/pay/latest": {"get": {"responses": {"200": {"description": "fixed before variable"}}}},
        },
        "components": {
            "schemas": {
                "money": MONEY,
                "ask": {
                    "type": "object",
                    "properties": {
                        "lines": {"type": "array", "items": {"$ref": "#/components/schemas/money"}},
                        "flag": {"anyOf": [{"type": "boolean"}, {"type": "string", "enum": [""]}]},
                        "made": {"type": "string", "readOnly": True},
                    },
                    "required": ["lines"],
                },
            }
        },
    }
)
HEADERS = {"key": "k", "content-type": JSON}
GOOD = {"lines": [{"currency": "EUR", "minor": 5}], "flag": True}


def posted(body: object, **headers: str) -> list[str]:
    return SMALL.request_problems("POST", "/pay/1", {**HEADERS, **headers}, json.dumps(body).encode())


def test_a_good_request_has_no_problems() -> None:
    assert posted(GOOD) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "'lines' is a required property"),
        ({"lines": [{"currency": "EURO", "minor": 5}]}, "lines/0/currency"),
        ({"lines": [{"currency": "EUR", "minor": "5"}]}, "lines/0/minor"),
        ({"lines": [{"currency": "EUR", "minor": 5, "mior": 5}]}, "/lines/*/mior is not in the document"),
        ({**GOOD, "made": "x"}, "read-only"),
        ({**GOOD, "flag": "yes"}, "flag"),
    ],
)
def test_a_bad_body_is_seen(body: object, said: str) -> None:
    problems = posted(body)
    assert problems
    assert said.lower() in problems[0].lower()


def test_bad_headers_queries_and_addresses_are_seen() -> None:
    assert "header Key" in posted(GOOD, key="12345")[0]
    assert "content-type text/plain" in posted(GOOD, **{"content-type": "text/plain"})[0]
    for kind, body in ((JSON, b"{"), (JSON, b"\xff"), (FORM, b"lines"), (FORM, b"\xff=1")):
        sent = {**HEADERS, "content-type": kind}
        assert "cannot be read" in SMALL.request_problems("POST", "/pay/1", sent, body)[0]
    assert "no body" in SMALL.request_problems("POST", "/pay/1", HEADERS, b"")[0]
    assert "Key is missing" in SMALL.request_problems("GET", "/pay/1", {}, b"")[0]
    assert SMALL.request_problems("GET", "/pay/1?page=2", HEADERS, b"") == []
    assert "query page" in SMALL.request_problems("GET", "/pay/1?page=two", HEADERS, b"")[0]
    assert "query pgae" in SMALL.request_problems("GET", "/pay/1?pgae=2", HEADERS, b"")[0]
    assert "a body, and none is known" in SMALL.request_problems("GET", "/pay/1", HEADERS, b"x")[0]
    assert SMALL.request_problems("PUT", "/pay/1", HEADERS, b"") == ["PUT /pay/1: no such operation"]
    assert SMALL.request_problems("GET", "/pay/1/2", HEADERS, b"") == ["GET /pay/1/2: no such operation"]


def test_a_fixed_path_goes_before_a_variable_one() -> None:
    assert SMALL.request_problems("GET", "/pay/latest", {}, b"") == []


def test_forms_are_read_as_what_the_document_says() -> None:
    form = b"lines[0][currency]=EUR&lines[0][minor]=5&lines[1][currency]=JPY&lines[1][minor]=7&flag=true"
    headers = {**HEADERS, "content-type": FORM}
    assert SMALL.request_problems("POST", "/pay/1", headers, form) == []
    for bad in (form.replace(b"=5", b"=five"), form.replace(b"EUR", b"EURO"), form.replace(b"flag", b"flog")):
        assert len(SMALL.request_problems("POST", "/pay/1", headers, bad)) == 1, bad


def test_nested_forms_become_objects_and_lists() -> None:
    pairs = [("a[b][0][c]", "1"), ("a[b][1][c]", "2"), ("expand[]", "x"), ("expand[]", "y"), ("z", "")]
    assert nested(pairs) == {"a": {"b": [{"c": "1"}, {"c": "2"}]}, "expand": ["x", "y"], "z": ""}


def test_answers_are_judged_too() -> None:
    def answered(status: int, body: object) -> list[str]:
        return SMALL.answer_problems("POST", "/pay/1", status, json.dumps(body).encode())

    assert answered(201, {"currency": "EUR", "minor": 5}) == []
    assert "minor" in answered(201, {"currency": "EUR", "minor": 0})[0]
    assert "no answer 200" in answered(200, {})[0]


def test_a_watch_collects_what_is_wrong_and_knows_what_is_outside() -> None:
    watch = Watch((SMALL,), outside=("/token",))
    watch("POST", "/token", {}, b"anything")
    watch("POST", "/pay/1", {"Key": "k", "Content-Type": JSON}, json.dumps(GOOD).encode())
    assert watch.problems == []
    watch("POST", "/tokne", {}, b"")
    watch("GET", "/pay/1?x=1", {"key": "k"}, b"")
    assert watch.problems == ["POST /tokne: no such operation", "GET /pay/1?x=1: query x is not known"]
    assert len(watch.seen) == 4


def test_the_documents_of_real_providers_are_read() -> None:
    paypal = provider_document("paypal-orders2.json")
    order = {
        "intent": "CAPTURE",
        "purchase_units": [{"amount": {"currency_code": "EUR", "value": "25.00"}}],
    }
    headers = {"content-type": JSON, "paypal-request-id": "1"}
    assert paypal.request_problems("POST", "/v2/checkout/orders", headers, json.dumps(order).encode()) == []
    order["purchase_units"] = [{"amount": {"currency_code": "EURO", "value": 10}}]
    bad = paypal.request_problems("POST", "/v2/checkout/orders", headers, json.dumps(order).encode())
    assert len(bad) == 2

    stripe = provider_document("stripe.json")
    form = {"content-type": FORM}
    good = b"amount=2500&currency=eur&metadata[attempt]=1&expand[]=latest_charge"
    assert stripe.request_problems("POST", "/v1/payment_intents", form, good) == []
    for wrong in (b"&amout=3", b"&metadata=x&shipping[name]=", b"&capture_method=perhaps"):
        assert stripe.request_problems("POST", "/v1/payment_intents", form, good + wrong), wrong
    assert (
        stripe.request_problems(
            "GET", "/v1/events?limit=100&created[gte]=5&types[]=charge.succeeded", {}, b""
        )
        == []
    )

    paystack = provider_document("paystack.yaml")
    body = json.dumps({"email": "ada@example.org", "amount": 2500}).encode()
    assert paystack.request_problems("POST", "/transaction/initialize", {"content-type": JSON}, body) == []
    assert paystack.request_problems(
        "POST", "/transaction/initialize", {"content-type": JSON}, b'{"amount": 1}'
    )
