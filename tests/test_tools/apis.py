"""Descriptions of APIs as tests write them, and the requests that teams make of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agents_sahara.graph.tools.requests import OpenApiRequest
from agents_sahara.loader import load_graph, read_team
from agents_sahara.trust.consent import Consent
from tests.test_tools.teams import ONE_TOOL, write

ALLOWED = Consent.given(allow_hosts=["api.example"])


def team(folder: Path, document: Mapping[str, Any], beside: str = "") -> Path:
    """A team with the operations of `document`; `beside` are further keys of the tool."""
    said = {"openapi": "3.0.3", "servers": [{"url": "https://api.example/v1"}], **document}
    (folder / "api.json").write_text(json.dumps(said), encoding="utf-8")
    return write(folder, f"{ONE_TOOL}  it: {{openapi: api.json{beside}}}\n")


def request(
    folder: Path, document: Mapping[str, Any], beside: str = "", environ: Mapping[str, str] | None = None
) -> OpenApiRequest:
    """That of its one operation."""
    graph = load_graph(team(folder, document, beside), environ=environ or {}, consent=ALLOWED)
    [tool] = graph.agents["desk"].tools
    assert isinstance(tool.does, OpenApiRequest)
    return tool.does


def problems(folder: Path, document: Mapping[str, Any], beside: str = "", **environ: str) -> list[str]:
    """What is found in the team."""
    found = read_team(team(folder, document, beside), environ=environ, consent=ALLOWED).findings
    return [f"{one.id}: {one.message}" for one in found]


def getting(*parameters: dict[str, Any], path: str = "/x", **said: Any) -> dict[str, Any]:
    """One operation with parameters."""
    return {"paths": {path: {"get": {"operationId": "look", "parameters": list(parameters), **said}}}}


def posting(schema: Any, media: str = "application/json", **said: Any) -> dict[str, Any]:
    """One operation with a body."""
    body = {"required": True, "content": {media: {"schema": schema, **said}}}
    return {"paths": {"/x": {"post": {"operationId": "send", "requestBody": body}}}}
