"""`openapi` tools: descriptions of Swagger 2.0 mean the requests that they always meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agents_sahara.graph.tools.requests import OpenApiRequest
from agents_sahara.loader import load_graph, read_team
from agents_sahara.tools.writing import written
from tests.test_tools.apis import ALLOWED
from tests.test_tools.teams import ONE_TOOL, write

SHOP: dict[str, Any] = {
    "swagger": "2.0",
    "host": "api.example",
    "basePath": "/v1/",
    "schemes": ["http", "https"],
    "consumes": ["application/json"],
    "produces": ["application/json", "text/csv"],
    "securityDefinitions": {
        "login": {"type": "basic"},
        "key": {"type": "apiKey", "in": "query", "name": "key"},
        "oauth": {"type": "oauth2", "flow": "implicit"},
    },
    "parameters": {
        "page": {"name": "page", "in": "query", "type": "integer", "minimum": 1, "description": "Which one"},
        "pet": {"name": "pet", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Pet"}},
    },
    "definitions": {
        "Pet": {
            "type": "object",
            "discriminator": "kind",
            "required": ["kind"],
            "properties": {"kind": {"type": "string"}, "name": {"type": "string", "x-nullable": True}},
        },
        "Cat": {"allOf": [{"$ref": "#/definitions/Pet"}, {"properties": {"purrs": {"type": "boolean"}}}]},
    },
}  # fmt: skip


def load(folder: Path, beside: str = "", shop: dict[str, Any] = SHOP, **operation: Any) -> tuple[Path, Any]:
    item = {
        "parameters": operation.pop("above", []),
        operation.pop("method", "post"): {"operationId": "it", **operation},
    }
    (folder / "api.json").write_text(json.dumps({**shop, "paths": {"/pets/{id}": item}}), encoding="utf-8")
    return write(folder, f"{ONE_TOOL}  it: {{openapi: api.json{beside}}}\n"), item


ID = {"name": "id", "in": "path", "required": True, "type": "string"}


def request(folder: Path, beside: str = "", shop: dict[str, Any] = SHOP, **operation: Any) -> OpenApiRequest:
    path, _ = load(folder, beside, shop, above=[ID], **operation)
    [tool] = load_graph(path, environ={}, consent=ALLOWED).agents["desk"].tools
    assert isinstance(tool.does, OpenApiRequest)
    return tool.does


def test_parameters_of_path_query_and_header(tmp_path: Path) -> None:
    words = {"in": "query", "type": "array", "items": {"type": "string"}}
    lists = {
        kind: {"name": kind, "collectionFormat": kind, **words} for kind in ("csv", "ssv", "pipes", "multi")
    }
    plain = {"name": "tags", **words}
    header = {"name": "X-Size", "in": "header", "type": "string", "enum": ["s", "m"]}
    made = request(
        tmp_path, method="get", parameters=[{"$ref": "#/parameters/page"}, plain, header, *lists.values()]
    )
    properties: Any = made.schema["properties"]
    assert properties["page"] == {"type": "integer", "minimum": 1, "description": "Which one"}
    assert properties["X-Size"] == {"type": "string", "enum": ["s", "m"]}
    given = {
        "id": "a/b",
        "page": 2,
        "tags": ["a", "b"],
        "X-Size": "s",
        **{kind: ["x", "y"] for kind in lists},
    }
    sent = written(made, given, "k")
    assert str(sent.url) == (
        "https://api.example/v1/pets/a%2Fb?page=2&tags=a,b&csv=x,y&ssv=x%20y&pipes=x%7Cy&multi=x&multi=y"
    )
    assert (sent.headers["x-size"], sent.headers["accept"]) == ("s", "application/json, text/csv")


def test_a_body_is_json_and_its_kinds_are_told_apart(tmp_path: Path) -> None:
    made = request(tmp_path, parameters=[{"$ref": "#/parameters/pet"}])
    body: Any = made.schema["properties"]["body"]  # type: ignore[index,call-overload]  # a map
    [cat] = body["anyOf"]
    assert cat["properties"]["kind"]["enum"] == ["Cat"]
    assert cat["properties"]["name"]["type"] == ["string", "null"]
    sent = written(made, {"id": "1", "body": {"kind": "Cat", "purrs": True}}, "k")
    assert (sent.content, sent.headers["content-type"]) == (
        b'{"kind": "Cat", "purrs": true}',
        "application/json",
    )


@pytest.mark.parametrize(
    ("consumes", "media"),
    [
        (None, "application/x-www-form-urlencoded"),
        (["multipart/form-data"], "multipart/form-data"),
        (["multipart/form-data", "application/x-www-form-urlencoded"], "application/x-www-form-urlencoded"),
    ],
)
def test_a_form_is_written_as_the_operation_takes_it(
    consumes: list[str] | None, media: str, tmp_path: Path
) -> None:
    fields = [
        {"name": "name", "in": "formData", "type": "string", "required": True},
        {
            "name": "tags",
            "in": "formData",
            "type": "array",
            "items": {"type": "string"},
            "collectionFormat": "multi",
        },
    ]
    shop = {word: said for word, said in SHOP.items() if word != "consumes"}
    if consumes is not None:
        shop["consumes"] = consumes
    made = request(tmp_path, shop=shop, parameters=fields)
    sent = written(made, {"id": "1", "body": {"name": "a b", "tags": ["x", "y"]}}, "k")
    assert sent.headers["content-type"].partition(";")[0] == media
    if media.endswith("urlencoded"):
        assert sent.content == b"name=a+b&tags=x&tags=y"
    assert made.schema["required"] == ["id", "body"]


def test_a_file_makes_a_form_with_parts(tmp_path: Path) -> None:
    fields = [{"name": "photo", "in": "formData", "type": "file", "description": "Of the pet"}]
    made = request(tmp_path, parameters=fields)
    sent = written(made, {"id": "1", "body": {"photo": {"name": "a.txt", "content": "hi"}}}, "k")
    assert b'name="photo"; filename="a.txt"\r\n' in sent.content


def test_credentials_go_where_the_definitions_say(tmp_path: Path) -> None:
    beside = ", credentials: {login: 'ann:pw', key: abc}"
    made = request(tmp_path, beside, security=[{"login": [], "key": []}])
    sent = written(made, {"id": "1"}, "k")
    assert (sent.headers["authorization"], sent.url.query) == ("Basic YW5uOnB3", b"key=abc")


@pytest.mark.parametrize(
    ("changed", "parameters", "told"),
    [
        ({}, [{"name": "a", "in": "query", "type": "array", "collectionFormat": "tsv"}],
         "the operation 'it' of 'api.json' has the parameter 'a' as 'tsv', which is not written here"),
        ({"host": None}, [], "'api.json' does not say at which address the API is"),
        ({"schemes": ["ws"]}, [], "'api.json' does not say at which address the API is"),
        ({"schemes": ["http"]}, [], "the address must be https unless the host is loopback"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_refused(
    changed: dict[str, Any], parameters: list[Any], told: str, tmp_path: Path
) -> None:
    path, _ = load(tmp_path, shop={**SHOP, **changed}, above=[ID], parameters=parameters)
    [problem] = read_team(path, environ={}, consent=ALLOWED).findings
    assert problem.id == "bad-openapi"
    assert problem.message == told
