"""A file of another project works from YAML alone: GitHub's API (`github/NOTICE` says where the file is from)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from agents_sahara.graph.tools.requests import OpenApiRequest
from agents_sahara.loader import load_graph
from agents_sahara.trust.consent import Consent
from agents_sahara.types import Json
from tests.test_tools.echo import URL
from tests.test_tools.teams import ONE_TOOL, Played, play, write

FILE = Path(__file__).parent / "github" / "api.github.com.json"

CALLS: dict[str, dict[str, Json]] = {
    "issues_list-for-repo": {
        "owner": "octo",
        "repo": "hello world",
        "state": "open",
        "labels": "bug,ui",
        "per_page": 5,
    },
    "issues_create": {
        "owner": "octo",
        "repo": "hello",
        "body": {"title": "It broke", "labels": ["bug"], "milestone": None},
    },
    "security-advisories_list-global-advisories": {"cwes": ["79", "284"], "is_withdrawn": False},
    "actions_get-workflow": {"owner": "octo", "repo": "hello", "workflow_id": "ci/main.yaml"},
    "markdown_render-raw": {"body": "Hello **you**"},
}
"""One call each, by the name that the model sees."""

OPERATIONS = [name.replace("_", "/", 1) for name in CALLS]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("github")
    shutil.copy(FILE, folder / "api.json")
    head = f'openapi: api.json, server: "{URL}/api/v3", headers: {{Authorization: Bearer of-a-shop}}'
    tool = f"{{{head}, operations: {json.dumps(OPERATIONS)}}}"
    path = write(folder, f"{ONE_TOOL}  it: {tool}\n")
    uses = Use(tuple(Tool(name, arguments) for name, arguments in CALLS.items()))
    return play(
        path, (Rule(uses, When(turn=1)), Rule(Say("Done."))), consent=Consent.given(allow_hosts=["127.0.0.1"])
    )


def seen(played: Played) -> dict[str, dict[str, Any]]:
    """What the server was asked, by tool."""
    return dict(zip(CALLS, map(json.loads, played.told), strict=True))


def test_each_operation_is_called_as_the_file_says(played: Played) -> None:
    asked = seen(played)
    assert {name: (one["method"], one["path"], one["body"], one["type"]) for name, one in asked.items()} == {
        "issues_list-for-repo": (
            "GET", "/api/v3/repos/octo/hello%20world/issues?state=open&labels=bug%2Cui&per_page=5", None, None,
        ),
        "issues_create": (
            "POST", "/api/v3/repos/octo/hello/issues",
            {"title": "It broke", "labels": ["bug"], "milestone": None}, "application/json",
        ),
        "security-advisories_list-global-advisories": (
            "GET", "/api/v3/advisories?cwes=79&cwes=284&is_withdrawn=false", None, None,
        ),
        "actions_get-workflow": ("GET", "/api/v3/repos/octo/hello/actions/workflows/ci%2Fmain.yaml", None, None),
        "markdown_render-raw": ("POST", "/api/v3/markdown/raw", "Hello **you**", "text/plain"),
    }  # fmt: skip
    assert {one["auth"] for one in asked.values()} == {"***"}


def test_models_are_told_what_the_file_says(played: Played) -> None:
    offered = {tool["function"]["name"]: tool["function"] for tool in played.bodies[0]["tools"]}
    assert set(offered) == set(CALLS)
    listing = offered["issues_list-for-repo"]["parameters"]
    assert listing["required"] == ["owner", "repo"]
    assert listing["properties"]["direction"] == {
        "type": "string",
        "description": "The direction to sort the results by.",
        "default": "desc",
        "enum": ["asc", "desc"],
    }
    assert "Only open issues will be listed" in offered["issues_list-for-repo"]["description"]
    body = offered["issues_create"]["parameters"]["properties"]["body"]
    assert body["properties"]["assignee"]["type"] == ["string", "null"]
    assert "$ref" not in json.dumps(offered)


def test_every_operation_of_the_file_becomes_a_tool_whose_schema_is_one(tmp_path: Path) -> None:
    shutil.copy(FILE, tmp_path / "api.json")
    path = write(tmp_path, f"{ONE_TOOL}  it: {{openapi: api.json}}\n")
    graph = load_graph(path, environ={}, consent=Consent.given(allow_hosts=["api.github.com"]))
    made = [tool.does for tool in graph.agents["desk"].tools]
    paths = json.loads(FILE.read_text("utf-8"))["paths"]
    assert len(made) == sum(len(item) for item in paths.values())
    for does in made:
        assert isinstance(does, OpenApiRequest)
        Draft202012Validator.check_schema(does.schema)
