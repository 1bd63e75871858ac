"""`doctor --probe --record`: what a gateway answers to good and bad calls, in one file, the key nowhere in it."""

from __future__ import annotations

import json
import re
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import jsonschema
import pytest

from agents_sahara.cli.probing.table import MADE_UP_KEY, MOST_TOKENS, Pair, may_cost, probes
from agents_sahara.emulator.gateway import LocalGateway
from tests.talking import talking
from tests.test_cli.programs import KEY, TRIAGE, Done, toolbox
from tests.test_cli.schemas import schema
from tests.test_cli.test_redaction import spellings_of

TODO = probes(Pair("openai", "gpt-4o"))


@pytest.fixture
def online(gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch) -> LocalGateway:
    """A gateway that the environment points to."""
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    return gateway


def _record(capsys: pytest.CaptureFixture[str], file: Path, *argv: str) -> tuple[Done, dict[str, dict]]:  # type: ignore[type-arg]  # JSON of a file, checked by its schema
    done = toolbox(capsys, "doctor", "--probe", "--record", str(file), *argv)
    document = json.loads(file.read_text("utf-8"))
    jsonschema.validate(document, schema("probe_record"))
    return done, {probe["name"]: probe for probe in document["probes"]}


@contextmanager
def _raw_server(answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """A server that answers the bytes of a request with bytes, then closes the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    request = _whole_request(connection)
                    if request:
                        connection.sendall(answer(request))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/api"
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def _whole_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        ),
        0,
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def test_every_probe_is_one_request_and_the_record_tells_it(
    online: LocalGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done, told = _record(capsys, tmp_path / "gateway.json")
    assert (done.code, done.err) == (0, "")
    assert list(told) == [probe.name for probe in TODO]
    recorded = online.calls[2:]  # the first two are those of the catalog check
    assert [(call.method, call.path) for call in recorded] == [
        (probe.method, f"/api/compute/{probe.target.partition('?')[0]}") for probe in TODO
    ]
    assert [probe["response"]["status"] for probe in told.values()] == [call.status for call in recorded]
    assert [probe["request"]["body"] for probe in told.values()] == [call.body for call in recorded]
    assert {probe["failure"] for probe in told.values()} == {None}


@pytest.mark.usefixtures("online")
def test_the_record_settles_what_the_documentation_leaves_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, told = _record(capsys, tmp_path / "gateway.json")
    text = {name: probe["response"]["body"]["text"] for name, probe in told.items()}
    assert "gpt-4o" in json.loads(text["models"])
    assert told["chat-bad-model"]["response"]["status"] == 404
    assert json.loads(text["chat-good"])["object"] == "chat.completion"
    assert text["chat-good-streamed"].endswith("data: [DONE]\n\n")
    assert '"usage":{' not in text["chat-good-streamed"]
    assert '"usage":{' in text["chat-good-streamed-usage"]
    sent = "\n".join(told["chat-no-provider"]["request"]["headers"]).lower()
    assert "authorization: ***" in sent
    assert "openai-organization" not in sent


def test_the_made_up_key_goes_to_the_probes_that_want_a_bad_one_and_the_real_one_to_no_other(
    online: LocalGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _record(capsys, tmp_path / "gateway.json")
    for probe, call in zip(TODO, online.calls[2:], strict=True):
        sent = call.headers.get("authorization", "").removeprefix("Bearer ") or call.headers.get("x-api-key")
        assert sent == {"real": KEY, "made up": MADE_UP_KEY, "none": None}[probe.key]


def test_what_may_cost_stands_last_asks_for_few_tokens_and_is_announced(
    online: LocalGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    costly = [may_cost(probe) for probe in TODO]
    assert costly == sorted(costly)
    assert {probe.body["max_tokens"] for probe in TODO if probe.body is not None} == {MOST_TOKENS}
    done, _ = _record(capsys, tmp_path / "a.json")
    before, _, after = done.out.partition("ok      cost: the next 8 calls may be answered by a model")
    assert "probe chat-bad-key-streamed" in before
    assert "probe chat-bad-model:" in after
    assert "[simulated]" in after
    assert "gpt-4o on openai, at most 5 tokens each" in after
    silent, _ = _record(capsys, tmp_path / "b.json", "--json")
    assert silent.err.startswith("the next 8 calls may be answered by a model")
    jsonschema.validate(json.loads(silent.out), schema("doctor"))
    assert online.calls


@pytest.mark.usefixtures("online")
@pytest.mark.parametrize(
    ("argv", "pair"),
    [
        ((), ("openai", "gpt-4o")),
        (("--provider", "together"), ("together", "deepseek-ai/DeepSeek-V3")),
        (("--model", "llama-3-8b"), ("predibase", "llama-3-8b")),
        (("--model", "m", "--provider", "p"), ("p", "m")),
        (("TEAM",), ("lepton", "llama3-1-8b")),
        (("TEAM", "--provider", "openai"), ("openai", "gpt-4o")),
    ],
)
def test_the_pair_is_what_is_named_then_the_teams_then_the_documentations(
    argv: tuple[str, ...], pair: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    team = tmp_path / "team.yaml"
    team.write_text(
        "version: 1\nname: t\nagents: {solo: {instructions: Answer., model: llama3-1-8b, provider: lepton}}\n",
        "utf-8",
    )
    file = tmp_path / "gateway.json"
    _record(capsys, file, *(str(team) if word == "TEAM" else word for word in argv))
    document = json.loads(file.read_text("utf-8"))
    assert (document["provider"], document["model"]) == pair


@pytest.mark.usefixtures("online")
def test_the_file_is_its_owners_alone_and_nothing_else_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gateway.json"
    _record(capsys, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("place", ["taken.json", "no/such/folder.json", ".", "loose"])
def test_a_place_that_cannot_take_the_file_is_exit_2_before_anything_is_asked(
    place: str, online: LocalGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken.json").write_text("mine", "utf-8")
    (tmp_path / "loose").symlink_to(tmp_path / "nowhere")
    done = toolbox(capsys, "doctor", "--probe", "--record", str(tmp_path / place))
    assert (done.code, done.out, online.calls) == (2, "", [])
    assert "mend: name a file" in done.err
    assert (tmp_path / "taken.json").read_text("utf-8") == "mine"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["loose", "taken.json"]


def test_a_file_that_appears_meanwhile_is_not_written_over(
    online: LocalGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "gateway.json"
    monkeypatch.setattr(
        "agents_sahara.cli.probing.recording.document",
        lambda *_: {"written": file.write_text("mine", "utf-8")},
    )
    done = toolbox(capsys, "doctor", "--probe", "--record", str(file))
    assert (done.code, file.read_text("utf-8"), list(tmp_path.iterdir())) == (2, "mine", [file])
    assert online.calls


def test_without_a_key_nothing_is_asked_and_nothing_written(
    gateway: LocalGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    done = toolbox(capsys, "doctor", "--probe", "--record", str(tmp_path / "gateway.json"))
    assert (done.code, gateway.calls, list(tmp_path.iterdir())) == (4, [], [])
    assert "skipped record: no key to ask with; nothing is written" in done.out


@pytest.mark.parametrize("kind", ["refused", "dns", "tls"])
def test_a_host_that_is_not_reached_is_recorded_as_such(
    kind: str,
    gateway: LocalGateway,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    if kind == "dns":
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
    base_url, reason = {
        "refused": ("http://127.0.0.1:9/api", "the connection was refused"),
        "dns": ("https://gateway.invalid/api", "its name cannot be resolved"),
        "tls": (gateway.base_url.replace("http:", "https:"), "TLS: no secure connection could be agreed"),
    }[kind]
    monkeypatch.setenv("SAHARA_BASE_URL", base_url)
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    done, told = _record(capsys, tmp_path / "gateway.json")
    first, *rest = told.values()
    assert (done.code, first["response"], first["failure"]) == (4, None, {"kind": "host", "reason": reason})
    assert {(probe["failure"]["kind"], probe["failure"]["reason"]) for probe in rest} == {
        ("not_sent", reason)
    }
    assert "cost" not in done.out


def _echo(request: bytes) -> bytes:
    """Every header that could hold the key comes back, in headers and body, in every spelling."""
    spelled = "\r\n".join(f"x-echo-{at}: {text}" for at, text in enumerate(spellings_of(KEY).values()))
    body = json.dumps(
        {"error": {"message": request.decode(), "spelled": list(spellings_of(KEY).values())}}
    ).encode()
    return (
        f"HTTP/1.1 401 Unauthorized {KEY}\r\nset-cookie: session=abc; Path=/\r\nset-cookie: other={KEY}\r\n"
        f"authorization: Bearer abc\r\nx-{KEY}: 1\r\nx-request-id: req-77\r\n{spelled}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode() + body


def test_each_probe_has_a_connection_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []
    used_again: list[bytes] = []

    def refuse(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 401 No\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nNo")
        used_again.append(connection.recv(1))

    with talking(refuse, asked) as base_url:
        monkeypatch.setenv("SAHARA_BASE_URL", base_url)
        monkeypatch.setenv("SAHARA_API_KEY", KEY)
        _, told = _record(capsys, tmp_path / "gateway.json")
    assert {exchange["response"]["status"] for exchange in told.values()} == {401}
    assert used_again == [b""] * len(asked)


def test_a_gateway_that_echoes_the_key_everywhere_gets_it_into_neither_record_nor_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "gateway.json"
    with _raw_server(_echo) as base_url:
        monkeypatch.setenv("SAHARA_BASE_URL", base_url)
        monkeypatch.setenv("SAHARA_API_KEY", KEY)
        done, told = _record(capsys, file)
    written = file.read_text("utf-8") + done.out + done.err
    for name, spelled in spellings_of(KEY).items():
        assert spelled not in written, name
    assert "canary" not in written.lower()
    assert "session=abc" not in written
    assert '"x-request-id: req-77"' in written
    good = told["chat-good"]["response"]
    hidden = ["set-cookie: ***", "set-cookie: ***", "authorization: ***"]
    assert (good["status"], good["headers"][:3]) == (401, hidden)
    assert done.code == 4


@pytest.mark.parametrize(
    ("answer", "failure", "text", "is_cut"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nHalf", "broken", "Half", True),
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\noops", "broken", "", True),
        (
            b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n",
            None,
            "",
            False,
        ),
        (b"HTTP/1.1 500 Oh\r\ncontent-length: 3\r\n\r\n\xff\xfeA", None, "\\xff\\xfeA", False),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"y" * 70_000, None, "y" * 65_536, True),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"z" * 300_000, None, "z" * 65_536, True),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nkey " + KEY[:5].encode(), "broken", "key ***", True),
    ],
)
def test_an_answer_is_kept_as_it_came_with_what_was_wrong_with_it(
    answer: bytes,
    failure: str | None,
    text: str,
    is_cut: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with _raw_server(lambda _: answer) as base_url:
        monkeypatch.setenv("SAHARA_BASE_URL", base_url)
        monkeypatch.setenv("SAHARA_API_KEY", KEY)
        done, told = _record(capsys, tmp_path / "gateway.json")
    good = told["chat-good"]
    assert (good["failure"] or {}).get("kind") == failure
    assert good["response"]["body"]["text"] == text
    assert good["response"]["body"]["cut"] is is_cut
    assert done.code != 70


def test_a_connection_that_breaks_before_an_answer_is_recorded_and_the_rest_is_asked_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []

    def silence(request: bytes) -> bytes:
        asked.append(request)
        return b""

    with _raw_server(silence) as base_url:
        monkeypatch.setenv("SAHARA_BASE_URL", base_url)
        monkeypatch.setenv("SAHARA_API_KEY", KEY)
        monkeypatch.setattr("time.sleep", lambda _: None)
        done, told = _record(capsys, tmp_path / "gateway.json")
    assert {probe["failure"]["kind"] for probe in told.values()} == {"broken"}
    assert {probe["response"] for probe in told.values()} == {None}
    assert len([request for request in asked if request.startswith(b"POST")]) == 10
    assert done.code == 4


def test_the_documentation_shows_a_probe_as_it_is_recorded(
    online: LocalGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "reference" / "CLI.md").read_text("utf-8")
    [shown] = re.findall(r"^```json\n(.*?)^```$", page.partition("## doctor")[2], re.MULTILINE | re.DOTALL)
    _, told = _record(capsys, tmp_path / "gateway.json")
    expected = json.loads(shown)
    expected["seconds"] = told["chat-bad-model"]["seconds"]
    host = urlsplit(online.base_url).netloc
    here = json.dumps(expected).replace("127.0.0.1:8321", host)
    here = re.sub(r"python-httpx2/[\d.]+", f"python-httpx2/{httpx2.__version__}", here)
    assert json.loads(here) == told["chat-bad-model"]


def test_a_team_is_probed_and_the_gateway_recorded_in_one_call(
    online: LocalGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done, _ = _record(capsys, tmp_path / "gateway.json", TRIAGE)
    assert "ok      gpt-4o on openai: answered in" in done.out
    assert "ok      probe chat-good: 200 in" in done.out
    assert online.calls
