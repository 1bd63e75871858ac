"""`openapi` tools: descriptions in several files, and what is no description."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from agents_sahara.graph.tools.api import sheets
from agents_sahara.loader import load_graph, read_team
from tests.test_tools.apis import ALLOWED, getting
from tests.test_tools.teams import ONE_TOOL, write

FILES = {
    "specs/shop/api.yaml": """
        openapi: 3.1.0
        servers: [{url: "https://api.example"}]
        paths:
          /orders: {$ref: "./paths/orders.yaml"}
          /orders/{id}: {$ref: "paths/orders.yaml#/one"}
          /pets: {post: {$ref: paths/pets.yaml}}
        components: {parameters: {page: {name: page, in: query, schema: {type: integer}}}}
        """,
    "specs/shop/paths/orders.yaml": """
        get:
          operationId: listOrders
          summary: {$ref: "../texts.json#/list"}
          parameters: [{$ref: "../api.yaml#/components/parameters/page"}, {$ref: "#/sorted"}]
        sorted: {name: sorted, in: query, schema: {$ref: "../../common/types.yaml#/$defs/Order%20By"}}
        one:
          parameters:
            - {name: id, in: path, required: true, schema: {$ref: "../../common/types.yaml#/$defs/id~1number"}}
          get: {operationId: showOrder}
        """,
    "specs/shop/paths/pets.yaml": """
        operationId: addPet
        requestBody:
          content:
            application/json:
              schema:
                oneOf: [{$ref: "../../common/types.yaml#/$defs/Cat"}, {$ref: "../../common/dog.json"}]
                discriminator:
                  propertyName: kind
                  mapping: {cat: "../../common/types.yaml#/$defs/Cat", dog: ../../common/dog.json}
        """,
    "specs/shop/texts.json": '{"list": "All orders"}',
    "specs/common/types.yaml": """
        $defs:
          Order By: {enum: [date, price]}
          id/number: {type: integer}
          Cat: {type: object, properties: {kind: {type: string}, friend: {$ref: "dog.json"}}}
        """,
    "specs/common/dog.json": """{"type": "object", "properties":
        {"kind": {"type": "string"}, "friend": {"$ref": "./types.yaml#/$defs/Cat"}}}""",
}


def lay(folder: Path, files: dict[str, str], name: str = "specs/shop/api.yaml") -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return write(folder, f"{ONE_TOOL}  it: {{openapi: {name}}}\n")


def found(path: Path) -> list[str]:
    """Each finding with its place."""
    return [
        f"{one.id} {Path(one.place.file).name}:{one.place.line}:{one.place.column} {one.message}"
        for one in read_team(path, environ={}, consent=ALLOWED).findings
    ]


def test_a_description_in_several_files_is_one(tmp_path: Path) -> None:
    graph = load_graph(lay(tmp_path, FILES), environ={}, consent=ALLOWED)
    tools: Any = {tool.name: tool for tool in graph.agents["desk"].tools}
    assert list(tools) == ["listOrders", "showOrder", "addPet"]
    assert tools["listOrders"].description == "All orders"
    assert tools["listOrders"].does.schema["properties"] == {
        "page": {"type": "integer"},
        "sorted": {"enum": ["date", "price"]},
    }
    assert tools["showOrder"].does.schema["properties"] == {"id": {"type": "integer"}}
    cat, dog = tools["addPet"].does.schema["properties"]["body"]["anyOf"]
    assert (cat["properties"]["kind"]["enum"], dog["properties"]["kind"]["enum"]) == (["cat"], ["dog"])
    assert dog["properties"]["friend"]["properties"]["friend"] == {"type": "object"}


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("https://evil.example/x.yaml#/a", "leads to another place, and nothing is fetched"),
        ("//evil.example/x.yaml", "leads to another place, and nothing is fetched"),
        ("file:///etc/passwd", "leads to another place, and nothing is fetched"),
        ("/etc/passwd", "leads to another place, and nothing is fetched"),
        ("../../../outside.yaml", "leads out of the team's folder"),
        ("..%2F..%2F..%2Foutside.yaml", "leads out of the team's folder"),
        ("x/../../../../outside.yaml", "leads out of the team's folder"),
    ],
)
def test_a_reference_leads_to_no_other_place(reference: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text("{}", encoding="utf-8")
    inner = tmp_path / "team"
    inner.mkdir()
    text = json.dumps({"openapi": "3.1.0", "servers": [{"url": "https://api.example"}],
                       **getting({"$ref": reference})})  # fmt: skip
    [problem] = found(lay(inner, {"specs/shop/api.json": text}, "specs/shop/api.json"))
    assert problem == (
        f"bad-openapi team.yaml:9:17 the reference to {reference.partition('#')[0]!r} in 'api.json' {told}"
    )


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    inner = tmp_path / "team"
    inner.mkdir()
    (tmp_path / "outside.yaml").write_text("get: {operationId: secret}", encoding="utf-8")
    (inner / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    text = "openapi: 3.1.0\nservers: [{url: 'https://api.example'}]\npaths: {/x: {$ref: link.yaml}}\n"
    problems = found(lay(inner, {"api.yaml": text}, "api.yaml"))
    assert problems == ["bad-path team.yaml:9:17 the path 'link.yaml' leads out of the folder"]


def test_what_is_wrong_with_a_file_is_told_in_that_file(tmp_path: Path) -> None:
    text = "openapi: 3.1.0\nservers: [{url: 'https://api.example'}]\npaths: {/x: {$ref: %s}}\n"
    cases = {
        "gone.yaml": "unreadable-file team.yaml:9:17 the file 'gone.yaml' cannot be read: no such file or directory",
        "bad.yaml": "yaml-syntax bad.yaml:1:4 the '[' that opens here is not closed",
        "bad.json": "bad-openapi bad.json:2:3 this is no JSON: expecting property name enclosed in double quotes",
        "deep.json": "bad-openapi deep.json:1:1 this JSON is nested too deep, or holds a number with too many digits",
        "good.yaml#/lost": "bad-openapi team.yaml:9:17 'api.yaml' refers to 'good.yaml#/lost', which is not there",
        "round.yaml": "bad-openapi team.yaml:9:17 'api.yaml' refers to 'round.yaml#', which is not there",
    }
    files = {
        "bad.yaml": "a: [1\nb: 2",
        "bad.json": '{"a": 1,\n  b}',
        "deep.json": '{"a":' + "[" * 200_000,
        "good.yaml": "get: {}",
        "round.yaml": "$ref: '#'",
    }
    for reference, told in cases.items():
        problems = found(lay(tmp_path, {**files, "api.yaml": text % reference}, "api.yaml"))
        assert problems[0].startswith(told)
        assert len(problems) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("swagger: '1.2'", "'api.yaml' is no OpenAPI file of version 3.0, 3.1 or 3.2"),
        ("openapi: 4.0.0", "'api.yaml' is no OpenAPI file of version 3.0, 3.1 or 3.2"),
        ("openapi: 3.10.0", "'api.yaml' is no OpenAPI file of version 3.0, 3.1 or 3.2"),
        ("asyncapi: 3.0.0", "'api.yaml' is no OpenAPI file of version 3.0, 3.1 or 3.2"),
        ("[]", "'api.yaml' is no OpenAPI file of version 3.0, 3.1 or 3.2"),
    ],
)
def test_another_description_is_told_as_what_it_is(text: str, told: str, tmp_path: Path) -> None:
    assert found(lay(tmp_path, {"api.yaml": text}, "api.yaml")) == [
        f"bad-openapi team.yaml:9:17 {told}, and none of Swagger 2.0"
    ]


def test_there_is_an_end_to_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_MOST_FILES", 3)
    paths = "".join(f"  /{number}: {{$ref: p{number}.yaml}}\n" for number in range(4))
    text = f"openapi: 3.1.0\nservers: [{{url: 'https://api.example'}}]\npaths:\n{paths}"
    files = {f"p{number}.yaml": f"get: {{operationId: get{number}}}" for number in range(4)}
    problems = found(lay(tmp_path, {**files, "api.yaml": text}, "api.yaml"))
    assert [one.partition(" the ")[2] for one in problems] == [
        f"reference to 'p{number}.yaml' in 'api.yaml' is one too many: an API may have 3 files"
        for number in (2, 3)
    ]
    monkeypatch.setattr(sheets, "_MOST_FILES", 5)
    monkeypatch.setattr(sheets, "_MOST_IN_ALL", len(text) + 40)
    assert "have more than 0 MiB" in found(lay(tmp_path, {}, "api.yaml"))[0]


def test_a_large_description_costs_little(tmp_path: Path) -> None:
    """The largest ones of public APIs have some 13 MB."""
    word = {"type": "object", "properties": {f"field_{number}": {"type": "string"} for number in range(40)}}
    paths = {
        f"/x{number}": {"get": {"operationId": f"get{number}", "responses": {"200": word}}}
        for number in range(9_000)
    }
    said = {"openapi": "3.0.3", "servers": [{"url": "https://api.example"}], "paths": paths}
    path = lay(tmp_path, {"api.json": json.dumps(said)}, "api.json")
    path.write_text(
        path.read_text("utf-8").replace("api.json}", "api.json, operations: [get7, get8999]}"), "utf-8"
    )
    assert (tmp_path / "api.json").stat().st_size > 12_000_000
    began = time.process_time()
    assert found(path) == []
    assert time.process_time() - began < 1.5
    (tmp_path / "api.json").write_bytes(b'{"openapi": "3.0.3", "x": "' + b"x" * (32 * 1024 * 1024) + b'"}')
    assert found(path) == ["too-large api.json:1:1 the file is larger than 32 MiB"]
