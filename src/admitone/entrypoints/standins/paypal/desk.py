"""The interface: addresses, tokens, idempotency keys and mishaps in front of the company."""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from admitone.entrypoints.standins.paypal.company import Company, public
from admitone.entrypoints.standins.paypal.knobs import Mishap
from admitone.entrypoints.standins.paypal.office import Office
from admitone.entrypoints.standins.paypal.saying import SaysNo, missing
from admitone.entrypoints.standins.paypal.state import Thing

TOKEN_SECONDS = 32_400
Observe = Callable[[str, str, Mapping[str, str], bytes], None]
SCOPES = (
    "https://uri.paypal.com/services/checkout/one-click-with-merchant-issued-token openid "
    "https://uri.paypal.com/services/applications/webhooks https://uri.paypal.com/payments/payouts "
    "https://uri.paypal.com/services/reporting/search/read https://uri.paypal.com/services/disputes/update-seller"
)


@dataclass(frozen=True, slots=True)
class Call:
    """A request as an operation sees it: the name in its address, its query, its body as bytes and as JSON."""

    id: str
    query: Mapping[str, str]
    content_type: str
    body: bytes
    said: Any = None


Work = Callable[[Call], tuple[int, Thing | None]]


class HungUp(Exception):
    """The stand-in leaves the line without a whole answer. Servers close the connection then."""


class Desk:
    """Answers every request of the interface."""

    def __init__(self, company: Company, office: Office, observe: Observe | None) -> None:
        self._company = company
        self._office = office
        self._observe = observe
        self._tokens: dict[str, datetime] = {}

    def forget_tokens(self) -> None:
        """From now on every token is unknown, as after a revocation."""
        self._tokens.clear()

    async def token(self, request: Request) -> Response:
        """OAuth 2.0 client credentials."""

        def work(_: Call) -> tuple[int, Thing]:
            merchant = self._company.merchant
            wanted = f"{merchant.client_id}:{merchant.client_secret}"
            if not hmac.compare_digest(_login(request), wanted):
                return 401, {"error": "invalid_client", "error_description": "Client Authentication failed"}
            text = f"A21AA{secrets.token_urlsafe(60)}"
            self._tokens[text] = self._company.now() + timedelta(seconds=TOKEN_SECONDS)
            return 200, {
                "scope": SCOPES,
                "access_token": text,
                "token_type": "Bearer",
                "app_id": "APP-80W284485P519543T",
                "expires_in": TOKEN_SECONDS,
                "nonce": secrets.token_urlsafe(20),
            }

        return await self._answered(request, "token", work, needs_token=False)

    def operation(
        self, name: str, work: Work, *, keeps_keys: bool = False
    ) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint of one operation; with `keeps_keys` the same PayPal-Request-Id gets the same answer."""

        async def endpoint(request: Request) -> Response:
            return await self._answered(request, name, work, keeps_keys=keeps_keys)

        return endpoint

    async def _answered(
        self, request: Request, name: str, work: Work, *, needs_token: bool = True, keeps_keys: bool = False
    ) -> Response:
        body = await request.body()
        if self._observe is not None:
            query = f"?{request.url.query}" if request.url.query else ""
            self._observe(request.method, request.url.path + query, dict(request.headers), body)
        mishap = self._company.knobs.next_mishap(name)
        if mishap is Mishap.NEVER_ARRIVED:
            raise HungUp
        if mishap is Mishap.SERVER_ERROR:
            return JSONResponse({"name": "INTERNAL_SERVICE_ERROR"}, 500)
        if mishap is Mishap.TOO_MANY:
            return JSONResponse({"name": "RATE_LIMIT_REACHED", "message": "Too many requests."}, 429)
        status, answer = self._done(request, name, work, body, needs_token=needs_token, keeps_keys=keeps_keys)
        if mishap is Mishap.ANSWER_LOST:
            raise HungUp
        if mishap is Mishap.GARBAGE:
            return PlainTextResponse('{"id": "5O1', 200)
        if answer is None:
            return Response(status_code=status)
        return JSONResponse(answer, status, headers={"paypal-debug-id": secrets.token_hex(7)})

    def _done(
        self, request: Request, name: str, work: Work, body: bytes, *, needs_token: bool, keeps_keys: bool
    ) -> tuple[int, Thing | None]:
        try:
            if needs_token:
                self._let_in(request)
            key = request.headers.get("paypal-request-id") if keeps_keys else None
            if key is None:
                return self._worked(request, work, body)
            place = f"{name} {request.url.path} {key}"
            digest = hashlib.sha256(body).hexdigest()
            before = self._company.state.keys.get(place)
            if before is None:
                status, answer = self._worked(request, work, body)
                # A no without work done is not kept: sent again, it is looked at again.
                if status < 300:
                    self._company.state.keys[place] = {
                        "digest": digest,
                        "answer": json.loads(json.dumps(answer)),
                    }
                    self._company.memory.keep()
                return status, answer
            if before["digest"] != digest and not self._company.knobs.keys_ignore_bodies:
                raise SaysNo(
                    422,
                    "DUPLICATE_REQUEST_ID",
                )
            # Orders answer a repeated request with 200; refunds, by their document, with what they said the first time.
            return 201 if name == "refund" else 200, before["answer"]
        except SaysNo as refused:
            return refused.status, refused.body

    def _worked(self, request: Request, work: Work, body: bytes) -> tuple[int, Thing | None]:
        kind = request.headers.get("content-type", "")
        try:
            said = json.loads(body) if body and kind.startswith("application/json") else None
        except ValueError as error:
            raise SaysNo(400, "MALFORMED_REQUEST_JSON") from error
        call = Call(request.path_params.get("id", ""), request.query_params, kind, body, said)
        try:
            status, answer = work(call)
        except (KeyError, TypeError, AttributeError) as error:
            raise SaysNo(400, "MISSING_REQUIRED_PARAMETER") from error
        if request.method != "GET":
            self._company.memory.keep()
        return status, None if answer is None else public(answer)

    def _let_in(self, request: Request) -> None:
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or self._tokens.get(text, self._company.now()) <= self._company.now():
            raise SaysNo(401)

    # What each operation does

    def create_order(self, call: Call) -> tuple[int, Thing]:
        """POST /v2/checkout/orders."""
        return 201, self._company.create_order(call.said)

    def get_order(self, call: Call) -> tuple[int, Thing]:
        """GET /v2/checkout/orders/{id}."""
        return 200, self._company.order(call.id)

    def patch_order(self, call: Call) -> tuple[int, None]:
        """PATCH /v2/checkout/orders/{id}."""
        self._company.patch_order(call.id, call.said)
        return 204, None

    def capture(self, call: Call) -> tuple[int, Thing]:
        """POST /v2/checkout/orders/{id}/capture."""
        return 201, self._company.capture(call.id)

    def get_capture(self, call: Call) -> tuple[int, Thing]:
        """GET /v2/payments/captures/{id}."""
        return 200, self._company.capture_shown(call.id)

    def refund(self, call: Call) -> tuple[int, Thing]:
        """POST /v2/payments/captures/{id}/refund."""
        return 201, self._company.refund(call.id, call.said or {})

    def get_refund(self, call: Call) -> tuple[int, Thing]:
        """GET /v2/payments/refunds/{id}."""
        return 200, self._company.refund_shown(call.id)

    def pay_out(self, call: Call) -> tuple[int, Thing]:
        """POST /v1/payments/payouts."""
        made = self._office.pay_out(call.said)
        header = {
            name: value for name, value in made["batch_header"].items() if name not in ("amount", "fees")
        }
        return 201, {"batch_header": header, "links": made["links"]}

    def get_payout(self, call: Call) -> tuple[int, Thing]:
        """GET /v1/payments/payouts/{id}."""
        return 200, self._office.payout(call.id)

    def get_webhook(self, call: Call) -> tuple[int, Thing]:
        """GET /v1/notifications/webhooks/{id}."""
        merchant = self._company.merchant
        if call.id != merchant.webhook_id or merchant.webhook_url is None:
            raise missing()
        return 200, {"id": merchant.webhook_id, "url": merchant.webhook_url, "event_types": [{"name": "*"}]}

    def list_events(self, call: Call) -> tuple[int, Thing]:
        """GET /v1/notifications/webhooks-events, newest first."""
        query = call.query
        first, last = query.get("start_time", ""), query.get("end_time", "9999")
        size = int(query.get("page_size", "10"))
        found = [one for one in self._company.state.events if first <= one["create_time"] <= last]
        if "event_type" in query:
            found = [one for one in found if one["event_type"] == query["event_type"]]
        page = found[::-1][:size]
        return 200, {"events": page, "count": len(page), "links": []}

    def owner(self, call: Call) -> tuple[int, Thing]:
        """GET /v1/identity/oauth2/userinfo."""
        merchant = self._company.merchant
        return 200, {
            "user_id": "https://www.paypal.com/webapps/auth/identity/user/standin",
            "name": merchant.name,
            "payer_id": merchant.payer_id,
            "address": {"country": merchant.country},
            "verified_account": "true",
        }

    def balances(self, call: Call) -> tuple[int, Thing]:
        """GET /v1/reporting/balances."""
        return 200, self._office.balances()

    def transactions(self, call: Call) -> tuple[int, Thing]:
        """GET /v1/reporting/transactions."""
        query = call.query
        page, size = int(query.get("page", "1")), int(query.get("page_size", "100"))
        return 200, self._office.transactions(query["start_date"], query["end_date"], page, size)

    def list_disputes(self, call: Call) -> tuple[int, Thing]:
        """GET /v1/customer/disputes, in pages by token."""
        size = int(call.query.get("page_size", "10"))
        begin = int(base64.b64decode(call.query.get("next_page_token", "MA==")))
        found = self._office.disputes(call.query.get("update_time_after"))
        names = ("dispute_id", "create_time", "update_time", "reason", "status", "dispute_amount")
        items = [{name: one[name] for name in names} for one in found[begin : begin + size]]
        links = [self._company.link("/v1/customer/disputes", "self")]
        if begin + size < len(found):
            token = base64.b64encode(str(begin + size).encode()).decode()
            links.append(self._company.link(f"/v1/customer/disputes?next_page_token={token}", "next"))
        return 200, {"items": items, "links": links}

    def get_dispute(self, call: Call) -> tuple[int, Thing]:
        """GET /v1/customer/disputes/{id}."""
        return 200, self._office.dispute(call.id)

    def provide_evidence(self, call: Call) -> tuple[int, Thing]:
        """POST /v1/customer/disputes/{id}/provide-evidence, as multipart."""
        dispute_id = call.id
        if not call.content_type.startswith("multipart/form-data"):
            raise SaysNo(400, "MISSING_REQUIRED_PARAMETER")
        begin = call.body.find(b'{"evidences"')
        said, _ = json.JSONDecoder().raw_decode(call.body[begin:].decode("utf-8", "replace"))
        files = call.body.count(b'name="evidence-file"')
        self._office.take_evidence(dispute_id, said["evidences"][0]["notes"], files)
        return 200, {"links": [self._company.link(f"/v1/customer/disputes/{dispute_id}", "self")]}


def _login(request: Request) -> str:
    kind, _, coded = request.headers.get("authorization", "").partition(" ")
    try:
        return base64.b64decode(coded, validate=True).decode("ascii") if kind == "Basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        return ""
