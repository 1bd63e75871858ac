"""`openapi` tools: operations of a description become tools, from YAML alone."""

from __future__ import annotations

import json
from pathlib import Path

from agents_sahara.loader import read_team
from agents_sahara.trust.consent import Consent
from tests.test_tools.echo import URL
from tests.test_tools.teams import ONE_TOOL, calling, play, write

LOCAL = Consent.given(allow_hosts=["127.0.0.1"])
LIBRARY = Path(__file__).parent / "library.yaml"


def team(folder: Path, beside: str = "", document: str | None = None) -> Path:
    (folder / "api.yaml").write_text(document or LIBRARY.read_text(encoding="utf-8"), encoding="utf-8")
    return write(folder, f"{ONE_TOOL}  it: {{openapi: api.yaml{beside}}}\n")


def test_a_file_works_from_yaml_alone(tmp_path: Path) -> None:
    path = team(tmp_path, f', server: "{URL}/v1", operations: [showBook]')
    played = play(path, calling("showBook", isbn="7/8"), consent=LOCAL)
    [offered] = played.bodies[0]["tools"]
    assert offered["function"]["name"] == "showBook"
    assert offered["function"]["description"] == "Tells about one book"
    assert offered["function"]["parameters"]["properties"]["isbn"] == {
        "type": "string",
        "description": "The number on its back",
    }
    [told] = played.told
    assert json.loads(told)["path"] == "/v1/books/7%2F8"


def test_parameters_bodies_and_references_are_resolved(tmp_path: Path) -> None:
    path = team(tmp_path, f', server: "{URL}", headers: {{X-Key: "key-of-a-shop"}}')
    played = play(path, calling("addBook", body={"isbn": "1", "title": "Rex"}), consent=LOCAL)
    by_name = {tool["function"]["name"]: tool["function"]["parameters"] for tool in played.bodies[0]["tools"]}
    assert sorted(by_name) == ["addBook", "listBooks", "showBook"]
    assert by_name["addBook"]["properties"]["body"]["required"] == ["isbn", "title"]
    assert by_name["listBooks"]["required"] == []
    [told] = played.told
    seen = json.loads(told)
    assert (seen["method"], seen["body"], seen["key"]) == ("POST", {"isbn": "1", "title": "Rex"}, "***")


def test_what_is_wrong_is_told_at_its_place(tmp_path: Path) -> None:
    def found(path: Path) -> list[str]:
        return [
            f"{one.id} {one.place.line}:{one.place.column} {one.mend[:30]}"
            for one in read_team(path, environ={}).findings
        ]

    assert found(team(tmp_path, ', server: "https://x.example", operations: [showBok]')) == [
        "unknown-operation 9:68 did you mean 'showBook'? Defin"
    ]
    assert [one.split()[0] for one in found(team(tmp_path, document="swagger: '1.2'\n"))] == ["bad-openapi"]
    assert [one.split()[0] for one in found(team(tmp_path, document='{"openapi": "3.1.0"'))] == [
        "bad-openapi"
    ]
    lonely = "openapi: 3.1.0\npaths: {/x: {get: {}}}\n"
    assert [one.split()[0] for one in found(team(tmp_path, document=lonely))] == ["bad-openapi"]
    hostile = 'openapi: 3.1.0\nservers: [{url: "https://a@evil.example"}]\npaths: {/x: {get: {}}}\n'
    assert [one.split()[0] for one in found(team(tmp_path, document=hostile))] == ["bad-openapi"]


def test_a_schema_that_leads_into_itself_ends(tmp_path: Path) -> None:
    document = (
        "openapi: 3.1.0\nservers: [{url: 'https://x.example'}]\n"
        "paths: {/x: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/T'"
        "}}}}}}}\n"
        "components: {schemas: {T: {type: object, properties: {inner: {$ref: '#/components/schemas/T'}}}}}\n"
    )
    loaded = read_team(team(tmp_path, document=document), environ={})
    assert loaded.findings == ()
    assert loaded.graph is not None
    [tool] = loaded.graph.agents["desk"].tools
    assert tool.name == "post_x"
