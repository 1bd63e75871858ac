"""A second local gateway plays the server behind the first: it speaks the same API and can be scripted."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx2
import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionToolParam

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.listening import listen
from agents_sahara.emulator.script import Action, Fail, Raw, Rule, Say, Tool, Use, Wire
from agents_sahara.emulator.wire import Cut, Pace
from agents_sahara.testing import no_sleep
from agents_sahara.types import Json

CHAT = "/chat/completions"
KEY_ENV = "BACKEND_KEY"
TOOL: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "lookup",
        "parameters": {"type": "object", "properties": {"id": {"type": "integer"}}},
    },
}
WRITTEN = json.dumps({"name": "lookup", "arguments": {"id": 7, "invented": 1}})


@pytest.fixture
def behind() -> Iterator[LocalGateway]:
    with LocalGateway(pairs=[("only", "qwen3:4b"), ("only", "tiny")], sleep=no_sleep) as running:
        yield running


@pytest.fixture
def http(behind: LocalGateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx2.Client]:
    monkeypatch.setenv(KEY_ENV, "backend-key")
    with LocalGateway(
        backend=behind.base_url, backend_model="qwen3:4b", backend_key_env=KEY_ENV, sleep=no_sleep
    ) as front:
        headers = {"Authorization": "Bearer sahara-secret", "OpenAI-Organization": "openai"}
        with httpx2.Client(
            base_url=front.base_url, headers=headers, trust_env=False, verify=False, timeout=10
        ) as client:
            yield client


def test_the_server_answers_under_a_label_and_never_sees_the_sahara_key(
    behind: LocalGateway, http: httpx2.Client, hello: dict[str, Json]
) -> None:
    behind.script([Rule(Say("From behind."))])
    response = http.post(CHAT, json=hello | {"compute_provider": "lepton", "x-api-key": "k", "seed": 4})
    assert response.json()["choices"][0]["message"]["content"] == "From behind."
    assert response.json()["model"] == "qwen3:4b"
    assert response.json()["system_fingerprint"] == "agents-sahara-upstream"
    assert response.headers["x-sahara-backend"] == "upstream"
    (call,) = behind.calls
    assert isinstance(call.body, dict)
    assert (call.model, call.body["seed"], "compute_provider" in call.body) == ("qwen3:4b", 4, False)
    assert call.headers["authorization"] == "Bearer backend-key"
    assert "sahara-secret" not in str(call.headers)
    assert not {"openai-organization", "x-api-key"} & set(call.headers)


def test_discovery_says_who_answers(behind: LocalGateway, http: httpx2.Client) -> None:
    detail = http.get("/modelDetail?model=gpt-4o&provider=openai").json()
    assert behind.base_url in detail["description"]


def test_the_asked_id_goes_through_without_a_backend_model(
    behind: LocalGateway, hello: dict[str, Json]
) -> None:
    with (
        LocalGateway(backend=behind.base_url + "/", pairs=[("here", "tiny")]) as front,
        httpx2.Client(headers={"x-api-key": "k"}, trust_env=False, verify=False) as client,
    ):
        response = client.post(front.base_url + CHAT, json=hello | {"model": "tiny"})
    assert (response.status_code, behind.calls[0].model, behind.calls[0].status) == (502, None, 401)
    assert "answered 401" in response.text


def test_a_stream_is_passed_on_chunk_by_chunk(
    behind: LocalGateway, http: httpx2.Client, hello: dict[str, Json]
) -> None:
    behind.script([Rule(Say("one two three"))])
    body = hello | {"stream": True, "stream_options": {"include_usage": True}}
    text = http.post(CHAT, json=body).text
    assert text.count('"content":" t') == 2
    assert text.count('"agents-sahara-upstream"') == 6
    assert '"total_tokens"' in text
    assert text.endswith("data: [DONE]\n\n")


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("action", [Say(WRITTEN), Use((Tool("lookup", {"id": 7}),))])
def test_a_tool_call_arrives_as_one_however_the_model_wrote_it(
    behind: LocalGateway, http: httpx2.Client, action: Action, is_streamed: bool
) -> None:
    behind.script([Rule(action)])
    with OpenAI(base_url=str(http.base_url), api_key="k", organization="openai") as client:
        if is_streamed:
            with client.chat.completions.stream(
                model="gpt-4o", messages=[{"role": "user", "content": "7?"}], tools=[TOOL]
            ) as stream:
                choice = stream.get_final_completion().choices[0]
            finish, calls = choice.finish_reason, choice.message.tool_calls
            arguments = [call.function.arguments for call in calls or ()]
        else:
            completion = client.chat.completions.create(
                model="gpt-4o", messages=[{"role": "user", "content": "7?"}], tools=[TOOL]
            )
            finish = completion.choices[0].finish_reason
            made = completion.choices[0].message.tool_calls or ()
            arguments = [call.function.arguments for call in made if call.type == "function"]
    assert (finish, arguments) == ("tool_calls", ['{"id":7}'])


def test_words_that_are_no_call_arrive_as_they_were_while_tools_are_offered(
    behind: LocalGateway, http: httpx2.Client, hello: dict[str, Json]
) -> None:
    behind.script([Rule(Say("I could look that up."))])
    body = hello | {"tools": json.loads(json.dumps([TOOL]))}
    whole = http.post(CHAT, json=body).json()["choices"][0]
    assert (whole["message"]["content"], whole["finish_reason"]) == ("I could look that up.", "stop")
    assert http.post(CHAT, json=body | {"stream": True}).text.count('"content":"') == 6


def test_a_server_that_does_not_stream_is_made_to(
    behind: LocalGateway, http: httpx2.Client, hello: dict[str, Json]
) -> None:
    message = {"role": "assistant", "content": "Whole."}
    whole = {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "usage": {"total_tokens": 3}}
    choices = [{"index": 0, "finish_reason": "stop", "message": message}]
    behind.script([Rule(Raw(json.dumps(whole | {"choices": choices})))])
    body = hello | {"stream": True, "stream_options": {"include_usage": True}}
    lines = [line for line in http.post(CHAT, json=body).text.split("\n\n") if line]
    first, finish, usage, done = (line.removeprefix("data: ") for line in lines)
    assert json.loads(first)["choices"][0]["delta"] == message
    assert json.loads(finish)["choices"][0]["finish_reason"] == "stop"
    assert json.loads(usage)["usage"] == {"total_tokens": 3}
    assert done == "[DONE]"


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fail(500), 502),
        (Fail(401), 502),
        (Fail(400), 400),
        (Fail(404), 404),
        (Fail(429, headers={"Retry-After": "3"}), 429),
        (Fail(307, headers={"Location": "http://127.0.0.1:1/"}), 502),
        (Fail(500, b"<html>no</html>", content_type="text/html"), 502),
        (Raw("<html>", "text/html"), 502),
        (Raw("[]"), 502),
        (Raw('{"error": {"message": "no"}}'), 502),
        (Raw("", "text/event-stream"), 502),
        (Raw("data: oops\n\n", "text/event-stream"), 502),
        (Wire(b"nonsense\r\n\r\n"), 502),
    ],
)
def test_a_server_that_fails_becomes_a_clean_error(
    behind: LocalGateway,
    http: httpx2.Client,
    hello: dict[str, Json],
    fault: Action,
    status: int,
    is_streamed: bool,
) -> None:
    behind.script([Rule(fault)])
    response = http.post(CHAT, json=hello | {"stream": is_streamed})
    assert response.status_code == status
    assert "server behind the gateway" in response.json()["error"]["message"]
    assert response.headers.get("retry-after") == ("3" if status == 429 else None)
    assert len(behind.calls) == 1


def test_a_stream_that_breaks_behind_is_broken_here_too(
    behind: LocalGateway, http: httpx2.Client, hello: dict[str, Json]
) -> None:
    behind.script([Rule(Say("one two three"), pace=Pace(cut=Cut(after_chunks=2)))])
    with pytest.raises(httpx2.RemoteProtocolError):
        http.post(CHAT, json=hello | {"stream": True})
    behind.script([Rule(Say("one two three"), pace=Pace(cut=Cut(after_chunks=2, how="end")))])
    with pytest.raises(httpx2.RemoteProtocolError):
        http.post(CHAT, json=hello | {"stream": True})


def test_a_server_that_is_down_is_503_with_advice(hello: dict[str, Json]) -> None:
    free = listen(0)
    port = free.getsockname()[1]
    free.close()
    with (
        LocalGateway(backend=f"http://127.0.0.1:{port}/v1") as front,
        httpx2.Client(headers={"x-api-key": "k"}, trust_env=False, verify=False) as client,
    ):
        response = client.post(front.base_url + CHAT, json=hello)
    assert response.status_code == 503
    assert "Is the server behind --backend running" in response.json()["error"]["message"]


def test_script_rules_come_before_the_server(behind: LocalGateway, hello: dict[str, Json]) -> None:
    with (
        LocalGateway(backend=behind.base_url, script=[Rule(Say("Scripted."))]) as front,
        httpx2.Client(headers={"x-api-key": "k"}, trust_env=False, verify=False) as client,
    ):
        response = client.post(front.base_url + CHAT, json=hello)
    assert response.headers["x-sahara-backend"] == "sim"
    assert response.json()["system_fingerprint"] == "agents-sahara-sim"
    assert behind.calls == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://api.example/v1", "not on this machine"),
        ("http://10.0.0.1:8000/v1", "not on this machine"),
        ("http://localhost.example/v1", "not on this machine"),
        ("ftp://127.0.0.1/v1", "not an http"),
        ("127.0.0.1:11434", "not an http"),
        ("http://u:p@127.0.0.1/v1", "no user"),
        ("http://127.0.0.1/v1?x=1", "no user"),
    ],
)
def test_an_address_that_is_strange_or_leaves_this_machine_is_refused(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        LocalGateway(backend=url)


def test_a_remote_server_needs_an_explicit_yes() -> None:
    LocalGateway(backend="https://api.example/v1", allow_remote_backend=True)


def test_a_key_variable_that_is_not_set_is_an_error_at_once() -> None:
    with pytest.raises(ValueError, match="'NO_SUCH_KEY'"):
        LocalGateway(backend="http://127.0.0.1:1/v1", backend_key_env="NO_SUCH_KEY")
