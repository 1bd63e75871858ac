"""`openapi`: which operations of an API a file means, each as a request with open parameters.

OpenAPI Specification 3.0.4 and 3.1.1 (checked 2026-11-28). Read: parameters in path, query and header with their
schemas, JSON bodies, servers. References lead to places in the same file alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents_sahara.diagnostics.finding import Place, Report
from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.graph.files import beside
from agents_sahara.graph.tools.makings import Makings, Meant
from agents_sahara.graph.tools.names import MOST_TOOL_NAME
from agents_sahara.graph.tools.requests import OpenApiRequest, Where, judged_url, read_headers
from agents_sahara.source.compose import compose, to_json
from agents_sahara.spec.values import ToolSpec

_RULE = "bad-openapi"
_METHODS = ("get", "post", "put", "patch", "delete")
_MOST_TOOLS = 64
_MOST_DEPTH = 12
_MOST_ABOUT = 1000
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")
_WORDS = frozenset(
    [
        "type",
        "properties",
        "required",
        "items",
        "enum",
        "const",
        "description",
        "format",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "pattern",
        "anyOf",
        "oneOf",
        "allOf",
        "additionalProperties",
        "default",
        "title",
    ]
)
"""Words of JSON Schema that a model is told; examples and the like are left out."""


def meant(spec: ToolSpec, makings: Makings) -> Sequence[Meant]:
    """The operations that `spec` means."""
    if spec.openapi is None:
        return ()
    place = spec.place_of("openapi")
    document = _read(spec.openapi, place, makings)
    if document is None:
        return ()
    api = _Api(document, spec, place, makings)
    return tuple(api.tools())


def _read(relative: str, place: Place, makings: Makings) -> Mapping[str, Any] | None:
    files, report = makings.around.files, makings.around.report
    path = files.find(relative, place, report)
    text = None if path is None else files.read(path, beside(place.file, relative), place, report)
    if text is None:
        return None
    document = _parsed(text, beside(place.file, relative), report)
    version = document.get("openapi") if isinstance(document, dict) else None
    if isinstance(document, dict) and str(version).startswith(("3.0", "3.1")):
        return document
    message = f"{relative!r} is no OpenAPI file of version 3.0 or 3.1"
    report.add(_RULE, place, message, mend="name a file that begins with `openapi: 3.0...` or `3.1...`")
    return None


def _parsed(text: str, name: str, report: Report) -> object:
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return None
    own = Report()
    tree = compose(text, name, own)
    for finding in own.sorted():
        if finding.id != "non-string-key":  # status codes of answers, which nobody reads here
            report.add(finding.id, finding.place, finding.message, mend=finding.mend)
    return None if tree is None else to_json(tree)


@dataclass(frozen=True, slots=True)
class _Operation:
    """One operation of the file."""

    id: str
    method: str
    path: str
    said: Mapping[str, Any]
    item: Mapping[str, Any]
    """What holds for all operations of its path."""


class _Api:
    """A description of an API, as one team uses it."""

    def __init__(self, document: Mapping[str, Any], spec: ToolSpec, place: Place, makings: Makings) -> None:
        self._document = document
        self._spec = spec
        self._place = place
        self._makings = makings
        self._report = makings.around.report
        self._headers = read_headers(spec, spec.headers, makings, _RULE)

    def tools(self) -> Iterator[Meant]:
        """One for each operation that is meant."""
        known = {one.id: one for one in self._operations()}
        wanted = self._spec.operations
        for name in wanted or ():
            if name not in known:
                message = f"{self._spec.openapi!r} has no operation {name!r}"
                mend = did_you_mean(name, known, what="operations")
                self._report.add("unknown-operation", self._spec.place_of("operations"), message, mend=mend)
        chosen = [one for one in known.values() if wanted is None or one.id in wanted]
        if len(chosen) > _MOST_TOOLS:
            message = (
                f"{self._spec.openapi!r} has {len(chosen)} operations; at most {_MOST_TOOLS} become tools"
            )
            self._report.add(_RULE, self._place, message, mend="choose some with `operations: [...]`")
            return
        for one in chosen:
            made = self._tool(one)
            if made is not None:
                yield made

    def _operations(self) -> Iterator[_Operation]:
        for path, said in _map(self._document.get("paths")).items():
            item = _map(self._followed(said))
            for method in _METHODS:
                if method in item:
                    operation = _map(item[method])
                    name = operation.get("operationId")
                    id_ = name if isinstance(name, str) and name else f"{method}_{path}"
                    yield _Operation(id_, method, str(path), operation, item)

    def _tool(self, one: _Operation) -> Meant | None:
        base = self._base(one)
        url = None if base is None else self._address(base, one)
        if url is None:
            return None
        properties: dict[str, Any] = {}
        required: list[str] = []
        places: dict[str, Where] = {}
        for name, where, schema, is_needed in self._parameters(one):
            properties[name], places[name] = schema, where
            required += [name] if is_needed else []
        schema = {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }
        request = OpenApiRequest(one.method.upper(), url, schema, places, {}, self._headers)
        about = " ".join(str(one.said.get("summary") or one.said.get("description") or one.id).split())
        return Meant(
            request,
            about[:_MOST_ABOUT],
            re.sub("__+", "_", _NOT_IN_NAMES.sub("_", one.id)).strip("_")[:MOST_TOOL_NAME],
        )

    def _base(self, one: _Operation) -> str | None:
        if self._spec.server is not None:
            return judged_url(self._spec.server, self._spec.place_of("server"), self._makings, _RULE)
        for owner in (one.said, one.item, self._document):
            servers = owner.get("servers")
            if isinstance(servers, list) and servers:
                server = _map(servers[0])
                url = str(server.get("url", ""))
                for name, variable in _map(server.get("variables")).items():
                    url = url.replace(f"{{{name}}}", str(_map(variable).get("default", "")))
                if "://" in url:
                    return judged_url(url.replace("$", "$$"), self._place, self._makings, _RULE)
        message = f"{self._spec.openapi!r} does not say at which address the API is"
        self._report.add(_RULE, self._place, message, mend='add `server: "https://..."` beside `openapi`')
        return None

    def _address(self, base: str, one: _Operation) -> str | None:
        path = re.sub(r"\{([^{}]+)\}", lambda match: f"{{{{ {_argument(match[1])} }}}}", one.path)
        known = {name for name, where, _, _ in self._parameters(one) if where == "path"}
        missing = [name for name in re.findall(r"\{\{ (\S+) \}\}", path) if name not in known]
        if missing or not path.startswith("/"):
            message = (
                f"the operation {one.id!r} of {self._spec.openapi!r} has a path that cannot be filled in"
            )
            self._report.add(_RULE, self._place, message, mend="mend the file, or choose other `operations`")
            return None
        return judged_url(f"{base.rstrip('/')}{path}".replace("$", "$$"), self._place, self._makings, _RULE)

    def _parameters(self, one: _Operation) -> Iterator[tuple[str, Where, dict[str, Any], bool]]:
        """Name, place, schema and whether it must be given."""
        found: dict[tuple[str, str], Mapping[str, Any]] = {}
        for owner in (one.item, one.said):
            for said in owner.get("parameters") or ():
                parameter = _map(self._followed(said))
                found[str(parameter.get("name")), str(parameter.get("in"))] = parameter
        for (name, where), parameter in found.items():
            if where in ("path", "query", "header"):
                schema = self._schema(parameter.get("schema") or {"type": "string"})
                about = parameter.get("description")
                if isinstance(about, str):
                    schema.setdefault("description", about[:_MOST_ABOUT])
                yield _argument(name), where, schema, where == "path" or parameter.get("required") is True  # type: ignore[misc]  # one of the three
        body = _map(self._followed(one.said.get("requestBody")))
        content = _map(body.get("content"))
        media = next((_map(value) for kind, value in content.items() if "json" in str(kind)), None)
        if media is not None:
            yield "body", "whole_body", self._schema(media.get("schema") or {}), body.get("required") is True

    def _followed(self, said: object) -> object:
        """What a local reference leads to."""
        for _ in range(_MOST_DEPTH):
            reference = _map(said).get("$ref")
            if not isinstance(reference, str):
                return said
            said = self._at(reference)
        return None

    def _at(self, reference: str) -> object:
        if not reference.startswith("#/"):
            return None
        found: object = self._document
        for part in reference[2:].split("/"):
            found = _map(found).get(part.replace("~1", "/").replace("~0", "~"))
        return found

    def _schema(self, said: object, depth: int = 0) -> dict[str, Any]:
        """A schema in place; what leads back into itself is anything."""
        schema = _map(self._followed(said))
        if depth > _MOST_DEPTH:
            return {}
        made: dict[str, Any] = {}
        for word in _WORDS & schema.keys():
            value = schema[word]
            if word == "properties":
                made[word] = {str(name): self._schema(part, depth + 1) for name, part in _map(value).items()}
            elif word in ("anyOf", "oneOf", "allOf") and isinstance(value, list):
                made[word] = [self._schema(part, depth + 1) for part in value]
            elif word in ("items", "additionalProperties") and isinstance(value, Mapping):
                made[word] = self._schema(value, depth + 1)
            elif word in ("exclusiveMinimum", "exclusiveMaximum") and isinstance(value, bool):
                continue  # the form of 3.0
            else:
                made[word] = value
        if schema.get("nullable") is True and isinstance(made.get("type"), str):
            made["type"] = [made["type"], "null"]
        return made


def _argument(name: str) -> str:
    return _NOT_IN_NAMES.sub("_", name)


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
