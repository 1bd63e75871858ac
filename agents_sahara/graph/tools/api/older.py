"""Descriptions of Swagger 2.0, told as OpenAPI 3.0 tells them: servers, security schemes, and each operation.

Schemas are those of 3.0 but for two words. What 2.0 can say and 3.0 cannot is refused with the operation. Swagger 2.0
specification (checked 2026-11-28).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from agents_sahara.graph.tools.api.styles import UnfitError

Follow: TypeAlias = Callable[[object], object]
"""What a reference leads to; anything else as it is."""

_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"

_STYLES: Mapping[str, Mapping[str, Any]] = {
    "csv": {"explode": False},
    "ssv": {"style": "spaceDelimited", "explode": False},
    "pipes": {"style": "pipeDelimited", "explode": False},
    "multi": {"style": "form", "explode": True},
}
"""`collectionFormat` as style."""

_OF_PARAMETERS = frozenset({"name", "in", "description", "required"})
_NOT_OF_SCHEMAS = _OF_PARAMETERS | {"collectionFormat", "allowEmptyValue"}


def root_of(root: Mapping[str, Any]) -> dict[str, Any]:
    """The description with the servers and security schemes of 3.0."""
    schemes = {str(name): _scheme(said) for name, said in _map(root.get("securityDefinitions")).items()}
    found = {"securitySchemes": schemes, "schemas": _map(root.get("definitions"))}
    return {**root, "openapi": "3.0.x", "servers": _servers(root, root.get("schemes")), "components": found}


def _servers(root: Mapping[str, Any], schemes: object) -> list[dict[str, str]]:
    """Https before all else; without a host there is no address."""
    host, path = root.get("host"), str(root.get("basePath", ""))
    known = [str(one) for one in schemes] if isinstance(schemes, list) else ["https"]
    ordered = sorted((one for one in known if one in ("https", "http")), reverse=True)
    return [{"url": f"{one}://{host}{path}"} for one in ordered] if host else [{"url": path}]


def _scheme(said: object) -> dict[str, Any]:
    scheme = dict(_map(said))
    return {"type": "http", "scheme": "basic"} if scheme.get("type") == "basic" else scheme


def operation_of(
    said: Mapping[str, Any], item: Mapping[str, Any], root: Mapping[str, Any], follow: Follow
) -> dict[str, Any]:
    """An operation as 3.0 tells it, with the parameters of its path."""
    merged: dict[tuple[str, str], Mapping[str, Any]] = {}
    for owner in (item, said):
        for one in _list(follow(owner.get("parameters"))):
            parameter = _map(follow(one))
            merged[str(parameter.get("name")), str(parameter.get("in"))] = parameter
    inside = [one for one in merged.values() if one.get("in") not in ("body", "formData")]
    made = {**said, "parameters": [_parameter(one) for one in inside]}
    consumes = [str(one) for one in _list(said.get("consumes", root.get("consumes")))]
    body = _body([one for one in merged.values() if one.get("in") in ("body", "formData")], consumes)
    if body is not None:
        made["requestBody"] = body
    produces = _list(said.get("produces", root.get("produces")))
    made["responses"] = {"200": {"content": {str(kind): {} for kind in produces}}}
    if isinstance(said.get("schemes"), list):
        made["servers"] = _servers(root, said["schemes"])
    return made


def _parameter(said: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {word: said[word] for word in _OF_PARAMETERS if word in said}
    return {**made, "schema": _schema(said), **_style(said)}


def _schema(said: Mapping[str, Any]) -> dict[str, Any]:
    """The words of a schema, which stand beside those of the parameter."""
    made = {word: value for word, value in said.items() if word not in _NOT_OF_SCHEMAS}
    return {"type": "string", "format": "binary"} if made.get("type") == "file" else made


def _style(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """How a list is written.

    Raises:
        UnfitError: in a way that 3.0 does not have.
    """
    if said.get("type") != "array":
        return {}
    kind = str(said.get("collectionFormat", "csv"))
    if kind not in _STYLES:
        raise UnfitError(f"has the parameter {said.get('name')!r} as {kind!r}, which is not written here")
    return _STYLES[kind]


def _body(said: list[Mapping[str, Any]], consumes: list[str]) -> dict[str, Any] | None:
    whole = next((one for one in said if one.get("in") == "body"), None)
    if whole is not None:
        content = {kind: {"schema": whole.get("schema", {})} for kind in consumes or ["application/json"]}
        about = {"description": whole["description"]} if "description" in whole else {}
        return {"required": whole.get("required") is True, "content": content, **about}
    return _form(said, consumes) if said else None


def _form(fields: list[Mapping[str, Any]], consumes: Iterable[str]) -> dict[str, Any]:
    has_file = any(one.get("type") == "file" for one in fields)
    media = _MULTIPART if has_file or _FORM not in {*consumes, *((_FORM,) if not consumes else ())} else _FORM
    properties = {
        str(one.get("name")): _schema(one)
        | ({"description": one["description"]} if "description" in one else {})
        for one in fields
    }
    required = [str(one.get("name")) for one in fields if one.get("required") is True]
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    lists = [one for one in fields if one.get("type") == "array"]
    encoding = {str(one.get("name")): {"style": "form", **_style(one)} for one in lists}
    return {"required": bool(required), "content": {media: {"schema": schema, "encoding": encoding}}}


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
