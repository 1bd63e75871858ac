"""Descriptions with anything anywhere: they are refused or mean requests, and break nothing."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from agents_sahara.diagnostics.rules import RULES
from agents_sahara.graph.tools.requests import OpenApiRequest
from agents_sahara.loader import read_team
from tests.test_tools.apis import ALLOWED
from tests.test_tools.teams import ONE_TOOL, write

JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, "", "x", "../x", "#/", "#/paths", "#/components/schemas/Pet", "a\nb", "ü", [], {}, [None],
    {"$ref": "#/components/schemas/Pet"}, {"$ref": 5}, {"x": []}, ["a", 1], {"type": ["object", 5]}, "{a}{b}", 10**30,
    {"propertyName": []}, {"mapping": {"a": 1}}, {"a": {"b": {}}}, "https://{x}.example", {"security": [{"a": 1}]},
)  # fmt: skip

WORDS = ("1", "$ref", "", "type", "in", "style", "explode", "security", "discriminator", "allOf", "x")


def shop() -> dict[str, Any]:
    pet = {"$ref": "#/components/schemas/Pet"}
    kinds = {"propertyName": "kind", "mapping": {"cat": "Cat"}}
    fields = {"file": {"type": "string", "format": "binary"}, "tags": {"type": "array"}}
    form = {
        "schema": {"type": "object", "properties": fields},
        "encoding": {"file": {"contentType": "image/png"}},
    }
    body = {"content": {"multipart/form-data": form}}
    properties = {"kind": {"type": "string"}, "friend": pet}
    more = {"type": "object", "properties": {"purrs": {"type": "boolean", "nullable": True}}}
    parameters = [
        {"name": "id", "in": "path", "required": True, "style": "matrix", "schema": {"type": "integer"}},
        {"name": "q", "in": "query", "style": "deepObject", "explode": True, "schema": {"type": "object"}},
        {"name": "sid", "in": "cookie", "schema": {"type": "string"}},
    ]
    return {
        "openapi": "3.0.3",
        "servers": [{"url": "https://{where}.example", "variables": {"where": {"default": "api"}}}],
        "security": [{"key": []}, {"login": [], "token": []}],
        "paths": {
            "/pets/{id}": {
                "parameters": parameters,
                "get": {"operationId": "show", "responses": {"200": {"content": {"application/json": {}}}}},
                "put": {"operationId": "change", "requestBody": {"content": {"application/json": {"schema": pet}}}},
                "post": {"operationId": "upload", "requestBody": body},
            }
        },
        "components": {
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "query", "name": "key"},
                "login": {"type": "http", "scheme": "basic"},
                "token": {"type": "oauth2", "flows": {}},
            },
            "schemas": {
                "Pet": {"type": "object", "properties": properties, "discriminator": kinds},
                "Cat": {"allOf": [pet, more]},
            },
        },
    }  # fmt: skip


def older() -> dict[str, Any]:
    made = shop()
    form = {"name": "file", "in": "formData", "type": "file"}
    body = {"name": "pet", "in": "body", "schema": {"$ref": "#/definitions/Pet"}}
    item = made["paths"]["/pets/{id}"]
    for parameter in item["parameters"]:
        parameter |= {"type": "array", "items": {"type": "string"}, "collectionFormat": "csv"}
    item["put"]["parameters"], item["post"]["parameters"] = [body], [form]
    definitions = {"Pet": {"type": "object", "discriminator": "kind", "x-nullable": True}}
    head = {"swagger": "2.0", "host": "api.example", "schemes": ["https"], "consumes": ["application/json"]}
    return {**head, "paths": made["paths"], "definitions": definitions,
            "securityDefinitions": made["components"]["securitySchemes"]}  # fmt: skip


def places(part: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value below `part`."""
    pairs = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, inner in pairs:
        yield (*at, key)
        yield from places(inner, (*at, key))


def spoil(document: dict[str, Any], chance: random.Random) -> None:
    """Put something else somewhere."""
    ways = list(places(document))
    *way, last = chance.choice(ways)
    owner: Any = document
    for key in way:
        owner = owner[key]
    if chance.random() < 0.6:
        owner[last] = copy.deepcopy(chance.choice(JUNK))
    elif chance.random() < 0.5 and isinstance(owner, dict):
        owner[chance.choice(WORDS)] = owner.pop(last)
    else:
        other: Any = document
        for key in chance.choice(ways):
            other = other[key]
        owner[last] = copy.deepcopy(other)


def judge(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    document = chance.choice((shop, older))()
    for _ in range(chance.randint(1, 4)):
        spoil(document, chance)
    (folder / "api.json").write_text(json.dumps(document), encoding="utf-8")
    path = write(folder, f"{ONE_TOOL}  it: {{openapi: api.json, credentials: {{key: abc, login: 'a:b'}}}}\n")
    loaded = read_team(path, environ={}, consent=ALLOWED)
    assert {one.id for one in loaded.findings} <= set(RULES), seed
    for tool in () if loaded.graph is None else loaded.graph.agents["desk"].tools:
        assert isinstance(tool.does, OpenApiRequest)
        assert tool.does.host.endswith(".example")
        Draft202012Validator.check_schema(tool.does.schema)
        json.dumps([tool.does.schema, tool.does.to_json()])


def test_anything_anywhere_breaks_nothing(tmp_path: Path) -> None:
    for seed in range(100):
        judge(tmp_path, seed)


@pytest.mark.long
def test_anything_anywhere_breaks_nothing_for_long(tmp_path: Path) -> None:
    for seed in range(100, 4_000):
        judge(tmp_path, seed)
