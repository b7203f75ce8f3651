"""The OpenAPI document: what FastAPI finds out by itself, and the refusals any operation may answer with.

The two fast routes are described here by the same classes that decode and encode them.
"""

from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from admitone.entrypoints.http_refusals import PROBLEM_TYPE, TITLE
from admitone.entrypoints.rest.lean_schemas import DESCRIBED
from admitone.entrypoints.surfaces import is_for_wallets

_REF: Final = "#/components/schemas/{name}"
_ALWAYS: Final = (400, 403, 404, 405, 409, 410, 413, 421, 422, 429, 500, 503)
_TO_WALLETS: Final = {"application/json": {"schema": {"$ref": _REF.format(name="WalletError")}}}
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457. `problems` has one entry for each field when several are wrong.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "field": {"type": "string"},
        "data": {"type": "object"},
        "problems": {"type": "array", "items": {"type": "object"}},
    },
}


def describe(app: FastAPI) -> None:
    """Make the application answer with the completed document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(
                get_openapi(title=app.title, version=app.version, openapi_version="3.1.0", routes=_api(app))
            )
        return app.openapi_schema

    # FastAPI's own way of replacing its document ("Extending OpenAPI").
    app.openapi = document  # type: ignore[method-assign]


def _api(app: FastAPI) -> list[BaseRoute]:
    return list(app.routes)


def _complete(found: dict[str, Any]) -> dict[str, Any]:
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    _, described = msgspec.json.schema_components(DESCRIBED, ref_template=_REF)
    schemas.update(described)
    schemas["Problem"] = _PROBLEM
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    content = {PROBLEM_TYPE: {"schema": {"$ref": _REF.format(name="Problem")}}}
    for path, operations in found["paths"].items():
        said = _TO_WALLETS if is_for_wallets(path) else content
        for method, operation in operations.items():
            responses = operation["responses"]
            responses.pop("422", None)
            for status in (*_ALWAYS, 401):
                responses.setdefault(str(status), {"description": TITLE[status], "content": said})
            if path.startswith("/api/v1/") and method in ("post", "put", "patch", "delete"):
                operation.setdefault("parameters", []).append(
                    {
                        "name": "Idempotency-Key",
                        "in": "header",
                        "required": False,
                        "description": "The same key and the same request give the same answer, for 30 days.",
                        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
                    }
                )
    return found
