"""Rows of tools that make requests: `http` and `openapi`."""

from __future__ import annotations

import json

from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from agents_sahara.types import Json
from tests.every_key.row import Row, Shows
from tests.every_key.seen import Patch, Scene, Seen, merged
from tests.test_tools.echo import URL

API = f"""
openapi: 3.1.0
servers: [{{url: "{URL}/api"}}]
paths:
  /one: {{get: {{operationId: one}}}}
  /two: {{get: {{operationId: two}}}}
components: {{securitySchemes: {{token: {{type: http, scheme: bearer}}}}}}
"""


def scene(name: str = "it", **arguments: Json) -> Scene:
    return Scene(
        rules=(Rule(Use((Tool(name, arguments),)), When(turn=1)), Rule(Say("Done."))),
        files={"api.yaml": API, "other.yaml": API.replace("/api", "/other")},
        allow_hosts=("127.0.0.1",),
    )


def came(*names: str) -> Shows:
    """What of the request came to the server."""

    def shows(seen: Seen) -> object:
        answers = [message["content"] for message in seen.body["messages"] if message["role"] == "tool"]
        told = json.loads(answers[0]) if answers and answers[0].startswith("{") else {}
        return [told.get(name) for name in names]

    return shows


def offered(seen: Seen) -> object:
    return [tool["function"]["name"] for tool in seen.bodies[0].get("tools", ())]


def required(seen: Seen) -> object:
    [tool] = seen.bodies[0]["tools"]
    return tool["function"]["parameters"]["required"]


def http(**keys: object) -> Patch:
    return {"tools": {"it": {"http": keys}}}


BASE: Patch = {"agents": {"solo": {"tools": ["it"]}}, "tools": {"it": {"http": {"get": f"{URL}/x"}}}}
OTHER: Patch = merged(BASE, http(get=None, delete=f"{URL}/old"))
PARAM: Patch = merged(BASE, http(get=None, post=f"{URL}/x", params={"n": {"type": "integer"}}))
SPEC: Patch = merged(BASE, {"tools": {"it": {"http": None, "openapi": "api.yaml"}}})
method = came("method", "path")


def of_method(name: str) -> Row:
    key = http(delete=None, **{name: f"{URL}/new"})
    return Row(key, method, OTHER, scene(), gives=[name.upper(), "/new"])


OF_REQUESTS: dict[str, Row] = {
    "tool.http": Row(
        {"tools": {"it": {"openapi": None, "http": {"get": f"{URL}/x"}}}},
        offered,
        SPEC,
        scene(),
        gives=["it"],
    ),
    "tool.openapi": Row(
        {"tools": {"it": {"http": None, "openapi": "api.yaml"}}}, offered, BASE, scene(), gives=["one", "two"]
    ),
    "tool.operations": Row({"tools": {"it": {"operations": ["two"]}}}, offered, SPEC, scene(), gives=["two"]),
    "tool.server": Row(
        {"tools": {"it": {"server": f"{URL}/moved"}}},
        came("path"),
        SPEC,
        scene("one"),
        gives=["/moved/one"],
    ),
    "tool.credentials": Row(
        {"tools": {"it": {"credentials": {"token": "of-a-shop"}}}},
        came("auth"),
        SPEC,
        scene("one"),
        gives=["***"],
    ),
    "tool.headers": Row(
        {"tools": {"it": {"headers": {"Authorization": "Bearer of-a-shop"}}}},
        came("auth"),
        SPEC,
        scene("one"),
        gives=["***"],
    ),
    **{f"http.{name}": of_method(name) for name in ("get", "post", "put", "patch")},
    "http.delete": Row(http(get=None, delete=f"{URL}/new"), method, BASE, scene(), gives=["DELETE", "/new"]),
    "http.params": Row(
        http(params={"n": {"type": "integer"}}), method, BASE, scene(n=7), gives=["GET", "/x?n=7"]
    ),
    "http.optional": Row(
        http(optional=["n"]),
        required,
        PARAM,
        scene(n=7),
        gives=[],
    ),
    "http.query": Row(http(query=["n"]), method, PARAM, scene(n=7), gives=["POST", "/x?n=7"]),
    "http.hidden_query": Row(
        http(hidden_query={"appid": "key-of-a-shop"}), method, BASE, scene(), gives=["GET", "/x?appid=***"]
    ),
    "http.headers": Row(http(headers={"X-Key": "key-of-a-shop"}), came("key"), BASE, scene(), gives=["***"]),
}
