"""`openapi` tools: credentials go where the security schemes say, and models see none of them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from agents_sahara.cli.drawing.table import DRAWINGS
from agents_sahara.loader import load_graph, read_team
from agents_sahara.tools.writing import written
from agents_sahara.trust.consent import Consent
from tests.test_tools.apis import ALLOWED, getting, problems, request, team
from tests.test_tools.echo import URL
from tests.test_tools.teams import calling, play

SCHEMES: dict[str, Any] = {
    "head": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "api key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "other": {"type": "apiKey", "in": "cookie", "name": "csrf"},
    "basic": {"type": "http", "scheme": "Basic"},
    "bearer": {"$ref": "#/components/securitySchemes/token"},
    "token": {"type": "http", "scheme": "bearer"},
    "oauth": {"type": "oauth2", "flows": {}},
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://x.example"},
    "digest": {"type": "http", "scheme": "digest"},
    "tls": {"type": "mutualTLS"},
    "host": {"type": "apiKey", "in": "header", "name": "Host"},
}


def api(*security: dict[str, list[str]], parameters: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    made = getting(*parameters)
    if security:
        made["paths"]["/x"]["get"]["security"] = list(security)
    return {**made, "components": {"securitySchemes": SCHEMES}}


@pytest.mark.parametrize(
    ("credentials", "sent"),
    [
        ("head: '${SHOP_KEY}'", {"x-key": "s3cret of a shop"}),
        ("bearer: '${SHOP_KEY}'", {"authorization": "Bearer s3cret of a shop"}),
        ("oauth: '${SHOP_KEY}'", {"authorization": "Bearer s3cret of a shop"}),
        ("oidc: '${SHOP_KEY}'", {"authorization": "Bearer s3cret of a shop"}),
        ("basic: 'ann:${SHOP_KEY}'",
         {"authorization": "Basic " + base64.b64encode(b"ann:s3cret of a shop").decode()}),
        ("query: '${SHOP_KEY}'", {"": "api%20key=s3cret%20of%20a%20shop"}),
        ("{cookie: '${SHOP_TOKEN}', other: abc}", {"cookie": "sid=t0ken; csrf=abc"}),
        ("{head: '${SHOP_KEY}', query: '${SHOP_TOKEN}'}", {"x-key": "s3cret of a shop", "": "api%20key=t0ken"}),
    ],
)  # fmt: skip
def test_a_credential_goes_where_its_scheme_says(
    credentials: str, sent: dict[str, str], tmp_path: Path
) -> None:
    beside = f", credentials: {credentials if credentials.startswith('{') else '{' + credentials + '}'}"
    environ = {"SHOP_KEY": "s3cret of a shop", "SHOP_TOKEN": "t0ken"}
    made = request(tmp_path, api(), beside, environ)
    asked = written(made, {}, "k")
    ours = {"host", "user-agent", "accept-encoding"}
    told = {name: said for name, said in asked.headers.items() if name not in ours}
    assert told | ({"": asked.url.query.decode()} if asked.url.query else {}) == sent
    assert "s3cret" not in repr(made) + str(made.to_json())


def test_no_model_sees_a_credential_or_has_a_say_in_it(tmp_path: Path) -> None:
    parameters = ({"name": "api key", "in": "query", "schema": {"type": "string"}},)
    beside = f', server: "{URL}/v1", credentials: {{query: canary-of-the-shop, cookie: canary-of-the-cook}}'
    path = team(tmp_path, api({"query": []}, parameters=parameters), beside)
    allowed = Consent.given(allow_hosts=["127.0.0.1"])
    played = play(path, calling("look"), consent=allowed)
    [offered] = played.bodies[0]["tools"]
    assert offered["function"]["parameters"]["properties"] == {}
    [told] = played.told
    assert json.loads(told)["path"] == "/v1/x?api%20key=***"
    loaded = read_team(path, environ={}, consent=allowed)
    assert loaded.graph is not None
    assert "canary" not in json.dumps(played.bodies) + repr(loaded.graph) + DRAWINGS["json"](loaded.graph)


@pytest.mark.parametrize("said", ["canary-of-ann", "ann:canary-of-ann"])
def test_a_password_is_hidden_as_it_was_before_it_was_packed(said: str, tmp_path: Path) -> None:
    word = {"name": "word", "in": "query", "schema": {"type": "string"}}
    beside = f', server: "{URL}/v1", credentials: {{basic: "ann:canary-of-ann"}}'
    path = team(tmp_path, api({"basic": []}, parameters=(word,)), beside)
    [told] = play(path, calling("look", word=said), consent=Consent.given(allow_hosts=["127.0.0.1"])).told
    assert "canary" not in told
    assert json.loads(told)["auth"] == "***"


@pytest.mark.parametrize(
    ("credentials", "told"),
    [
        ("qury: x", "'api.json' has no security scheme 'qury'"),
        ("basic: x", "the credential 'basic' is no `user:password`, which basic authentication takes"),
        ("digest: x", "the credential 'digest' cannot be sent: its scheme is http digest"),
        ("tls: x", "the credential 'tls' cannot be sent: its scheme is mutualTLS"),
        ("host: x", "the credential 'host' cannot be sent: its scheme is apiKey header"),
        ("cookie: 'a; b=c'", "the credential 'cookie' is no cookie"),
        ('head: "a\\nb"', "the value of 'head' cannot be sent"),
    ],
)
def test_a_credential_that_cannot_be_sent_is_refused(credentials: str, told: str, tmp_path: Path) -> None:
    beside = f", credentials: {credentials if credentials.startswith('{') else '{' + credentials + '}'}"
    assert problems(tmp_path, api(), beside) == [f"bad-openapi: {told}"]


@pytest.mark.parametrize(
    ("beside", "told"),
    [
        ("credentials: {head: x}, headers: {x-key: y}",
         "the credential 'head' sets 'x-key', which `headers` sets too"),
        ("credentials: {token: x}, headers: {AUTHORIZATION: y}",
         "the credential 'token' sets 'authorization', which `headers` sets too"),
        ("credentials: {cookie: x}, headers: {Cookie: a=b}",
         "the credential 'cookie' sets 'cookie', which `headers` sets too"),
    ],
)  # fmt: skip
def test_a_credential_and_a_header_line_do_not_both_stand(beside: str, told: str, tmp_path: Path) -> None:
    assert problems(tmp_path, api(), f", {beside}") == [f"bad-openapi: {told}"]


@pytest.mark.parametrize(
    ("security", "sent"),
    [
        (None, "xbq"),
        ([], ""),
        ([{}], ""),
        ([{"head": []}], "x"),
        ([{"basic": []}], "b"),
        ([{"token": []}], "t"),
        ([{"token": ["read"]}, {"basic": []}], "t"),
        ([{"head": [], "query": []}], "xq"),
        ([{}, {"head": []}], "x"),
        ([{"head": [], "tls": []}, {"query": []}], "q"),
    ],
)
def test_an_operation_gets_what_its_way_in_wants_and_no_more(
    security: list[dict[str, list[str]]] | None, sent: str, tmp_path: Path
) -> None:
    document = api(*(security or ()))
    if security == []:
        document["paths"]["/x"]["get"]["security"] = []
    made = request(tmp_path, document, ", credentials: {head: xxx, basic: 'a:b', token: ttt, query: qqq}")
    asked = written(made, {}, "k")
    login = asked.headers.get("authorization", "").partition(" ")[0]
    found = ("x" if "x-key" in asked.headers else "") + {"Basic": "b", "Bearer": "t", "": ""}[login]
    assert found + ("q" if asked.url.query else "") == sent


@pytest.mark.parametrize(
    ("security", "beside", "lacking"),
    [
        ([], "", []),
        ([{}], "", []),
        ([{"query": []}], "", ["query"]),
        ([{"query": []}, {}], "", []),
        ([{"query": []}], ", credentials: {query: x}", []),
        ([{"query": [], "head": []}], ", credentials: {query: x}", ["head"]),
        ([{"query": [], "head": []}, {"bearer": []}], "", ["bearer"]),
        ([{"query": []}, {"bearer": []}], ", credentials: {bearer: x}", []),
        ([{"bearer": []}], ", headers: {authorization: Bearer x}", []),
        ([{"head": []}], ", headers: {X-KEY: x}", []),
        ([{"cookie": []}], ", headers: {Cookie: sid=1}", []),
    ],
)
def test_a_credential_that_is_lacking_is_a_warning(
    security: list[dict[str, list[str]]], beside: str, lacking: list[str], tmp_path: Path
) -> None:
    assert problems(tmp_path, api(*security), beside) == [
        f"missing-credential: the operation 'look' of 'api.json' wants a credential for {name!r}"
        for name in lacking
    ]


def test_the_whole_files_security_holds_where_an_operation_says_nothing(tmp_path: Path) -> None:
    made: dict[str, Any] = {
        **getting(),
        "components": {"securitySchemes": SCHEMES},
        "security": [{"head": []}],
    }
    assert [one.split(":")[0] for one in problems(tmp_path, made)] == ["missing-credential"]


def test_a_required_cookie_is_the_operators(tmp_path: Path) -> None:
    needed = {"name": "sid", "in": "cookie", "required": True, "schema": {"type": "string"}}
    for beside in (", headers: {Cookie: sid=7}", ", credentials: {cookie: '7'}"):
        made = request(tmp_path, api(parameters=(needed,)), beside)
        assert written(made, {}, "k").headers["cookie"] == "sid=7"
        assert made.schema["properties"] == {}


def test_strangers_name_no_variables(tmp_path: Path) -> None:
    path = team(tmp_path, api(), ", credentials: {head: '${SHOP_KEY}'}")
    stranger = Consent.given(allow_hosts=["api.example"], trust="untrusted")
    found = read_team(path, environ={"SHOP_KEY": "x"}, consent=stranger).findings
    assert "not-for-untrusted" in [one.id for one in found]
    assert load_graph(path, environ={"SHOP_KEY": "x"}, consent=ALLOWED)
