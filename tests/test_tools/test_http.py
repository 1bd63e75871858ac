"""`http` tools: one host, a path whose shape holds, and addresses that are looked at before they are called."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path

import httpcore2
import pytest

from agents_sahara.cli.drawing.table import DRAWINGS
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.loader import load_graph, read_team
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from agents_sahara.tools.addresses import Pinned, PrivateAddressError, is_public
from agents_sahara.trust.consent import Consent
from tests.test_tools.echo import ASKED, URL
from tests.test_tools.teams import ONE_TOOL, Played, calling, play, write

LOCAL = Consent.given(allow_hosts=["127.0.0.1"])


def called(folder: Path, http: str, /, **arguments: object) -> Played:
    path = write(folder, f"{ONE_TOOL}  it: {{http: {http}}}\n")
    return play(path, calling("it", **arguments), consent=LOCAL)  # type: ignore[arg-type]  # all of them are JSON


def told(folder: Path, http: str, /, **arguments: object) -> dict[str, object]:
    [answer] = called(folder, http, **arguments).told
    made = json.loads(answer)
    assert isinstance(made, dict)
    return made


def test_parameters_go_into_path_and_query(tmp_path: Path) -> None:
    http = f'{{get: "{URL}/v1/{{{{ base }}}}?fixed=1", params: {{base: {{type: string}}, to: {{type: integer}}}}}}'
    seen = told(tmp_path, http, base="EUR", to=5)
    assert (seen["method"], seen["path"], seen["idempotency"]) == ("GET", "/v1/EUR?fixed=1&to=5", False)


def test_a_body_is_json_and_a_key_keeps_it_from_acting_twice(tmp_path: Path) -> None:
    http = (
        f'{{post: "{URL}/pay", params: {{amount: {{type: number}}, note: {{type: string}}}}, query: [note]}}'
    )
    seen = told(tmp_path, http, amount=1.5, note="a b")
    assert (seen["method"], seen["path"], seen["body"]) == ("POST", "/pay?note=a%20b", {"amount": 1.5})
    assert seen["idempotency"] is True


@pytest.mark.parametrize(
    "value",
    [
        "../../admin",
        "a/b",
        "a?x=1",
        "a#b",
        "a%2fb",
        "@evil.example",
        "//evil.example",
        "a\\b",
        "a b",
        "ä",
        "a\r\nX: 1",
        ";p",
    ],
)
def test_a_parameter_changes_neither_host_nor_shape_of_the_path(value: str, tmp_path: Path) -> None:
    seen = told(
        tmp_path, f'{{get: "{URL}/v1/{{{{ base }}}}/end", params: {{base: {{type: string}}}}}}', base=value
    )
    path = str(seen["path"])
    assert path.startswith("/v1/")
    assert path.endswith("/end")
    assert path.count("/") == 3
    assert "?" not in path


@pytest.mark.parametrize("value", [".", "..", "", " "])
def test_a_piece_of_the_path_that_leads_elsewhere_is_not_sent(value: str, tmp_path: Path) -> None:
    before = len(ASKED)
    [answer] = called(
        tmp_path, f'{{get: "{URL}/v1/{{{{ base }}}}", params: {{base: {{type: string}}}}}}', base=value
    ).told
    assert "cannot stand in an address" in answer
    assert len(ASKED) == before


def test_a_token_is_hidden_without_the_word_before_it_and_plain_headers_are_not(tmp_path: Path) -> None:
    headers = 'headers: {Authorization: "Bearer canary-of-the-shop", Accept: application/json, User-Agent: desk/1.0}'
    http = f'{{get: "{URL}/v1/{{{{ word }}}}", params: {{word: {{type: string}}}}, {headers}}}'
    assert told(tmp_path, http, word="canary-of-the-shop")["path"] == "/v1/***"
    seen = told(tmp_path, http, word="application/json")
    assert (seen["path"], seen["agent"]) == ("/v1/application%2Fjson", "desk/1.0")
    assert told(tmp_path, http, word="desk-1.0")["path"] == "/v1/desk-1.0"


def test_arguments_that_do_not_fit_are_not_sent(tmp_path: Path) -> None:
    before = len(ASKED)
    http = f'{{get: "{URL}/v1", params: {{n: {{type: integer}}}}}}'
    assert called(tmp_path, http, n="secret").told == [
        "The tool it failed: The arguments do not fit the schema: n."
    ]
    assert called(tmp_path, http).told == [
        "The tool it failed: The arguments do not fit the schema: required."
    ]
    assert len(ASKED) == before


def test_a_secret_goes_to_the_host_and_nowhere_else(tmp_path: Path) -> None:
    http = f'{{get: "{URL}/v1", headers: {{Authorization: "Bearer ${{SHOP_TOKEN}}"}}}}'
    path = write(tmp_path, f"{ONE_TOOL}  it: {{http: {http}}}\n")
    environ = {"SHOP_TOKEN": "canary-of-the-shop"}
    loaded = read_team(path, environ=environ, consent=LOCAL)
    assert loaded.graph is not None
    assert "canary" not in repr(loaded) + DRAWINGS["json"](loaded.graph)
    graph = loaded.graph
    with LocalGateway(script=calling(), pairs=graph.pairs()) as gateway:

        async def go() -> str:
            async with Team(graph, Settings.local(gateway.base_url)) as team:
                return json.dumps((await team.run("Hello")).to_json())

        shown = asyncio.run(go()) + json.dumps([call.body for call in gateway.calls])
    assert '\\"auth\\": \\"***\\"' in shown.replace("\\\\", "\\")
    assert "canary" not in shown


def test_a_key_in_the_query_is_the_operators(tmp_path: Path) -> None:
    hidden = '{"app id": "${SHOP_KEY:-s3cret of a shop}"}'
    http = f'{{get: "{URL}/v1?a=1", params: {{q: {{type: string}}}}, hidden_query: {hidden}}}'
    assert told(tmp_path, http, q="x&app id=mine")["path"] == "/v1?a=1&q=x%26app%20id%3Dmine&app%20id=***"


@pytest.mark.parametrize("name", ["SAHARA_API_KEY", "DESK_KEY"])
def test_keys_of_models_are_read_by_no_header(name: str, tmp_path: Path) -> None:
    team = ONE_TOOL.replace("agents:", "providers: {desk: {api_key_env: DESK_KEY}}\nagents:")
    path = write(tmp_path, f'{team}  it: {{http: {{get: "{URL}", headers: {{X: "${{{name}}}"}}}}}}\n')
    found = [finding.id for finding in read_team(path, environ={name: "x"}).findings]
    assert "secret-variable" in found


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/status/404", 'The tool it failed: HTTP 404. {"method": "GET"'),
        ("/status/302", "The tool it failed: HTTP 302: redirects are not followed."),
        ("/odd/packed", "The tool it failed: the answer is packed, which was not asked for."),
        ("/odd/large", "x" * 100),
    ],
)
def test_odd_answers(path: str, answer: str, tmp_path: Path) -> None:
    [said] = called(tmp_path, f'{{get: "{URL}{path}"}}').told
    assert said.startswith(answer)
    assert len(said) < 21_000
    assert "GET /elsewhere" not in ASKED


HOSTILE = (
    "http://rates.example/x", "https://user:pw@rates.example/x", "https://2130706433/x", "https://0x7f000001/x",
    "https://0177.0.0.1/x", "https://127.1/x", "https://rates.example./x", "https://rates.example:99999/x",
    "https://rates.example:0/x", "file:///etc/passwd", "ftp://rates.example/x", "gopher://rates.example/x",
    "https:///x", "https://", "//rates.example/x", "rates.example/x", "https://[::1/x", "https://[fe80::1%25eth0]/x",
    "https://rates.example\\@evil.example/x", "https://rates.example#@evil.example/", "https://{{ base }}.example/x",
    "https://rates.example{{ base }}/x", "https://{{ base }}/x", "{{ base }}", "https://rates.example/../x",
    "https://rates.example/%2e%2e/x", "https://rätes.example/x", "https://rates.example/a b", "https://ra\ttes.example/x",
    "https://rates.example/x#y", "javascript:alert(1)", "data:text/plain,x", "unix:///var/run/docker.sock",
    "https://①②⑦.0.0.1/x", "https://rates。example/x", "https://rates.example\uff0fx",
    "https://rates.example:\uff14\uff14\uff13/x",
    "https://rates%2eexample/x", "https://rates.example%00.evil.example/x", "https://rates.example%2f@evil.example/x",
    "https://0/x", "https://1.1/x", "https://0x7f.1/x", "https://[::ffff:127.0.0.1]/x", "https://[::ffff:7f00:1]/x",
    "https://[64:ff9b::7f00:1]/x", "https://[2002:7f00:1::]/x", "https://[v1.x]/x", "https://[]/x", "https://.rates.example/x",
    "https://rates..example/x", "https://rates.example../x", "https://rates.example:443:443/x", "https://rates.example:/x",
    "https://rates.example:+443/x", "https://rates.example:0x1bb/x", "https://@rates.example/x", "https://:@rates.example/x",
    "https://rates.example@/x",
    "https://evil.example?@rates.example/x", "https:rates.example/x", "https:/rates.example/x",
    "https:////rates.example/x", "https:\\rates.example/x", "https://rates.example;evil.example/x", "https://rates.example,x/y",
    "https://xn--rtes-0qa.example/x", "https://-rates.example/x", "https://rates.example/.%2e/x", "https://rates.example/%2E./x",
    "https://rates.example/x/..", "https://rates.example/\u202e/x", "https://rates.example/x\r\nX-Y: z",
    "https://*.example/x", "https://${HOST:-evil.example}/x", "https://localhost/x", "https://ip6-localhost/x", "ws://rates.example/x",
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_a_hostile_address_is_refused_and_no_socket_opened(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    http = f"{{get: {json.dumps(HOSTILE[number])}, params: {{base: {{type: string}}}}}}"
    path = write(tmp_path, f"{ONE_TOOL}  it: {{http: {http}}}\n")
    allowed = Consent.given(allow_hosts=["rates.example"])
    found = [finding.id for finding in read_team(path, environ={}, consent=allowed).findings]
    assert found
    assert set(found) <= {"bad-http-tool", "host-not-allowed"}


def test_a_host_that_was_not_allowed_is_refused_this_machine_too(tmp_path: Path) -> None:
    for url in ("https://rates.example/x", "http://127.0.0.1:1/x", "http://localhost/x"):
        path = write(tmp_path, f'{ONE_TOOL}  it: {{http: {{get: "{url}"}}}}\n')
        assert [one.id for one in read_team(path, environ={}, consent=Consent()).findings] == [
            "host-not-allowed"
        ]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
     "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "fec0::1",
     "100:0:0:1::1", "3fff::1", "5f00::1", "192.0.0.8", "192.88.99.1", "2001::7f00:1", "2001:db8::1", "2002:a00:1::1",
     "2002:c0a8:101::", "64:ff9b::a9fe:a9fe", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "fe80::1%eth0",
     "fd00:ec2::254", "198.18.0.1", "192.0.2.1", "203.0.113.5", "240.0.0.1", "0.1.2.3", "100.100.100.200",
     "192.168.0.1", "2001:10::1"],
)  # fmt: skip
def test_private_addresses_are_no_public_ones(address: str) -> None:
    assert not is_public(address)
    assert is_public("93.184.216.34")
    assert is_public("64:ff9b::5db8:d822")
    assert is_public("2606:2800:220:1:248:1893:25c8:1946")


def test_a_name_that_leads_to_a_private_address_is_not_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[str] = []

    async def connect(_: object, host: str, *__: object) -> None:
        connected.append(host)

    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", connect)

    async def go(address: str, *allowed: str) -> None:
        async def resolve(*_: object, **__: object) -> list[object]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
        await Pinned(frozenset(allowed)).connect_tcp("rates.example", 443)

    for address in ("127.0.0.1", "169.254.169.254", "10.1.2.3"):
        with pytest.raises(PrivateAddressError):
            asyncio.run(go(address, "rates.example"))
    assert connected == []
    asyncio.run(go("10.1.2.3", "rates.example", "10.1.2.3"))
    asyncio.run(go("93.184.216.34", "rates.example"))
    assert connected == ["10.1.2.3", "93.184.216.34"]


def test_load_graph_gives_a_request_whose_host_is_known(tmp_path: Path) -> None:
    path = write(tmp_path, f'{ONE_TOOL}  it: {{http: {{get: "${{BASE}}/x"}}}}\n')
    graph = load_graph(path, environ={"BASE": URL})
    [want] = graph.wants()
    assert (want.kind, want.what) == ("host", "127.0.0.1")
