"""`openapi` tools: the shapes in which files write parameters, bodies, schemas and addresses."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from agents_sahara.loader import load_graph
from agents_sahara.settings import Secret
from agents_sahara.tools.marking import ToolError
from agents_sahara.tools.writing import written
from tests.test_tools.apis import ALLOWED, getting, posting, problems, request, team


@pytest.mark.parametrize(
    ("said", "value", "query"),
    [
        ({}, ["a b", "c"], "tag=a%20b&tag=c"),
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
        ({"content": {"application/json": {"schema": {}}}}, {"a": [1]}, "tag=%7B%22a%22%3A%20%5B1%5D%7D"),
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


@pytest.mark.parametrize(
    ("style", "explode", "value", "path"),
    [
        ("simple", False, "blue", "/v1/x/blue"),
        ("simple", False, ["blue", "black"], "/v1/x/blue,black"),
        ("simple", False, {"R": 100, "G": 200}, "/v1/x/R,100,G,200"),
        ("simple", True, {"R": 100, "G": 200}, "/v1/x/R=100,G=200"),
        ("label", False, "blue", "/v1/x/.blue"),
        ("label", False, ["blue", "black"], "/v1/x/.blue,black"),
        ("label", True, ["blue", "black"], "/v1/x/.blue.black"),
        ("label", False, {"R": 100, "G": 200}, "/v1/x/.R,100,G,200"),
        ("label", True, {"R": 100, "G": 200}, "/v1/x/.R=100.G=200"),
        ("matrix", False, "blue", "/v1/x/;color=blue"),
        ("matrix", False, "", "/v1/x/;color"),
        ("matrix", False, ["blue", "black"], "/v1/x/;color=blue,black"),
        ("matrix", True, ["blue", "black"], "/v1/x/;color=blue;color=black"),
        ("matrix", False, {"R": 100, "G": 200}, "/v1/x/;color=R,100,G,200"),
        ("matrix", True, {"R": 100, "G": 200}, "/v1/x/;R=100;G=200"),
        ("matrix", True, ["a/b", "../;x=1"], "/v1/x/;color=a%2Fb;color=..%2F%3Bx%3D1"),
    ],
)
def test_a_path_is_written_in_the_style_of_its_parameter(
    style: str, explode: bool, value: object, path: str, tmp_path: Path
) -> None:
    """OpenAPI Specification 3.0.4, "Style Examples"; RFC 6570, sections 3.2.2, 3.2.5 and 3.2.7."""
    said = {"name": "color", "in": "path", "required": True, "schema": {}, "style": style, "explode": explode}
    made = request(tmp_path, getting(said, path="/x/{color}"))
    assert written(made, {"color": value}, "k").url.raw_path.decode() == path


@pytest.mark.parametrize(
    ("style", "value"), [("label", "."), ("label", ["", ""]), ("simple", [".."]), ("simple", "%2e")]
)
def test_a_style_does_not_lead_upwards(style: str, value: object, tmp_path: Path) -> None:
    said = {"name": "a", "in": "path", "required": True, "schema": {}, "style": style, "explode": True}
    made = request(tmp_path, getting(said, path="/x/{a}/y"))
    if value == "%2e":  # a percent sign is a character like others
        assert written(made, {"a": value}, "k").url.raw_path == b"/v1/x/%252e/y"
        return
    with pytest.raises(ToolError, match="in an address"):
        written(made, {"a": value}, "k")


def test_pieces_that_are_harmless_alone_do_not_lead_upwards_together(tmp_path: Path) -> None:
    parameters = [{"name": name, "in": "path", "required": True, "schema": {}} for name in "ab"]
    made = request(tmp_path, getting(*parameters, path="/x/%2{a}%2{b}/y"))
    assert written(made, {"a": "5", "b": "5"}, "k").url.raw_path == b"/v1/x/%25%25/y"
    with pytest.raises(ToolError, match="upwards in an address"):
        written(made, {"a": "e", "b": "E"}, "k")


def test_a_query_that_allows_them_keeps_characters_that_end_nothing(tmp_path: Path) -> None:
    said = {"name": "q", "in": "query", "allowReserved": True, "schema": {"type": "string"}}
    sent = written(request(tmp_path, getting(said)), {"q": "a:/b?c&d=e#f+g h[i]"}, "k")
    assert sent.url.query == b"q=a:/b?c%26d%3De%23f%2Bg%20h%5Bi%5D"


def test_a_header_with_an_object_is_written_as_its_style_says(tmp_path: Path) -> None:
    said: dict[str, Any] = {"name": "X-Size", "in": "header", "schema": {"type": "object"}, "explode": True}
    made = request(tmp_path, getting(said))
    assert written(made, {"X-Size": {"w": 1, "h": 2}}, "k").headers["x-size"] == "w=1,h=2"
    for bad in ("a\r\nX-Y: 1", "a\nb", "a\0b", "ä", "\x7f"):
        with pytest.raises(ToolError, match="plain characters on one line"):
            written(made, {"X-Size": {"w": bad}}, "k")


def test_what_an_operation_answers_with_is_asked_for(tmp_path: Path) -> None:
    content: dict[str, Any] = {"text/csv": {}, "application/vnd.shop+json": {}, "bad\r\nX: y/z": {}}
    said = getting(responses={"200": {"content": content}, "404": {"content": {"text/plain": {}}}})
    made = request(tmp_path, said)
    assert written(made, {}, "k").headers["accept"] == "application/vnd.shop+json, text/csv"
    set_by_hand = request(tmp_path, said, ", headers: {Accept: text/csv}")
    assert written(set_by_hand, {}, "k").headers["accept"] == "text/csv"


@pytest.mark.parametrize("method", ["head", "options", "query"])
def test_methods_that_only_ask_carry_no_key(method: str, tmp_path: Path) -> None:
    said = {"paths": {"/x": {method: {"operationId": "look"}}}, "openapi": "3.2.0"}
    sent = written(request(tmp_path, said), {}, "k")
    assert (sent.method, "idempotency-key" in sent.headers) == (method.upper(), False)


def test_a_fragment_that_tells_paths_apart_is_not_sent(tmp_path: Path) -> None:
    assert request(tmp_path, getting(path="/x#second")).url == "https://api.example/v1/x"


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
            posting({}, "multipart/mixed"),
            "takes a body of multipart/mixed; bodies are JSON, a form, text or a file",
        ),
        (posting({"$ref": "#Pet"}), "refers to '#Pet', which is not there"),
        (
            getting({"$ref": "#/components/parameters/Lost"}),
            "refers to '#/components/parameters/Lost', which is not there",
        ),
        (
            getting({"name": "sid", "in": "cookie", "required": True}),
            "needs the cookie 'sid', which `headers: {Cookie: ...}` can set",
        ),
        (
            getting({"name": "a", "in": "query", "style": "matrix", "schema": {}}),
            "has the parameter 'a' in the style 'matrix', which a query does not know",
        ),
        (getting(path="/x/{a}"), "has a path that cannot be filled in"),
        (
            getting({"name": "a", "in": "path", "required": True}),
            "has the parameter 'a' in its path, where it does not stand",
        ),
        (
            getting({"name": "a", "in": "querystring", "content": {}}),
            "has the parameter 'a' in 'querystring', where none can stand",
        ),
        (
            getting(
                {"name": "a", "in": "query", "content": {"application/xml": {"schema": {"type": "object"}}}}
            ),
            "has the parameter 'a' as application/xml, which is not written here",
        ),
        ({"paths": {"/x": {"trace": {"operationId": "look"}}}}, "uses the method TRACE, which is not sent"),
        ({"paths": {"/x": {"additionalOperations": {"A B": {}}}}}, "uses the method A B, which is not sent"),
        ({"paths": {}, "webhooks": {"x": {"post": {}}}}, "has no operations"),
        ({"paths": {"/x": {"$ref": "#/paths/~1x"}}}, "refers to '#/paths/~1x', which is not there"),
        (
            posting({"type": "object"}, "application/xml"),
            "takes a body of application/xml; bodies are JSON, a form, text or a file",
        ),
        (
            posting({}, "application/jsonl"),
            "takes a body of application/jsonl; bodies are JSON, a form, text or a file",
        ),
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


def test_a_server_is_called_with_its_variables_at_their_defaults(tmp_path: Path) -> None:
    variables = {"sub": {"default": "api", "enum": ["www", "api"]}, "v": {"default": 3}}
    server = {"url": "https://{sub}.example/{v}", "variables": variables}
    assert request(tmp_path, {**getting(), "servers": [server]}).url == "https://api.example/3/x"
    lacking = {**server, "variables": {"sub": {"enum": ["api"]}}}
    assert problems(tmp_path, {**getting(), "servers": [lacking]}) == [
        "bad-openapi: the server of 'api.json' has the variable 'sub', which has no default"
    ]


def test_the_nearest_server_is_called(tmp_path: Path) -> None:
    document = getting()
    document["paths"]["/x"]["servers"] = [{"url": "https://api.example/path"}]
    assert request(tmp_path, document).url == "https://api.example/path/x"
    document["paths"]["/x"]["get"]["servers"] = [{"url": "https://api.example/own"}]
    assert request(tmp_path, document).url == "https://api.example/own/x"


def test_long_names_that_begin_alike_stay_apart(tmp_path: Path) -> None:
    long = "show-" + "x" * 80
    document = {"paths": {f"/{one}": {"get": {"operationId": long + one}} for one in "ab"}}
    graph = load_graph(team(tmp_path, document), environ={}, consent=ALLOWED)
    assert [tool.name for tool in graph.agents["desk"].tools] == [long[:64], f"{long[:60]}_2"]


CAT = {
    "type": "object",
    "required": ["kind"],
    "properties": {"kind": {"type": "string"}, "purrs": {"type": "boolean"}},
}
DOG = {"type": "object", "properties": {"kind": {"type": "string"}, "barks": {"type": "boolean"}}}


def _kinds(schema: Any) -> dict[str, list[str]]:
    """By the words that tell kinds apart, what else each kind has."""
    return {
        ",".join(one["properties"]["kind"]["enum"]): sorted(one["properties"].keys() - {"kind"})
        for one in schema["anyOf"]
    }


@pytest.mark.parametrize(
    ("mapping", "kinds"),
    [
        ({}, {"Cat": ["purrs"], "Dog": ["barks"]}),
        (
            {"mapping": {"cat": "#/components/schemas/Cat", "tom": "Cat", "dog": "Dog"}},
            {"cat,tom": ["purrs"], "dog": ["barks"]},
        ),
    ],
)
def test_alternatives_are_told_apart_by_their_discriminator(
    mapping: dict[str, Any], kinds: dict[str, list[str]], tmp_path: Path
) -> None:
    said = {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
        "discriminator": {"propertyName": "kind", **mapping},
    }
    made: Any = body_schema(tmp_path, said, components={"schemas": {"Cat": CAT, "Dog": DOG}})
    assert _kinds(made) == kinds
    assert all("kind" in one["required"] for one in made["anyOf"])


@pytest.mark.parametrize("mapping", [{}, {"mapping": {"Cat": "Cat", "Dog": "#/components/schemas/Dog"}}])
def test_kinds_that_have_the_schema_among_their_parts_are_told(
    mapping: dict[str, Any], tmp_path: Path
) -> None:
    pet = {
        "type": "object",
        "required": ["kind", "name"],
        "properties": {
            "kind": {"type": "string"},
            "name": {"type": "string"},
            "friend": {"$ref": "#/components/schemas/Pet"},
        },
        "discriminator": {"propertyName": "kind", **mapping},
    }
    parent = {"$ref": "#/components/schemas/Pet"}
    schemas = {
        "Pet": pet,
        "Cat": {"allOf": [parent, {"type": "object", "properties": {"purrs": {"type": "boolean"}}}]},
        "Dog": {"allOf": [parent, {"type": "object", "properties": {"barks": {"type": "boolean"}}}]},
    }
    made: Any = body_schema(tmp_path, parent, components={"schemas": schemas})
    assert _kinds(made) == {"Cat": ["friend", "name", "purrs"], "Dog": ["barks", "friend", "name"]}
    assert len(json.dumps(made)) < 2_000


def test_words_of_3_1_stay(tmp_path: Path) -> None:
    said = {
        "type": ["array", "null"],
        "prefixItems": [{"type": "string"}, {"const": 1}],
        "contains": {"type": "integer"},
        "items": {"type": "object", "patternProperties": {"^x-": {"type": "string"}, "(": {}}},
    }
    kept = {**said, "items": {"type": "object", "patternProperties": {"^x-": {"type": "string"}}}}
    assert body_schema(tmp_path, said, openapi="3.1.1") == kept
