"""`openapi` tools: the shapes in which files write parameters, bodies, schemas and addresses."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from agents_sahara.graph.tools.requests import OpenApiRequest
from agents_sahara.loader import load_graph, read_team
from agents_sahara.settings import Secret
from agents_sahara.tools.writing import written
from agents_sahara.trust.consent import Consent
from tests.test_tools.teams import ONE_TOOL, write

ALLOWED = Consent.given(allow_hosts=["api.example"])


def team(folder: Path, document: dict[str, Any], beside: str = "") -> Path:
    said = {"openapi": "3.0.3", "servers": [{"url": "https://api.example/v1"}], **document}
    (folder / "api.json").write_text(json.dumps(said), encoding="utf-8")
    return write(folder, f"{ONE_TOOL}  it: {{openapi: api.json{beside}}}\n")


def request(folder: Path, document: dict[str, Any], beside: str = "") -> OpenApiRequest:
    graph = load_graph(team(folder, document, beside), environ={}, consent=ALLOWED)
    [tool] = graph.agents["desk"].tools
    assert isinstance(tool.does, OpenApiRequest)
    return tool.does


def problems(folder: Path, document: dict[str, Any], beside: str = "") -> list[str]:
    found = read_team(team(folder, document, beside), environ={}, consent=ALLOWED).findings
    return [f"{one.id}: {one.message}" for one in found]


def getting(*parameters: dict[str, Any], path: str = "/x") -> dict[str, Any]:
    return {"paths": {path: {"get": {"operationId": "look", "parameters": list(parameters)}}}}


def posting(schema: dict[str, Any], media: str = "application/json", **said: Any) -> dict[str, Any]:
    body = {"required": True, "content": {media: {"schema": schema, **said}}}
    return {"paths": {"/x": {"post": {"operationId": "send", "requestBody": body}}}}


@pytest.mark.parametrize(
    ("said", "value", "query"),
    [
        ({}, ["a b", "c"], "tag=a+b&tag=c"),
        ({"explode": False}, ["a", "b,c"], "tag=a,b%2Cc"),
        ({"style": "spaceDelimited", "explode": False}, ["a", "b"], "tag=a%20b"),
        ({"style": "pipeDelimited", "explode": False}, ["a", "b"], "tag=a%7Cb"),
        (
            {"style": "deepObject", "explode": True},
            {"a": 1, "b": {"c": [True]}},
            "tag%5Ba%5D=1&tag%5Bb%5D%5Bc%5D%5B0%5D=true",
        ),
        ({}, {"a": 1, "b": "x&y"}, "a=1&b=x%26y"),
        ({"explode": False}, {"a": 1, "b": 2}, "tag=a,1,b,2"),
        ({}, True, "tag=true"),
        ({}, [], ""),
        ({}, None, ""),
        ({"content": {"application/json": {"schema": {}}}}, {"a": [1]}, "tag=%7B%22a%22%3A+%5B1%5D%7D"),
    ],
)
def test_a_query_is_written_in_the_style_of_its_parameter(
    said: dict[str, Any], value: object, query: str, tmp_path: Path
) -> None:
    """OpenAPI Specification 3.0.4, "Style Values"."""
    made = request(tmp_path, getting({"name": "tag", "in": "query", "schema": {}, **said}))
    assert written(made, {"tag": value}, "k").url.query.decode() == query


def test_lists_in_path_and_header_are_set_apart_by_commas(tmp_path: Path) -> None:
    ids: dict[str, Any] = {"name": "ids", "in": "path", "required": True, "schema": {"type": "array"}}
    kinds: dict[str, Any] = {"name": "X-Kinds", "in": "header", "schema": {"type": "array"}}
    made = request(tmp_path, getting(ids, kinds, path="/x/{ids}"))
    sent = written(made, {"ids": ["a/b", 2], "X-Kinds": ["p", "q"]}, "k")
    assert (sent.url.raw_path, sent.headers["x-kinds"]) == (b"/v1/x/a%2Fb,2", "p,q")


def test_names_that_are_no_arguments_get_one_and_keep_theirs_in_the_request(tmp_path: Path) -> None:
    made = request(
        tmp_path,
        getting(
            {"name": "filter[name]", "in": "query", "schema": {"type": "string"}},
            {"name": "page.size", "in": "query", "schema": {"type": "integer"}},
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
            {"name": "id", "in": "query", "schema": {"type": "string"}},
            path="/x/{id}",
        ),
    )
    assert list(made.schema["properties"]) == ["filter_name", "page_size", "id", "id_in_query"]  # type: ignore[arg-type]  # a map
    sent = written(made, {"filter_name": "a", "page_size": 2, "id": "7", "id_in_query": "8"}, "k")
    assert sent.url.raw_path == b"/v1/x/7?filter%5Bname%5D=a&page.size=2&id=8"


def test_no_parameter_sets_a_header_that_is_the_operators_or_ours(tmp_path: Path) -> None:
    names = [
        "X-Api-Key",
        "Authorization",
        "Host",
        "Content-Type",
        "Accept",
        "X-Free",
        "Cookie",
        "content-length",
    ]
    names += [
        "Transfer-Encoding",
        "Connection",
        "Upgrade",
        "Proxy-Authorization",
        "TE",
        "Expect",
        "X Y",
        "X:Y",
        "",
    ]
    parameters = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}} for name in names
    ]
    made = request(tmp_path, getting(*parameters), ", headers: {x-api-key: secret-of-the-shop}")
    assert list(made.places) == ["X-Free"]
    assert made.headers == {"x-api-key": Secret("secret-of-the-shop")}


@pytest.mark.parametrize(
    ("media", "value", "body", "kind"),
    [
        ("application/json", {"a": 1}, b'{"a": 1}', "application/json"),
        ("application/merge-patch+json", {"a": None}, b'{"a": null}', "application/merge-patch+json"),
        ("*/*", {"a": 1}, b'{"a": 1}', "application/json"),
        (
            "application/x-www-form-urlencoded",
            {"a": "x y", "b": [1, 2], "c": {"d": 1}},
            b"a=x+y&b=1&b=2&c%5Bd%5D=1",
            "application/x-www-form-urlencoded",
        ),
        ("text/plain; charset=utf-8", "Grüße", "Grüße".encode(), "text/plain; charset=utf-8"),
    ],
)
def test_a_body_is_written_as_its_media_type(
    media: str, value: object, body: bytes, kind: str, tmp_path: Path
) -> None:
    schema = (
        {"type": "string"}
        if media.startswith("text")
        else {"type": "object", "properties": {"a": {}, "c": {}}}
    )
    encoding = {"c": {"style": "deepObject", "explode": True}}
    made = request(tmp_path, posting(schema, media, encoding=encoding))
    sent = written(made, {"body": value}, "k")
    assert (sent.content, sent.headers["content-type"]) == (body, kind)


def test_json_is_preferred_where_a_body_may_be_several_things(tmp_path: Path) -> None:
    document = posting({"type": "object"})
    content = document["paths"]["/x"]["post"]["requestBody"]["content"]
    document["paths"]["/x"]["post"]["requestBody"]["content"] = {"text/plain": {}, "image/png": {}, **content}
    assert request(tmp_path, document).media == "application/json"


def body_schema(folder: Path, schema: dict[str, Any], **document: Any) -> object:
    made = request(folder, {**posting(schema), **document})
    return made.schema["properties"]["body"]  # type: ignore[index,call-overload]  # a map


def test_schemas_of_3_0_are_translated(tmp_path: Path) -> None:
    said = {
        "type": "object",
        "required": ["id", "name"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "name": {"type": "string", "nullable": True, "enum": ["a"], "example": "a", "xml": {}},
            "age": {"type": "integer", "minimum": 0, "exclusiveMinimum": True, "maximum": "9"},
            "pet": {"nullable": True, "allOf": [{"$ref": "#/components/schemas/Pet"}]},
            "odd": {"type": "file", "pattern": "(", "required": True, "enum": []},
        },
    }
    components = {"schemas": {"Pet": {"type": "object", "properties": {"kind": {"type": "string"}}}}}
    assert body_schema(tmp_path, said, components=components) == {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": ["string", "null"], "enum": ["a", None]},
            "age": {"type": "integer", "exclusiveMinimum": 0},
            "pet": {"type": ["object", "null"], "properties": {"kind": {"type": "string"}}},
            "odd": {},
        },
    }


def test_the_parts_of_an_object_become_one(tmp_path: Path) -> None:
    base = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}
    said = {
        "allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"b": {"type": "integer"}}}],
        "description": "Both",
    }
    assert body_schema(tmp_path, said, components={"schemas": {"Base": base}}) == {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
        "description": "Both",
    }
    kept = {"allOf": [{"type": "string", "minLength": 1}, {"type": "string", "maxLength": 3}]}
    assert body_schema(tmp_path, kept) == kept


def test_a_3_1_reference_may_be_described_where_it_stands(tmp_path: Path) -> None:
    said = {"$ref": "#/components/schemas/Name", "description": "Of the child"}
    schemas = {"Name": {"type": ["string", "null"], "description": "A name", "exclusiveMinimum": 3}}
    assert body_schema(tmp_path, said, openapi="3.1.0", components={"schemas": schemas}) == {
        "type": ["string", "null"],
        "description": "Of the child",
        "exclusiveMinimum": 3,
    }


def test_schemas_that_all_lead_to_each_other_take_no_time_and_little_room(tmp_path: Path) -> None:
    names = [f"S{number}" for number in range(30)]
    properties = {name: {"$ref": f"#/components/schemas/{name}"} for name in names}
    schemas = {name: {"type": "object", "properties": properties} for name in names}
    began = time.process_time()
    made = body_schema(tmp_path, {"$ref": "#/components/schemas/S0"}, components={"schemas": schemas})
    assert time.process_time() - began < 2
    assert len(json.dumps(made)) < 100_000


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (
            posting({}, "multipart/form-data"),
            "takes a body of multipart/form-data; bodies are JSON, a form or text",
        ),
        (posting({"$ref": "other.yaml#/Pet"}), "refers to 'other.yaml#/Pet', which is not in it"),
        (
            getting({"$ref": "#/components/parameters/Lost"}),
            "refers to '#/components/parameters/Lost', which is not in it",
        ),
        (
            getting({"name": "sid", "in": "cookie", "required": True}),
            "needs the cookie 'sid', and no cookies are sent",
        ),
        (
            getting({"name": "a", "in": "path", "style": "matrix", "schema": {}}, path="/{a}"),
            "has the parameter 'a' in the style 'matrix', which is not written here",
        ),
        (getting(path="/x/{a}"), "has a path that cannot be filled in"),
        ({**getting(), "servers": [{"url": "/api/v3"}]}, "does not say at which address the API is"),
        (
            {"paths": {f"/{one}": {"get": {"operationId": "look"}} for one in "ab"}},
            "has two operations 'look'",
        ),
    ],
)
def test_what_cannot_be_sent_is_refused_before_any_run(
    document: dict[str, Any], told: str, tmp_path: Path
) -> None:
    [problem] = problems(tmp_path, document)
    assert problem.startswith("bad-openapi: ")
    assert problem.endswith(told)


def test_a_relative_address_is_completed_by_server(tmp_path: Path) -> None:
    made = request(
        tmp_path, {**getting(), "servers": [{"url": "/v3"}]}, ', server: "https://api.example/v3/"'
    )
    assert made.url == "https://api.example/v3/x"


def test_long_names_that_begin_alike_stay_apart(tmp_path: Path) -> None:
    long = "show-" + "x" * 80
    document = {"paths": {f"/{one}": {"get": {"operationId": long + one}} for one in "ab"}}
    graph = load_graph(team(tmp_path, document), environ={}, consent=ALLOWED)
    assert [tool.name for tool in graph.agents["desk"].tools] == [long[:64], f"{long[:60]}_2"]
