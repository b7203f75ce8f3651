"""Providers' own OpenAPI documents as the judge of what our adapters send, and of what our stand-ins answer.

The documents are other people's and lie beside the repository (`../shared/provider-apis`), never in it. Where they
are missing, tests that need them are skipped with a plain sentence.

An observer only collects (`Watch.problems`): raised inside a stand-in it would look like a failing provider.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
import yaml
from openapi_schema_validator import OAS30ReadValidator, OAS30Validator, OAS30WriteValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

FOLDER = Path(__file__).parents[2].parent / "shared" / "provider-apis"
METHODS = ("get", "post", "put", "patch", "delete")
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
_HERE = "urn:document"
_PART = re.compile(r"[^\[\]]+|\[\]")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document. `pointer` says where it stands there."""

    method: str
    path: re.Pattern[str]
    pointer: str
    spec: Mapping[str, Any]
    shared: tuple[Any, ...]
    variables: int


class Document:
    """A provider's OpenAPI 3.0 document. All methods give problems as sentences; none means that all is well."""

    def __init__(self, contents: Mapping[str, Any]) -> None:
        self.contents: Mapping[str, Any] = _named_from_anywhere(contents)
        contents = self.contents
        resource = DRAFT202012.create_resource(contents)
        self._registry: Registry[Any] = Registry().with_resource(_HERE, resource)
        self.operations = tuple(
            Operation(
                method.upper(),
                _path_pattern(path),
                f"{_HERE}#/paths/{_escaped(path)}/{method}",
                item[method],
                tuple(item.get("parameters", ())),
                path.count("{"),
            )
            for path, item in contents["paths"].items()
            for method in METHODS
            if method in item
        )

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation this request is for; of several, the one with fewest variables in its path."""
        bare = path.partition("?")[0]
        found = [one for one in self.operations if one.method == method and one.path.fullmatch(bare)]
        return min(found, key=lambda one: one.variables, default=None)

    def request_problems(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> list[str]:
        """What is wrong with a request: its query, its headers named in the document, its body."""
        operation = self.operation(method, path)
        if operation is None:
            return [f"{method} {path}: no such operation"]
        found = self._parameter_problems(operation, path, headers) + self._body_problems(
            operation, headers, body
        )
        return [f"{method} {path}: {problem}" for problem in found]

    def answer_problems(self, method: str, path: str, status: int, body: bytes) -> list[str]:
        """What is wrong with an answer: a status the document does not name, or a body it does not allow."""
        operation = self.operation(method, path)
        if operation is None:
            return [f"{method} {path}: no such operation"]
        answers = operation.spec["responses"]
        name = str(status) if str(status) in answers else "default"
        if name not in answers:
            return [f"{method} {path}: no answer {status}"]
        pointer, answer = self._followed(f"{operation.pointer}/responses/{name}", answers[name])
        if JSON not in answer.get("content", {}):
            return [] if not body else [f"{method} {path}: the answer {status} has no body"]
        problems = self._judged(
            OAS30ReadValidator, f"{pointer}/content/{_escaped(JSON)}/schema", json.loads(body)
        )
        return [f"{method} {path} -> {status}: {problem}" for problem in problems]

    def _body_problems(self, operation: Operation, headers: Mapping[str, str], body: bytes) -> list[str]:
        if "requestBody" not in operation.spec:
            return ["a body, and none is known"] if body not in (b"", b"{}") else []
        pointer, wanted = self._followed(f"{operation.pointer}/requestBody", operation.spec["requestBody"])
        if not body:
            return ["no body"] if wanted.get("required") else []
        kind = headers.get("content-type", "").partition(";")[0].strip()
        if kind not in wanted["content"]:
            return [f"content-type {kind or '(none)'} instead of {', '.join(wanted['content'])}"]
        schema = wanted["content"][kind]["schema"]
        if kind not in (FORM, JSON):
            return []
        try:
            if kind == FORM:
                pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
                value = self._typed(nested(pairs), schema)
            else:
                value = json.loads(body)
        except ValueError as fault:
            return [f"a body that cannot be read: {fault}"]
        judged = self._judged(OAS30WriteValidator, f"{pointer}/content/{_escaped(kind)}/schema", value)
        return judged + [f"{place} is not in the document" for place in self._unknown(value, schema, "")]

    def _unknown(self, value: Any, schema: Any, place: str) -> list[str]:
        """Names the document does not have: it may allow them, but we have misspelt something."""
        schemas = self._parts(schema)
        if isinstance(value, list):
            lists = [one["items"] for one in schemas if "items" in one]
            if not lists:
                return []
            return [name for one in value for name in self._unknown(one, {"anyOf": lists}, f"{place}/*")]
        if not isinstance(value, dict) or not any("properties" in one for one in schemas):
            return []
        if any(one.get("additionalProperties") for one in schemas):
            return []
        found = []
        for name, inner in value.items():
            known = [one["properties"][name] for one in schemas if name in one.get("properties", {})]
            there = f"{place}/{name}"
            found += self._unknown(inner, {"anyOf": known}, there) if known else [there]
        return found

    def _parts(self, schema: Any) -> list[Any]:
        """The schema and all it is put together from."""
        _, schema = self._followed("", schema)
        inner = (one for word in ("allOf", "anyOf", "oneOf") for one in schema.get(word, ()))
        return [schema, *(part for one in inner for part in self._parts(one))]

    def _parameter_problems(self, operation: Operation, path: str, headers: Mapping[str, str]) -> list[str]:
        query = nested(parse_qsl(path.partition("?")[2], keep_blank_values=True))
        parameters = (*operation.shared, *operation.spec.get("parameters", ()))
        named = [self._followed("", one)[1] for one in parameters]
        known = {one["name"] for one in named if one["in"] == "query"}
        # A list may be written `expand[]`, which names the same parameter as `expand`.
        problems = [
            f"query {name} is not known" for name in query if name not in known and f"{name}[]" not in known
        ]
        for one in named:
            given: object = None
            if one["in"] == "query":
                given = query.get(one["name"].removesuffix("[]"))
            elif one["in"] == "header":
                given = headers.get(one["name"].lower())
            else:
                continue
            if given is None:
                problems += [f"{one['in']} {one['name']} is missing"] if one.get("required") else []
            elif "schema" in one:
                judge = OAS30Validator(one["schema"], registry=self._registry)
                value = self._typed(given, one["schema"])
                problems += [
                    f"{one['in']} {one['name']}: {fault.message[:160]}" for fault in judge.iter_errors(value)
                ]
        return problems

    def _judged(self, kind: Any, pointer: str, value: object) -> list[str]:
        judge = kind({"$ref": pointer}, registry=self._registry)
        return [
            f"{'/'.join(map(str, fault.absolute_path)) or '(all)'}: {fault.message[:160]}"
            for fault in judge.iter_errors(value)
        ]

    def _followed(self, pointer: str, node: Any) -> tuple[str, Any]:
        while "$ref" in node:
            pointer = node["$ref"]
            node = self.contents
            for step in pointer.removeprefix(f"{_HERE}#/").split("/"):
                node = node[unquote(step).replace("~1", "/").replace("~0", "~")]
        return pointer, node

    def _typed(self, value: Any, schema: Any) -> Any:
        """Words of a form or a query as what the schema says they are; left alone where they are not."""
        _, schema = self._followed("", schema)
        for other in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
            typed = self._typed(value, other)
            if OAS30WriteValidator(other, registry=self._registry).is_valid(typed):
                return typed
        for part in schema.get("allOf", ()):
            value = self._typed(value, part)
        if isinstance(value, str):
            return _word(value, schema.get("type"))
        if isinstance(value, dict):
            known, rest = schema.get("properties", {}), schema.get("additionalProperties")
            others = rest if isinstance(rest, dict) else {}
            return {name: self._typed(one, known.get(name, others)) for name, one in value.items()}
        if isinstance(value, list):
            return [self._typed(one, schema.get("items", {})) for one in value]
        return value


@dataclass(slots=True)
class Watch:
    """An observer for a stand-in: each request held against the documents, what is wrong collected.

    `outside` are beginnings of paths that the documents do not have (`/v1/oauth2/token`): named, so that a misspelt
    path is not taken for one of them.
    """

    documents: tuple[Document, ...]
    outside: Collection[str] = ()
    problems: list[str] = field(default_factory=list)
    seen: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Hold one request against the documents. Names of headers may have any case."""
        self.seen.append((method, path))
        if any(path.startswith(one) for one in self.outside):
            return
        lower = {name.lower(): value for name, value in headers.items()}
        for document in self.documents:
            if document.operation(method, path) is not None:
                self.problems += document.request_problems(method, path, lower, body)
                return
        self.problems.append(f"{method} {path}: no such operation")


def provider_document(name: str) -> Document:
    """The document of this file name. Skips the test when the folder is not there."""
    if not FOLDER.is_dir():
        pytest.skip("the providers' API documents are not beside the repository (../shared/provider-apis)")
    return _read(FOLDER / name)


@cache
def _read(path: Path) -> Document:
    text = path.read_text("utf-8")
    return Document(json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=yaml.CSafeLoader))


def nested(pairs: Collection[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0][c]=d` as nested objects and lists, the way forms and queries of card companies are written."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        *outer, last = _PART.findall(name)
        place = root
        for step in outer:
            place = place.setdefault(step if step != "[]" else str(len(place)), {})
        place[last if last != "[]" else str(len(place))] = value
    return {name: _lists(value) for name, value in root.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if all(name.isdigit() for name in value):
        return [_lists(value[name]) for name in sorted(value, key=int)]
    return {name: _lists(one) for name, one in value.items()}


def _word(text: str, kind: str | None) -> object:
    if kind == "integer" and re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    if kind == "number" and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        return float(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _named_from_anywhere(node: Any) -> Any:
    """The same document with references that say which document they mean, so that parts of it stand alone."""
    if isinstance(node, list):
        return [_named_from_anywhere(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        name: f"{_HERE}{one}" if name == "$ref" and isinstance(one, str) else _named_from_anywhere(one)
        for name, one in node.items()
    }


def _path_pattern(path: str) -> re.Pattern[str]:
    return re.compile("[^/]+".join(re.escape(part) for part in re.split(r"\{[^}]+\}", path)))


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")
